//! The operator on WebGPU, as CubeCL kernels for Burn's CubeCL backend.
//!
//! A workgroup owns a few samples and runs all of their time steps, so that a pass is one dispatch
//! however long the sequence: forward one, backward three (through time, then the weights' gradients
//! in parts, and their sum). Where a GPU's invocations cannot keep their weights, another turns these
//! before, so that they are read side by side. Any browser's limits are enough: seven tensors a kernel, 256 invocations,
//! 16 KiB of workgroup memory, no subgroups. Burn's matrix products, which are megabytes of code, are
//! never reached.

use super::launch::{self, ABREAST, LANES, Plan, TILE, shared_sums};
use super::{Cell, Forward, Of, RecurrentOps, Sizes};
use crate::operators::cube::{CubeTensor, lanes, like, packed, start};
use crate::operators::tanh::{BOUND, DENOMINATOR, NUMERATOR};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn_wgpu::CubeBackend;

impl RecurrentOps for CubeBackend {
    fn recurrent_forward(
        x: CubeTensor,
        weights: CubeTensor,
        initial: CubeTensor,
        cell: Cell,
        traced: bool,
    ) -> Forward<Self> {
        let sizes = Sizes::of_primitives::<Self>(&x, &weights, &initial, cell);
        let [batch, time, size] = [sizes.batch, sizes.time, sizes.size];
        let plan = Plan::of(sizes, lanes(&x));
        let launch = launch::forward(sizes, plan, traced);
        let kept = launch::keeps_trace(cell, traced);
        let [x, weights, initial] = [x, weights, initial].map(packed);
        let turned = turned(sizes, plan, &weights);
        let hidden = like(&x, [batch, time, size]);
        // One buffer cannot be given to a kernel twice.
        let trace = match kept {
            true => like(&x, [batch, time, cell.traced() * size]),
            false => like(&x, [1, 1, 1]),
        };
        let (workgroups, workgroup) =
            start(&launch, [&x, &weights, &turned, &initial, &hidden, &trace]);
        // SAFETY: `start` checked every tensor's size, and the kernel keeps its indices below them.
        unsafe {
            forward::launch_unchecked(
                &hidden.client,
                workgroups,
                workgroup,
                plan.samples,
                x.into_tensor_arg(),
                weights.into_tensor_arg(),
                turned.into_tensor_arg(),
                initial.into_tensor_arg(),
                hidden.clone().into_tensor_arg(),
                trace.clone().into_tensor_arg(),
                batch as u32,
                time as u32,
                sizes.inputs,
                sizes.size,
                cell,
                kept,
                plan.abreast,
                plan.keeps_rows,
                plan.turns_rows,
            )
        };
        let trace = match cell {
            Cell::Rnn => hidden.clone(),
            Cell::Lstm | Cell::Gru => trace,
        };
        Forward { hidden, trace }
    }

