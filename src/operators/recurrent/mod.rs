//! A whole recurrent sequence as one operator: all time steps, forward and backward.
//!
//! This module is the contract: shapes, gate order and equations. [`mod@reference`] states it in plain
//! tensor operations, [`unroll`] on the host; the kernels compute it, each backend its own way.
//!
//! # Equations
//!
//! With `G` gates (1 for the RNN; 4 for the LSTM: i, f, g, o; 3 for the GRU: r, z, n),
//! `[batch, time, feature]` tensors and PyTorch's weight layout (`weight_ih: [G*H, I]`,
//! `weight_hh: [G*H, H]`):
//!
//! ```text
//! a[t] = weight_ih x[t] + bias_ih           b[t] = weight_hh h[t-1] + bias_hh
//! RNN   h[t] = tanh(a + b)
//! LSTM  i, f, o = sigmoid(a + b)            g = tanh(a + b)
//!       c[t] = f c[t-1] + i g               h[t] = o tanh(c[t])
//! GRU   r, z = sigmoid(a + b)               n = tanh(a + r b)
//!       h[t] = (1 - z) n + z h[t-1]
//! ```
//!
//! as in the documentation of `torch.nn.RNN`, `torch.nn.LSTM` and `torch.nn.GRU`.
//!
//! # Sums
//!
//! `a` and `b` of a gate are one sum, except for the GRU's n, whose `b` is multiplied before it is added:
//! the GRU has four sums per hidden unit, in the kernels' order
//!
//! ```text
//! a_n    a_r + b_r    a_z + b_z    b_n
//! ```
//!
//! so that those which the input contributes to lie side by side, and those which the state
//! contributes to as well. Gradients come as one per sum, `delta`. With `A`, 1 for the GRU and 0
//! for the others ([`Cell::apart`]), sum `s` belongs to gate `(s - A) mod G` of `weight_ih` and to gate
//! `s - A` of `weight_hh`.
//!
//! So the RNN and the LSTM have one `bias: [G*H]`, the sum of PyTorch's two, which only ever appear
//! added. The GRU's is `[2*G*H]`: `bias_ih`, then `bias_hh`.

use super::assert_shape;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
pub use unrolled::{Held, HostWeights, Unrolled, product, unroll};

#[cfg(feature = "cpu")]
mod cpu;
mod gradient;
pub(super) mod launch;
pub mod reference;
mod unrolled;
#[cfg(feature = "webgpu")]
mod webgpu;

/// Which recurrent cell a sequence is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cell {
    /// `torch.nn.RNN` with tanh.
    Rnn,
    /// `torch.nn.LSTM`.
    Lstm,
    /// `torch.nn.GRU`.
    Gru,
}

impl Cell {
    /// Gates per hidden unit: the rows of the weights come in this many blocks of `H`.
    pub const fn gates(self) -> usize {
        match self {
            Cell::Rnn => 1,
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }

    /// What its gates are called, in PyTorch's order.
    pub const fn gate_names(self) -> &'static [&'static str] {
        match self {
            Cell::Rnn => &[],
            Cell::Lstm => &["input", "forget", "cell", "output"],
            Cell::Gru => &["reset", "update", "new"],
        }
    }

    /// Which gate is no opening but what may come in: a tanh, from -1 to 1.
    pub const fn candidate(self) -> Option<usize> {
        match self {
            Cell::Rnn => None,
            Cell::Lstm | Cell::Gru => Some(2),
        }
    }

    /// Gates whose two sums stay apart.
    pub const fn apart(self) -> usize {
        match self {
            Cell::Rnn | Cell::Lstm => 0,
            Cell::Gru => 1,
        }
    }

    /// Sums per hidden unit that its gates are made of.
    pub const fn sums(self) -> usize {
        self.gates() + self.apart()
    }

    /// Biases per gate and hidden unit.
    pub const fn biases(self) -> usize {
        1 + self.apart()
    }

    /// States per hidden unit: `h`, and for the LSTM `c`.
    pub const fn states(self) -> usize {
        match self {
            Cell::Rnn | Cell::Gru => 1,
            Cell::Lstm => 2,
        }
    }

    /// Values per hidden unit and time step that the backward pass needs: the RNN's hidden state
    /// says all. The LSTM keeps the four activated gates and the cell state. The GRU keeps its three, the
    /// sum `b` of n and the previous hidden state.
    pub const fn traced(self) -> usize {
        match self {
            Cell::Rnn => 1,
            Cell::Lstm | Cell::Gru => 5,
        }
    }
}

