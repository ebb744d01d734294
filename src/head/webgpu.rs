//! The operator on WebGPU, as CubeCL kernels for Burn's CubeCL backend: one dispatch forward, by a
//! single workgroup, so that it can sum the loss, and one backward for all three gradients.

use super::{Goal, HeadGradients, HeadOps, Judged, Sizes};
use crate::cube::{CubeTensor, WORKGROUP, cover, like, packed};
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn_wgpu::CubeBackend;

impl HeadOps for CubeBackend {
    fn head_forward(
        hidden: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        target: CubeTensor,
        goal: Goal,
    ) -> Judged<Self> {
        let sizes = Sizes::of::<Self>(&hidden, &weight, goal);
        let shape = [sizes.places(), sizes.outputs];
        let output = like(&hidden, shape);
        let delta = like(&hidden, shape);
        let loss = like(&hidden, [1]);
        judge::launch(
            &output.client,
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(WORKGROUP),
            packed(hidden).into_tensor_arg(),
            packed(weight).into_tensor_arg(),
            packed(bias).into_tensor_arg(),
            packed(target).into_tensor_arg(),
            output.clone().into_tensor_arg(),
            delta.clone().into_tensor_arg(),
            loss.clone().into_tensor_arg(),
            sizes.places() as u32,
            sizes.stride(),
            sizes.size,
            sizes.outputs,
            goal != Goal::Values,
        );
        Judged {
            loss,
            output,
            delta,
        }
    }

    fn head_backward(
        hidden: CubeTensor,
        weight: CubeTensor,
        delta: CubeTensor,
        grad: CubeTensor,
        goal: Goal,
    ) -> HeadGradients<Self> {
        let sizes = Sizes::of::<Self>(&hidden, &weight, goal);
        let Sizes {
            batch,
            time,
            size,
            outputs,
            ..
        } = sizes;
        let of_hidden = like(&hidden, [batch, time, size]);
        let of_weight = like(&hidden, [outputs, size]);
        let of_bias = like(&hidden, [outputs]);
        let states = batch * time * size;
        gradients::launch(
            &of_hidden.client,
            cover(states + outputs * size + outputs),
            CubeDim::new_1d(WORKGROUP),
            packed(hidden).into_tensor_arg(),
            packed(weight).into_tensor_arg(),
            packed(delta).into_tensor_arg(),
            packed(grad).into_tensor_arg(),
            of_hidden.clone().into_tensor_arg(),
            of_weight.clone().into_tensor_arg(),
            of_bias.clone().into_tensor_arg(),
            states as u32,
            sizes.places() as u32,
            sizes.stride(),
            size,
            outputs,
        );
        HeadGradients {
            hidden: of_hidden,
            weight: of_weight,
            bias: of_bias,
        }
    }
}

/// An invocation takes every [`WORKGROUP`]th place: its outputs, their loss and its gradient.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn judge(
    hidden: &Tensor<f32>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    target: &Tensor<f32>,
    output: &mut Tensor<f32>,
    delta: &mut Tensor<f32>,
    loss: &mut Tensor<f32>,
    places: u32,
    #[comptime] stride: usize,
    #[comptime] size: usize,
    #[comptime] outputs: usize,
    #[comptime] class: bool,
) {
    let unit = UNIT_POS_X as usize;
    let units = CUBE_DIM_X as usize;
    let places = places as usize;
    let mut sum = 0.0f32;
    let mut place = unit;
    while place < places {
        let state = (place * stride + stride - 1) * size;
        let first = place * outputs;
        for o in 0..outputs {
            let mut y = bias[o];
            for k in 0..size {
                y += weight[o * size + k] * hidden[state + k];
            }
            output[first + o] = y;
        }
        if comptime!(class) {
            let mean = 1.0f32 / places as f32;
            let label = target[place] as usize;
            let mut top = output[first];
            for o in 1..outputs {
                top = top.max(output[first + o]);
            }
            let mut total = 0.0f32;
            for o in 0..outputs {
                total += (output[first + o] - top).exp();
            }
            for o in 0..outputs {
                let mut d = (output[first + o] - top).exp() / total * mean;
                if o == label {
                    d -= mean;
                }
                delta[first + o] = d;
            }
            sum += (total.ln() - (output[first + label] - top)) * mean;
        } else {
            let mean = 1.0f32 / (places * outputs) as f32;
            for o in 0..outputs {
                let error = output[first + o] - target[first + o];
                delta[first + o] = 2.0f32 * error * mean;
                sum += error * error * mean;
            }
        }
        place += units;
    }

    let mut sums = Shared::new_slice(WORKGROUP as usize);
    sums[unit] = sum;
    sync_cube();
    let mut half = units / 2;
    while half > 0 {
        if unit < half {
            sums[unit] += sums[unit + half];
        }
        sync_cube();
        half /= 2;
    }
    if unit == 0 {
        loss[0] = sums[0];
    }
}

/// One value of one gradient per invocation: first those of the hidden states, then the weight's,
/// then the bias's.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn gradients(
    hidden: &Tensor<f32>,
    weight: &Tensor<f32>,
    delta: &Tensor<f32>,
    grad: &Tensor<f32>,
    of_hidden: &mut Tensor<f32>,
    of_weight: &mut Tensor<f32>,
    of_bias: &mut Tensor<f32>,
    states: u32,
    places: u32,
    #[comptime] stride: usize,
    #[comptime] size: usize,
    #[comptime] outputs: usize,
) {
    let at = ABSOLUTE_POS_X as usize;
    let states = states as usize;
    let places = places as usize;
    let mut sum = 0.0f32;
    if at < states {
        let step = at / size;
        if step % stride == stride - 1 {
            for o in 0..outputs {
                sum += delta[step / stride * outputs + o] * weight[o * size + at % size];
            }
        }
        of_hidden[at] = sum * grad[0];
    } else if at < states + outputs * size {
        let at = at - states;
        for place in 0..places {
            let state = (place * stride + stride - 1) * size;
            sum += delta[place * outputs + at / size] * hidden[state + at % size];
        }
        of_weight[at] = sum * grad[0];
    } else if at < states + outputs * size + outputs {
        let output = at - states - outputs * size;
        for place in 0..places {
            sum += delta[place * outputs + output];
        }
        of_bias[output] = sum * grad[0];
    }
}
