//! The contract of [`recurrent`](super) in plain tensor operations. Burn's autodiff finds its gradient.
//!
//! Slow and obvious on purpose: it runs on every backend, and the kernels are tested against it.

use super::{Cell, Sequence};
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
