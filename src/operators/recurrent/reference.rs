//! The contract of [`recurrent`](super) in plain tensor operations. Burn's autodiff finds its gradient.
//!
//! Slow and obvious on purpose: it runs on every backend, those without kernels too, and the kernels are tested
//! against it. Its own gradients are for backends that track nothing; they are tested against autodiff's.

use super::{Cell, Of, Sequence, Sizes};
use burn::tensor::{Tensor, activation::sigmoid};

/// The same as [`super::traced`], one time step after the other.
pub fn traced(cell: Cell, x: Tensor<3>, weights: Tensor<1>, initial: Tensor<3>) -> Sequence {
    let [batch, time, inputs] = x.dims();
    let [_, _, size] = initial.dims();
    let state = |s: usize| initial.clone().narrow(0, s, 1).reshape([batch, size]);
    let mut h = state(0);
    let mut c = state(cell.states() - 1);
    let rows = cell.gates() * size;
    let part = |from: usize, columns: usize| {
        let values = weights.clone().narrow(0, rows * from, rows * columns);
        values.reshape([rows, columns]).transpose()
    };
    let weight_ih = part(0, inputs);
    let weight_hh = part(inputs, size);
    let (bias_ih, bias_hh) = (part(inputs + size, 1), part(inputs + size + 1, 1));

    let mut hidden = Vec::with_capacity(time);
    let mut trace = Vec::with_capacity(time);
    for t in 0..time {
        let x_t = x.clone().narrow(1, t, 1).reshape([batch, inputs]);
        let a = x_t.matmul(weight_ih.clone());
        let b = h.clone().matmul(weight_hh.clone());
        let gate = |sums: &Tensor<2>, k: usize| sums.clone().narrow(1, k * size, size);
        match cell {
            Cell::Rnn => {
                h = (a + b + bias_ih.clone() + bias_hh.clone()).tanh();
                trace.push(h.clone());
            }
            Cell::Lstm => {
                let sums = a + b + bias_ih.clone() + bias_hh.clone();
                let (i, f, g, o) = (
                    sigmoid(gate(&sums, 0)),
                    sigmoid(gate(&sums, 1)),
                    gate(&sums, 2).tanh(),
                    sigmoid(gate(&sums, 3)),
                );
                c = f.clone() * c + i.clone() * g.clone();
                h = o.clone() * c.clone().tanh();
                trace.push(Tensor::cat(vec![i, f, g, o, c.clone()], 1));
            }
            Cell::Gru => {
                let (a, b) = (a + bias_ih.clone(), b + bias_hh.clone());
                let r = sigmoid(gate(&a, 0) + gate(&b, 0));
                let z = sigmoid(gate(&a, 1) + gate(&b, 1));
                let b_n = gate(&b, 2);
                let n = (gate(&a, 2) + r.clone() * b_n.clone()).tanh();
                let kept = vec![r, z.clone(), n.clone(), b_n, h.clone()];
                trace.push(Tensor::cat(kept, 1));
                h = (1.0 - z.clone()) * n + z * h;
            }
        }
        hidden.push(h.clone());
    }
    Sequence {
        cell,
        x,
        initial,
        hidden: Tensor::stack(hidden, 1),
        trace: Tensor::stack(trace, 1),
    }
}

/// The same as [`super::weight_gradients`].
pub(super) fn weight_gradients(
    sequence: &Sequence,
    weights: Tensor<1>,
    grad: Tensor<3>,
    rest: Tensor<1>,
) -> Tensor<1> {
    let sizes = sequence.sizes(&weights);
    let Sizes {
        batch,
        time,
        inputs,
        size,
        cell,
        ..
    } = sizes;
    let rows = sizes.rows();
    let sums = step_gradients(sequence, weights, grad, Of::Sums);
    let flat = |values: Tensor<3>, columns: usize| values.reshape([batch * time, columns]);
    let from_state = flat(sums.clone().narrow(2, cell.apart() * size, rows), rows);
    let from_input = flat(sizes.of_input(sums), rows);
    let before = sequence.initial.clone().narrow(0, 0, 1);
    let before = before.reshape([batch, 1, size]);
    let before = match time {
        1 => before,
        _ => Tensor::cat(
            vec![before, sequence.hidden.clone().narrow(1, 0, time - 1)],
            1,
        ),
    };
    let product = |delta: &Tensor<2>, with: Tensor<3>, columns: usize| {
        let product = delta.clone().transpose().matmul(flat(with, columns));
        product.reshape([rows * columns])
    };
    let bias = |delta: Tensor<2>| delta.sum_dim(0).reshape([rows]);
    let own = vec![
        product(&from_input, sequence.x.clone(), inputs),
        product(&from_state, before, size),
        bias(from_input),
        bias(from_state),
    ];
    let of_layer = Tensor::cat(own, 0);
    match rest.dims() {
        [0] => of_layer,
        _ => Tensor::cat(vec![of_layer, rest], 0),
    }
}