    fn recurrent_weight_gradients(
        x: CubeTensor,
        weights: CubeTensor,
        initial: CubeTensor,
        hidden: CubeTensor,
        trace: CubeTensor,
        grad: CubeTensor,
        rest: CubeTensor,
        cell: Cell,
    ) -> CubeTensor {
        let sizes = Sizes::of_primitives::<Self>(&x, &weights, &initial, cell);
        let Sizes {
            batch,
            time,
            inputs,
            size,
            ..
        } = sizes;
        let sums = sizes.sums();
        let [x, hidden, initial] = [x, hidden, initial].map(packed);
        let client = x.client.clone();
        let delta = through(sizes, weights, initial.clone(), trace, grad, Of::Sums);

        let columns = launch::columns(sizes);
        let slices = launch::slices(sums * columns);
        let parts = like(&x, [slices, columns, sums]);
        let (workgroups, workgroup) = start(
            &launch::partial_gradients(sizes),
            [&x, &hidden, &delta, &parts],
        );
        // SAFETY: `start` checked every tensor's size, and the kernel keeps its indices below them;
        // here and below.
        unsafe {
            partial_gradients::launch_unchecked(
                &client,
                workgroups,
                workgroup,
                x.clone().into_tensor_arg(),
                hidden.into_tensor_arg(),
                delta.clone().into_tensor_arg(),
                parts.clone().into_tensor_arg(),
                batch as u32,
                time as u32,
                inputs,
                size,
                sums,
                slices,
            )
        };

        let count = sizes.weights - sizes.own();
        let rest = match count {
            0 => like(&x, [1]),
            _ => packed(rest),
        };
        let gradient = like(&x, [sizes.weights]);
        let (workgroups, workgroup) = start(
            &launch::weight_gradients(sizes),
            [&parts, &initial, &delta, &rest, &gradient],
        );
        unsafe {
            weight_gradients::launch_unchecked(
                &client,
                workgroups,
                workgroup,
                parts.into_tensor_arg(),
                initial.into_tensor_arg(),
                delta.into_tensor_arg(),
                rest.into_tensor_arg(),
                gradient.clone().into_tensor_arg(),
                batch as u32,
                time as u32,
                count as u32,
                inputs,
                size,
                cell,
                slices,
            )
        };
        gradient
    }

    fn recurrent_step_gradients(
        x: CubeTensor,
        weights: CubeTensor,
        initial: CubeTensor,
        _hidden: CubeTensor,
        trace: CubeTensor,
        grad: CubeTensor,
        cell: Cell,
        of: Of,
    ) -> CubeTensor {
        let sizes = Sizes::of_primitives::<Self>(&x, &weights, &initial, cell);
        through(sizes, weights, packed(initial), trace, grad, of)
    }
}

/// Both weights with a column in the place of a row, `[inputs + H, gates*H]`, where the plan asks for it: what
/// invocations side by side read then lies side by side.
fn turned(sizes: Sizes, plan: Plan, weights: &CubeTensor) -> CubeTensor {
    if !plan.turns_rows {
        // Nothing reads it.
        return like(weights, [1]);
    }
    let launch = launch::turn(sizes);
    let turned = like(weights, [launch.tensors[1]]);
    let (workgroups, workgroup) = start(&launch, [weights, &turned]);
    // SAFETY: as in the forward pass.
    unsafe {
        turn::launch_unchecked(
            &weights.client,
            workgroups,
            workgroup,
            weights.clone().into_tensor_arg(),
            turned.clone().into_tensor_arg(),
            sizes.inputs,
            sizes.size,
            sizes.cell,
        )
    };
    turned
}

/// One weight per invocation.
#[cube(launch_unchecked)]
fn turn(
    weights: &Tensor<f32>,
    turned: &mut Tensor<f32>,
    #[comptime] inputs: usize,
    #[comptime] size: usize,
    #[comptime] cell: Cell,
) {
    let rows = comptime!(cell.gates() * size);
    let at = ABSOLUTE_POS_X as usize;
    if at >= comptime!(rows * (inputs + size)) {
        terminate!();
    }
    let column = at / rows;
    let row = at % rows;
    if column < inputs {
        turned[at] = weights[row * inputs + column];
    } else {
        turned[at] = weights[comptime!(rows * inputs) + row * size + column - inputs];
    }
}

