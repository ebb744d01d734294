//! A whole recurrent sequence as one operator: all time steps, forward and backward.
//!
//! This module is the contract: shapes, gate order and equations. [`mod@reference`] states it in plain
//! tensor operations, [`unroll`] on the host; the kernels compute it, each backend its own way. A device
//! without kernels computes the reference.
//!
//! # Equations
//!
//! With `G` gates (1 for the RNN; 4 for the LSTM: i, f, g, o; 3 for the GRU: r, z, n),
//! `[batch, time, feature]` tensors and PyTorch's weight layout (`weight_ih: [G*H, I]`,
//! `weight_hh: [G*H, H]`, `bias_ih, bias_hh: [G*H]`):
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
//! # Weights
//!
//! One tensor holds `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`, row-major, one after the other. More
//! may follow: a layer is at home at the beginning of a network's parameters. So is its gradient. Whoever
//! updates them then does so in one go.

use super::{assert_shape, has_kernels};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::{DType, Tensor};
use std::fmt;
pub use unrolled::{Held, HostWeights, Unrolled, product, unroll, unroll_from};

#[cfg(feature = "cpu")]
mod cpu;
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

/// Both passes, as each backend implements them. All tensors are f32 and of the right shape.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub(crate) trait RecurrentOps: Backend {
    /// Runs the whole sequence.
    ///
    /// * `x`: `[batch, time, I]`
    /// * `weights`: as [above](self#weights)
    /// * `initial`: `[states, batch, H]`: `h[-1]`, and for the LSTM `c[-1]`
    ///
    /// Unless `traced`, the trace is unspecified.
    fn recurrent_forward(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        cell: Cell,
        traced: bool,
    ) -> Forward<Self>;

    /// Back-propagates `grad [batch, last, H]`, the gradient of the last hidden states, through time: see
    /// [`weight_gradients`].
    #[allow(clippy::too_many_arguments)]
    fn recurrent_weight_gradients(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        rest: FloatTensor<Self>,
        cell: Cell,
    ) -> FloatTensor<Self>;

    /// The same, but what is found at every time step is the result.
    #[allow(clippy::too_many_arguments)]
    fn recurrent_step_gradients(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        cell: Cell,
        of: Of,
    ) -> FloatTensor<Self>;
}

/// What a gradient at every time step is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// The hidden state, `[batch, time, H]`: see [`state_gradients`].
    States,
    /// The sums, `[batch, time, sums*H]`, in the kernels' order: see [above](self#sums).
    Sums,
}

/// A sequence after it ran.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// What it was made of.
    pub cell: Cell,
    /// What it read, `[batch, time, I]`.
    pub x: Tensor<3>,
    /// The states before it, `[states, batch, H]`.
    pub initial: Tensor<3>,
    /// `[batch, time, H]`
    pub hidden: Tensor<3>,
    /// `[batch, time, traced*H]`, see [`Cell::traced`].
    pub trace: Tensor<3>,
}

impl Sequence {
    /// The states after time step `t`, `[states, batch, H]`: what another sequence goes on from.
    pub fn states(&self, t: usize) -> Tensor<3> {
        let [batch, _, size] = self.hidden.dims();
        let after = |values: &Tensor<3>| values.clone().narrow(1, t, 1);
        let hidden = after(&self.hidden).reshape([1, batch, size]);
        match self.cell {
            Cell::Rnn | Cell::Gru => hidden,
            Cell::Lstm => {
                let cell_state = after(&self.trace).narrow(2, 4 * size, size);
                Tensor::cat(vec![hidden, cell_state.reshape([1, batch, size])], 0)
            }
        }
    }

    fn sizes(&self, weights: &Tensor<1>) -> Sizes {
        Sizes::of(self.cell, &self.x, weights, &self.initial)
    }

    /// As [`assert_fit`], of a backward pass.
    #[track_caller]
    fn check(&self, weights: &Tensor<1>, grad: &Tensor<3>) -> Sizes {
        assert_fit(self.cell, &self.x, weights, &self.initial);
        assert_alike(&self.x, "hidden", &self.hidden);
        assert_alike(&self.x, "trace", &self.trace);
        assert_alike(&self.x, "grad", grad);
        let sizes = self.sizes(weights);
        let Sizes {
            batch, time, size, ..
        } = sizes;
        let [_, last, _] = grad.dims();
        assert!(1 <= last && last <= time, "grad of {last} of {time} steps");
        assert_shape("hidden", self.hidden.dims(), [batch, time, size]);
        let traced = self.cell.traced() * size;
        assert_shape("trace", self.trace.dims(), [batch, time, traced]);
        assert_shape("grad", grad.dims(), [batch, last, size]);
        sizes
    }
}

