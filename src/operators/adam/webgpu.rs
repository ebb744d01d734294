//! The update on WebGPU, as a CubeCL kernel for Burn's CubeCL backend: one dispatch.

use super::{AdamOps, BETA_1, BETA_2, EPSILON, Scale, Updated, launch};
use crate::operators::cube::{CubeTensor, like, packed, start};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn_wgpu::CubeBackend;

impl AdamOps for CubeBackend {
    fn adam_update(
        parameters: CubeTensor,
        gradient: CubeTensor,
        first: CubeTensor,
        second: CubeTensor,
        scale: Scale,
    ) -> Updated<Self> {
        let [parameters, gradient] = [parameters, gradient].map(packed);
        let [first, second] = [first, second].map(packed);
        let size = parameters.shape().num_elements();
        let updated = Updated::<Self> {
            parameters: like(&parameters, [size]),
            first: like(&parameters, [size]),
            second: like(&parameters, [size]),
        };
        let (workgroups, workgroup) = start(
            &launch::update(size),
            [
                &parameters,
                &gradient,
                &first,
                &second,
                &updated.parameters,
                &updated.first,
                &updated.second,
            ],
        );
        update::launch(
            &updated.parameters.client,
            workgroups,
            workgroup,
            parameters.into_tensor_arg(),
            gradient.into_tensor_arg(),
            first.into_tensor_arg(),
            second.into_tensor_arg(),
            updated.parameters.clone().into_tensor_arg(),
            updated.first.clone().into_tensor_arg(),
            updated.second.clone().into_tensor_arg(),
            scale.step_size,
            scale.root_correction,
        );
        updated
    }
}

/// One parameter per invocation.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn update(
    parameters: &Tensor<f32>,
    gradient: &Tensor<f32>,
    first: &Tensor<f32>,
    second: &Tensor<f32>,
    new_parameters: &mut Tensor<f32>,
    new_first: &mut Tensor<f32>,
    new_second: &mut Tensor<f32>,
    step_size: f32,
    root_correction: f32,
) {
    let at = ABSOLUTE_POS_X as usize;
    if at >= parameters.len() {
        terminate!();
    }
    let g = gradient[at];
    let mean = first[at] + (g - first[at]) * comptime!((1.0 - BETA_1) as f32);
    let square = second[at] * comptime!(BETA_2 as f32) + g * g * comptime!((1.0 - BETA_2) as f32);
    let denominator = square.sqrt() / root_correction + comptime!(EPSILON as f32);
    new_first[at] = mean;
    new_second[at] = square;
    new_parameters[at] = parameters[at] - mean / denominator * step_size;
}
