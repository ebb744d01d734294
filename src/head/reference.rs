//! The contract of [`head`](super) in plain tensor operations, with Burn's own gradient.
//!
//! Slow and obvious on purpose: it runs on every backend, and the kernels are tested against it.

use super::{Goal, Judgement};
use burn::tensor::{Int, Tensor, activation::log_softmax};

/// The same as [`super::judge`].
pub fn judge(
    goal: Goal,
    hidden: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    target: Tensor<1>,
) -> Judgement {
    let [batch, time, size] = hidden.dims();
    let states = match goal {
        Goal::Class => hidden.narrow(1, time - 1, 1).reshape([batch, size]),
        Goal::Classes | Goal::Values => hidden.reshape([batch * time, size]),
    };
    let output = states.matmul(weight.transpose()) + bias.unsqueeze::<2>();
    let loss = match goal {
        Goal::Class | Goal::Classes => {
            let label: Tensor<2, Int> = target.int().unsqueeze_dim(1);
            -log_softmax(output.clone(), 1).gather(1, label).mean()
        }
        Goal::Values => {
            let error = output.clone() - target.reshape(output.dims());
            (error.clone() * error).mean()
        }
    };
    Judgement { loss, output }
}