/// What a forward pass leaves, as the backend's own tensors.
#[derive(ExtensionType)]
pub(crate) struct Forward<B: Backend> {
    /// `[batch, time, H]`
    pub hidden: FloatTensor<B>,
    /// `[batch, time, traced*H]`, side by side: RNN h; LSTM i, f, g, o, c; GRU r, z, n, b_n, h[t-1].
    pub trace: FloatTensor<B>,
}

/// The gradients of a backward pass, each of the shape of what it is the gradient of.
pub(crate) struct Gradients<B: Backend> {
    pub x: FloatTensor<B>,
    pub weight_ih: FloatTensor<B>,
    pub weight_hh: FloatTensor<B>,
    pub bias: FloatTensor<B>,
    pub initial: FloatTensor<B>,
}

/// What a backward pass starts from: what the forward pass was given and left.
#[derive(Debug, Clone)]
pub(crate) struct Recorded<B: Backend> {
    pub x: FloatTensor<B>,
    pub weight_ih: FloatTensor<B>,
    pub weight_hh: FloatTensor<B>,
    pub initial: FloatTensor<B>,
    pub hidden: FloatTensor<B>,
    pub trace: FloatTensor<B>,
}

/// Which gradients are wanted besides the weights'.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub x: bool,
    #[cfg_attr(
        not(feature = "cpu"),
        allow(dead_code, reason = "WebGPU computes it with the others")
    )]
    pub initial: bool,
}

/// The forward pass, as each backend implements it. All tensors are f32 and of the right shape.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub(crate) trait RecurrentOps: Backend {
    /// Runs the whole sequence.
    ///
    /// * `x`: `[batch, time, I]`
    /// * `weight_ih`: `[G*H, I]`, `weight_hh`: `[G*H, H]`, `bias`: `[biases*G*H]`
    /// * `initial`: `[states, batch, H]`: `h[-1]`, and for the LSTM `c[-1]`
    ///
    /// Unless `traced`, the trace is unspecified; an autodiff backend keeps its own.
    fn recurrent_forward(
        x: FloatTensor<Self>,
        weight_ih: FloatTensor<Self>,
        weight_hh: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        cell: Cell,
        traced: bool,
    ) -> Forward<Self>;
}

/// The backward pass, as each backend that computes one implements it.
pub(crate) trait RecurrentGradient: RecurrentOps {
    /// Back-propagates `grad [batch, time, H]`, the gradient of every hidden state, through time.
    ///
    /// A gradient that is not `wanted` is unspecified.
    fn recurrent_backward(
        recorded: Recorded<Self>,
        grad: FloatTensor<Self>,
        cell: Cell,
        wanted: Wanted,
    ) -> Gradients<Self>;
}

/// The gradients of the hidden states, as each backend computes them, without history.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub(crate) trait StateGradientOps: Backend {
    /// Back-propagates `grad [batch, time, H]` through time as the backward pass does, and returns what it
    /// carries: `[batch, time, H]`, see [`state_gradients`].
    fn recurrent_state_gradients(
        weight_hh: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        cell: Cell,
    ) -> FloatTensor<Self>;
}

/// The weights of one recurrent layer, in PyTorch's layout.
#[derive(Debug, Clone)]
pub struct Weights {
    /// `[G*H, I]`
    pub weight_ih: Tensor<2>,
    /// `[G*H, H]`
    pub weight_hh: Tensor<2>,
    /// `[biases*G*H]`: the sum of PyTorch's `bias_ih` and `bias_hh`, and for the GRU one after the other
    pub bias: Tensor<1>,
}

/// A sequence after it ran.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// `[batch, time, H]`, differentiable.
    pub hidden: Tensor<3>,
    /// `[batch, time, traced*H]`, see [`Cell::traced`]; not differentiable.
    pub trace: Tensor<3>,
    /// What it was made of.
    pub cell: Cell,
}

impl Sequence {
    /// The states after time step `t`, `[states, batch, H]`: what another sequence goes on from. Without
    /// history.
    pub fn states(&self, t: usize) -> Tensor<3> {
        let [batch, _, size] = self.hidden.dims();
        let after = |values: &Tensor<3>| values.clone().narrow(1, t, 1);
        let hidden = (after(&self.hidden).detach()).reshape([1, batch, size]);
        match self.cell {
            Cell::Rnn | Cell::Gru => hidden,
            Cell::Lstm => {
                let cell_state = after(&self.trace).narrow(2, 4 * size, size);
                Tensor::cat(vec![hidden, cell_state.reshape([1, batch, size])], 0)
            }
        }
    }

