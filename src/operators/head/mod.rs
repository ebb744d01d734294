//! The output layer together with its loss and the loss's gradients, as one operator.
//!
//! This module is the contract; [`mod@reference`] states it in plain tensor operations, and the kernels
//! compute it. A device without kernels computes the reference.
//!
//! # Equations
//!
//! ```text
//! y = weight h + bias
//! cross-entropy  loss = mean(ln(sum(e^y)) - y[label])     d loss / d y = (softmax(y) - onehot(label)) / n
//! squared error  loss = mean((y - target)^2)              d loss / d y = 2 (y - target) / n
//! ```
//!
//! as `torch.nn.CrossEntropyLoss` and `torch.nn.MSELoss` compute them, `n` being what the mean is
//! taken over.

//! # Weights
//!
//! The last values of a tensor hold `weight [outputs, H]`, row-major, and then `bias [outputs]`: the output
//! layer is at home at the end of a network's parameters.

use super::{assert_shape, has_kernels};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension};
use burn::tensor::Tensor;

#[cfg(feature = "cpu")]
mod cpu;
pub(super) mod launch;
pub mod reference;
#[cfg(feature = "webgpu")]
mod webgpu;

/// What the outputs are compared with, and at which time steps there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// A class for the whole sequence, said after its last time step: cross-entropy.
    LastClass,
    /// The same, said after every time step.
    EveryClass,
    /// Values at the last time steps: mean squared error.
    Values,
}

impl Objective {
    /// Time steps of a sequence of `hidden [batch, time, H]` that have outputs, where there are so many `targets`.
    fn last(self, hidden: &Tensor<3>, outputs: usize, targets: usize) -> usize {
        let [batch, time, _] = hidden.dims();
        match self {
            Objective::LastClass => 1,
            Objective::EveryClass => time,
            Objective::Values => targets / (batch * outputs).max(1),
        }
    }
}

/// What a loss leaves, as the backend's own tensors.
#[derive(ExtensionType)]
pub(crate) struct Judged<B: Backend> {
    pub loss: FloatTensor<B>,
    pub output: FloatTensor<B>,
    pub of_hidden: FloatTensor<B>,
    pub of_weights: FloatTensor<B>,
}

/// The loss and its gradients, as each backend implements them. All tensors are f32 and of the right shape.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub(crate) trait HeadOps: Backend {
    /// See [`loss`].
    fn head_loss(
        hidden: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        target: FloatTensor<Self>,
        sizes: Sizes,
    ) -> Judged<Self>;

    /// See [`outputs`].
    fn head_outputs(
        hidden: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        sizes: Sizes,
    ) -> FloatTensor<Self>;
}

/// What an output layer says, its loss, and the loss's gradients.
#[derive(Debug, Clone)]
pub struct HeadOutput {
    /// `[1]`
    pub loss: Tensor<1>,
    /// `[batch * last, outputs]`, of the last time steps: one of them for [`Objective::LastClass`], all for
    /// [`Objective::EveryClass`], as many as the target has for [`Objective::Values`].
    pub output: Tensor<2>,
    /// `[batch, last, H]`: with respect to the hidden states after those time steps.
    pub of_hidden: Tensor<3>,
    /// `[outputs * (H + 1)]`: with respect to the [weights](self#weights).
    pub of_weights: Tensor<1>,
}

/// Applies the output layer and compares what it says with `target`.
///
/// * `hidden`: `[batch, time, H]`
/// * `weights`: as [above](self#weights), for so many `outputs`
/// * `target`: for classes each sample's label as a number, `[batch]`; for [`Objective::Values`] every
///   value of the last time steps, `[batch * last * outputs]`
///
/// # Panics
/// If a shape breaks the contract, or the device cannot run these sizes
/// ([`limits::check`](super::limits::check) tells before). On the CPU also if a label is not a class;
/// elsewhere the loss is then unspecified.
#[track_caller]
pub fn loss(
    objective: Objective,
    hidden: Tensor<3>,
    weights: Tensor<1>,
    outputs: usize,
    target: Tensor<1>,
) -> HeadOutput {
    let [targets] = target.dims();
    let last = objective.last(&hidden, outputs, targets);
    let sizes = Sizes::of(objective, &hidden, &weights, outputs, last);
    assert_shape("target", [targets], [sizes.targets()]);
    if !has_kernels(&hidden.device()) {
        return reference::judged(objective, hidden, weights, outputs, target);
    }
    let Judged {
        loss,
        output,
        of_hidden,
        of_weights,
    } = Dispatch::head_loss(
        hidden.into_dispatch(),
        weights.into_dispatch(),
        target.into_dispatch(),
        sizes,
    );
    HeadOutput {
        loss: Tensor::from_dispatch(loss),
        output: Tensor::from_dispatch(output),
        of_hidden: Tensor::from_dispatch(of_hidden),
        of_weights: Tensor::from_dispatch(of_weights),
    }
}

/// What the output layer says of the `last` hidden states of each sequence of `hidden [batch, time, H]`:
/// `[batch * last, outputs]`.
///
/// # Panics
/// As [`loss`].
#[track_caller]
pub fn outputs(hidden: Tensor<3>, weights: Tensor<1>, outputs: usize, last: usize) -> Tensor<2> {
    let sizes = Sizes::of(Objective::Values, &hidden, &weights, outputs, last);
    if !has_kernels(&hidden.device()) {
        return reference::outputs(hidden, weights, outputs, last);
    }
    let (hidden, weights) = (hidden.into_dispatch(), weights.into_dispatch());
    Tensor::from_dispatch(Dispatch::head_outputs(hidden, weights, sizes))
}

/// The sizes of one call, as the kernels need them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub batch: usize,
    pub time: usize,
    /// Hidden units, `H`.
    pub size: usize,
    pub outputs: usize,
    /// Time steps of a sequence that have outputs.
    pub last: usize,
    pub objective: Objective,
    /// Values of the tensor that ends with the weights.
    pub weights: usize,
}

impl Sizes {
    #[track_caller]
    fn of(
        objective: Objective,
        hidden: &Tensor<3>,
        weights: &Tensor<1>,
        outputs: usize,
        last: usize,
    ) -> Self {
        let [batch, time, size] = hidden.dims();
        let [weights] = weights.dims();
        let empty = batch == 0 || time == 0 || size == 0 || outputs == 0;
        assert!(!empty, "hidden {:?} or outputs are empty", hidden.dims());
        assert!(
            1 <= last && last <= time,
            "outputs of {last} of {time} steps"
        );
        let sizes = Sizes {
            batch,
            time,
            size,
            outputs,
            last,
            objective,
            weights,
        };
        let own = sizes.own();
        assert!(weights >= own, "weights are {weights}, fewer than {own}");
        sizes
    }

    /// Places that have outputs.
    fn places(&self) -> usize {
        self.batch * self.last
    }

    /// The layer's own weights.
    pub fn own(&self) -> usize {
        self.outputs * (self.size + 1)
    }

    /// Values of the target.
    fn targets(&self) -> usize {
        match self.objective {
            Objective::LastClass | Objective::EveryClass => self.batch,
            Objective::Values => self.places() * self.outputs,
        }
    }
}
