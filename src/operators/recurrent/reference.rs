//! The contract of [`recurrent`](super) in plain tensor operations, with Burn's own gradient.
//!
//! Slow and obvious on purpose: it runs on every backend, and the kernels are tested against it.

use super::{Cell, Sequence, Weights};
use burn::tensor::{Tensor, activation::sigmoid};

/// The same as [`super::traced`], one time step after the other.
pub fn traced(cell: Cell, x: Tensor<3>, weights: Weights, initial: Tensor<3>) -> Sequence {
    let [batch, time, inputs] = x.dims();
    let [_, _, size] = initial.dims();
    let state = |s: usize| initial.clone().narrow(0, s, 1).reshape([batch, size]);
    let mut h = state(0);
    let mut c = state(cell.states() - 1);
    let weight_ih = weights.weight_ih.transpose();
    let weight_hh = weights.weight_hh.transpose();
    let rows = cell.gates() * size;
    let bias = |k: usize| {
        weights
            .bias
            .clone()
            .narrow(0, k * rows, rows)
            .unsqueeze::<2>()
    };

    let mut hidden = Vec::with_capacity(time);
    let mut trace = Vec::with_capacity(time);
    for t in 0..time {
        let x_t = x.clone().narrow(1, t, 1).reshape([batch, inputs]);
        let a = x_t.matmul(weight_ih.clone());
        let b = h.clone().matmul(weight_hh.clone());
        let gate = |sums: &Tensor<2>, k: usize| sums.clone().narrow(1, k * size, size);
        match cell {
            Cell::Rnn => {
                h = (a + b + bias(0)).tanh();
                trace.push(h.clone());
            }
            Cell::Lstm => {
                let sums = a + b + bias(0);
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
                let (a, b) = (a + bias(0), b + bias(1));
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
        hidden: Tensor::stack(hidden, 1),
        trace: Tensor::stack(trace, 1),
        cell,
    }
}
