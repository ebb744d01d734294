//! The contract of [`gather`](super) on the host: what the CPU runs, and what the kernel is tested
//! against.

use super::{Batch, Order};
use crate::data::{Digits, SIDE};
use burn::tensor::{Device, Tensor, TensorData};

/// The same as [`super::Store::gather`].
pub fn gather(digits: &Digits, indices: &[usize], order: &Order, device: &Device) -> Batch {
    let mut pixels = Vec::new();
    digits.gather(indices, order.host(), &mut pixels);
    let labels = indices.iter().map(|&k| f32::from(digits.labels[k]));
    let labels: Vec<f32> = labels.collect();
    let images = TensorData::new(pixels, [indices.len(), SIDE, SIDE]);
    let labels = TensorData::new(labels, [indices.len()]);
    (
        Tensor::from_data(images, device),
        Tensor::from_data(labels, device),
    )
}