/// Runs `cell` over `x [batch, time, I]` from `initial [states, batch, H]` to the hidden states
/// `[batch, time, H]`, with [`weights`](self#weights).
///
/// # Panics
/// If a shape breaks the contract, or the device cannot run these sizes
/// ([`limits::check`](super::limits::check) tells before).
#[track_caller]
pub fn sequence(cell: Cell, x: Tensor<3>, weights: Tensor<1>, initial: Tensor<3>) -> Tensor<3> {
    assert_fit(cell, &x, &weights, &initial);
    match has_kernels(&x.device()) {
        true => Tensor::from_dispatch(run(cell, x, weights, initial, false).hidden),
        false => reference::traced(cell, x, weights, initial).hidden,
    }
}

/// The same with what happened inside.
///
/// # Panics
/// As [`sequence`].
#[track_caller]
pub fn traced(cell: Cell, x: Tensor<3>, weights: Tensor<1>, initial: Tensor<3>) -> Sequence {
    assert_fit(cell, &x, &weights, &initial);
    if !has_kernels(&x.device()) {
        return reference::traced(cell, x, weights, initial);
    }
    let Forward { hidden, trace } = run(cell, x.clone(), weights, initial.clone(), true);
    Sequence {
        cell,
        x,
        initial,
        hidden: Tensor::from_dispatch(hidden),
        trace: Tensor::from_dispatch(trace),
    }
}

fn run(
    cell: Cell,
    x: Tensor<3>,
    weights: Tensor<1>,
    initial: Tensor<3>,
    traced: bool,
) -> Forward<Dispatch> {
    Dispatch::recurrent_forward(
        x.into_dispatch(),
        weights.into_dispatch(),
        initial.into_dispatch(),
        cell,
        traced,
    )
}

/// The gradient of a loss with respect to all of `weights`: back-propagation through time for the layer's
/// own, and `rest`, flat, for what follows them.
///
/// `grad [batch, last, H]` is how the loss depends on the last hidden states by themselves; it does not
/// depend on those before. `sequence` is what [`traced`] returned for these weights.
///
/// # Panics
/// If a shape breaks the contract, or the device cannot run these sizes.
#[track_caller]
pub fn weight_gradients(
    sequence: &Sequence,
    weights: Tensor<1>,
    grad: Tensor<3>,
    rest: Tensor<1>,
) -> Tensor<1> {
    let sizes = sequence.check(&weights, &grad);
    assert_shape("rest", rest.dims(), [sizes.weights - sizes.own()]);
    assert_alike(&sequence.x, "rest", &rest);
    if !has_kernels(&sequence.x.device()) {
        return reference::weight_gradients(sequence, weights, grad, rest);
    }
    Tensor::from_dispatch(Dispatch::recurrent_weight_gradients(
        sequence.x.clone().into_dispatch(),
        weights.into_dispatch(),
        sequence.initial.clone().into_dispatch(),
        sequence.hidden.clone().into_dispatch(),
        sequence.trace.clone().into_dispatch(),
        grad.into_dispatch(),
        rest.into_dispatch(),
        sequence.cell,
    ))
}

/// The gradient of a loss with respect to the hidden state after every time step, `[batch, time, H]`,
/// through all later time steps, the cell state held. Arguments as of [`weight_gradients`].
///
/// # Panics
/// If a shape breaks the contract, or the device cannot run these sizes.
#[track_caller]
pub fn state_gradients(sequence: &Sequence, weights: Tensor<1>, grad: Tensor<3>) -> Tensor<3> {
    sequence.check(&weights, &grad);
    step_gradients(sequence, weights, grad, Of::States)
}

/// The gradient of a loss with respect to `x`, `[batch, time, I]`: where that is what another layer made, its
/// `grad`. So layers are stacked. Arguments as of [`weight_gradients`].
///
/// # Panics
/// If a shape breaks the contract, or the device cannot run these sizes.
#[track_caller]
pub fn input_gradients(sequence: &Sequence, weights: Tensor<1>, grad: Tensor<3>) -> Tensor<3> {
    let sizes = sequence.check(&weights, &grad);
    let Sizes {
        batch,
        time,
        inputs,
        ..
    } = sizes;
    let rows = sizes.rows();
    let sums = step_gradients(sequence, weights.clone(), grad, Of::Sums);
    let delta = sizes.of_input(sums);
    let weight_ih = weights.narrow(0, 0, rows * inputs).reshape([rows, inputs]);
    let product = delta.reshape([batch * time, rows]).matmul(weight_ih);
    product.reshape([batch, time, inputs])
}

