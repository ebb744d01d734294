//! The two layers that a network is made of.

use super::init::Init;
use crate::operators::head::{self, HeadOutput, Objective};
use crate::operators::recurrent::{Cell, Sequence, Weights, sequence, traced};
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
    /// PyTorch's autograd gives it for `h[t]` where the sequence is unrolled cell by cell.
    ///
    /// Time step `t + 1` reads `h[t]` through `weight_hh` alone. Zeros beside the inputs of that step, read
    /// through `weight_hh` as well, stand where `h[t]` stands, so that one backward pass yields all of
    /// them. `self` must be on an autodiff device, `x` need not.
    pub fn state_gradients(
        &self,
        x: Tensor<3>,
        loss: &dyn Fn(Tensor<3>) -> Tensor<1>,
    ) -> Tensor<3> {
        let [batch, time, _] = x.dims();
        let inner = x.device();
        let shape = [batch, time, self.hidden_size()];
        let zeros = || Tensor::<3>::zeros(shape, &inner.clone().autodiff()).require_grad();
        let (before_steps, after_steps) = (zeros(), zeros());

        let x = Tensor::cat(vec![Tensor::from_inner(x), before_steps.clone()], 2);
        let weights = self.weights();
        let both = vec![weights.weight_ih, weights.weight_hh.clone()];
        let weights = Weights {
            weight_ih: Tensor::cat(both, 1),
            ..weights
        };
        let hidden = sequence(self.cell, x, weights, self.zero(batch, &inner));
        let gradients = loss(hidden + after_steps.clone()).backward();

        let of = |zeros: Tensor<3>| zeros.grad(&gradients).expect("the loss depends on it");
        let through_next_step = of(before_steps).narrow(1, 1, time - 1);
        let none = Tensor::zeros([batch, 1, shape[2]], &inner);
        of(after_steps) + Tensor::cat(vec![through_next_step, none], 1)
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
