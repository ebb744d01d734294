//! The recurrent sequence as ONE operator: what this project exists for.
//!
//! Written in tensor operations a recurrent step is a dozen small kernels, and a sequence of 28 of
//! them thousands, forward and backward; that is why every framework's LSTM is slow in a browser.
//! Here the whole sequence is one operator with its own gradient, behind Burn's backend extension:
//! the backend sees all time steps at once and may run them as it likes.
//!
//! This module is the contract: shapes, gate order and equations. [`reference`] states it in plain
//! tensor operations, [`cpu`] and [`webgpu`] compute it, [`autodiff`] registers the gradient with
//! Burn. None of them knows what a lesson is.
//!
//! # Equations
//!
//! With `G` gates (1 for the RNN, 4 for the LSTM), `[batch, time, feature]` tensors and PyTorch's
//! weight layout (`weight_ih: [G*H, I]`, `weight_hh: [G*H, H]`, `bias: [G*H]`, gates i, f, g, o):
//!
//! ```text
//! z[t] = weight_ih x[t] + bias + weight_hh h[t-1]
//! RNN   h[t] = tanh(z[t])
//! LSTM  i, f, o = sigmoid(z_i, z_f, z_o)    g = tanh(z_g)
//!       c[t] = f c[t-1] + i g               h[t] = o tanh(c[t])
//! ```
//!
//! as in the documentation of `torch.nn.RNN` and `torch.nn.LSTM`; `bias` is the sum of PyTorch's
//! two, which only ever appear added.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

mod autodiff;
#[cfg(feature = "cpu")]
pub mod cpu;
pub mod reference;
#[cfg(feature = "webgpu")]
pub mod webgpu;

/// Which recurrent cell a sequence is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// `torch.nn.RNN` with tanh.
    Rnn,
    /// `torch.nn.LSTM`.
    Lstm,
}

impl Cell {
    /// Gates per hidden unit: the rows of the weights come in this many blocks of `H`.
    pub const fn gates(self) -> usize {
        match self {
            Cell::Rnn => 1,
            Cell::Lstm => 4,
        }
    }

    /// States per hidden unit: the RNN carries `h`, the LSTM `h` and `c`.
    pub const fn states(self) -> usize {
        match self {
            Cell::Rnn => 1,
            Cell::Lstm => 2,
        }
    }

    /// Values per hidden unit and time step that the backward pass needs: the LSTM keeps the four
    /// activated gates and the cell state, the RNN's hidden state says all.
    pub const fn traced(self) -> usize {
        match self {
            Cell::Rnn => 1,
            Cell::Lstm => 5,
        }
    }
}

/// What a forward pass leaves behind, as the backend's own tensors.
#[derive(ExtensionType)]
pub struct Forward<B: Backend> {
    /// `[batch, time, H]`
    pub hidden: FloatTensor<B>,
    /// `[batch, time, traced*H]`, side by side: LSTM i, f, g, o, c; RNN h.
    pub trace: FloatTensor<B>,
}

/// The gradients that a backward pass yields, as the backend's own tensors, each of the shape of
/// what it is the gradient of.
#[derive(ExtensionType)]
pub struct Backward<B: Backend> {
    pub x: FloatTensor<B>,
    pub weight_ih: FloatTensor<B>,
    pub weight_hh: FloatTensor<B>,
    pub bias: FloatTensor<B>,
    pub initial: FloatTensor<B>,
}

/// The gradients that somebody asks for besides the weights'.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub x: bool,
    pub initial: bool,
}

