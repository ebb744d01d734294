//! The operator on WebGPU, as CubeCL kernels for Burn's CubeCL backend.
//!
//! A workgroup owns a sample and runs all of its time steps, so that a pass is one dispatch however
//! long the sequence: forward one, backward two (through time, then the weights' gradients), and a
//! third where somebody asks for the input's. What any browser allows is enough: at most seven
//! tensors a kernel, 256 invocations, 8 KiB of workgroup memory at 256 hidden units, no subgroups.
//! Burn's matrix products, which are megabytes of code, are never reached.

use super::{Backward, Cell, Forward, RecurrentOps, Sizes};
use crate::cube::{CubeTensor, WORKGROUP, cover, like, packed};
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn_wgpu::CubeBackend;

/// Output columns and groups of rows of a workgroup of [`weight_gradients`].
const TILE: (u32, u32) = (32, 8);
/// Rows that one invocation of [`weight_gradients`] sums.
const ROWS_EACH: usize = 4;

impl RecurrentOps for CubeBackend {
    fn recurrent_forward(
        x: CubeTensor,
        weight_ih: CubeTensor,
        weight_hh: CubeTensor,
        bias: CubeTensor,
        initial: CubeTensor,
        cell: Cell,
    ) -> Forward<Self> {
        let sizes = Sizes::of::<Self>(&x, &weight_hh, cell);
        let Sizes {
            batch, time, size, ..
        } = sizes;
        assert!(size <= WORKGROUP as usize, "at most 256 hidden units");
        let hidden = like(&x, [batch, time, size]);
        let trace = match cell {
            // A kernel must not be given one buffer twice.
            Cell::Rnn => like(&x, [1]),
            Cell::Lstm => like(&x, [batch, time, cell.traced() * size]),
        };
        forward::launch(
            &hidden.client,
            CubeCount::Static(batch as u32, 1, 1),
            CubeDim::new_1d(workgroup(sizes.rows())),
            packed(x).into_tensor_arg(),
            packed(weight_ih).into_tensor_arg(),
            packed(weight_hh).into_tensor_arg(),
            packed(bias).into_tensor_arg(),
            packed(initial).into_tensor_arg(),
            hidden.clone().into_tensor_arg(),
            trace.clone().into_tensor_arg(),
            sizes.batch as u32,
            sizes.time,
            sizes.inputs,
            sizes.size,
            cell == Cell::Lstm,
        );
        let trace = match cell {
            Cell::Rnn => hidden.clone(),
            Cell::Lstm => trace,
        };
        Forward { hidden, trace }
    }

    fn recurrent_backward(
        x: CubeTensor,
        weight_ih: CubeTensor,
        weight_hh: CubeTensor,
        initial: CubeTensor,
        hidden: CubeTensor,
        trace: CubeTensor,
        grad: CubeTensor,
        cell: Cell,
        input_grad: bool,
    ) -> Backward<Self> {
        let sizes = Sizes::of::<Self>(&x, &weight_hh, cell);
        let Sizes {
            batch,
            time,
            inputs,
            size,
            ..
        } = sizes;
        let rows = sizes.rows();
        let client = x.client.clone();
        let initial = packed(initial);
        let delta = like(&x, [batch, time, rows]);
        let of_initial = like(&x, [cell.states(), batch, size]);
        through_time::launch(
            &client,
            CubeCount::Static(batch as u32, 1, 1),
            CubeDim::new_1d(workgroup(size)),
            packed(weight_hh).into_tensor_arg(),
            initial.clone().into_tensor_arg(),
            packed(trace).into_tensor_arg(),
            packed(grad).into_tensor_arg(),
            delta.clone().into_tensor_arg(),
            of_initial.clone().into_tensor_arg(),
            batch as u32,
            time,
            size,
            cell == Cell::Lstm,
        );

        let of_ih = like(&x, [rows, inputs]);
        let of_hh = like(&x, [rows, size]);
        let of_bias = like(&x, [rows]);
        let columns = (inputs + size + 1) as u32;
        let row_groups = rows.div_ceil(ROWS_EACH) as u32;
        weight_gradients::launch(
            &client,
            CubeCount::Static(columns.div_ceil(TILE.0), row_groups.div_ceil(TILE.1), 1),
            CubeDim::new_2d(TILE.0, TILE.1),
            packed(x.clone()).into_tensor_arg(),
            initial.into_tensor_arg(),
            packed(hidden).into_tensor_arg(),
            delta.clone().into_tensor_arg(),
            of_ih.clone().into_tensor_arg(),
            of_hh.clone().into_tensor_arg(),
            of_bias.clone().into_tensor_arg(),
            batch as u32,
            time,
            inputs,
            size,
            rows,
        );

        let of_x = match input_grad {
            true => like(&x, [batch, time, inputs]),
            false => like(&x, [1, 1, 1]),
        };
        if input_grad {
            input_gradient::launch(
                &client,
                cover(batch * time * inputs),
                CubeDim::new_1d(WORKGROUP),
                packed(weight_ih).into_tensor_arg(),
                delta.into_tensor_arg(),
                of_x.clone().into_tensor_arg(),
                inputs,
                rows,
            );
        }
        Backward {
            x: of_x,
            weight_ih: of_ih,
            weight_hh: of_hh,
            bias: of_bias,
            initial: of_initial,
        }
    }
}

