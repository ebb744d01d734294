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
    let mut c = (cell == Cell::Lstm).then(|| state(1));
    let weight_ih = weights.weight_ih.transpose();
    let weight_hh = weights.weight_hh.transpose();
    let bias = weights.bias.unsqueeze::<2>();

    let mut hidden = Vec::with_capacity(time);
    let mut trace = Vec::with_capacity(time);
    for t in 0..time {
        let x_t = x.clone().narrow(1, t, 1).reshape([batch, inputs]);
        let z = x_t.matmul(weight_ih.clone()) + h.clone().matmul(weight_hh.clone()) + bias.clone();
        match &mut c {
            None => {
                h = z.tanh();
                trace.push(h.clone());
            }
            Some(c) => {
                let gate = |k: usize| z.clone().narrow(1, k * size, size);
                let (i, f, g, o) = (
                    sigmoid(gate(0)),
                    sigmoid(gate(1)),
                    gate(2).tanh(),
                    sigmoid(gate(3)),
                );
                *c = f.clone() * c.clone() + i.clone() * g.clone();
                h = o.clone() * c.clone().tanh();
                trace.push(Tensor::cat(vec![i, f, g, o, c.clone()], 1));
            }
        }
        hidden.push(h.clone());
    }
    Sequence {
        hidden: Tensor::stack(hidden, 1),
        trace: Tensor::stack(trace, 1),
    }
}
