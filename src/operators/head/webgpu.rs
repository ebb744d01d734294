//! The operator on WebGPU, as CubeCL kernels for Burn's CubeCL backend: one dispatch for what each place
//! says, its loss and the gradient of its hidden state, and one for what is summed over places, the loss
//! and the gradient of the weights.

use super::launch::{self, COLUMNS, SLICES};
use super::{HeadOps, Judged, Objective, Sizes};
use crate::operators::cube::{CubeTensor, like, packed, start};
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn_wgpu::CubeBackend;

impl HeadOps for CubeBackend {
    fn head_loss(
        hidden: CubeTensor,
        weights: CubeTensor,
        target: CubeTensor,
        sizes: Sizes,
    ) -> Judged<Self> {
        let hidden = packed(hidden);
        let Said {
            output,
            losses,
            delta,
            of_hidden,
        } = say(hidden.clone(), weights, Some(target), sizes);
        let of_weights = like(&hidden, [sizes.own()]);
        let loss = like(&hidden, [1]);
        let (workgroups, workgroup) = start(
            &launch::sums(sizes),
            [&hidden, &losses, &delta, &of_weights, &loss],
        );
        sums::launch(
            &output.client,
            workgroups,
            workgroup,
            hidden.into_tensor_arg(),
            losses.into_tensor_arg(),
            delta.into_tensor_arg(),
            of_weights.clone().into_tensor_arg(),
            loss.clone().into_tensor_arg(),
            sizes.places() as u32,
            sizes.time as u32,
            sizes.last as u32,
            sizes.size,
            sizes.outputs,
        );
        Judged {
            loss,
            output,
            of_hidden,
            of_weights,
        }
    }

    fn head_outputs(hidden: CubeTensor, weights: CubeTensor, sizes: Sizes) -> CubeTensor {
        say(packed(hidden), weights, None, sizes).output
    }
}

/// What is said at each place.
struct Said {
    output: CubeTensor,
    losses: CubeTensor,
    delta: CubeTensor,
    of_hidden: CubeTensor,
}

fn say(hidden: CubeTensor, weights: CubeTensor, target: Option<CubeTensor>, sizes: Sizes) -> Said {
    let judged = target.is_some();
    let weights = packed(weights);
    let places = sizes.places();
    let if_judged = |count: usize| if judged { count } else { 1 };
    // One buffer cannot be given to a kernel twice.
    let target = target.map_or_else(|| like(&hidden, [1]), packed);
    let output = like(&hidden, [places, sizes.outputs]);
    let losses = like(&hidden, [if_judged(places)]);
    let delta = like(&hidden, [if_judged(places * sizes.outputs)]);
    let of_hidden = match judged {
        true => like(&hidden, [sizes.batch, sizes.last, sizes.size]),
        false => like(&hidden, [1, 1, 1]),
    };
    let (workgroups, workgroup) = start(
        &launch::places(sizes, !judged),
        [
            &hidden, &weights, &target, &output, &losses, &delta, &of_hidden,
        ],
    );
    self::places::launch(
        &output.client,
        workgroups,
        workgroup,
        hidden.into_tensor_arg(),
        weights.into_tensor_arg(),
        target.into_tensor_arg(),
        output.clone().into_tensor_arg(),
        losses.clone().into_tensor_arg(),
        delta.clone().into_tensor_arg(),
        of_hidden.clone().into_tensor_arg(),
        places as u32,
        sizes.time as u32,
        sizes.last as u32,
        (sizes.weights - sizes.own()) as u32,
        sizes.size,
        sizes.outputs,
        sizes.objective != Objective::Values,
        judged,
    );
    Said {
        output,
        losses,
        delta,
        of_hidden,
    }
}

