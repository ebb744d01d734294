//! The operator on the CPU, for Burn's Flex backend, natively and in wasm alike.
//!
//! The input's product is taken for all time steps at once, the recurrent product once per time
//! step, and the gates in branch-free loops that the compiler turns into SIMD. The backward pass
//! walks back through time the same way and takes the weights' gradients as large products at the
//! end. Products are the `gemm` crate's.

use super::{Backward, Cell, Forward, RecurrentOps, Sizes};
use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{Shape, TensorData};
use gemm::{Parallelism, gemm};

type Tensor = FloatTensor<Flex>;

impl RecurrentOps for Flex {
    fn recurrent_forward(
        x: Tensor,
        weight_ih: Tensor,
        weight_hh: Tensor,
        bias: Tensor,
        initial: Tensor,
        cell: Cell,
    ) -> Forward<Self> {
        let sizes = Sizes::of::<Self>(&x, &weight_hh, cell);
        let (x, weight_ih, weight_hh) = (packed(x), packed(weight_ih), packed(weight_hh));
        let (bias, initial) = (packed(bias), packed(initial));
        let (hidden, trace) = forward(
            sizes,
            values(&x),
            values(&weight_ih),
            values(&weight_hh),
            values(&bias),
            values(&initial),
        );
        let Sizes {
            batch, time, size, ..
        } = sizes;
        let hidden = tensor(hidden, [batch, time, size]);
        let trace = match trace {
            Some(trace) => tensor(trace, [batch, time, cell.traced() * size]),
            None => hidden.clone(),
        };
        Forward { hidden, trace }
    }

    fn recurrent_backward(
        x: Tensor,
        weight_ih: Tensor,
        weight_hh: Tensor,
        initial: Tensor,
        hidden: Tensor,
        trace: Tensor,
        grad: Tensor,
        cell: Cell,
        input_grad: bool,
    ) -> Backward<Self> {
        let sizes = Sizes::of::<Self>(&x, &weight_hh, cell);
        let (x, weight_ih, weight_hh) = (packed(x), packed(weight_ih), packed(weight_hh));
        let (initial, hidden, trace) = (packed(initial), packed(hidden), packed(trace));
        let grad = packed(grad);
        let through_time = through_time(
            sizes,
            values(&weight_hh),
            values(&initial),
            values(&trace),
            values(&grad),
        );
        let of_weights = weight_gradients(
            sizes,
            values(&x),
            values(&initial),
            values(&hidden),
            &through_time.delta,
        );
        let Sizes {
            batch,
            time,
            inputs,
            size,
            ..
        } = sizes;
        let rows = sizes.rows();
        let x_grad = match input_grad {
            true => input_gradient(sizes, values(&weight_ih), &through_time.delta),
            false => Vec::new(),
        };
        let x_shape = match input_grad {
            true => [batch, time, inputs],
            false => [0, 0, 0],
        };
        Backward {
            x: tensor(x_grad, x_shape),
            weight_ih: tensor(of_weights.ih, [rows, inputs]),
            weight_hh: tensor(of_weights.hh, [rows, size]),
            bias: tensor(of_weights.bias, [rows]),
            initial: tensor(through_time.initial, [cell.states(), batch, size]),
        }
    }
}

fn packed(tensor: Tensor) -> Tensor {
    tensor.to_contiguous()
}

