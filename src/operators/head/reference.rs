//! The contract of [`head`](super) in plain tensor operations. Burn's autodiff finds its gradient.
//!
//! Slow and obvious on purpose: it runs on every backend, and the kernels are tested against it.

use super::Objective;
use burn::tensor::{Int, Tensor, activation::log_softmax};

/// The loss and the outputs of [`super::loss`], the loss differentiable.
pub fn loss(
    objective: Objective,
    hidden: Tensor<3>,
    weights: Tensor<1>,
    outputs: usize,
    target: Tensor<1>,
) -> (Tensor<1>, Tensor<2>) {
    let [batch, time, size] = hidden.dims();
    let ([values], [targets]) = (weights.dims(), target.dims());
    let last = match objective {
        Objective::LastClass => 1,
        Objective::EveryClass => time,
        Objective::Values => targets / (batch * outputs),
    };
    let states = hidden.narrow(1, time - last, last);
    let states = states.reshape([batch * last, size]);
    let bias = weights.clone().narrow(0, values - outputs, outputs);
    let weight = weights.narrow(0, values - outputs * (size + 1), outputs * size);
    let weight = weight.reshape([outputs, size]);
    let output = states.matmul(weight.transpose()) + bias.unsqueeze::<2>();
    let loss = match objective {
        Objective::LastClass | Objective::EveryClass => {
            let label: Tensor<2, Int> = target.int().unsqueeze_dim(1);
            let label = label.repeat_dim(1, last).reshape([batch * last, 1]);
            -log_softmax(output.clone(), 1).gather(1, label).mean()
        }
        Objective::Values => {
            let error = output.clone() - target.reshape(output.dims());
            (error.clone() * error).mean()
        }
    };
    (loss, output)
}