/// A workgroup takes a place: its outputs, and if they are `judged` their loss, its gradient `delta` and
/// that of the hidden state. The weights begin at `first`.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn places(
    hidden: &Tensor<f32>,
    weights: &Tensor<f32>,
    target: &Tensor<f32>,
    output: &mut Tensor<f32>,
    losses: &mut Tensor<f32>,
    delta: &mut Tensor<f32>,
    of_hidden: &mut Tensor<f32>,
    places: u32,
    time: u32,
    last: u32,
    first: u32,
    #[comptime] size: usize,
    #[comptime] outputs: usize,
    #[comptime] class: bool,
    #[comptime] judged: bool,
) {
    let place = CUBE_POS_X as usize;
    let unit = UNIT_POS_X as usize;
    let units = CUBE_DIM_X as usize;
    let first = first as usize;
    let state = state(place, time, last) * size;
    let mut said = Shared::new_slice(outputs);
    let mut deltas = Shared::new_slice(outputs);
    let mut o = unit;
    while o < outputs {
        let mut y = weights[first + outputs * size + o];
        for k in 0..size {
            y += weights[first + o * size + k] * hidden[state + k];
        }
        output[place * outputs + o] = y;
        said[o] = y;
        o += units;
    }
    if comptime!(judged) {
        sync_cube();
        let mut loss = 0.0f32;
        let mut o = unit;
        if comptime!(class) {
            let mean = 1.0f32 / places as f32;
            let label = target[place / last as usize] as usize;
            let mut top = said[0];
            for o in 1..outputs {
                top = top.max(said[o]);
            }
            let mut total = 0.0f32;
            for o in 0..outputs {
                total += (said[o] - top).exp();
            }
            while o < outputs {
                let mut d = (said[o] - top).exp() / total * mean;
                if o == label {
                    d -= mean;
                }
                deltas[o] = d;
                o += units;
            }
            loss = (total.ln() - (said[label] - top)) * mean;
        } else {
            let mean = 1.0f32 / (places as usize * outputs) as f32;
            for o in 0..outputs {
                let error = said[o] - target[place * outputs + o];
                loss += error * error * mean;
            }
            while o < outputs {
                deltas[o] = 2.0f32 * (said[o] - target[place * outputs + o]) * mean;
                o += units;
            }
        }
        if unit == 0 {
            losses[place] = loss;
        }
        sync_cube();
        let mut o = unit;
        while o < outputs {
            delta[place * outputs + o] = deltas[o];
            o += units;
        }
        let mut k = unit;
        while k < size {
            let mut sum = 0.0f32;
            for o in 0..outputs {
                sum += deltas[o] * weights[first + o * size + k];
            }
            of_hidden[place * size + k] = sum;
            k += units;
        }
    }
}

/// What is summed over places: the gradient of the weights, then that of the bias, then the loss. A
/// workgroup takes [`COLUMNS`] of these values, and [`SLICES`] invocations share each.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn sums(
    hidden: &Tensor<f32>,
    losses: &Tensor<f32>,
    delta: &Tensor<f32>,
    of_weights: &mut Tensor<f32>,
    loss: &mut Tensor<f32>,
    places: u32,
    time: u32,
    last: u32,
    #[comptime] size: usize,
    #[comptime] outputs: usize,
) {
    let at = CUBE_POS_X as usize * COLUMNS + UNIT_POS_X as usize;
    let bias = comptime!(outputs * size);
    let own = comptime!(outputs * (size + 1));
    let mut sum = 0.0f32;
    let mut place = UNIT_POS_Y as usize;
    while place < places as usize {
        if at < bias {
            let h = hidden[state(place, time, last) * size + at % size];
            sum += delta[place * outputs + at / size] * h;
        } else if at < own {
            sum += delta[place * outputs + at - bias];
        } else if at == own {
            sum += losses[place];
        }
        place += SLICES;
    }
    let mut sums = Shared::new_slice(comptime!(COLUMNS * SLICES));
    let unit = UNIT_POS_X as usize;
    sums[UNIT_POS_Y as usize * COLUMNS + unit] = sum;
    sync_cube();
    if UNIT_POS_Y == 0 {
        #[unroll]
        for slice in 1..SLICES {
            sum += sums[slice * COLUMNS + unit];
        }
        if at < own {
            of_weights[at] = sum;
        } else if at == own {
            loss[0] = sum;
        }
    }
}

/// The hidden state of a place, of all there are.
#[cube]
fn state(place: usize, time: u32, last: u32) -> usize {
    let (time, last) = (time as usize, last as usize);
    place / last * time + time - last + place % last
}
