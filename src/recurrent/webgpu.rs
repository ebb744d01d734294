//! The operator on WebGPU, as CubeCL kernels for Burn's CubeCL backend.
//!
//! A workgroup owns a few samples and runs all of their time steps, so that a pass is one dispatch
//! however long the sequence: forward one, backward two (through time, then the weights' gradients),
//! and a third where somebody asks for the input's. What any browser allows is enough: at most seven
//! tensors a kernel, 256 invocations, 16 KiB of workgroup memory, no subgroups.
//! Burn's matrix products, which are megabytes of code, are never reached.

use super::{Backward, Cell, Forward, RecurrentOps, Sizes};
use crate::cube::{CubeTensor, WORKGROUP, cover, like, packed};
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn_wgpu::CubeBackend;

/// Rows, and columns, that one invocation of [`weight_gradients`] sums; tiles of rows, and slices of
/// time, that a workgroup of it has.
const TILE: usize = 4;
const TILES: usize = 16;
const SLICES: usize = 16;

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
        let plan = Plan::forward(sizes);
        // SAFETY: the shapes were checked where the operator was called, and the kernel keeps its
        // indices below them.
        unsafe {
            forward::launch_unchecked(
                &hidden.client,
                plan.workgroups(batch),
                CubeDim::new_1d(plan.units),
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
                plan,
            )
        };
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
        let plan = Plan::backward(sizes);
        // SAFETY: as above, here and below.
        unsafe {
            through_time::launch_unchecked(
                &client,
                plan.workgroups(batch),
                CubeDim::new_1d(plan.units),
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
                plan,
            )
        };

        let of_ih = like(&x, [rows, inputs]);
        let of_hh = like(&x, [rows, size]);
        let of_bias = like(&x, [rows]);
        let columns = inputs.div_ceil(TILE) + size.div_ceil(TILE) + 1;
        let row_groups = rows.div_ceil(TILE * TILES);
        unsafe {
            weight_gradients::launch_unchecked(
                &client,
                CubeCount::Static(columns as u32, row_groups as u32, 1),
                CubeDim::new_2d(TILES as u32, SLICES as u32),
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
            )
        };

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

/// How a workgroup is laid out for sequences.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Plan {
    /// Samples that a workgroup runs side by side, so that a weight that is read serves them all.
    samples: usize,
    /// Invocations.
    units: u32,
    /// Parts that a sum over all rows of the weights is split into.
    parts: usize,
    /// Whether an invocation keeps its share of the weights in registers.
    resident: bool,
}

/// Weights that fit an invocation's registers.
const REGISTERS: usize = 128;

impl Plan {
    /// For the forward pass, where an invocation owns rows of the weights, or, where it owns one,
    /// that row.
    fn forward(sizes: Sizes) -> Self {
        let rows = sizes.rows();
        Plan {
            samples: Self::samples(rows),
            units: workgroup(rows),
            parts: 1,
            resident: rows <= WORKGROUP as usize && sizes.inputs + sizes.size <= REGISTERS,
        }
    }

    /// For the backward pass, where it owns a part of a column.
    fn backward(sizes: Sizes) -> Self {
        let rows = sizes.rows();
        let parts = match rows <= WORKGROUP as usize {
            true => sizes.cell.gates(),
            false => 1,
        };
        Plan {
            samples: Self::samples(rows),
            units: workgroup(parts * sizes.size),
            parts,
            resident: rows / parts <= REGISTERS,
        }
    }

    /// As many as keep all that they share within 16 KiB.
    fn samples(rows: usize) -> usize {
        match rows {
            0..=256 => 4,
            257..=512 => 2,
            _ => 1,
        }
    }

    fn workgroups(&self, batch: usize) -> CubeCount {
        CubeCount::Static(batch.div_ceil(self.samples) as u32, 1, 1)
    }
}

/// Invocations for a workgroup with `items` things to do: no more than there are, in whole
/// hardware groups of 32.
fn workgroup(items: usize) -> u32 {
    (items as u32).next_multiple_of(32).min(WORKGROUP)
}

