//! The contract of [`head`](super) in plain tensor operations. Burn's autodiff finds its gradient.
//!
//! Slow and obvious on purpose: it runs on every backend, those without kernels too, and the kernels are tested
//! against it. Its own gradients are for backends that track nothing; they are tested against autodiff's.

use super::{HeadOutput, Objective};
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Int, Tensor};

/// The loss and the outputs of [`super::loss`], the loss differentiable.
pub fn loss(
    objective: Objective,
    hidden: Tensor<3>,
    weights: Tensor<1>,
    outputs: usize,
    target: Tensor<1>,
) -> (Tensor<1>, Tensor<2>) {
    let last = objective.last(&hidden, outputs, target.dims()[0]);
    let output = self::outputs(hidden, weights, outputs, last);
    let loss = match objective {
        Objective::LastClass | Objective::EveryClass => {
            let label = labels(target, last);
            -log_softmax(output.clone(), 1).gather(1, label).mean()
        }
        Objective::Values => {
            let error = output.clone() - target.reshape(output.dims());
            (error.clone() * error).mean()
        }
    };
    (loss, output)
}

/// The same as [`super::outputs`].
pub fn outputs(hidden: Tensor<3>, weights: Tensor<1>, outputs: usize, last: usize) -> Tensor<2> {
    let [_, _, size] = hidden.dims();
    let [values] = weights.dims();
    let bias = weights.clone().narrow(0, values - outputs, outputs);
    let weight = weight(weights, size, outputs);
    states(hidden, last).matmul(weight.transpose()) + bias.unsqueeze::<2>()
}

/// The same as [`super::loss`].
pub(super) fn judged(
    objective: Objective,
    hidden: Tensor<3>,
    weights: Tensor<1>,
    outputs: usize,
    target: Tensor<1>,
) -> HeadOutput {
    let [batch, _, size] = hidden.dims();
    let last = objective.last(&hidden, outputs, target.dims()[0]);
    let (loss, output) = loss(
        objective,
        hidden.clone(),
        weights.clone(),
        outputs,
        target.clone(),
    );
    let (places, device) = ((batch * last) as f64, hidden.device());
    let of_output = match objective {
        Objective::LastClass | Objective::EveryClass => {
            let classes = Tensor::<1, Int>::arange(0..outputs as i64, &device);
            let right = labels(target, last).equal(classes.unsqueeze::<2>());
            (softmax(output.clone(), 1) - right.float()) / places
        }
        Objective::Values => {
            let error = output.clone() - target.reshape(output.dims());
            error * (2.0 / (places * outputs as f64))
        }
    };
    let of_states = of_output.clone().matmul(weight(weights, size, outputs));
    let of_weight = of_output.clone().transpose().matmul(states(hidden, last));
    let of_bias = of_output.sum_dim(0).reshape([outputs]);
    HeadOutput {
        loss,
        output,
        of_hidden: of_states.reshape([batch, last, size]),
        of_weights: Tensor::cat(vec![of_weight.reshape([outputs * size]), of_bias], 0),
    }
}

/// The states that have outputs, `[batch * last, H]`.
fn states(hidden: Tensor<3>, last: usize) -> Tensor<2> {
    let [batch, time, size] = hidden.dims();
    let states = hidden.narrow(1, time - last, last);
    states.reshape([batch * last, size])
}

/// `weight [outputs, H]`, out of a tensor that ends with it and the bias.
fn weight(weights: Tensor<1>, size: usize, outputs: usize) -> Tensor<2> {
    let [values] = weights.dims();
    let weight = weights.narrow(0, values - outputs * (size + 1), outputs * size);
    weight.reshape([outputs, size])
}

/// The right class at every place, `[batch * last, 1]`.
fn labels(target: Tensor<1>, last: usize) -> Tensor<2, Int> {
    let [batch] = target.dims();
    let label: Tensor<2, Int> = target.int().unsqueeze_dim(1);
    label.repeat_dim(1, last).reshape([batch * last, 1])
}
