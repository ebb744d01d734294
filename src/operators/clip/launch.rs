//! What the WebGPU kernels are started with and need, a function of the sizes alone.

use crate::operators::launch::{Launch, WORKGROUP};

/// What is left of the gradient: `gradient, share`.
pub fn share(size: usize) -> Launch {
    Launch {
        kernel: "clip share",
        tensors: vec![size, 1],
        shared: WORKGROUP as usize,
        workgroup: [WORKGROUP, 1],
        workgroups: [1, 1, 1],
    }
}

/// So much of it: `gradient, share, clipped`.
pub fn scale(size: usize) -> Launch {
    Launch::cover("clip scale", size, vec![size, 1, size])
}