/// The whole sequences of [`Plan::samples`] samples from `CUBE_POS_X * samples` on. Shapes as in
/// [`RecurrentOps::recurrent_forward`]; the trace is written for the LSTM alone.
#[cube(launch_unchecked)]
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
    #[comptime] plan: Plan,
) {
    let samples = comptime!(plan.samples);
    let rows = comptime!(if lstm { 4 * size } else { size });
    let unit = UNIT_POS_X as usize;
    let units = CUBE_DIM_X as usize;
    let batch = batch as usize;
    let first = CUBE_POS_X as usize * samples;

    // By sample: the states of all hidden units, the pixels of the row at hand, and `z`.
    let mut h = Shared::new_slice(samples * size);
    let mut c = Shared::new_slice(samples * size);
    let mut x_now = Shared::new_slice(samples * inputs);
    let mut z = Shared::new_slice(samples * rows);

    let mut row_ih = Array::<f32>::new(comptime!(if plan.resident { inputs } else { 1 }));
    let mut row_hh = Array::<f32>::new(comptime!(if plan.resident { size } else { 1 }));
    if comptime!(plan.resident) && unit < rows {
        #[unroll]
        for i in 0..inputs {
            row_ih[i] = weight_ih[unit * inputs + i];
        }
        #[unroll]
        for k in 0..size {
            row_hh[k] = weight_hh[unit * size + k];
        }
    }

    let mut at = unit;
    while at < samples * size {
        let sample = (first + at / size).min(batch - 1);
        h[at] = initial[sample * size + at % size];
        if comptime!(lstm) {
            c[at] = initial[(batch + sample) * size + at % size];
        }
        at += units;
    }

    for t in 0..time {
        let mut at = unit;
        while at < samples * inputs {
            let sample = (first + at / inputs).min(batch - 1);
            x_now[at] = x[(sample * time + t) * inputs + at % inputs];
            at += units;
        }
        sync_cube();

        let mut sums = Array::<f32>::new(samples);
        let mut row = unit;
        while row < rows {
            #[unroll]
            for s in 0..samples {
                sums[s] = bias[row];
            }
            if comptime!(plan.resident) {
                #[unroll]
                for i in 0..inputs {
                    #[unroll]
                    for s in 0..samples {
                        sums[s] += row_ih[i] * x_now[s * inputs + i];
                    }
                }
                #[unroll]
                for k in 0..size {
                    #[unroll]
                    for s in 0..samples {
                        sums[s] += row_hh[k] * h[s * size + k];
                    }
                }
            } else {
                for i in 0..inputs {
                    let weight = weight_ih[row * inputs + i];
                    #[unroll]
                    for s in 0..samples {
                        sums[s] += weight * x_now[s * inputs + i];
                    }
                }
                for k in 0..size {
                    let weight = weight_hh[row * size + k];
                    #[unroll]
                    for s in 0..samples {
                        sums[s] += weight * h[s * size + k];
                    }
                }
            }
            #[unroll]
            for s in 0..samples {
                z[s * rows + row] = sums[s];
            }
            row += units;
        }
        sync_cube();

        let mut at = unit;
        while at < samples * size {
            let sample = first + at / size;
            let k = at % size;
            let z_at = at / size * rows + k;
            let place = sample * time + t;
            let h_now = if comptime!(lstm) {
                let i = sigmoid(z[z_at]);
                let f = sigmoid(z[z_at + size]);
                let g = tanh(z[z_at + 2 * size]);
                let o = sigmoid(z[z_at + 3 * size]);
                let c_now = f * c[at] + i * g;
                c[at] = c_now;
                if sample < batch {
                    let trace_at = place * 5 * size + k;
                    trace[trace_at] = i;
                    trace[trace_at + size] = f;
                    trace[trace_at + 2 * size] = g;
                    trace[trace_at + 3 * size] = o;
                    trace[trace_at + 4 * size] = c_now;
                }
                o * tanh(c_now)
            } else {
                tanh(z[z_at])
            };
            h[at] = h_now;
            if sample < batch {
                hidden[place * size + k] = h_now;
            }
            at += units;
        }
    }
}

