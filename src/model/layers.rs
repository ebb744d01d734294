//! The two layers that a network is made of.

use super::init::Init;
use crate::operators::head::{self, HeadOutput, Objective};
use crate::operators::recurrent::{Cell, Sequence, Weights, sequence, state_gradients, traced};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

/// `torch.nn.RNN`, `torch.nn.LSTM` or `torch.nn.GRU` of one layer, batch first.
#[derive(Module, Debug)]
pub struct Recurrent {
    /// `[G*H, inputs]`
    pub weight_ih_l0: Param<Tensor<2>>,
    /// `[G*H, H]`
    pub weight_hh_l0: Param<Tensor<2>>,
    /// `[G*H]`
    pub bias_ih_l0: Param<Tensor<1>>,
    /// `[G*H]`
    pub bias_hh_l0: Param<Tensor<1>>,
    /// What it is made of.
    #[module(skip)]
    pub cell: Cell,
}

impl Recurrent {
    /// Initial weights as PyTorch draws them.
    pub fn new(cell: Cell, inputs: usize, hidden: usize, init: &mut Init, device: &Device) -> Self {
        let rows = cell.gates() * hidden;
        Recurrent {
            weight_ih_l0: Param::from_data(init.uniform([rows, inputs], hidden), device),
            weight_hh_l0: Param::from_data(init.uniform([rows, hidden], hidden), device),
            bias_ih_l0: Param::from_data(init.uniform([rows], hidden), device),
            bias_hh_l0: Param::from_data(init.uniform([rows], hidden), device),
            cell,
        }
    }

    /// Runs over `x [batch, time, inputs]` from `initial [states, batch, H]`: the hidden states
    /// `[batch, time, H]`.
    pub fn forward(&self, x: Tensor<3>, initial: Tensor<3>) -> Tensor<3> {
        sequence(self.cell, x, self.weights(), initial)
    }

    /// The same with what happened inside.
    pub fn traced(&self, x: Tensor<3>, initial: Tensor<3>) -> Sequence {
        traced(self.cell, x, self.weights(), initial)
    }

    /// The gradient of a loss with respect to the hidden state `h[t]` after every time step of
    /// `x [batch, time, inputs]`, from the zero state: `[batch, time, H]`, without history. `loss` makes
    /// the loss out of the hidden states `[batch, time, H]`.
    ///
    /// It is the total derivative through all later time steps, with the cell state `c[t]` held, as
    /// PyTorch's autograd gives it for `h[t]` where the sequence is unrolled cell by cell. `self` must be on
    /// an autodiff device, `x` need not.
    pub fn state_gradients(
        &self,
        x: Tensor<3>,
        loss: &dyn Fn(Tensor<3>) -> Tensor<1>,
    ) -> Tensor<3> {
        let inner = self.valid();
        let [batch, _, _] = x.dims();
        let initial = inner.zero(batch, &x.device());
        let sequence = inner.traced(x, initial.clone());
        let hidden = Tensor::from_inner(sequence.hidden.clone()).require_grad();
        let gradients = loss(hidden.clone()).backward();
        let grad = hidden.grad(&gradients).expect("the loss depends on it");
        state_gradients(sequence, inner.weight_hh_l0.val(), initial, grad)
    }

    /// The weights as the operator takes them.
    pub fn weights(&self) -> Weights {
        let (bias_ih, bias_hh) = (self.bias_ih_l0.val(), self.bias_hh_l0.val());
        Weights {
            weight_ih: self.weight_ih_l0.val(),
            weight_hh: self.weight_hh_l0.val(),
            bias: match self.cell.biases() {
                1 => bias_ih + bias_hh,
                _ => Tensor::cat(vec![bias_ih, bias_hh], 0),
            },
        }
    }

    /// The states before the first time step, `[states, batch, H]`: zeros.
    pub fn zero(&self, batch: usize, device: &Device) -> Tensor<3> {
        Tensor::zeros(self.state_shape(batch), device)
    }

    /// The shape of the states of `batch` sequences, `[states, batch, H]`.
    pub fn state_shape(&self, batch: usize) -> [usize; 3] {
        [self.cell.states(), batch, self.hidden_size()]
    }

    /// Hidden units, `H`.
    pub fn hidden_size(&self) -> usize {
        self.weight_hh_l0.dims()[1]
    }
}

/// `torch.nn.Linear`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[outputs, inputs]`
    pub weight: Param<Tensor<2>>,
    /// `[outputs]`
    pub bias: Param<Tensor<1>>,
}

impl Linear {
    /// Initial weights as PyTorch draws them.
    pub fn new(inputs: usize, outputs: usize, init: &mut Init, device: &Device) -> Self {
        Linear {
            weight: Param::from_data(init.uniform([outputs, inputs], inputs), device),
            bias: Param::from_data(init.uniform([outputs], inputs), device),
        }
    }

    /// `x [samples, inputs]` to `[samples, outputs]`.
    ///
    /// A broadcast product and a sum rather than `matmul`: at ten outputs it costs nothing, and
    /// the WebGPU module stays free of the megabytes of code behind Burn's matrix products.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let products = x.unsqueeze_dim::<3>(1) * self.weight.val().unsqueeze::<3>();
        products.sum_dim(2).squeeze_dim::<2>(2) + self.bias.val().unsqueeze::<2>()
    }

    /// Applies it to `hidden [batch, time, inputs]` and compares with `target`, as
    /// [`head::loss`] does.
    pub fn loss(&self, objective: Objective, hidden: Tensor<3>, target: Tensor<1>) -> HeadOutput {
        head::loss(
            objective,
            hidden,
            self.weight.val(),
            self.bias.val(),
            target,
        )
    }
}