fn step_gradients(sequence: &Sequence, weights: Tensor<1>, grad: Tensor<3>, of: Of) -> Tensor<3> {
    if !has_kernels(&sequence.x.device()) {
        return reference::step_gradients(sequence, weights, grad, of);
    }
    Tensor::from_dispatch(Dispatch::recurrent_step_gradients(
        sequence.x.clone().into_dispatch(),
        weights.into_dispatch(),
        sequence.initial.clone().into_dispatch(),
        sequence.hidden.clone().into_dispatch(),
        sequence.trace.clone().into_dispatch(),
        grad.into_dispatch(),
        sequence.cell,
        of,
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
    /// Values of the tensor that begins with the weights.
    pub weights: usize,
}

impl Sizes {
    fn of(cell: Cell, x: &Tensor<3>, weights: &Tensor<1>, initial: &Tensor<3>) -> Self {
        Sizes::new(x.dims(), weights.dims(), initial.dims(), cell)
    }

    fn of_primitives<B: Backend>(
        x: &FloatTensor<B>,
        weights: &FloatTensor<B>,
        initial: &FloatTensor<B>,
        cell: Cell,
    ) -> Self {
        let (x, weights, initial) = (x.shape(), weights.shape(), initial.shape());
        Sizes::new(x.dims(), weights.dims(), initial.dims(), cell)
    }

    fn new(
        [batch, time, inputs]: [usize; 3],
        [weights]: [usize; 1],
        [_, _, size]: [usize; 3],
        cell: Cell,
    ) -> Self {
        Sizes {
            batch,
            time,
            inputs,
            size,
            cell,
            weights,
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

    /// Values of a time step of a gradient `of` something.
    fn kept(&self, of: Of) -> usize {
        match of {
            Of::States => self.size,
            Of::Sums => self.sums(),
        }
    }

    /// The layer's own weights.
    pub fn own(&self) -> usize {
        self.rows() * (self.inputs + self.size + 2)
    }

    /// Of the gradients of all [sums](self#sums), `[batch, time, sums*H]`, those that the input contributes to, in
    /// the order of the rows of `weight_ih`: `[batch, time, G*H]`.
    fn of_input(&self, sums: Tensor<3>) -> Tensor<3> {
        let (rows, apart) = (self.rows(), self.cell.apart() * self.size);
        // They are the first; in the order of the gates' rows they begin elsewhere.
        let first = sums.clone().narrow(2, apart, rows - apart);
        match apart {
            0 => first,
            _ => Tensor::cat(vec![first, sums.narrow(2, 0, apart)], 2),
        }
    }
}

/// Tensors that are no call of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

/// Whether `x [batch, time, I]`, `weights` and `initial [states, batch, H]` are a call of the operator, for
/// whoever did not make them: [`sequence`] and [`traced`] panic where they are not.
///
/// # Errors
/// What is wrong and what it should be: a shape, a number type that is not f32, tensors of several devices.
pub fn check(
    cell: Cell,
    x: &Tensor<3>,
    weights: &Tensor<1>,
    initial: &Tensor<3>,
) -> Result<(), Unfit> {
    alike(x, "x", x)?;
    alike(x, "weights", weights)?;
    alike(x, "initial", initial)?;
    let sizes = Sizes::of(cell, x, weights, initial);
    let Sizes {
        batch,
        time,
        inputs,
        size,
        ..
    } = sizes;
    if batch == 0 || time == 0 || inputs == 0 || size == 0 {
        let message = format!("x {:?} or initial is empty", x.dims());
        return Err(Unfit(message));
    }
    let (found, expected) = (initial.dims(), [cell.states(), batch, size]);
    if found != expected {
        let message = format!("initial is {found:?}, not {expected:?}");
        return Err(Unfit(message));
    }
    let [found] = weights.dims();
    let own = sizes.own();
    match found >= own {
        true => Ok(()),
        false => Err(Unfit(format!("weights are {found}, fewer than {own}"))),
    }
}

/// Whether `tensor` is f32 and where `x` is.
fn alike<const D: usize>(x: &Tensor<3>, name: &str, tensor: &Tensor<D>) -> Result<(), Unfit> {
    let (dtype, device, here) = (tensor.dtype(), tensor.device(), x.device());
    if dtype != DType::F32 {
        return Err(Unfit(format!("{name} is {dtype:?}, not F32")));
    }
    match device == here {
        true => Ok(()),
        false => Err(Unfit(format!("{name} is on {device:?}, x on {here:?}"))),
    }
}

#[track_caller]
fn assert_alike<const D: usize>(x: &Tensor<3>, name: &str, tensor: &Tensor<D>) {
    if let Err(unfit) = alike(x, name, tensor) {
        panic!("{unfit}");
    }
}

/// What breaks the contract is a bug of the caller, and must not reach a kernel that trusts its sizes.
#[track_caller]
fn assert_fit(cell: Cell, x: &Tensor<3>, weights: &Tensor<1>, initial: &Tensor<3>) {
    if let Err(unfit) = check(cell, x, weights, initial) {
        panic!("{unfit}");
    }
}