/// Back-propagation through time of the samples of a workgroup, as in [`forward`].
///
/// `grad [batch, time, H]` to `delta [batch, time, G*H]`, the gradient of every `z`, and
/// `of_initial [states, batch, H]`.
#[cube(launch_unchecked)]
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
    #[comptime] plan: Plan,
) {
    let samples = comptime!(plan.samples);
    let parts = comptime!(plan.parts);
    let rows = comptime!(if lstm { 4 * size } else { size });
    let share = comptime!(rows / parts);
    let unit = UNIT_POS_X as usize;
    let units = CUBE_DIM_X as usize;
    let batch = batch as usize;
    let first = CUBE_POS_X as usize * samples;

    let mut dz = Shared::new_slice(samples * rows);
    let mut dc = Shared::new_slice(samples * size);
    // The gradient of `h` from the time step after, in parts that are still to be added up.
    let mut dh = Shared::new_slice(parts * samples * size);

    // Of column `unit % size`, the rows of part `unit / size`.
    let part = unit / size * share;
    let mut column = Array::<f32>::new(comptime!(if plan.resident { share } else { 1 }));
    if comptime!(plan.resident) && unit < parts * size {
        #[unroll]
        for j in 0..share {
            column[j] = weight_hh[(part + j) * size + unit % size];
        }
    }
    let mut at = unit;
    while at < parts * samples * size {
        dh[at] = 0.0f32;
        at += units;
    }
    let mut at = unit;
    while at < samples * size {
        dc[at] = 0.0f32;
        at += units;
    }
    sync_cube();

    for back in 0..time {
        let t = time - 1 - back;
        let mut at = unit;
        while at < samples * size {
            let sample = (first + at / size).min(batch - 1);
            let inside = first + at / size < batch;
            let k = at % size;
            let place = sample * time + t;
            let mut d_h = grad[place * size + k];
            #[unroll]
            for part in 0..parts {
                d_h += dh[part * samples * size + at];
            }
            let z_at = at / size * rows + k;
            if comptime!(lstm) {
                let trace_at = place * 5 * size + k;
                let i = trace[trace_at];
                let f = trace[trace_at + size];
                let g = trace[trace_at + 2 * size];
                let o = trace[trace_at + 3 * size];
                let tanh_c = tanh(trace[trace_at + 4 * size]);
                let previous_c = if t == 0 {
                    initial[(batch + sample) * size + k]
                } else {
                    trace[trace_at - size]
                };
                let d_c = dc[at] + d_h * o * (1.0 - tanh_c * tanh_c);
                let d_i = d_c * g * i * (1.0 - i);
                let d_f = d_c * previous_c * f * (1.0 - f);
                let d_g = d_c * i * (1.0 - g * g);
                let d_o = d_h * tanh_c * o * (1.0 - o);
                dc[at] = d_c * f;
                dz[z_at] = d_i;
                dz[z_at + size] = d_f;
                dz[z_at + 2 * size] = d_g;
                dz[z_at + 3 * size] = d_o;
                if inside {
                    let delta_at = place * rows + k;
                    delta[delta_at] = d_i;
                    delta[delta_at + size] = d_f;
                    delta[delta_at + 2 * size] = d_g;
                    delta[delta_at + 3 * size] = d_o;
                }
            } else {
                let h = trace[place * size + k];
                let d_z = d_h * (1.0 - h * h);
                dz[z_at] = d_z;
                if inside {
                    delta[place * rows + k] = d_z;
                }
            }
            at += units;
        }
        sync_cube();

        if unit < parts * size {
            let mut sums = Array::<f32>::new(samples);
            #[unroll]
            for s in 0..samples {
                sums[s] = 0.0f32;
            }
            if comptime!(plan.resident) {
                #[unroll]
                for j in 0..share {
                    #[unroll]
                    for s in 0..samples {
                        sums[s] += column[j] * dz[s * rows + part + j];
                    }
                }
            } else {
                for j in 0..share {
                    let weight = weight_hh[(part + j) * size + unit % size];
                    #[unroll]
                    for s in 0..samples {
                        sums[s] += weight * dz[s * rows + part + j];
                    }
                }
            }
            #[unroll]
            for s in 0..samples {
                dh[(unit / size * samples + s) * size + unit % size] = sums[s];
            }
        }
        sync_cube();
    }

    let mut at = unit;
    while at < samples * size {
        let sample = first + at / size;
        if sample < batch {
            let mut d_h = 0.0f32;
            #[unroll]
            for part in 0..parts {
                d_h += dh[part * samples * size + at];
            }
            of_initial[sample * size + at % size] = d_h;
            if comptime!(lstm) {
                of_initial[(batch + sample) * size + at % size] = dc[at];
            }
        }
        at += units;
    }
}