/// Invocations for a workgroup with `items` things to do: no more than there are, in whole
/// hardware groups of 32.
fn workgroup(items: usize) -> u32 {
    (items as u32).next_multiple_of(32).min(WORKGROUP)
}

/// The whole sequence of the sample `CUBE_POS_X`.
///
/// Invocation `u` computes rows `u`, `u + CUBE_DIM_X`, ... of `z`, and then, where `u < size`, the
/// hidden unit `u`, whose cell state it keeps in a register. Shapes as in
/// [`RecurrentOps::recurrent_forward`]; the trace is written for the LSTM alone.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn forward(
    x: &Tensor<f32>,
    weight_ih: &Tensor<f32>,
    weight_hh: &Tensor<f32>,
    bias: &Tensor<f32>,
    initial: &Tensor<f32>,
    hidden: &mut Tensor<f32>,
    trace: &mut Tensor<f32>,
    batch: u32,
    #[comptime] time: usize,
    #[comptime] inputs: usize,
    #[comptime] size: usize,
    #[comptime] lstm: bool,
) {
    let rows = comptime!(if lstm { 4 * size } else { size });
    let sample = CUBE_POS_X as usize;
    let unit = UNIT_POS_X as usize;
    let units = CUBE_DIM_X as usize;
    let batch = batch as usize;

    let mut h = Shared::new_slice(size);
    let mut x_row = Shared::new_slice(inputs);
    let mut z = Shared::new_slice(rows);
    let mut c = 0.0f32;
    if unit < size {
        h[unit] = initial[sample * size + unit];
        if comptime!(lstm) {
            c = initial[(batch + sample) * size + unit];
        }
    }

    for t in 0..time {
        let place = sample * time + t;
        let mut i = unit;
        while i < inputs {
            x_row[i] = x[place * inputs + i];
            i += units;
        }
        sync_cube();

        let mut row = unit;
        while row < rows {
            let mut of_input = bias[row];
            for i in 0..inputs {
                of_input += weight_ih[row * inputs + i] * x_row[i];
            }
            let mut of_state = 0.0f32;
            for k in 0..size {
                of_state += weight_hh[row * size + k] * h[k];
            }
            z[row] = of_input + of_state;
            row += units;
        }
        sync_cube();

        if unit < size {
            let h_now = if comptime!(lstm) {
                let i = sigmoid(z[unit]);
                let f = sigmoid(z[size + unit]);
                let g = tanh(z[2 * size + unit]);
                let o = sigmoid(z[3 * size + unit]);
                c = f * c + i * g;
                let at = place * 5 * size + unit;
                trace[at] = i;
                trace[at + size] = f;
                trace[at + 2 * size] = g;
                trace[at + 3 * size] = o;
                trace[at + 4 * size] = c;
                o * tanh(c)
            } else {
                tanh(z[unit])
            };
            h[unit] = h_now;
            hidden[place * size + unit] = h_now;
        }
    }
}

/// Back-propagation through time of the sample `CUBE_POS_X`; invocation `u < size` owns the hidden
/// unit `u`, and keeps the gradients of its two states in registers.
///
/// `grad [batch, time, H]` to `delta [batch, time, G*H]`, the gradient of every `z`, and
/// `of_initial [states, batch, H]`.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn through_time(
    weight_hh: &Tensor<f32>,
    initial: &Tensor<f32>,
    trace: &Tensor<f32>,
    grad: &Tensor<f32>,
    delta: &mut Tensor<f32>,
    of_initial: &mut Tensor<f32>,
    batch: u32,
    #[comptime] time: usize,
    #[comptime] size: usize,
    #[comptime] lstm: bool,
) {
    let rows = comptime!(if lstm { 4 * size } else { size });
    let sample = CUBE_POS_X as usize;
    let unit = UNIT_POS_X as usize;
    let batch = batch as usize;

    let mut dz = Shared::new_slice(rows);
    let mut dh = 0.0f32;
    let mut dc = 0.0f32;
    for back in 0..time {
        let t = time - 1 - back;
        let place = sample * time + t;
        if unit < size {
            dh += grad[place * size + unit];
            if comptime!(lstm) {
                let at = place * 5 * size + unit;
                let i = trace[at];
                let f = trace[at + size];
                let g = trace[at + 2 * size];
                let o = trace[at + 3 * size];
                let tanh_c = tanh(trace[at + 4 * size]);
                let previous_c = if t == 0 {
                    initial[(batch + sample) * size + unit]
                } else {
                    trace[at - size]
                };
                let d_c = dc + dh * o * (1.0 - tanh_c * tanh_c);
                dz[unit] = d_c * g * i * (1.0 - i);
                dz[size + unit] = d_c * previous_c * f * (1.0 - f);
                dz[2 * size + unit] = d_c * i * (1.0 - g * g);
                dz[3 * size + unit] = dh * tanh_c * o * (1.0 - o);
                dc = d_c * f;
                for gate in 0..4usize {
                    delta[place * rows + gate * size + unit] = dz[gate * size + unit];
                }
            } else {
                let h = trace[place * size + unit];
                dz[unit] = dh * (1.0 - h * h);
                delta[place * rows + unit] = dz[unit];
            }
        }
        sync_cube();
        if unit < size {
            let mut sum = 0.0f32;
            for row in 0..rows {
                sum += dz[row] * weight_hh[row * size + unit];
            }
            dh = sum;
        }
        sync_cube();
    }
    if unit < size {
        of_initial[sample * size + unit] = dh;
        if comptime!(lstm) {
            of_initial[(batch + sample) * size + unit] = dc;
        }
    }
}