/// The gradient `of` the hidden states or the sums at every time step, the last one first found: the same as
/// [`super::state_gradients`] for the states.
pub(super) fn step_gradients(
    sequence: &Sequence,
    weights: Tensor<1>,
    grad: Tensor<3>,
    of: Of,
) -> Tensor<3> {
    let sizes = sequence.sizes(&weights);
    let Sizes {
        batch,
        time,
        inputs,
        size,
        cell,
        ..
    } = sizes;
    let (rows, device) = (sizes.rows(), sequence.x.device());
    let weight_hh = weights.narrow(0, rows * inputs, rows * size);
    let weight_hh = weight_hh.reshape([rows, size]);
    let [_, last, _] = grad.dims();
    let mut of_hidden = Tensor::<2>::zeros([batch, size], &device);
    let mut of_cell = Tensor::<2>::zeros([batch, size], &device);
    let mut found = Vec::with_capacity(time);
    for t in (0..time).rev() {
        if let Some(of_last) = (t + last).checked_sub(time) {
            let direct = grad.clone().narrow(1, of_last, 1);
            of_hidden = of_hidden + direct.reshape([batch, size]);
        }
        let trace = sequence.trace.clone().narrow(1, t, 1);
        let traced = |k: usize| {
            let values = trace.clone().narrow(2, k * size, size);
            values.reshape([batch, size])
        };
        // How much of a change of a sum a sigmoid, or a tanh, of it hands on.
        let of_sigmoid = |gate: Tensor<2>| -> Tensor<2> { gate.clone() * (1.0 - gate) };
        let of_tanh = |gate: Tensor<2>| -> Tensor<2> { 1.0 - gate.clone() * gate };
        let dh = of_hidden.clone();
        let (sums, directly) = match cell {
            Cell::Rnn => (dh.clone() * of_tanh(traced(0)), None),
            Cell::Lstm => {
                let [i, f, g, o] = [0, 1, 2, 3].map(traced);
                let c = traced(4).tanh();
                let dc: Tensor<2> = of_cell + dh.clone() * o.clone() * of_tanh(c.clone());
                let before = match t {
                    0 => sequence.initial.clone().narrow(0, 1, 1),
                    _ => {
                        let trace = sequence.trace.clone().narrow(1, t - 1, 1);
                        trace.narrow(2, 4 * size, size)
                    }
                };
                let before = before.reshape([batch, size]);
                let sums = vec![
                    dc.clone() * g.clone() * of_sigmoid(i.clone()),
                    dc.clone() * before * of_sigmoid(f.clone()),
                    dc.clone() * i * of_tanh(g),
                    dh.clone() * c * of_sigmoid(o),
                ];
                of_cell = dc * f;
                (Tensor::cat(sums, 1), None)
            }
            Cell::Gru => {
                let [r, z, n, b_n, before] = [0, 1, 2, 3, 4].map(traced);
                let a_n: Tensor<2> = dh.clone() * (1.0 - z.clone()) * of_tanh(n.clone());
                let sums = vec![
                    a_n.clone(),
                    a_n.clone() * b_n * of_sigmoid(r.clone()),
                    dh.clone() * (before - n) * of_sigmoid(z.clone()),
                    a_n * r,
                ];
                (Tensor::cat(sums, 1), Some(dh.clone() * z))
            }
        };
        let from_state = sums.clone().narrow(1, cell.apart() * size, rows);
        let through = from_state.matmul(weight_hh.clone());
        of_hidden = match directly {
            Some(directly) => through + directly,
            None => through,
        };
        found.push(match of {
            Of::States => dh,
            Of::Sums => sums,
        });
    }
    found.reverse();
    Tensor::stack(found, 1)
}
