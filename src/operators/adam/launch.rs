//! What the WebGPU kernel is started with and needs, a function of the sizes alone.

use crate::operators::launch::Launch;

/// The update of `size` parameters: themselves, their gradient and moments, and what becomes of the three.
pub fn update(size: usize) -> Launch {
    Launch::cover("adam", size, vec![size; 7])
}
