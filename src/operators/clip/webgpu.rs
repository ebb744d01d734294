//! The operator on WebGPU, as CubeCL kernels for Burn's CubeCL backend: one dispatch for the norm, in one workgroup,
//! and one for what follows from it.

use super::{EPSILON, launch};
use crate::operators::cube::{CubeTensor, like, packed, start};
use crate::operators::launch::WORKGROUP;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn_wgpu::CubeBackend;

/// Invocations that sum squares.
const UNITS: usize = WORKGROUP as usize;

/// See [`super::to_norm`].
pub fn to_norm(gradient: burn::tensor::Tensor<1>, most: f32) -> burn::tensor::Tensor<1> {
    let clipped = Dispatch::clip_to_norm(gradient.into_dispatch(), most);
    burn::tensor::Tensor::from_dispatch(clipped)
}

/// Only a GPU has it: the CPU runs the reference.
#[backend_extension(Cube)]
pub(crate) trait ClipOps: Backend {
    /// See [`super::to_norm`].
    fn clip_to_norm(gradient: FloatTensor<Self>, most: f32) -> FloatTensor<Self>;
}

impl ClipOps for CubeBackend {
    fn clip_to_norm(gradient: CubeTensor, most: f32) -> CubeTensor {
        let gradient = packed(gradient);
        let size = gradient.shape().num_elements();
        let share = like(&gradient, [1]);
        let (workgroups, workgroup) = start(&launch::share(size), [&gradient, &share]);
        share_of::launch(
            &gradient.client,
            workgroups,
            workgroup,
            gradient.clone().into_tensor_arg(),
            share.clone().into_tensor_arg(),
            most,
        );
        let clipped = like(&gradient, [size]);
        let (workgroups, workgroup) = start(&launch::scale(size), [&gradient, &share, &clipped]);
        scale::launch(
            &clipped.client,
            workgroups,
            workgroup,
            gradient.into_tensor_arg(),
            share.into_tensor_arg(),
            clipped.clone().into_tensor_arg(),
        );
        clipped
    }
}

/// One workgroup sums the squares, and halves their number until one is left.
#[cube(launch)]
fn share_of(gradient: &Tensor<f32>, share: &mut Tensor<f32>, most: f32) {
    let mut sums = Shared::<[f32]>::new_slice(UNITS);
    let unit = UNIT_POS_X as usize;
    let mut sum = 0.0f32;
    let mut at = unit;
    while at < gradient.len() {
        sum += gradient[at] * gradient[at];
        at += UNITS;
    }
    sums[unit] = sum;
    #[unroll]
    for halved in 1..comptime!(UNITS.ilog2() as usize + 1) {
        sync_cube();
        let half = comptime!(UNITS >> halved);
        if unit < half {
            let other = sums[unit + half];
            sums[unit] += other;
        }
    }
    if unit == 0 {
        let left = most / (sums[0].sqrt() + comptime!(EPSILON as f32));
        // What is not a number stays one, which WGSL's own `min` does not promise.
        share[0] = select(left >= 1.0f32, 1.0f32, left);
    }
}

/// One parameter per invocation.
#[cube(launch)]
fn scale(gradient: &Tensor<f32>, share: &Tensor<f32>, clipped: &mut Tensor<f32>) {
    let at = ABSOLUTE_POS_X as usize;
    if at >= gradient.len() {
        terminate!();
    }
    clipped[at] = gradient[at] * share[0];
}
