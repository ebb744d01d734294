//! Adam's update of all parameters, which lie one after the other in one tensor, as one operator.
//!
//! This module is the contract; [`mod@reference`] states it in plain tensor operations, and the kernels
//! compute it. A device without kernels computes the reference. The optimiser that calls it and keeps the
//! moments is not known here. An update has no gradient of its own.
//!
//! # Equations
//!
//! With the gradient `g`, the moments `m` and `v`, and after `t` steps:
//!
//! ```text
//! m' = m + (1 - beta_1) (g - m)
//! v' = beta_2 v + (1 - beta_2) g^2
//! p' = p - step_size m' / (sqrt(v') / root_correction + eps)
//!
//! step_size = rate / (1 - beta_1^t)     root_correction = sqrt(1 - beta_2^t)
//! ```
//!
//! as in the documentation of `torch.optim.Adam`, with its betas 0.9 and 0.999 and its eps 1e-8.

use super::{assert_shape, has_kernels};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension};
use burn::tensor::Tensor;

#[cfg(feature = "cpu")]
mod cpu;
pub(super) mod launch;
pub mod reference;
#[cfg(feature = "webgpu")]
mod webgpu;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// What a learning rate and a step number come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    step_size: f32,
    root_correction: f32,
}

impl Scale {
    /// For the `step`-th step, counted from 1, at that learning `rate`.
    pub fn new(rate: f64, step: u32) -> Self {
        let step = f64::from(step);
        Scale {
            step_size: (rate / (1.0 - BETA_1.powf(step))) as f32,
            root_correction: (1.0 - BETA_2.powf(step)).sqrt() as f32,
        }
    }
}

/// What Adam remembers of the gradients.
#[derive(Debug, Clone)]
pub struct Moments {
    /// `m`, the running mean of the gradient.
    pub first: Tensor<1>,
    /// `v`, the running mean of its square.
    pub second: Tensor<1>,
}

/// What an update yields, as the backend's own tensors.
#[derive(ExtensionType)]
pub(crate) struct Updated<B: Backend> {
    pub parameters: FloatTensor<B>,
    pub first: FloatTensor<B>,
    pub second: FloatTensor<B>,
}

/// The update, as each backend implements it. All tensors are f32 and of one size.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub(crate) trait AdamOps: Backend {
    /// See [`update`].
    fn adam_update(
        parameters: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        scale: Scale,
    ) -> Updated<Self>;
}

/// Moves `moments` towards `gradient` and `parameters` against it.
///
/// # Panics
/// If they are not of one size.
#[track_caller]
pub fn update(
    parameters: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
    scale: Scale,
) -> (Tensor<1>, Moments) {
    let size = parameters.dims();
    assert!(size != [0], "there are no parameters");
    assert_shape("gradient", gradient.dims(), size);
    assert_shape("first", moments.first.dims(), size);
    assert_shape("second", moments.second.dims(), size);
    if !has_kernels(&parameters.device()) {
        return reference::update(parameters, gradient, moments, scale);
    }
    let updated = Dispatch::adam_update(
        parameters.into_dispatch(),
        gradient.into_dispatch(),
        moments.first.into_dispatch(),
        moments.second.into_dispatch(),
        scale,
    );
    let moments = Moments {
        first: Tensor::from_dispatch(updated.first),
        second: Tensor::from_dispatch(updated.second),
    };
    (Tensor::from_dispatch(updated.parameters), moments)
}
