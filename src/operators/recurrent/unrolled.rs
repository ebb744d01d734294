//! The contract of [`recurrent`](super) on the host: one sequence, every sum by itself, and gates that can be
//! held.
//!
//! To look at and never to train with. It computes what the kernels compute, within what f32 rounds away, as
//! long as nothing is held.

use super::Cell;
use crate::operators::tanh::{sigmoid, tanh};
use std::ops::Range;

/// The weights of one layer, in PyTorch's layout.
#[derive(Debug, Clone, Copy)]
pub struct HostWeights<'a> {
    /// What the layer is made of.
    pub cell: Cell,
    /// Hidden units, `H`.
    pub size: usize,
    /// `[G*H, I]`
    pub weight_ih: &'a [f32],
    /// `[G*H, H]`
    pub weight_hh: &'a [f32],
    /// `[G*H]`
    pub bias_ih: &'a [f32],
    /// `[G*H]`
    pub bias_hh: &'a [f32],
}

/// A gate that has one value, whatever its sums say.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// In PyTorch's order: i, f, g, o of the LSTM or r, z, n of the GRU.
    pub gate: usize,
    /// What every unit of it is.
    pub value: f32,
    /// At these time steps, from 0.
    pub steps: Range<usize>,
}

/// What happens at every time step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unrolled {
    /// `[time, G*H]`: `a = weight_ih x[t] + bias_ih`.
    pub from_input: Vec<f32>,
    /// `[time, G*H]`: `b = weight_hh h[t-1] + bias_hh`.
    pub from_state: Vec<f32>,
    /// `[time, G*H]`: the activated gates. Empty for the RNN, which has none.
    pub gates: Vec<f32>,
    /// `[time, H]`: h, PyTorch's `r_out`.
    pub hidden: Vec<f32>,
    /// `[time, H]`: c. Empty for the RNN and the GRU, which have none.
    pub cell_state: Vec<f32>,
    /// `[states, H]`: the state after the last time step, PyTorch's `h_n` and for the LSTM `c_n`.
    pub last: Vec<f32>,
}

/// Reads `inputs [time, I]` from the zero state, with the gates of `held` held; of two for the same gate and
/// time step the later one counts.
pub fn unroll(weights: HostWeights, inputs: &[f32], held: &[Held]) -> Unrolled {
    let features = weights.weight_ih.len() / (weights.cell.gates() * weights.size);
    let mut inputs = inputs.chunks_exact(features);
    unroll_from(weights, held, |_| inputs.next().map(<[f32]>::to_vec))
}

/// The same, with each input `[I]` asked for when all before it has been read, until there is none: it may be
/// made of what came of them.
pub fn unroll_from(
    weights: HostWeights,
    held: &[Held],
    mut next: impl FnMut(&Unrolled) -> Option<Vec<f32>>,
) -> Unrolled {
    let HostWeights { cell, size, .. } = weights;
    let mut h = vec![0.0; size];
    let mut c = vec![0.0; size];
    let mut all = Unrolled::default();
    for t in 0.. {
        let Some(x) = next(&all) else { break };
        let a = product(weights.weight_ih, &x, weights.bias_ih);
        let b = product(weights.weight_hh, &h, weights.bias_hh);
        let holding = |gate: usize| {
            let mut of_gate = held.iter().rev().filter(|held| held.gate == gate);
            of_gate.find(|held| held.steps.contains(&t))
        };
        // Sigmoid but where it is a candidate: values to be let in, not a gate's opening.
        let gate = |gate: usize, sum: &dyn Fn(usize) -> f32, activation: fn(f32) -> f32| {
            let value = |unit| match holding(gate) {
                Some(held) => held.value,
                None => activation(sum(gate * size + unit)),
            };
            (0..size).map(value).collect::<Vec<f32>>()
        };
        let sum = |k: usize| a[k] + b[k];
        match cell {
            Cell::Rnn => h = (0..size).map(|k| tanh(sum(k))).collect(),
            Cell::Lstm => {
                let (i, f) = (gate(0, &sum, sigmoid), gate(1, &sum, sigmoid));
                let (g, o) = (gate(2, &sum, tanh), gate(3, &sum, sigmoid));
                for k in 0..size {
                    c[k] = f[k] * c[k] + i[k] * g[k];
                    h[k] = o[k] * tanh(c[k]);
                }
                all.gates.extend([i, f, g, o].concat());
                all.cell_state.extend(&c);
            }
            Cell::Gru => {
                let (r, z) = (gate(0, &sum, sigmoid), gate(1, &sum, sigmoid));
                let n = gate(2, &|k| a[k] + r[k - 2 * size] * b[k], tanh);
                for k in 0..size {
                    h[k] = (1.0 - z[k]) * n[k] + z[k] * h[k];
                }
                all.gates.extend([r, z, n].concat());
            }
        }
        all.from_input.extend(a);
        all.from_state.extend(b);
        all.hidden.extend(&h);
    }
    all.last = h;
    if cell == Cell::Lstm {
        all.last.extend(c);
    }
    all
}

/// `matrix [n, m]` times `vector [m]`, plus `bias [n]`.
pub fn product(matrix: &[f32], vector: &[f32], bias: &[f32]) -> Vec<f32> {
    let rows = matrix.chunks_exact(vector.len()).zip(bias);
    rows.map(|(row, bias)| row.iter().zip(vector).map(|(w, x)| w * x).sum::<f32>() + bias)
        .collect()
}
