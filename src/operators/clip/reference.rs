//! The contract of [`clip`](super) in plain tensor operations.

use super::EPSILON;
use burn::tensor::Tensor;

/// The same as [`super::to_norm`].
pub fn to_norm(gradient: Tensor<1>, most: f64) -> Tensor<1> {
    let norm = (gradient.clone() * gradient.clone()).sum().sqrt();
    let share = (norm + EPSILON).recip() * most;
    gradient * share.clamp_max(1.0)
}