/// The gradients of both weights and of the bias, `delta^T [x, h[t-1], 1]`.
///
/// Each invocation sums [`ROWS_EACH`] rows of one of those columns, first over a sample's time
/// steps and then over the samples: two short sums lose less to rounding than a long one.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn weight_gradients(
    x: &Tensor<f32>,
    initial: &Tensor<f32>,
    hidden: &Tensor<f32>,
    delta: &Tensor<f32>,
    of_ih: &mut Tensor<f32>,
    of_hh: &mut Tensor<f32>,
    of_bias: &mut Tensor<f32>,
    batch: u32,
    #[comptime] time: usize,
    #[comptime] inputs: usize,
    #[comptime] size: usize,
    #[comptime] rows: usize,
) {
    let column = ABSOLUTE_POS_X as usize;
    let first = ABSOLUTE_POS_Y as usize * ROWS_EACH;
    if column > inputs + size || first >= rows {
        terminate!();
    }
    let batch = batch as usize;
    let mut sums = Array::<f32>::new(ROWS_EACH);
    let mut of_sample = Array::<f32>::new(ROWS_EACH);
    #[unroll]
    for r in 0..ROWS_EACH {
        sums[r] = 0.0;
    }
    for sample in 0..batch {
        #[unroll]
        for r in 0..ROWS_EACH {
            of_sample[r] = 0.0;
        }
        for t in 0..time {
            let place = sample * time + t;
            let mut value = 1.0f32;
            if column < inputs {
                value = x[place * inputs + column];
            } else if column < inputs + size {
                if t == 0 {
                    value = initial[sample * size + column - inputs];
                } else {
                    value = hidden[(place - 1) * size + column - inputs];
                }
            }
            #[unroll]
            for r in 0..ROWS_EACH {
                let row = (first + r).min(rows - 1);
                of_sample[r] += delta[place * rows + row] * value;
            }
        }
        #[unroll]
        for r in 0..ROWS_EACH {
            sums[r] += of_sample[r];
        }
    }
    #[unroll]
    for r in 0..ROWS_EACH {
        let row = first + r;
        if row < rows {
            if column < inputs {
                of_ih[row * inputs + column] = sums[r];
            } else if column < inputs + size {
                of_hh[row * size + column - inputs] = sums[r];
            } else {
                of_bias[row] = sums[r];
            }
        }
    }
}

/// The gradient of `x [batch, time, I]`, `delta weight_ih`, one value per invocation.
#[cube(launch)]
fn input_gradient(
    weight_ih: &Tensor<f32>,
    delta: &Tensor<f32>,
    of_x: &mut Tensor<f32>,
    #[comptime] inputs: usize,
    #[comptime] rows: usize,
) {
    let at = ABSOLUTE_POS_X as usize;
    if at >= of_x.len() {
        terminate!();
    }
    let place = at / inputs;
    let input = at % inputs;
    let mut sum = 0.0f32;
    for row in 0..rows {
        sum += delta[place * rows + row] * weight_ih[row * inputs + input];
    }
    of_x[at] = sum;
}

/// The logistic function, clamped where drivers overflow.
#[cube]
fn sigmoid(x: f32) -> f32 {
    let e = (-x.clamp(-87.0f32, 87.0f32)).exp();
    1.0f32 / (1.0f32 + e)
}

/// The hyperbolic tangent as the CPU computes it: drivers differ in how far and how well they do.
#[cube]
fn tanh(x: f32) -> f32 {
    let z = x * x;
    let p = z * 2.142_803_7e-3f32 - 8.177_094e-3f32;
    let p = p * z + 2.170_050_1e-2f32;
    let p = p * z - 5.394_670_3e-2f32;
    let p = p * z + 1.333_320_5e-1f32;
    let p = p * z - 3.333_333e-1f32;
    let near = p * z * x + x;
    let e = (x.clamp(-43.0f32, 43.0f32) * 2.0f32).exp();
    let far = 1.0f32 - 2.0f32 / (e + 1.0f32);
    select(x.abs() < 0.625f32, near, far)
}
