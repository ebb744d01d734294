//! A gradient whose norm is bounded, all parameters together, as one operator.
//!
//! An operator without a gradient. [`mod@reference`] states it in plain tensor operations, and is what the CPU runs.
//!
//! # Equations
//!
//! With the gradient `g` of all parameters:
//!
//! ```text
//! g' = min(1, most / (|g| + 1e-6)) g
//! ```
//!
//! as in the documentation of `torch.nn.utils.clip_grad_norm_`, with its norm type 2.

use burn::tensor::Tensor;

pub(super) mod launch;
pub mod reference;
#[cfg(feature = "webgpu")]
mod webgpu;

/// What keeps the quotient finite.
const EPSILON: f64 = 1e-6;

/// `gradient`, its norm at most `most`.
///
/// # Panics
/// If there are no parameters.
pub fn to_norm(gradient: Tensor<1>, most: f64) -> Tensor<1> {
    assert!(gradient.dims() != [0], "there are no parameters");
    #[cfg(feature = "webgpu")]
    if super::cube::device(&gradient.device()).is_some() {
        return webgpu::to_norm(gradient, most as f32);
    }
    reference::to_norm(gradient, most)
}