/// Back through time: the gradient `of` something at every time step.
fn through(
    sizes: Sizes,
    weights: CubeTensor,
    initial: CubeTensor,
    trace: CubeTensor,
    grad: CubeTensor,
    of: Of,
) -> CubeTensor {
    let Sizes {
        batch, time, size, ..
    } = sizes;
    let [_, last, _] = grad.shape().dims();
    let [weights, trace, grad] = [weights, trace, grad].map(packed);
    let plan = Plan::of(sizes, lanes(&trace));
    let out = like(&trace, [batch, time, sizes.kept(of)]);
    let (workgroups, workgroup) = start(
        &launch::through_time(sizes, plan, last, of == Of::States),
        [&weights, &initial, &trace, &grad, &out],
    );
    // SAFETY: as in the forward pass.
    unsafe {
        through_time::launch_unchecked(
            &out.client,
            workgroups,
            workgroup,
            plan.samples,
            weights.into_tensor_arg(),
            initial.into_tensor_arg(),
            trace.into_tensor_arg(),
            grad.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            batch as u32,
            time as u32,
            last as u32,
            sizes.inputs,
            size,
            sizes.cell,
            plan.abreast,
            plan.columns,
            plan.keeps_columns,
            of == Of::States,
        )
    };
    out
}

/// The whole sequences of `N` samples from `CUBE_POS_X * N` on, side by side in vectors, so that one
/// read of a weight serves them all. `abreast` invocations share the sums of a hidden unit, and the first of
/// them owns it. Shapes as in [`RecurrentOps::recurrent_forward`]. `traced` is never set for the RNN.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn forward<N: Size>(
    x: &Tensor<f32>,
    weights: &Tensor<f32>,
    turned: &Tensor<f32>,
    initial: &Tensor<f32>,
    hidden: &mut Tensor<f32>,
    trace: &mut Tensor<f32>,
    batch: u32,
    time: u32,
    #[comptime] inputs: usize,
    #[comptime] size: usize,
    #[comptime] cell: Cell,
    #[comptime] traced: bool,
    #[comptime] abreast: usize,
    #[comptime] resident: bool,
    #[comptime] turns: bool,
) {
    let samples = N::value();
    let lstm = comptime!(cell == Cell::Lstm);
    let gates = comptime!(cell.gates());
    let apart = comptime!(cell.apart());
    // Gates that an invocation sums.
    let rows = comptime!(gates / abreast);
    // Where `weight_hh` and the biases begin.
    let weight_hh = comptime!(gates * size * inputs);
    let bias_ih = comptime!(gates * size * (inputs + size));
    let bias_hh = comptime!(gates * size * (inputs + size + 1));
    // Those past the last hidden unit sum what the last one sums, for nobody.
    let place = (UNIT_POS_X as usize).min(comptime!(abreast * size - 1));
    let (part, unit) = (place / size, place % size);
    let owns = (UNIT_POS_X as usize) < size;
    let batch = batch as usize;
    let time = time as usize;
    let first = CUBE_POS_X as usize * samples;

    let mut h = Shared::<[Vector<f32, N>]>::new_slice(size);
    let mut x_now = Shared::<[Vector<f32, N>]>::new_slice(inputs);
    // The sums, where several invocations share them: of the inputs, and of the state where that is apart.
    let mut shared =
        Shared::<[Vector<f32, N>]>::new_slice(comptime!(shared_sums(cell, size, abreast)));
    let mut c = Vector::<f32, N>::new(0.0f32);
    if owns {
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
    if time > 0 {
        inputs_of::<N>(x, &mut x_now, first, batch, time, 0, inputs, size);
    }

    // The rows of this invocation, one per gate. Those of `weight_ih` in the order of the sums.
    let mut of_x = Sequence::<f32>::new();
    let mut of_h = Sequence::<f32>::new();
    let mut biases = Sequence::<f32>::new();
    #[unroll]
    for r in 0..rows {
        let gate = part * rows + r;
        let row = input_gate(gate, gates, apart) * size + unit;
        if comptime!(resident) {
            #[unroll]
            for i in 0..inputs {
                of_x.push(weights[row * inputs + i]);
            }
        }
        biases.push(weights[bias_ih + row]);
        let row = gate * size + unit;
        if comptime!(resident) {
            #[unroll]
            for k in 0..size {
                of_h.push(weights[weight_hh + row * size + k]);
            }
        }
        biases.push(weights[bias_hh + row]);
    }

    let mut of_inputs = Array::<Vector<f32, N>>::new(rows);
    let mut of_states = Array::<Vector<f32, N>>::new(rows);
    let mut z = Array::<Vector<f32, N>>::new(comptime!(cell.sums()));
    for t in 0..time {
        sync_cube();
        #[unroll]
        for r in 0..rows {
            of_inputs[r] = Vector::new(*biases.index(comptime!(2 * r)));
            of_states[r] = Vector::new(*biases.index(comptime!(2 * r + 1)));
        }
        if comptime!(resident) {
            #[unroll]
            for i in 0..inputs {
                let value = x_now[i];
                #[unroll]
                for r in 0..rows {
                    of_inputs[r] += Vector::new(*of_x.index(comptime!(r * inputs + i))) * value;
                }
            }
            #[unroll]
            for k in 0..size {
                let value = h[k];
                #[unroll]
                for r in 0..rows {
                    of_states[r] += Vector::new(*of_h.index(comptime!(r * size + k))) * value;
                }
            }
        } else {
            for i in 0..inputs {
                let value = x_now[i];
                #[unroll]
                for r in 0..rows {
                    let row = input_gate(part * rows + r, gates, apart) * size + unit;
                    let weight = if comptime!(turns) {
                        turned[i * comptime!(gates * size) + row]
                    } else {
                        weights[row * inputs + i]
                    };
                    of_inputs[r] += Vector::new(weight) * value;
                }
            }
            for k in 0..size {
                let value = h[k];
                #[unroll]
                for r in 0..rows {
                    let row = (part * rows + r) * size + unit;
                    let weight = if comptime!(turns) {
                        turned[(inputs + k) * comptime!(gates * size) + row]
                    } else {
                        weights[weight_hh + row * size + k]
                    };
                    of_states[r] += Vector::new(weight) * value;
                }
            }
        }
        if comptime!(abreast > 1) {
            let sums_up = (UNIT_POS_X as usize) < comptime!(abreast * size);
            if sums_up {
                if comptime!(apart == 0) {
                    shared[place] = of_inputs[0] + of_states[0];
                } else {
                    shared[place] = of_inputs[0];
                    shared[comptime!(gates * size) + place] = of_states[0];
                }
            }
        }
        sync_cube();

        if t + 1 < time {
            inputs_of::<N>(x, &mut x_now, first, batch, time, t + 1, inputs, size);
        }
        if owns {
            #[unroll]
            for sum in 0..comptime!(cell.sums()) {
                let mut total = Vector::<f32, N>::new(0.0f32);
                if comptime!(abreast > 1) {
                    if comptime!(sum < gates) {
                        total += shared[comptime!(sum * size) + unit];
                    }
                    if comptime!(apart > 0 && sum >= apart) {
                        total += shared[comptime!((gates + sum - apart) * size) + unit];
                    }
                } else {
                    if comptime!(sum < gates) {
                        total += of_inputs[sum];
                    }
                    if comptime!(sum >= apart) {
                        total += of_states[comptime!(sum - apart)];
                    }
                }
                z[sum] = total;
            }
            let h_now = if comptime!(lstm) {
                let i = sigmoid::<N>(z[0]);
                let f = sigmoid::<N>(z[1]);
                let g = tanh::<N>(z[2]);
                let o = sigmoid::<N>(z[3]);
                c = f * c + i * g;
                #[unroll]
                for s in 0..samples {
                    if comptime!(traced) && first + s < batch {
                        let at = ((first + s) * time + t) * 5 * size + unit;
                        trace[at] = i.extract(s);
                        trace[at + size] = f.extract(s);
                        trace[at + 2 * size] = g.extract(s);
                        trace[at + 3 * size] = o.extract(s);
                        trace[at + 4 * size] = c.extract(s);
                    }
                }
                o * tanh::<N>(c)
            } else if comptime!(cell == Cell::Gru) {
                let before = h[unit];
                let r = sigmoid::<N>(z[1]);
                let update = sigmoid::<N>(z[2]);
                let n = tanh::<N>(z[0] + r * z[3]);
                #[unroll]
                for s in 0..samples {
                    if comptime!(traced) && first + s < batch {
                        let at = ((first + s) * time + t) * 5 * size + unit;
                        trace[at] = r.extract(s);
                        trace[at + size] = update.extract(s);
                        trace[at + 2 * size] = n.extract(s);
                        trace[at + 3 * size] = z[3].extract(s);
                        trace[at + 4 * size] = before.extract(s);
                    }
                }
                n + update * (before - n)
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

/// Reads the inputs of time step `t` of `N` samples from `first` on into `now`, by those invocations first that own
/// no hidden unit.
#[cube]
#[allow(clippy::too_many_arguments)]
fn inputs_of<N: Size>(
    x: &Tensor<f32>,
    now: &mut Shared<[Vector<f32, N>]>,
    first: usize,
    batch: usize,
    time: usize,
    t: usize,
    #[comptime] inputs: usize,
    #[comptime] size: usize,
) {
    let units = CUBE_DIM_X as usize;
    let mut i = (UNIT_POS_X as usize + units - size) % units;
    while i < inputs {
        let mut values = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for s in 0..N::value() {
            let sample = (first + s).min(batch - 1);
            values.insert(s, x[(sample * time + t) * inputs + i]);
        }
        now[i] = values;
        i += units;
    }
}

/// Back-propagation through time of `N` samples, as in [`forward()`].
///
/// `grad [batch, last, H]` to `delta [batch, time, sums*H]`, the gradient of every sum. With `states`,
/// `delta [batch, time, H]` is the gradient of every hidden state instead. In the sum over the rows of the weights
/// an invocation takes `columns` hidden units and one in `abreast * columns` of the rows.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn through_time<N: Size>(
    weights: &Tensor<f32>,
    initial: &Tensor<f32>,
    trace: &Tensor<f32>,
    grad: &Tensor<f32>,
    delta: &mut Tensor<f32>,
    batch: u32,
    time: u32,
    last: u32,
    #[comptime] inputs: usize,
    #[comptime] size: usize,
    #[comptime] cell: Cell,
    #[comptime] abreast: usize,
    #[comptime] columns: usize,
    #[comptime] resident: bool,
    #[comptime] states: bool,
) {
    let samples = N::value();
    let lstm = comptime!(cell == Cell::Lstm);
    let gru = comptime!(cell == Cell::Gru);
    let sums = comptime!(cell.sums() * size);
    let apart = comptime!(cell.apart() * size);
    let parts = comptime!(abreast * columns);
    let share = comptime!(cell.gates() * size / parts);
    let groups = comptime!(size / columns);
    // Where `weight_hh` begins.
    let weight_hh = comptime!(cell.gates() * size * inputs);
    // Those past the last hidden unit sum what the last one sums, for nobody.
    let place = (UNIT_POS_X as usize).min(comptime!(abreast * size - 1));
    let sums_up = (UNIT_POS_X as usize) < comptime!(abreast * size);
    let unit = UNIT_POS_X as usize;
    let batch = batch as usize;
    let time = time as usize;
    let last = last as usize;
    let first = CUBE_POS_X as usize * samples;

    let mut dz = Shared::<[Vector<f32, N>]>::new_slice(sums);
    // The gradient of `h`, as parts whose sum it is.
    let mut dh = Shared::<[Vector<f32, N>]>::new_slice(comptime!(parts * size));
    // That of what is carried past the weights: `c`, and the GRU's `h` by itself.
    let mut dc = Vector::<f32, N>::new(0.0f32);

    let part = place / groups;
    let first_row = part * share;
    let first_column = place % groups * columns;
    let mut own = Sequence::<f32>::new();
    if comptime!(resident) {
        #[unroll]
        for j in 0..share {
            #[unroll]
            for k in 0..columns {
                let at = (first_row + j) * size + first_column + k;
                own.push(weights[weight_hh + at]);
            }
        }
    }
    if unit < size {
        #[unroll]
        for part in 0..parts {
            dh[part * size + unit] = Vector::<f32, N>::new(0.0f32);
        }
    }
    let mut products = Array::<Vector<f32, N>>::new(columns);
    sync_cube();

    for back in 0..time {
        let t = time - 1 - back;
        if unit < size {
            let mut d_h = Vector::<f32, N>::new(0.0f32);
            if back < last {
                #[unroll]
                for s in 0..samples {
                    let sample = (first + s).min(batch - 1);
                    d_h.insert(s, grad[((sample + 1) * last - 1 - back) * size + unit]);
                }
            }
            #[unroll]
            for part in 0..parts {
                d_h += dh[part * size + unit];
            }
            if comptime!(gru) {
                d_h += dc;
            }
            if comptime!(states) {
                #[unroll]
                for s in 0..samples {
                    if first + s < batch {
                        delta[((first + s) * time + t) * size + unit] = d_h.extract(s);
                    }
                }
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
            } else if comptime!(gru) {
                let mut r = Vector::<f32, N>::new(0.0f32);
                let mut z = Vector::<f32, N>::new(0.0f32);
                let mut n = Vector::<f32, N>::new(0.0f32);
                let mut b_n = Vector::<f32, N>::new(0.0f32);
                let mut before = Vector::<f32, N>::new(0.0f32);
                #[unroll]
                for s in 0..samples {
                    let sample = (first + s).min(batch - 1);
                    let at = (sample * time + t) * 5 * size + unit;
                    r.insert(s, trace[at]);
                    z.insert(s, trace[at + size]);
                    n.insert(s, trace[at + 2 * size]);
                    b_n.insert(s, trace[at + 3 * size]);
                    before.insert(s, trace[at + 4 * size]);
                }
                let one = Vector::<f32, N>::new(1.0f32);
                let of_n = d_h * (one - z) * (one - n * n);
                dz[unit] = of_n;
                dz[size + unit] = of_n * b_n * r * (one - r);
                dz[2 * size + unit] = d_h * (before - n) * z * (one - z);
                dz[3 * size + unit] = of_n * r;
                dc = d_h * z;
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

        if comptime!(!states) {
            let mut sum = unit;
            while sum < sums {
                let d_z = dz[sum];
                #[unroll]
                for s in 0..samples {
                    if first + s < batch {
                        delta[((first + s) * time + t) * sums + sum] = d_z.extract(s);
                    }
                }
                sum += CUBE_DIM_X as usize;
            }
        }
        #[unroll]
        for k in 0..columns {
            products[k] = Vector::<f32, N>::new(0.0f32);
        }
        if comptime!(resident) {
            #[unroll]
            for j in 0..share {
                let value = dz[apart + first_row + j];
                #[unroll]
                for k in 0..columns {
                    products[k] += Vector::new(*own.index(comptime!(j * columns + k))) * value;
                }
            }
        } else {
            for j in 0..share {
                let value = dz[apart + first_row + j];
                #[unroll]
                for k in 0..columns {
                    let at = (first_row + j) * size + first_column + k;
                    products[k] += Vector::new(weights[weight_hh + at]) * value;
                }
            }
        }
        if sums_up {
            #[unroll]
            for k in 0..columns {
                dh[part * size + first_column + k] = products[k];
            }
        }
        sync_cube();
    }
}

/// The gradients of both weights and of the bias, in parts `[slices, inputs + size + 1, rows]`, a row for
/// every sum:
///
/// ```text
/// parts[s] = sum over places k = s, s + slices, ... of delta[k] [x[k], h[k-1], 1]^T
/// ```
///
/// without the states before the first time step. An invocation sums [`TILE`] columns by [`TILE`] rows;
/// its rows are [`LANES`] apart, so that neighbours read what lies side by side. Short sums lose less to
/// rounding than a long one. A second kernel adds them up: a barrier in this kernel costs software
/// adapters three times the loop.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn partial_gradients(
    x: &Tensor<f32>,
    hidden: &Tensor<f32>,
    delta: &Tensor<f32>,
    parts: &mut Tensor<f32>,
    batch: u32,
    time: u32,
    #[comptime] inputs: usize,
    #[comptime] size: usize,
    #[comptime] rows: usize,
    #[comptime] slices: usize,
) {
    let input_tiles = comptime!(inputs.div_ceil(TILE));
    let state_tiles = comptime!(size.div_ceil(TILE));
    let tile = CUBE_POS_X as usize;
    let slice = CUBE_POS_Z as usize * ABREAST + UNIT_POS_Y as usize;
    let first_row = CUBE_POS_Y as usize * LANES * TILE + UNIT_POS_X as usize;
    let time = time as usize;
    let places = batch as usize * time;

    let mut sums = Array::<Vector<f32, Const<4>>>::new(comptime!(2 * TILE));
    #[unroll]
    for k in 0..comptime!(2 * TILE) {
        sums[k] = Vector::new(0.0f32);
    }
    // The first of these columns in `parts`, and the end of their factor.
    let mut column = tile * TILE;
    let mut end = comptime!(inputs).runtime();
    // One loop for each factor, so that none branches at every place.
    let mut place = slice;
    if tile < input_tiles {
        while place < places {
            let at = place * inputs;
            let values = columns(x, at, column, inputs);
            let more = columns(x, at, column + 4, inputs);
            add(
                &mut sums,
                delta,
                place * rows,
                first_row,
                rows,
                values,
                more,
            );
            place += slices;
        }
    } else if tile < input_tiles + state_tiles {
        // Every place with a state before it: all but the first of each sample.
        let unit = (tile - input_tiles) * TILE;
        let later = (time - 1).max(1);
        let samples = batch as usize * (time - 1).min(1);
        let mut sample = slice / later;
        let mut step = slice % later;
        let samples_on = slices / later;
        let steps_on = slices % later;
        while sample < samples {
            let place = sample * time + step + 1;
            let at = (place - 1) * size;
            let values = columns(hidden, at, unit, size);
            let more = columns(hidden, at, unit + 4, size);
            add(
                &mut sums,
                delta,
                place * rows,
                first_row,
                rows,
                values,
                more,
            );
            sample += samples_on;
            step += steps_on;
            if step >= later {
                step -= later;
                sample += 1;
            }
        }
        column = inputs + unit;
        end = comptime!(inputs + size).runtime();
    } else {
        let ones = Vector::<f32, Const<4>>::new(1.0f32);
        while place < places {
            add(&mut sums, delta, place * rows, first_row, rows, ones, ones);
            place += slices;
        }
        column = comptime!(inputs + size).runtime();
        end = comptime!(inputs + size + 1).runtime();
    }

    #[unroll]
    for r in 0..TILE {
        let row = first_row + r * LANES;
        #[unroll]
        for c in 0..TILE {
            let column = column + c;
            if row < rows && column < end {
                let sum = sums[2 * r + c / 4];
                parts[(slice * (inputs + size + 1) + column) * rows + row] = sum.extract(c % 4);
            }
        }
    }
}

/// The sum of `parts [slices, inputs + size + 1, sums]`, with the share of the states before the first
/// time step in the gradient of `weight_hh`, laid out as the weights are, and `rest` behind it. An
/// invocation takes one sum of one column; a column that the sum has nothing of is left out.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn weight_gradients(
    parts: &Tensor<f32>,
    initial: &Tensor<f32>,
    delta: &Tensor<f32>,
    rest: &Tensor<f32>,
    gradient: &mut Tensor<f32>,
    batch: u32,
    time: u32,
    count: u32,
    #[comptime] inputs: usize,
    #[comptime] size: usize,
    #[comptime] cell: Cell,
    #[comptime] slices: usize,
) {
    let sums = comptime!(cell.sums() * size);
    let rows = comptime!(cell.gates() * size);
    let apart = comptime!(cell.apart() * size);
    let length = comptime!((inputs + size + 1) * sums);
    // Where `weight_hh` and the biases begin, and what comes behind them.
    let weight_hh = comptime!(rows * inputs);
    let bias_ih = comptime!(rows * (inputs + size));
    let bias_hh = comptime!(rows * (inputs + size + 1));
    let end = comptime!(rows * (inputs + size + 2));
    let at = ABSOLUTE_POS_X as usize;
    if at >= length {
        if at < length + count as usize {
            gradient[end + at - length] = rest[at - length];
        }
        terminate!();
    }
    let mut sum = 0.0f32;
    for slice in 0..slices {
        sum += parts[slice * length + at];
    }
    let column = at / sums;
    let of = at % sums;
    // Its rows of the weights, if it has them.
    let input_row = (of + rows - apart) % rows;
    let state_row = of - apart.min(of);
    if column < inputs {
        if of < rows {
            gradient[input_row * inputs + column] = sum;
        }
    } else if column < inputs + size {
        let unit = column - inputs;
        let time = time as usize;
        for sample in 0..batch as usize {
            sum += initial[sample * size + unit] * delta[sample * time * sums + of];
        }
        if of >= apart {
            gradient[weight_hh + state_row * size + unit] = sum;
        }
    } else {
        if of < rows {
            gradient[bias_ih + input_row] = sum;
        }
        if of >= apart {
            gradient[bias_hh + state_row] = sum;
        }
    }
}

/// The gate of `weight_ih` that contributes to a sum.
#[cube]
fn input_gate(sum: usize, #[comptime] gates: usize, #[comptime] apart: usize) -> usize {
    if comptime!(apart == 0) {
        sum
    } else {
        (sum + gates - apart) % gates
    }
}

/// Four columns from `first` on of the row that begins at `at`, the last one again past its end.
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

/// Adds the products of [`TILE`] rows of `delta`, [`LANES`] apart, with eight values.
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
        let d = Vector::<f32, Const<4>>::new(delta[at + (first_row + r * LANES).min(rows - 1)]);
        sums[2 * r] += d * values;
        sums[2 * r + 1] += d * more;
    }
}

/// The logistic function, `(1 + tanh(x/2)) / 2`.
#[cube]
fn sigmoid<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let half = Vector::<f32, N>::new(0.5f32);
    half + half * tanh::<N>(x * half)
}

/// The hyperbolic tangent as the CPU computes it, see [`crate::operators::tanh`]. What is not a number
/// stays one, which WGSL's own `min` and `max` do not promise.
#[cube]
fn tanh<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let bound = Vector::<f32, N>::new(comptime!(BOUND));
    let within = x.max(-bound).min(bound);
    let z = within * within;
    let p = z * Vector::new(comptime!(NUMERATOR[0])) + Vector::new(comptime!(NUMERATOR[1]));
    let p = p * z + Vector::new(comptime!(NUMERATOR[2]));
    let p = p * z + Vector::new(comptime!(NUMERATOR[3]));
    let p = p * z + Vector::new(comptime!(NUMERATOR[4]));
    let p = p * z + Vector::new(comptime!(NUMERATOR[5]));
    let q = z * Vector::new(comptime!(DENOMINATOR[0])) + Vector::new(comptime!(DENOMINATOR[1]));
    let q = q * z + Vector::new(comptime!(DENOMINATOR[2]));
    let q = q * z + Vector::new(comptime!(DENOMINATOR[3]));
    let q = q * z + Vector::new(comptime!(DENOMINATOR[4]));
    let one = Vector::<f32, N>::new(1.0f32);
    let y = (within * p / q).max(-one).min(one);
    select_many(x.is_nan(), x, y)
}
