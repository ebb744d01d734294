//! The contract of [`head`](super) in plain tensor operations, with Burn's own gradient.
//!
//! Slow and obvious on purpose: it runs on every backend, and the kernels are tested against it.

use super::{HeadOutput, Objective};
use burn::tensor::{Int, Tensor, activation::log_softmax};

/// The same as [`super::loss`].
pub fn loss(
    objective: Objective,
    hidden: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    target: Tensor<1>,
) -> HeadOutput {
    let [batch, time, size] = hidden.dims();
    let states = match objective {
        Objective::LastClass => hidden.narrow(1, time - 1, 1).reshape([batch, size]),
        Objective::EveryClass | Objective::Values => hidden.reshape([batch * time, size]),
    };
    let output = states.matmul(weight.transpose()) + bias.unsqueeze::<2>();
    let loss = match objective {
        Objective::LastClass | Objective::EveryClass => {
            let label: Tensor<2, Int> = target.int().unsqueeze_dim(1);
            -log_softmax(output.clone(), 1).gather(1, label).mean()
        }
        Objective::Values => {
            let error = output.clone() - target.reshape(output.dims());
            (error.clone() * error).mean()
        }
    };
    HeadOutput { loss, output }
}