    /// The same on the device without autodiff.
    pub fn inner(self) -> Self {
        Sequence {
            hidden: self.hidden.inner(),
            trace: self.trace.inner(),
            cell: self.cell,
        }
    }
}

/// Runs `cell` over `x [batch, time, I]` from `initial [states, batch, H]` to the hidden states
/// `[batch, time, H]`.
///
/// Differentiable in everything, on whatever backend the tensors live.
///
/// # Panics
/// If a shape breaks the contract, or the device cannot run these sizes
/// ([`limits::check`](super::limits::check) tells before).
#[track_caller]
pub fn sequence(cell: Cell, x: Tensor<3>, weights: Weights, initial: Tensor<3>) -> Tensor<3> {
    Tensor::from_dispatch(run(cell, x, weights, initial, false).hidden)
}

/// The same with what happened inside.
///
/// # Panics
/// As [`sequence`].
#[track_caller]
pub fn traced(cell: Cell, x: Tensor<3>, weights: Weights, initial: Tensor<3>) -> Sequence {
    let Forward { hidden, trace } = run(cell, x, weights, initial, true);
    Sequence {
        hidden: Tensor::from_dispatch(hidden),
        trace: Tensor::from_dispatch(trace),
        cell,
    }
}

#[track_caller]
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

/// The gradient of a loss with respect to the hidden state after every time step, `[batch, time, H]`,
/// through all later time steps, the cell state held. `grad` is what of it does not pass through the
/// sequence: how the loss depends on each hidden state by itself.
///
/// `sequence` is what [`traced`] returned for `initial [states, batch, H]` and these weights, on a device
/// without autodiff.
///
/// # Panics
/// If a shape breaks the contract, or the device cannot run these sizes.
#[track_caller]
pub fn state_gradients(
    sequence: Sequence,
    weight_hh: Tensor<2>,
    initial: Tensor<3>,
    grad: Tensor<3>,
) -> Tensor<3> {
    let Sequence {
        hidden,
        trace,
        cell,
    } = sequence;
    let [batch, time, size] = hidden.dims();
    assert_shape("weight_hh", weight_hh.dims(), [cell.gates() * size, size]);
    assert_shape("initial", initial.dims(), [cell.states(), batch, size]);
    assert_shape("trace", trace.dims(), [batch, time, cell.traced() * size]);
    assert_shape("grad", grad.dims(), [batch, time, size]);
    Tensor::from_dispatch(Dispatch::recurrent_state_gradients(
        weight_hh.into_dispatch(),
        initial.into_dispatch(),
        hidden.into_dispatch(),
        trace.into_dispatch(),
        grad.into_dispatch(),
        cell,
    ))
}

/// The sizes of one call, as the kernels need them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub batch: usize,
    pub time: usize,
    pub inputs: usize,
    /// Hidden units, `H`.
    pub size: usize,
    pub cell: Cell,
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

    /// Of a pass that does not look at the input: how the sums came from it does not matter.
    fn of_states<B: Backend>(hidden: &FloatTensor<B>, cell: Cell) -> Self {
        let [batch, time, size] = hidden.shape().dims();
        Sizes {
            batch,
            time,
            inputs: 0,
            size,
            cell,
        }
    }

    /// Rows of the weights, `G*H`.
    fn rows(&self) -> usize {
        self.cell.gates() * self.size
    }

    /// Sums of a time step, and so the gradients that `delta` holds for it.
    fn sums(&self) -> usize {
        self.cell.sums() * self.size
    }

    /// Values of the bias.
    fn biases(&self) -> usize {
        self.cell.biases() * self.rows()
    }
}

/// A shape that breaks the contract is a bug of the caller, and must not reach a kernel that
/// trusts its sizes.
#[track_caller]
fn check_shapes(cell: Cell, x: &Tensor<3>, weights: &Weights, initial: &Tensor<3>) {
    let [batch, time, inputs] = x.dims();
    let [_, hidden] = weights.weight_hh.dims();
    let rows = cell.gates() * hidden;
    let empty = batch == 0 || time == 0 || inputs == 0 || hidden == 0;
    assert!(!empty, "x {:?} or the weights are empty", x.dims());
    assert_shape("weight_hh", weights.weight_hh.dims(), [rows, hidden]);
    assert_shape("weight_ih", weights.weight_ih.dims(), [rows, inputs]);
    assert_shape("bias", weights.bias.dims(), [cell.biases() * rows]);
    assert_shape("initial", initial.dims(), [cell.states(), batch, hidden]);
}