fn values(tensor: &Tensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous f32 tensor")
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor {
    debug_assert_eq!(values.len(), shape.iter().product::<usize>());
    Tensor::from_data(TensorData::new(values, Shape::from(shape)))
}

fn forward(
    sizes: Sizes,
    x: &[f32],
    weight_ih: &[f32],
    weight_hh: &[f32],
    bias: &[f32],
    initial: &[f32],
) -> (Vec<f32>, Option<Vec<f32>>) {
    let Sizes {
        batch,
        time,
        inputs,
        size,
        cell,
    } = sizes;
    let rows = sizes.rows();

    let mut z = Vec::with_capacity(batch * time * rows);
    for _ in 0..batch * time {
        z.extend_from_slice(bias);
    }
    Product {
        left: Matrix::new(x, batch * time, inputs),
        right: Matrix::new(weight_ih, rows, inputs).transposed(),
    }
    .add_to(&mut z, 0, rows);

    let mut hidden = vec![0.0; batch * time * size];
    let traced = cell.traced() * size;
    let mut trace = match cell {
        Cell::Rnn => Vec::new(),
        Cell::Lstm => vec![0.0; batch * time * traced],
    };
    let (h0, c0) = initial.split_at(batch * size);
    let mut c = c0.to_vec();

    for t in 0..time {
        let previous = match t {
            0 => Matrix::new(h0, batch, size),
            _ => Matrix::at_time(&hidden, batch, time, size, t - 1),
        };
        Product {
            left: previous,
            right: Matrix::new(weight_hh, rows, size).transposed(),
        }
        .add_to(&mut z, t * rows, time * rows);

        for b in 0..batch {
            let z = &mut z[(b * time + t) * rows..][..rows];
            let h = &mut hidden[(b * time + t) * size..][..size];
            match cell {
                Cell::Rnn => {
                    for (h, z) in h.iter_mut().zip(z) {
                        *h = tanh(*z);
                    }
                }
                Cell::Lstm => {
                    let trace = &mut trace[(b * time + t) * traced..][..traced];
                    lstm_gates(z, &mut c[b * size..][..size], trace, h);
                }
            }
        }
    }
    (hidden, (cell == Cell::Lstm).then_some(trace))
}

/// One sample, one time step: from `z` and the previous `c` to the trace and `h`.
fn lstm_gates(z: &[f32], c: &mut [f32], trace: &mut [f32], h: &mut [f32]) {
    let size = h.len();
    let (i, rest) = trace.split_at_mut(size);
    let (f, rest) = rest.split_at_mut(size);
    let (g, rest) = rest.split_at_mut(size);
    let (o, kept_c) = rest.split_at_mut(size);
    let (z_i, z_f, z_g, z_o) = quarters(z, size);
    for k in 0..size {
        i[k] = sigmoid(z_i[k]);
        f[k] = sigmoid(z_f[k]);
        g[k] = tanh(z_g[k]);
        o[k] = sigmoid(z_o[k]);
        c[k] = f[k] * c[k] + i[k] * g[k];
        kept_c[k] = c[k];
        h[k] = o[k] * tanh(c[k]);
    }
}

fn quarters(values: &[f32], size: usize) -> (&[f32], &[f32], &[f32], &[f32]) {
    (
        &values[..size],
        &values[size..2 * size],
        &values[2 * size..3 * size],
        &values[3 * size..4 * size],
    )
}

struct ThroughTime {
    /// The gradient of every `z`, `[batch, time, G*H]`.
    delta: Vec<f32>,
    /// The gradient of the initial states, `[states, batch, H]`.
    initial: Vec<f32>,
}

/// Back-propagation through time, from the gradient of every hidden state.
fn through_time(
    sizes: Sizes,
    weight_hh: &[f32],
    initial: &[f32],
    trace: &[f32],
    grad: &[f32],
) -> ThroughTime {
    let Sizes {
        batch,
        time,
        size,
        cell,
        ..
    } = sizes;
    let rows = sizes.rows();
    let traced = cell.traced() * size;
    let c0 = &initial[batch * size..];
    let mut delta = vec![0.0; batch * time * rows];
    let mut of_states = vec![0.0; cell.states() * batch * size];
    let (dh, dc) = of_states.split_at_mut(batch * size);

    for t in (0..time).rev() {
        for b in 0..batch {
            let dh = &mut dh[b * size..][..size];
            let grad = &grad[(b * time + t) * size..][..size];
            let now = &trace[(b * time + t) * traced..][..traced];
            let delta = &mut delta[(b * time + t) * rows..][..rows];
            for (dh, grad) in dh.iter_mut().zip(grad) {
                *dh += grad;
            }
            match cell {
                Cell::Rnn => {
                    for ((delta, dh), h) in delta.iter_mut().zip(dh).zip(now) {
                        *delta = *dh * (1.0 - h * h);
                    }
                }
                Cell::Lstm => {
                    let previous_c = match t {
                        0 => &c0[b * size..][..size],
                        _ => &trace[(b * time + t - 1) * traced + 4 * size..][..size],
                    };
                    lstm_deltas(now, previous_c, dh, &mut dc[b * size..][..size], delta);
                }
            }
        }
        Product {
            left: Matrix::at_time(&delta, batch, time, rows, t),
            right: Matrix::new(weight_hh, rows, size),
        }
        .write_to(dh, 0, size);
    }
    ThroughTime {
        delta,
        initial: of_states,
    }
}

/// One sample, one time step: from the gradients of `h` and `c` to those of `z` and the previous `c`.
fn lstm_deltas(trace: &[f32], previous_c: &[f32], dh: &[f32], dc: &mut [f32], delta: &mut [f32]) {
    let size = dh.len();
    let (i, f, g, o) = quarters(trace, size);
    let c = &trace[4 * size..5 * size];
    let (d_i, rest) = delta.split_at_mut(size);
    let (d_f, rest) = rest.split_at_mut(size);
    let (d_g, d_o) = rest.split_at_mut(size);
    let (previous_c, dc, d_o) = (&previous_c[..size], &mut dc[..size], &mut d_o[..size]);
    for k in 0..size {
        let tanh_c = tanh(c[k]);
        let d_c = dc[k] + dh[k] * o[k] * (1.0 - tanh_c * tanh_c);
        d_i[k] = d_c * g[k] * i[k] * (1.0 - i[k]);
        d_f[k] = d_c * previous_c[k] * f[k] * (1.0 - f[k]);
        d_g[k] = d_c * i[k] * (1.0 - g[k] * g[k]);
        d_o[k] = dh[k] * tanh_c * o[k] * (1.0 - o[k]);
        dc[k] = d_c * f[k];
    }
}

struct WeightGradients {
    ih: Vec<f32>,
    hh: Vec<f32>,
    bias: Vec<f32>,
}

/// Summed first over the batch and then over time, as PyTorch does: two short sums lose less to
/// rounding than a long one, and what is lost here grows with every step of training.
fn weight_gradients(
    sizes: Sizes,
    x: &[f32],
    initial: &[f32],
    hidden: &[f32],
    delta: &[f32],
) -> WeightGradients {
    let Sizes {
        batch,
        time,
        inputs,
        size,
        ..
    } = sizes;
    let rows = sizes.rows();
    let mut ih = vec![0.0; rows * inputs];
    let mut hh = vec![0.0; rows * size];
    let mut bias = vec![0.0; rows];
    let mut of_batch = vec![0.0; rows];
    for t in (0..time).rev() {
        let delta_t = Matrix::at_time(delta, batch, time, rows, t).transposed();
        Product {
            left: delta_t,
            right: Matrix::at_time(x, batch, time, inputs, t),
        }
        .add_to(&mut ih, 0, inputs);
        let previous = match t {
            0 => Matrix::new(&initial[..batch * size], batch, size),
            _ => Matrix::at_time(hidden, batch, time, size, t - 1),
        };
        Product {
            left: delta_t,
            right: previous,
        }
        .add_to(&mut hh, 0, size);

        of_batch.fill(0.0);
        for b in 0..batch {
            let delta = &delta[(b * time + t) * rows..][..rows];
            for (sum, delta) in of_batch.iter_mut().zip(delta) {
                *sum += delta;
            }
        }
        for (bias, sum) in bias.iter_mut().zip(&of_batch) {
            *bias += sum;
        }
    }
    WeightGradients { ih, hh, bias }
}

fn input_gradient(sizes: Sizes, weight_ih: &[f32], delta: &[f32]) -> Vec<f32> {
    let samples = sizes.batch * sizes.time;
    let mut grad = vec![0.0; samples * sizes.inputs];
    Product {
        left: Matrix::new(delta, samples, sizes.rows()),
        right: Matrix::new(weight_ih, sizes.rows(), sizes.inputs),
    }
    .write_to(&mut grad, 0, sizes.inputs);
    grad
}

/// A matrix over borrowed values; element `(r, c)` lies at `r * row_stride + c * column_stride`.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns);
        Matrix {
            values,
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The `[batch, feature]` matrix of one time step of `[batch, time, feature]`.
    fn at_time(values: &'a [f32], batch: usize, time: usize, feature: usize, t: usize) -> Self {
        assert!(values.len() == batch * time * feature && t < time);
        Matrix {
            values: &values[t * feature..],
            rows: batch,
            columns: feature,
            row_stride: time * feature,
            column_stride: 1,
        }
    }

    fn transposed(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// `left * right`
struct Product<'a> {
    left: Matrix<'a>,
    right: Matrix<'a>,
}

impl Product<'_> {
    /// Adds the product to the rows that begin at `start` and lie `row_stride` apart.
    fn add_to(self, out: &mut [f32], start: usize, row_stride: usize) {
        self.run(out, start, row_stride, true);
    }

    /// Writes the product over the rows that begin at `start` and lie `row_stride` apart.
    fn write_to(self, out: &mut [f32], start: usize, row_stride: usize) {
        self.run(out, start, row_stride, false);
    }

    fn run(self, out: &mut [f32], start: usize, row_stride: usize, add: bool) {
        let (rows, columns, depth) = (self.left.rows, self.right.columns, self.left.columns);
        assert_eq!(depth, self.right.rows);
        assert!(columns <= row_stride);
        let out = &mut out[start..];
        assert!((rows - 1) * row_stride + columns <= out.len());
        // SAFETY: `Matrix`'s constructors and the assertions above keep every element of the two
        // factors and of the result inside its slice, and `out` is borrowed alone.
        unsafe {
            gemm(
                rows,
                columns,
                depth,
                out.as_mut_ptr(),
                1,
                row_stride as isize,
                add,
                self.left.values.as_ptr(),
                self.left.column_stride as isize,
                self.left.row_stride as isize,
                self.right.values.as_ptr(),
                self.right.column_stride as isize,
                self.right.row_stride as isize,
                1.0,
                1.0,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    }
}

/// `e^x`, within 2 ulp for x in [-87, 88] and clamped outside: range reduction to
/// `x = n ln 2 + r`, then the degree-6 polynomial of Cephes' `expf`. Free of branches, so that loops
/// over it vectorise.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding and subtracting 1.5 * 2^23 rounds to an integer, which the low bits then hold.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let e = p * r * r + r + 1.0;
    f32::from_bits(e.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// The logistic function, `1 / (1 + e^-x)`, and around zero `(1 + tanh(x/2)) / 2`, which rounds
/// once where that rounds three times.
///
/// The last half ulp matters: what gates lose to rounding the same way at every step shows in the
/// loss after sixty of them.
#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    let half = 0.5 * x;
    let near = 0.5 * tanh_near_zero(half) + 0.5;
    let far = 1.0 / (1.0 + exp(-x));
    if half.abs() < NEAR { near } else { far }
}

/// The hyperbolic tangent, `1 - 2 / (e^2x + 1)`, and around zero, where that would cancel, a
/// polynomial.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let near = tanh_near_zero(x);
    let far = 1.0 - 2.0 / (exp(2.0 * x) + 1.0);
    if x.abs() < NEAR { near } else { far }
}

/// As far from zero as [`tanh_near_zero`] goes.
const NEAR: f32 = 0.625;

/// `x + x z P(z)` with `z = x^2`, `P` fitted to `(tanh(x) - x) / (x z)` by least squares at Chebyshev
/// nodes: within 0.8 ulp and, unlike shorter ones, off to neither side.
#[inline(always)]
fn tanh_near_zero(x: f32) -> f32 {
    let z = x * x;
    let p = 2.142_803_7e-3;
    let p = p * z - 8.177_094e-3;
    let p = p * z + 2.170_050_1e-2;
    let p = p * z - 5.394_670_3e-2;
    let p = p * z + 1.333_320_5e-1;
    let p = p * z - 3.333_333e-1;
    p * z * x + x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> impl Iterator<Item = f32> {
        (-200_000..=200_000).map(|k| k as f32 * 5e-4)
    }

    #[test]
    fn exp_is_within_two_ulp() {
        for x in inputs().filter(|x| (-87.0..=88.0).contains(x)) {
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 2.0 * f64::from(f32::EPSILON), "exp({x}): {error:e}");
        }
    }

    #[test]
    fn gates_are_within_three_ulp() {
        for x in inputs().filter(|x| x.abs() < 80.0) {
            let wide = f64::from(x);
            let pairs = [
                (sigmoid(x), 1.0 / (1.0 + (-wide).exp())),
                (tanh(x), wide.tanh()),
            ];
            for (found, exact) in pairs {
                let error = (f64::from(found) - exact).abs();
                let bound = 3.0 * f64::from(f32::EPSILON) * exact.abs();
                assert!(error <= bound, "at {x}: {found}, not {exact}");
            }
        }
    }

    #[test]
    fn not_a_number_stays_one() {
        assert!(sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
    }
}