/// The operator, as each backend implements it. All tensors are f32.
///
/// Autodiff backends record [`recurrent_forward`](Self::recurrent_forward) with
/// [`recurrent_backward`](Self::recurrent_backward) as its gradient; the gradient itself is not
/// differentiable again.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait RecurrentOps: Backend {
    /// Runs the whole sequence.
    ///
    /// * `x`: `[batch, time, I]`
    /// * `weight_ih`: `[G*H, I]`, `weight_hh`: `[G*H, H]`, `bias`: `[G*H]`
    /// * `initial`: `[states, batch, H]`: `h[-1]`, and for the LSTM `c[-1]`
    ///
    /// Where `traced` is false nobody asked for the trace, and what stands in its place is unspecified;
    /// an autodiff backend keeps its own.
    fn recurrent_forward(
        x: FloatTensor<Self>,
        weight_ih: FloatTensor<Self>,
        weight_hh: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        cell: Cell,
        traced: bool,
    ) -> Forward<Self>;

    /// Back-propagates `grad [batch, time, H]`, the gradient of every hidden state, through time.
    ///
    /// `hidden` and `trace` are what the forward pass left. What stands in the place of a gradient that
    /// is not `asked` for is unspecified.
    #[allow(clippy::too_many_arguments)]
    fn recurrent_backward(
        x: FloatTensor<Self>,
        weight_ih: FloatTensor<Self>,
        weight_hh: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        cell: Cell,
        asked: Asked,
    ) -> Backward<Self>;
}

/// The weights of one recurrent layer, in PyTorch's layout.
#[derive(Debug, Clone)]
pub struct Weights {
    /// `[G*H, I]`
    pub weight_ih: Tensor<2>,
    /// `[G*H, H]`
    pub weight_hh: Tensor<2>,
    /// `[G*H]`, the sum of PyTorch's `bias_ih` and `bias_hh`
    pub bias: Tensor<1>,
}

/// A sequence after it ran.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// `[batch, time, H]`, differentiable.
    pub hidden: Tensor<3>,
    /// `[batch, time, traced*H]`, see [`Cell::traced`]; not differentiable.
    pub trace: Tensor<3>,
}

/// Runs `cell` over `x [batch, time, I]` from `initial [states, batch, H]`: the hidden states
/// `[batch, time, H]`.
///
/// Differentiable in everything, on whatever backend the tensors live.
pub fn sequence(cell: Cell, x: Tensor<3>, weights: Weights, initial: Tensor<3>) -> Tensor<3> {
    Tensor::from_dispatch(run(cell, x, weights, initial, false).hidden)
}

/// The same with what happened inside.
pub fn traced(cell: Cell, x: Tensor<3>, weights: Weights, initial: Tensor<3>) -> Sequence {
    let Forward { hidden, trace } = run(cell, x, weights, initial, true);
    Sequence {
        hidden: Tensor::from_dispatch(hidden),
        trace: Tensor::from_dispatch(trace),
    }
}

fn run(
    cell: Cell,
    x: Tensor<3>,
    weights: Weights,
    initial: Tensor<3>,
    traced: bool,
) -> Forward<Dispatch> {
    check_shapes(cell, &x, &weights, &initial);
    Dispatch::recurrent_forward(
        x.into_dispatch(),
        weights.weight_ih.into_dispatch(),
        weights.weight_hh.into_dispatch(),
        weights.bias.into_dispatch(),
        initial.into_dispatch(),
        cell,
        traced,
    )
}

/// The sizes of one call, as the kernels need them.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    time: usize,
    inputs: usize,
    /// Hidden units, `H`.
    size: usize,
    cell: Cell,
}

impl Sizes {
    fn of<B: Backend>(x: &FloatTensor<B>, weight_hh: &FloatTensor<B>, cell: Cell) -> Self {
        let [batch, time, inputs] = x.shape().dims();
        let [_, size] = weight_hh.shape().dims();
        Sizes {
            batch,
            time,
            inputs,
            size,
            cell,
        }
    }

    /// Rows of the weights, `G*H`.
    fn rows(&self) -> usize {
        self.cell.gates() * self.size
    }
}

/// A shape that breaks the contract is a bug of the caller, and must not reach a kernel that
/// trusts its sizes.
fn check_shapes(cell: Cell, x: &Tensor<3>, weights: &Weights, initial: &Tensor<3>) {
    let [batch, time, inputs] = x.dims();
    let [rows, hidden] = weights.weight_hh.dims();
    assert!(batch > 0 && time > 0 && inputs > 0, "empty sequence");
    assert_eq!(rows, cell.gates() * hidden, "weight_hh");
    assert_eq!(weights.weight_ih.dims(), [rows, inputs], "weight_ih");
    assert_eq!(weights.bias.dims(), [rows], "bias");
    assert_eq!(initial.dims(), [cell.states(), batch, hidden], "initial");
}
