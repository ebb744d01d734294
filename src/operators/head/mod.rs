//! The output layer together with its loss, as one operator with its own gradient.
//!
//! This module is the contract; [`reference`] states it in plain tensor operations, and the kernels
//! compute it.
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

use super::assert_shape;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

#[cfg(feature = "cpu")]
mod cpu;
mod gradient;
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
    /// Values at every time step: mean squared error.
    Values,
}

/// What a forward pass leaves, as the backend's own tensors.
#[derive(ExtensionType)]
pub(crate) struct Forward<B: Backend> {
    /// `[1]`
    pub loss: FloatTensor<B>,
    /// `[places, outputs]`, see [`HeadOutput`].
    pub output: FloatTensor<B>,
    /// The gradient of the loss with respect to `output`, of the same shape.
    pub delta: FloatTensor<B>,
}

/// The gradients of a backward pass, each of the shape of what it is the gradient of.
pub(crate) struct Gradients<B: Backend> {
    pub hidden: FloatTensor<B>,
    pub weight: FloatTensor<B>,
    pub bias: FloatTensor<B>,
}

/// The forward pass, as each backend implements it. All tensors are f32 and of the right shape.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub(crate) trait HeadOps: Backend {
    /// See [`loss`].
    fn head_forward(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        target: FloatTensor<Self>,
        objective: Objective,
    ) -> Forward<Self>;
}

/// The backward pass, as each backend that computes one implements it.
pub(crate) trait HeadGradient: HeadOps {
    /// From `grad [1]`, the gradient of the loss, and the forward pass's `delta`.
    fn head_backward(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        delta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        objective: Objective,
    ) -> Gradients<Self>;
}

/// What an output layer says, and its loss.
#[derive(Debug, Clone)]
pub struct HeadOutput {
    /// `[1]`, differentiable.
    pub loss: Tensor<1>,
    /// `[batch, outputs]` for [`Objective::LastClass`] and `[batch * time, outputs]` for the others;
    /// not differentiable.
    pub output: Tensor<2>,
}

/// Applies the output layer and compares what it says with `target`.
///
/// * `hidden`: `[batch, time, H]`
/// * `weight`: `[outputs, H]`, `bias`: `[outputs]`
/// * `target`: for [`Objective::LastClass`] each label as a number, `[batch]`; for
///   [`Objective::EveryClass`] one per time step, `[batch * time]`; for [`Objective::Values`] every
///   value, `[batch * time * outputs]`
///
/// Differentiable in everything but the target, on whatever backend the tensors live.
///
/// # Panics
/// If a shape breaks the contract, or the device cannot run these sizes
/// ([`limits::check`](super::limits::check) tells before). On the CPU also if a label is not a class; a
/// GPU's loss is then unspecified.
#[track_caller]
pub fn loss(
    objective: Objective,
    hidden: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    target: Tensor<1>,
) -> HeadOutput {
    let [batch, time, size] = hidden.dims();
    let [outputs, _] = weight.dims();
    let empty = batch == 0 || time == 0 || size == 0 || outputs == 0;
    assert!(!empty, "hidden {:?} or weight is empty", hidden.dims());
    assert_shape("weight", weight.dims(), [outputs, size]);
    assert_shape("bias", bias.dims(), [outputs]);
    let sizes = Sizes {
        batch,
        time,
        size,
        outputs,
        objective,
    };
    assert_shape("target", target.dims(), [sizes.targets()]);
    let Forward { loss, output, .. } = Dispatch::head_forward(
        hidden.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        target.into_dispatch(),
        objective,
    );
    HeadOutput {
        loss: Tensor::from_dispatch(loss),
        output: Tensor::from_dispatch(output),
    }
}

/// The sizes of one call, as the kernels need them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub batch: usize,
    pub time: usize,
    /// Hidden units, `H`.
    pub size: usize,
    pub outputs: usize,
    pub objective: Objective,
}

impl Sizes {
    fn of<B: Backend>(
        hidden: &FloatTensor<B>,
        weight: &FloatTensor<B>,
        objective: Objective,
    ) -> Self {
        let [batch, time, size] = hidden.shape().dims();
        let [outputs, _] = weight.shape().dims();
        Sizes {
            batch,
            time,
            size,
            outputs,
            objective,
        }
    }

    /// Places that have outputs: one per sample, or one per sample and time step.
    fn places(&self) -> usize {
        match self.objective {
            Objective::LastClass => self.batch,
            Objective::EveryClass | Objective::Values => self.batch * self.time,
        }
    }

    /// Hidden states from one such place to the next; the last of them is the place's own.
    fn stride(&self) -> usize {
        match self.objective {
            Objective::LastClass => self.time,
            Objective::EveryClass | Objective::Values => 1,
        }
    }

    /// Values of the target.
    fn targets(&self) -> usize {
        match self.objective {
            Objective::LastClass | Objective::EveryClass => self.places(),
            Objective::Values => self.places() * self.outputs,
        }
    }
}
