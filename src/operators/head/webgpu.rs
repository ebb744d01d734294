//! The operator on WebGPU, as CubeCL kernels for Burn's CubeCL backend: one dispatch forward, by a
//! single workgroup, so that it can sum the loss, and one backward for all three gradients.

use super::{Forward, Gradients, HeadGradient, HeadOps, Objective, Sizes, launch};
use crate::operators::cube::{CubeTensor, like, packed, start};
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn_wgpu::CubeBackend;

impl HeadOps for CubeBackend {
    fn head_forward(
        hidden: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        target: CubeTensor,
        objective: Objective,
    ) -> Forward<Self> {
        let sizes = Sizes::of::<Self>(&hidden, &weight, objective);
        let [hidden, weight, bias, target] = [hidden, weight, bias, target].map(packed);
        let output = like(&hidden, [sizes.places(), sizes.outputs]);
        let delta = like(&hidden, [sizes.places(), sizes.outputs]);
        let loss = like(&hidden, [1]);
        let launch = launch::forward(sizes);
        let (workgroups, workgroup) = start(
            &launch,
            [&hidden, &weight, &bias, &target, &output, &delta, &loss],
        );
        forward::launch(
            &output.client,
            workgroups,
            workgroup,
            hidden.into_tensor_arg(),
            weight.into_tensor_arg(),
            bias.into_tensor_arg(),
            target.into_tensor_arg(),
            output.clone().into_tensor_arg(),
            delta.clone().into_tensor_arg(),
            loss.clone().into_tensor_arg(),
            sizes.places() as u32,
            sizes.stride() as u32,
            sizes.size,
            sizes.outputs,
            objective != Objective::Values,
            launch.shared,
        );
        Forward {
            loss,
            output,
            delta,
        }
    }
}

impl HeadGradient for CubeBackend {
    fn head_backward(
        hidden: CubeTensor,
        weight: CubeTensor,
        delta: CubeTensor,
        grad: CubeTensor,
        objective: Objective,
    ) -> Gradients<Self> {
        let sizes = Sizes::of::<Self>(&hidden, &weight, objective);
        let Sizes {
            batch,
            time,
            size,
            outputs,
            ..
        } = sizes;
        let [hidden, weight, delta, grad] = [hidden, weight, delta, grad].map(packed);
        let of_hidden = like(&hidden, [batch, time, size]);
        let of_weight = like(&hidden, [outputs, size]);
        let of_bias = like(&hidden, [outputs]);
        let tensors = [
            &hidden, &weight, &delta, &grad, &of_hidden, &of_weight, &of_bias,
        ];
        let (workgroups, workgroup) = start(&launch::backward(sizes), tensors);
        gradients::launch(
            &of_hidden.client,
            workgroups,
            workgroup,
            hidden.into_tensor_arg(),
            weight.into_tensor_arg(),
            delta.into_tensor_arg(),
            grad.into_tensor_arg(),
            of_hidden.clone().into_tensor_arg(),
            of_weight.clone().into_tensor_arg(),
            of_bias.clone().into_tensor_arg(),
            (batch * time * size) as u32,
            sizes.places() as u32,
            sizes.stride() as u32,
            size,
            outputs,
        );
        Gradients {
            hidden: of_hidden,
            weight: of_weight,
            bias: of_bias,
        }
    }
}

/// An invocation of `W` takes every `W`th place: its outputs, their loss and its gradient.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn forward(
    hidden: &Tensor<f32>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    target: &Tensor<f32>,
    output: &mut Tensor<f32>,
    delta: &mut Tensor<f32>,
    loss: &mut Tensor<f32>,
    places: u32,
    stride: u32,
    #[comptime] size: usize,
    #[comptime] outputs: usize,
    #[comptime] class: bool,
    #[comptime] shared: usize,
) {
    let stride = stride as usize;
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

    let mut sums = Shared::new_slice(shared);
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
    stride: u32,
    #[comptime] size: usize,
    #[comptime] outputs: usize,
) {
    let stride = stride as usize;
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
