//! What the WebGPU kernel is started with and needs, a function of the sizes alone.

use crate::data::PIXELS;
use crate::operators::launch::Launch;

/// A batch out of `digits`: `words, labels, indices, order, images, batch_labels`.
pub fn gather(digits: usize, batch: usize) -> Launch {
    let images = batch * PIXELS;
    let tensors = vec![digits * PIXELS / 4, digits, batch, PIXELS, images, batch];
    Launch::cover("gather", images, tensors)
}
