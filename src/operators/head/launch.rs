//! What the WebGPU kernels are started with and need, a function of the sizes alone.

use super::Sizes;
use crate::operators::launch::{Launch, WORKGROUP};

/// The outputs and the loss: `hidden, weight, bias, target, output, delta, loss`. A single workgroup,
/// so that it can sum the loss, a value of workgroup memory each.
pub fn forward(sizes: Sizes) -> Launch {
    let output = sizes.places() * sizes.outputs;
    Launch {
        kernel: "head forward",
        tensors: vec![
            sizes.batch * sizes.time * sizes.size,
            sizes.outputs * sizes.size,
            sizes.outputs,
            sizes.targets(),
            output,
            output,
            1,
        ],
        shared: WORKGROUP as usize,
        workgroup: [WORKGROUP, 1],
        workgroups: [1; 3],
    }
}

/// The gradients: `hidden, weight, delta, grad, of_hidden, of_weight, of_bias`.
pub fn backward(sizes: Sizes) -> Launch {
    let hidden = sizes.batch * sizes.time * sizes.size;
    let weight = sizes.outputs * sizes.size;
    let bias = sizes.outputs;
    let delta = sizes.places() * sizes.outputs;
    let tensors = vec![hidden, weight, delta, 1, hidden, weight, bias];
    Launch::cover("head backward", hidden + weight + bias, tensors)
}

/// All of a training step.
pub fn all(sizes: Sizes) -> Vec<Launch> {
    vec![forward(sizes), backward(sizes)]
}
