//! What the WebGPU kernels are started with and need, a function of the sizes alone.

use super::Sizes;
use crate::operators::launch::Launch;

/// Invocations that a place has.
const ABREAST: usize = 32;
/// Values of the weights' gradient that a workgroup sums, and invocations that share a sum.
pub const COLUMNS: usize = 32;
pub const SLICES: usize = 8;

/// What is said at each place, a workgroup each: `hidden, weights, target, output, losses, delta, of_hidden`.
/// The last three are of one value if only the `outputs` are wanted, and so is the target.
pub fn places(sizes: Sizes, outputs: bool) -> Launch {
    let if_wanted = |count: usize| if outputs { 1 } else { count };
    let places = sizes.places();
    let output = places * sizes.outputs;
    Launch {
        kernel: "head places",
        tensors: vec![
            sizes.batch * sizes.time * sizes.size,
            sizes.weights,
            if_wanted(sizes.targets()),
            output,
            if_wanted(places),
            if_wanted(output),
            if_wanted(places * sizes.size),
        ],
        shared: 2 * sizes.outputs,
        workgroup: [ABREAST as u32, 1],
        workgroups: [places, 1, 1],
    }
}

/// Their sums: `hidden, losses, delta, of_weights, loss`.
pub fn sums(sizes: Sizes) -> Launch {
    let places = sizes.places();
    Launch {
        kernel: "head sums",
        tensors: vec![
            sizes.batch * sizes.time * sizes.size,
            places,
            places * sizes.outputs,
            sizes.own(),
            1,
        ],
        shared: COLUMNS * SLICES,
        workgroup: [COLUMNS as u32, SLICES as u32],
        workgroups: [(sizes.own() + 1).div_ceil(COLUMNS), 1, 1],
    }
}

/// All of a training step.
pub fn all(sizes: Sizes) -> Vec<Launch> {
    vec![places(sizes, false), sums(sizes)]
}
