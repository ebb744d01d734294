//! The contract of [`adam`](super) in plain tensor operations.
//!
//! Slow and obvious on purpose: it runs on every backend, and the kernels are tested against it.

use super::{BETA_1, BETA_2, EPSILON, Moments, Scale};
use burn::tensor::Tensor;

/// The same as [`super::update`].
pub fn update(
    parameters: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
    scale: Scale,
) -> (Tensor<1>, Moments) {
    let (g, m) = (gradient, moments.first);
    let first = m.clone() + (g.clone() - m) * (1.0 - BETA_1);
    let second = moments.second * BETA_2 + g.clone() * g * (1.0 - BETA_2);
    let denominator = second.clone().sqrt() / scale.root_correction + EPSILON;
    let change = first.clone() / denominator * scale.step_size;
    (parameters - change, Moments { first, second })
}
