//! The output layer together with its loss, as one operator with its own gradient.
//!
//! In tensor operations they are two dozen small kernels, forward and backward, that take a GPU
//! longer to start than to run. This module is the contract; [`reference`] states it in plain
//! tensor operations, [`cpu`] and [`webgpu`] compute it, [`autodiff`] registers the gradient with
//! Burn. What happens before the hidden states, and what comes of the loss, is not known here.
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

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

mod autodiff;
#[cfg(feature = "cpu")]
mod cpu;
pub mod reference;
#[cfg(feature = "webgpu")]
mod webgpu;

/// What the outputs are compared with, and at which time steps there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A class for the whole sequence, said after its last time step: cross-entropy.
    Class,
    /// The same, said after every time step.
    Classes,
    /// Values at every time step: mean squared error.
    Values,
}

/// What a forward pass leaves behind, as the backend's own tensors.
#[derive(ExtensionType)]
pub struct Judged<B: Backend> {
    /// `[1]`
    pub loss: FloatTensor<B>,
    /// `[places, outputs]`, see [`Judgement`].
    pub output: FloatTensor<B>,
    /// The gradient of the loss with respect to `output`, of the same shape.
    pub delta: FloatTensor<B>,
}

/// The gradients that a backward pass yields, each of the shape of what it is the gradient of.
#[derive(ExtensionType)]
pub struct HeadGradients<B: Backend> {
    pub hidden: FloatTensor<B>,
    pub weight: FloatTensor<B>,
    pub bias: FloatTensor<B>,
}

/// The operator, as each backend implements it. All tensors are f32.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait HeadOps: Backend {
    /// Judges hidden states.
    ///
    /// * `hidden`: `[batch, time, H]`
    /// * `weight`: `[outputs, H]`, `bias`: `[outputs]`
    /// * `target`: for [`Goal::Class`] each label as a number, `[batch]`, for [`Goal::Classes`] one per
    ///   time step, `[batch * time]`; for [`Goal::Values`] every value, `[batch * time * outputs]`
    fn head_forward(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        target: FloatTensor<Self>,
        goal: Goal,
    ) -> Judged<Self>;

    /// From `grad [1]`, the gradient of the loss, and the forward pass's `delta`.
    fn head_backward(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        delta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        goal: Goal,
    ) -> HeadGradients<Self>;
}

/// What an output layer says, and how wrong it is.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// `[1]`, differentiable.
    pub loss: Tensor<1>,
    /// `[batch, outputs]` for [`Goal::Class`] and `[batch * time, outputs]` for the others; not
    /// differentiable.
    pub output: Tensor<2>,
}

/// Applies the output layer `weight [outputs, H]`, `bias [outputs]` to `hidden [batch, time, H]` and
/// compares with `target`, see [`HeadOps::head_forward`]. Differentiable in everything but the
/// target, on whatever backend the tensors live.
pub fn judge(
    goal: Goal,
    hidden: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    target: Tensor<1>,
) -> Judgement {
    let [batch, time, size] = hidden.dims();
    let [outputs, _] = weight.dims();
    assert_eq!(weight.dims(), [outputs, size], "weight");
    assert_eq!(bias.dims(), [outputs], "bias");
    let targets = match goal {
        Goal::Class => batch,
        Goal::Classes => batch * time,
        Goal::Values => batch * time * outputs,
    };
    assert_eq!(target.dims(), [targets], "target");
    let Judged { loss, output, .. } = Dispatch::head_forward(
        hidden.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        target.into_dispatch(),
        goal,
    );
    Judgement {
        loss: Tensor::from_dispatch(loss),
        output: Tensor::from_dispatch(output),
    }
}

/// The sizes of one call, as the kernels need them.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    time: usize,
    /// Hidden units, `H`.
    size: usize,
    outputs: usize,
    goal: Goal,
}

impl Sizes {
    fn of<B: Backend>(hidden: &FloatTensor<B>, weight: &FloatTensor<B>, goal: Goal) -> Self {
        let [batch, time, size] = hidden.shape().dims();
        let [outputs, _] = weight.shape().dims();
        Sizes {
            batch,
            time,
            size,
            outputs,
            goal,
        }
    }

    /// Places that have outputs: one per sample, or one per sample and time step.
    fn places(&self) -> usize {
        match self.goal {
            Goal::Class => self.batch,
            Goal::Classes | Goal::Values => self.batch * self.time,
        }
    }

    /// Hidden states from one such place to the next; the last of them is the place's own.
    fn stride(&self) -> usize {
        match self.goal {
            Goal::Class => self.time,
            Goal::Classes | Goal::Values => 1,
        }
    }
}
