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
const TILE: usize = 8;
const TILES: usize = 8;
const SLICES: usize = 32;

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
        let plan = Plan::of(sizes);
        // SAFETY: the shapes were checked where the operator was called, and the kernel keeps its
        // indices below them.
        unsafe {
            forward::launch_unchecked(
                &hidden.client,
                plan.workgroups(batch),
                CubeDim::new_1d(workgroup(size)),
                plan.samples,
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
                plan.resident,
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
        let plan = Plan::of(sizes);
        // SAFETY: as above, here and below.
        unsafe {
            through_time::launch_unchecked(
                &client,
                plan.workgroups(batch),
                CubeDim::new_1d(workgroup(size)),
                plan.samples,
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
                plan.columns,
                plan.resident,
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

/// How sequences are shared out.
struct Plan {
    /// Samples that a workgroup runs side by side.
    samples: usize,
    /// Columns that an invocation sums in the backward pass, and parts that the rows are split
    /// into, so that there is one invocation per hidden unit there too.
    columns: usize,
    /// Whether an invocation keeps its share of the weights in private memory.
    resident: bool,
}

/// Weights that an invocation keeps at most.
const PRIVATE: usize = 384;

impl Plan {
    fn of(sizes: Sizes) -> Self {
        let gates = sizes.cell.gates();
        Plan {
            samples: if sizes.rows() <= 512 { 4 } else { 2 },
            columns: if sizes.size.is_multiple_of(gates) {
                gates
            } else {
                1
            },
            resident: gates * (sizes.inputs + sizes.size) <= PRIVATE,
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

/// The whole sequences of `N` samples from `CUBE_POS_X * N` on, side by side in vectors, so that a
/// value that is read serves them all; an invocation owns a hidden unit with all its gates. Shapes as
/// in [`RecurrentOps::recurrent_forward`]; the trace is written for the LSTM alone.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn forward<N: Size>(
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
    #[comptime] resident: bool,
) {
    let samples = N::value();
    let gates = comptime!(if lstm { 4 } else { 1 });
    let unit = UNIT_POS_X as usize;
    let batch = batch as usize;
    let first = CUBE_POS_X as usize * samples;

    let mut h = Shared::<[Vector<f32, N>]>::new_slice(size);
    let mut x_now = Shared::<[Vector<f32, N>]>::new_slice(inputs);
    let mut c = Vector::<f32, N>::new(0.0f32);
    if unit < size {
        let mut h_first = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for s in 0..samples {
            let sample = (first + s).min(batch - 1);
            h_first.insert(s, initial[sample * size + unit]);
            if comptime!(lstm) {
                c.insert(s, initial[(batch + sample) * size + unit]);
            }
        }
        h[unit] = h_first;
    }

    // This unit's rows, one per gate.
    let mut of_x = Array::<f32>::new(comptime!(if resident { gates * inputs } else { 1 }));
    let mut of_h = Array::<f32>::new(comptime!(if resident { gates * size } else { 1 }));
    if comptime!(resident) && unit < size {
        for gate in 0..gates {
            let row = gate * size + unit;
            for i in 0..inputs {
                of_x[gate * inputs + i] = weight_ih[row * inputs + i];
            }
            for k in 0..size {
                of_h[gate * size + k] = weight_hh[row * size + k];
            }
        }
    }

    let mut z = Array::<Vector<f32, N>>::new(gates);
    for t in 0..time {
        let mut i = unit;
        while i < inputs {
            let mut pixels = Vector::<f32, N>::new(0.0f32);
            #[unroll]
            for s in 0..samples {
                let sample = (first + s).min(batch - 1);
                pixels.insert(s, x[(sample * time + t) * inputs + i]);
            }
            x_now[i] = pixels;
            i += CUBE_DIM_X as usize;
        }
        sync_cube();

        if unit < size {
            #[unroll]
            for gate in 0..gates {
                z[gate] = Vector::<f32, N>::new(bias[gate * size + unit]);
            }
            if comptime!(resident) {
                for i in 0..inputs {
                    let value = x_now[i];
                    #[unroll]
                    for gate in 0..gates {
                        z[gate] += Vector::new(of_x[gate * inputs + i]) * value;
                    }
                }
                for k in 0..size {
                    let value = h[k];
                    #[unroll]
                    for gate in 0..gates {
                        z[gate] += Vector::new(of_h[gate * size + k]) * value;
                    }
                }
            } else {
                for i in 0..inputs {
                    let value = x_now[i];
                    #[unroll]
                    for gate in 0..gates {
                        z[gate] +=
                            Vector::new(weight_ih[(gate * size + unit) * inputs + i]) * value;
                    }
                }
                for k in 0..size {
                    let value = h[k];
                    #[unroll]
                    for gate in 0..gates {
                        z[gate] += Vector::new(weight_hh[(gate * size + unit) * size + k]) * value;
                    }
                }
            }
        }
        sync_cube();

        if unit < size {
            let h_now = if comptime!(lstm) {
                let i = sigmoid::<N>(z[0]);
                let f = sigmoid::<N>(z[1]);
                let g = tanh::<N>(z[2]);
                let o = sigmoid::<N>(z[3]);
                c = f * c + i * g;
                #[unroll]
                for s in 0..samples {
                    if first + s < batch {
                        let at = ((first + s) * time + t) * 5 * size + unit;
                        trace[at] = i.extract(s);
                        trace[at + size] = f.extract(s);
                        trace[at + 2 * size] = g.extract(s);
                        trace[at + 3 * size] = o.extract(s);
                        trace[at + 4 * size] = c.extract(s);
                    }
                }
                o * tanh::<N>(c)
            } else {
                tanh::<N>(z[0])
            };
            h[unit] = h_now;
            #[unroll]
            for s in 0..samples {
                if first + s < batch {
                    hidden[((first + s) * time + t) * size + unit] = h_now.extract(s);
                }
            }
        }
    }
}

/// Back-propagation through time of `N` samples, as in [`forward`].
///
/// `grad [batch, time, H]` to `delta [batch, time, G*H]`, the gradient of every `z`, and
/// `of_initial [states, batch, H]`. An invocation owns a hidden unit, but where it sums over the rows of
/// the weights: there it takes `columns` hidden units and one in `columns` of the rows.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn through_time<N: Size>(
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
    #[comptime] columns: usize,
    #[comptime] resident: bool,
) {
    let samples = N::value();
    let rows = comptime!(if lstm { 4 * size } else { size });
    let share = comptime!(rows / columns);
    let groups = comptime!(size / columns);
    let unit = UNIT_POS_X as usize;
    let batch = batch as usize;
    let first = CUBE_POS_X as usize * samples;

    let mut dz = Shared::<[Vector<f32, N>]>::new_slice(rows);
    // The gradient of `h`, in parts that are still to be added up.
    let mut dh = Shared::<[Vector<f32, N>]>::new_slice(comptime!(columns * size));
    let mut dc = Vector::<f32, N>::new(0.0f32);

    let first_row = unit / groups * share;
    let first_column = unit % groups * columns;
    let mut weights = Array::<f32>::new(comptime!(if resident { share * columns } else { 1 }));
    if unit < size {
        #[unroll]
        for part in 0..columns {
            dh[part * size + unit] = Vector::<f32, N>::new(0.0f32);
        }
        if comptime!(resident) {
            for j in 0..share {
                for k in 0..columns {
                    weights[j * columns + k] = weight_hh[(first_row + j) * size + first_column + k];
                }
            }
        }
    }
    let mut sums = Array::<Vector<f32, N>>::new(columns);
    sync_cube();

    for back in 0..time {
        let t = time - 1 - back;
        if unit < size {
            let mut d_h = Vector::<f32, N>::new(0.0f32);
            #[unroll]
            for s in 0..samples {
                let sample = (first + s).min(batch - 1);
                d_h.insert(s, grad[(sample * time + t) * size + unit]);
            }
            #[unroll]
            for part in 0..columns {
                d_h += dh[part * size + unit];
            }
            if comptime!(lstm) {
                let mut i = Vector::<f32, N>::new(0.0f32);
                let mut f = Vector::<f32, N>::new(0.0f32);
                let mut g = Vector::<f32, N>::new(0.0f32);
                let mut o = Vector::<f32, N>::new(0.0f32);
                let mut c = Vector::<f32, N>::new(0.0f32);
                let mut previous_c = Vector::<f32, N>::new(0.0f32);
                #[unroll]
                for s in 0..samples {
                    let sample = (first + s).min(batch - 1);
                    let at = (sample * time + t) * 5 * size + unit;
                    i.insert(s, trace[at]);
                    f.insert(s, trace[at + size]);
                    g.insert(s, trace[at + 2 * size]);
                    o.insert(s, trace[at + 3 * size]);
                    c.insert(s, trace[at + 4 * size]);
                    if t == 0 {
                        previous_c.insert(s, initial[(batch + sample) * size + unit]);
                    } else {
                        previous_c.insert(s, trace[at - size]);
                    }
                }
                let one = Vector::<f32, N>::new(1.0f32);
                let tanh_c = tanh::<N>(c);
                let d_c = dc + d_h * o * (one - tanh_c * tanh_c);
                dz[unit] = d_c * g * i * (one - i);
                dz[size + unit] = d_c * previous_c * f * (one - f);
                dz[2 * size + unit] = d_c * i * (one - g * g);
                dz[3 * size + unit] = d_h * tanh_c * o * (one - o);
                dc = d_c * f;
            } else {
                let mut h = Vector::<f32, N>::new(0.0f32);
                #[unroll]
                for s in 0..samples {
                    let sample = (first + s).min(batch - 1);
                    h.insert(s, trace[(sample * time + t) * size + unit]);
                }
                dz[unit] = d_h * (Vector::<f32, N>::new(1.0f32) - h * h);
            }
        }
        sync_cube();

        let mut row = unit;
        while row < rows {
            let d_z = dz[row];
            #[unroll]
            for s in 0..samples {
                if first + s < batch {
                    delta[((first + s) * time + t) * rows + row] = d_z.extract(s);
                }
            }
            row += CUBE_DIM_X as usize;
        }
        if unit < size {
            #[unroll]
            for k in 0..columns {
                sums[k] = Vector::<f32, N>::new(0.0f32);
            }
            if comptime!(resident) {
                for j in 0..share {
                    let value = dz[first_row + j];
                    #[unroll]
                    for k in 0..columns {
                        sums[k] += Vector::new(weights[j * columns + k]) * value;
                    }
                }
            } else {
                for j in 0..share {
                    let value = dz[first_row + j];
                    #[unroll]
                    for k in 0..columns {
                        let weight = weight_hh[(first_row + j) * size + first_column + k];
                        sums[k] += Vector::new(weight) * value;
                    }
                }
            }
            #[unroll]
            for k in 0..columns {
                dh[unit / groups * size + first_column + k] = sums[k];
            }
        }
        sync_cube();
    }

    if unit < size {
        let mut d_h = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for part in 0..columns {
            d_h += dh[part * size + unit];
        }
        #[unroll]
        for s in 0..samples {
            if first + s < batch {
                of_initial[(first + s) * size + unit] = d_h.extract(s);
                if comptime!(lstm) {
                    of_initial[(batch + first + s) * size + unit] = dc.extract(s);
                }
            }
        }
    }
}

/// The gradients of both weights and of the bias, `delta^T [x, h[t-1], 1]`.
///
/// A workgroup owns [`TILE`] columns of one of the three and [`TILES`] times [`TILE`] rows. An
/// invocation sums [`TILE`] by [`TILE`] values over one in [`SLICES`] places in time, and those sums
/// are then added up: short sums lose less to rounding than a long one.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments, clippy::manual_is_multiple_of)]
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

    let mut sums = Array::<Vector<f32, Const<4>>>::new(comptime!(2 * TILE));
    #[unroll]
    for k in 0..comptime!(2 * TILE) {
        sums[k] = Vector::new(0.0f32);
    }
    // A loop each, so that none has to ask at every place what it multiplies with.
    let mut place = slice;
    if of_input {
        while place < places {
            let at = place * inputs;
            let values = columns(x, at, tile * TILE, inputs);
            let more = columns(x, at, tile * TILE + 4, inputs);
            add(
                &mut sums,
                delta,
                place * rows,
                first_row,
                rows,
                values,
                more,
            );
            place += SLICES;
        }
    } else if of_state {
        let column = (tile - input_tiles) * TILE;
        while place < places {
            if place % time == 0 {
                let at = place / time * size;
                let values = columns(initial, at, column, size);
                let more = columns(initial, at, column + 4, size);
                add(
                    &mut sums,
                    delta,
                    place * rows,
                    first_row,
                    rows,
                    values,
                    more,
                );
            } else {
                let at = (place - 1) * size;
                let values = columns(hidden, at, column, size);
                let more = columns(hidden, at, column + 4, size);
                add(
                    &mut sums,
                    delta,
                    place * rows,
                    first_row,
                    rows,
                    values,
                    more,
                );
            }
            place += SLICES;
        }
    } else {
        let ones = Vector::<f32, Const<4>>::new(1.0f32);
        while place < places {
            add(&mut sums, delta, place * rows, first_row, rows, ones, ones);
            place += SLICES;
        }
    }

    let mut shared = Shared::<[Vector<f32, Const<4>>]>::new_slice(comptime!(2 * TILES * SLICES));
    for r in 0..TILE {
        #[unroll]
        for half in 0..2usize {
            shared[(half * SLICES + slice) * TILES + UNIT_POS_X as usize] = sums[2 * r + half];
        }
        sync_cube();
        let row = first_row + r;
        // Two invocations per tile of rows add up, a half of the columns each.
        if slice < 2 && row < rows {
            let mut sum = Vector::<f32, Const<4>>::new(0.0f32);
            for part in 0..SLICES {
                sum += shared[(slice * SLICES + part) * TILES + UNIT_POS_X as usize];
            }
            #[unroll]
            for c in 0..4usize {
                let column = tile * TILE + slice * 4 + c;
                if of_input {
                    if column < inputs {
                        of_ih[row * inputs + column] = sum.extract(c);
                    }
                } else if of_state {
                    let column = column - input_tiles * TILE;
                    if column < size {
                        of_hh[row * size + column] = sum.extract(c);
                    }
                } else if comptime!(c == 0) && slice == 0 {
                    of_bias[row] = sum.extract(c);
                }
            }
        }
        sync_cube();
    }
}

/// Four columns from `first` on of the row that begins at `at`, the last one again where it ends.
#[cube]
fn columns(
    values: &Tensor<f32>,
    at: usize,
    first: usize,
    #[comptime] length: usize,
) -> Vector<f32, Const<4>> {
    let mut four = Vector::<f32, Const<4>>::new(0.0f32);
    #[unroll]
    for c in 0..4usize {
        four.insert(c, values[at + (first + c).min(length - 1)]);
    }
    four
}

/// Adds the products of [`TILE`] rows of `delta` with eight values.
#[cube]
fn add(
    sums: &mut Array<Vector<f32, Const<4>>>,
    delta: &Tensor<f32>,
    at: usize,
    first_row: usize,
    #[comptime] rows: usize,
    values: Vector<f32, Const<4>>,
    more: Vector<f32, Const<4>>,
) {
    #[unroll]
    for r in 0..TILE {
        let d = Vector::<f32, Const<4>>::new(delta[at + (first_row + r).min(rows - 1)]);
        sums[2 * r] += d * values;
        sums[2 * r + 1] += d * more;
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

/// The logistic function, `(1 + tanh(x/2)) / 2`.
#[cube]
fn sigmoid<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let half = Vector::<f32, N>::new(0.5f32);
    half + half * tanh::<N>(x * half)
}

/// The hyperbolic tangent as the CPU computes it, see there: drivers differ in how far and how well
/// they do.
#[cube]
fn tanh<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let x = x.max(Vector::new(-7.9f32)).min(Vector::new(7.9f32));
    let z = x * x;
    let p = z * Vector::new(-1.479_494_5e-11f32) + Vector::new(3.386_895_7e-8f32);
    let p = p * z + Vector::new(2.931_966e-5f32);
    let p = p * z + Vector::new(3.932_114_7e-3f32);
    let p = p * z + Vector::new(1.373_054e-1f32);
    let p = p * z + Vector::new(1.0f32);
    let q = z * Vector::new(1.380_634e-6f32) + Vector::new(4.051_934_5e-4f32);
    let q = q * z + Vector::new(2.747_836e-2f32);
    let q = q * z + Vector::new(4.706_387_2e-1f32);
    let q = q * z + Vector::new(1.0f32);
    x * p / q
}