/// The gradients of both weights and of the bias, `delta^T [x, h[t-1], 1]`.
///
/// A workgroup owns [`TILE`] columns of one of the three and [`TILES`] times [`TILE`] rows. An
/// invocation sums [`TILE`] by [`TILE`] values over one in [`SLICES`] places in time, and those sums
/// are then added up: short sums lose less to rounding than a long one.
#[cube(launch_unchecked)]
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
    let input_tiles = comptime!(inputs.div_ceil(TILE));
    let state_tiles = comptime!(size.div_ceil(TILE));
    let tile = CUBE_POS_X as usize;
    let of_input = tile < input_tiles;
    let of_state = !of_input && tile < input_tiles + state_tiles;
    let slice = UNIT_POS_Y as usize;
    let first_row = (CUBE_POS_Y as usize * TILES + UNIT_POS_X as usize) * TILE;
    let places = batch as usize * time;

    let mut sums = Array::<f32>::new(comptime!(TILE * TILE));
    #[unroll]
    for k in 0..comptime!(TILE * TILE) {
        sums[k] = 0.0f32;
    }
    let mut values = Array::<f32>::new(TILE);
    let mut place = slice;
    while place < places {
        #[unroll]
        for c in 0..TILE {
            values[c] = 1.0f32;
        }
        if of_input {
            #[unroll]
            for c in 0..TILE {
                let column = (tile * TILE + c).min(inputs - 1);
                values[c] = x[place * inputs + column];
            }
        } else if of_state {
            #[unroll]
            for c in 0..TILE {
                let column = ((tile - input_tiles) * TILE + c).min(size - 1);
                if place % time == 0 {
                    values[c] = initial[place / time * size + column];
                } else {
                    values[c] = hidden[(place - 1) * size + column];
                }
            }
        }
        #[unroll]
        for r in 0..TILE {
            let d = delta[place * rows + (first_row + r).min(rows - 1)];
            #[unroll]
            for c in 0..TILE {
                sums[r * TILE + c] += d * values[c];
            }
        }
        place += SLICES;
    }

    let mut shared = Shared::new_slice(comptime!(TILE * TILES * SLICES));
    #[unroll]
    for r in 0..TILE {
        #[unroll]
        for c in 0..TILE {
            shared[(c * SLICES + slice) * TILES + UNIT_POS_X as usize] = sums[r * TILE + c];
        }
        sync_cube();
        let row = first_row + r;
        if slice < TILE && row < rows {
            let mut sum = 0.0f32;
            for part in 0..SLICES {
                sum += shared[(slice * SLICES + part) * TILES + UNIT_POS_X as usize];
            }
            if of_input {
                let column = tile * TILE + slice;
                if column < inputs {
                    of_ih[row * inputs + column] = sum;
                }
            } else if of_state {
                let column = (tile - input_tiles) * TILE + slice;
                if column < size {
                    of_hh[row * size + column] = sum;
                }
            } else if slice == 0 {
                of_bias[row] = sum;
            }
        }
        sync_cube();
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
