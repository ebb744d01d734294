//! Back-propagation through time, four samples at a time: back through all of their time steps except
//! those they share with others, then their share of the weights' gradients.
//!
//! Each share is a sum of its own, and the shares are added at the end. Short sums lose less to rounding
//! than a long one, and what is lost here grows with every training step.

use super::gates::Gates;
use super::input::nonzero;
use super::layout::Layout;
use super::leading::Leading;
use super::product::{Panels, ROWS, tile};
use super::{Cell, Of, Sizes};
use crate::operators::lanes::{Lanes, WIDTH, interleave, load, mul_add, refill, store};
use std::ops::Range;

/// What a pass works in, kept from one to the next. `lanes` are those of a weight's rows, `sums` those
/// of all sums, `units` those of one gate.
#[derive(Default)]
pub struct Scratch {
    /// `weight_hh`, row-major in padded rows.
    state_weights: Panels,
    /// The gradients of `h` and of what is carried past the weights, `[sample, units]`: `c`, and the GRU's
    /// `h` by itself, whose gradient is the sum of both.
    dh: Vec<Lanes>,
    dc: Vec<Lanes>,
    /// The gradient of the sums now, `[sample, sum]` and `[sum, sample]` ...
    delta: Vec<f32>,
    delta_by_sum: Vec<f32>,
    /// ... and of those that the state contributes to at the time steps at hand,
    /// `[row / 4, time * sample]`, four rows each.
    deltas: Vec<[f32; ROWS]>,
    /// `h[t-1]` at those.
    previous: Panels,
    leading: Leading,
    /// What comes back to the shared time steps: the gradients of `h` and `c` after each, summed over
    /// the samples that leave there, `[time + 1, units]`.
    shared_dh: Vec<Lanes>,
    shared_dc: Vec<Lanes>,
    /// The share of the samples at hand, and the sums so far: `[inputs, lanes]`, `[sums]`.
    share_ih: Vec<Lanes>,
    share_bias: Vec<Lanes>,
    sum_ih: Vec<Lanes>,
    sum_bias: Vec<Lanes>,
    /// `[rows, units]`
    sum_hh: Vec<Lanes>,
}

/// What the forward pass was given and left, and the gradient of the `last` hidden states.
#[derive(Clone, Copy)]
pub struct Recorded<'a> {
    pub x: &'a [f32],
    pub weight_hh: &'a [f32],
    pub initial: &'a [f32],
    pub hidden: &'a [f32],
    pub trace: &'a [f32],
    pub grad: &'a [f32],
    pub last: usize,
}

impl<'a> Recorded<'a> {
    /// How the loss depends on the hidden state after time step `t` by itself, unless not at all.
    fn grad(&self, sizes: Sizes, sample: usize, t: usize) -> Option<&'a [f32]> {
        let Sizes { time, size, .. } = sizes;
        let at = (t + self.last).checked_sub(time)?;
        Some(&self.grad[(sample * self.last + at) * size..][..size])
    }
}

/// Walks back through time: the gradient of the weights, or at every time step `of` something.
pub fn backward(
    sizes: Sizes,
    recorded: Recorded,
    of: Option<Of>,
    scratch: &mut Scratch,
) -> Vec<f32> {
    let Sizes {
        batch,
        time,
        inputs,
        size,
        cell,
        ..
    } = sizes;
    let (input, state) = (Layout::input(sizes), Layout::state(sizes));
    let (lanes, units) = (state.lanes(), state.units);
    let rows = lanes * WIDTH;
    (scratch.state_weights).pack(units, rows, |panel, at| match state.row(at) {
        Some(row) => load(&recorded.weight_hh[row * size..][..size][panel * WIDTH..]),
        None => Lanes::ZERO,
    });
    refill(&mut scratch.sum_ih, inputs * lanes, Lanes::ZERO);
    refill(&mut scratch.sum_bias, cell.sums() * units, Lanes::ZERO);
    refill(&mut scratch.sum_hh, rows * units, Lanes::ZERO);

    let mut leading = std::mem::take(&mut scratch.leading);
    // Shared time steps have no gradients of their own for each sample.
    match of {
        Some(_) => leading.forget(batch),
        None => leading.find(sizes, recorded.x, recorded.initial),
    }
    let (_, shared) = leading.longest();
    refill(&mut scratch.shared_dh, (shared + 1) * units, Lanes::ZERO);
    refill(&mut scratch.shared_dc, (shared + 1) * units, Lanes::ZERO);

    let mut pass = Pass {
        sizes,
        input,
        state,
        recorded,
        leading: &leading,
        kept: of.map(|of| (of, vec![0.0; batch * time * sizes.kept(of)])),
        scratch,
    };
    let (fours, rest) = leading.order().as_chunks::<ROWS>();
    for four in fours {
        pass.samples(*four);
    }
    for sample in rest {
        pass.samples([*sample]);
    }
    pass.shared();
    let gradient = match pass.kept.take() {
        Some((_, kept)) => kept,
        None => pass.finish(),
    };
    scratch.leading = leading;
    gradient
}

struct Pass<'a> {
    sizes: Sizes,
    /// Of the weights.
    input: Layout,
    state: Layout,
    recorded: Recorded<'a>,
    leading: &'a Leading,
    /// The gradients at every time step, if they are wanted.
    kept: Option<(Of, Vec<f32>)>,
    scratch: &'a mut Scratch,
}

impl Pass<'_> {
    /// All time steps of `S` samples, except those that they share.
    fn samples<const S: usize>(&mut self, of: [usize; S]) {
        let Sizes { time, .. } = self.sizes;
        let units = self.state.units;
        let start = self.leading.shared(of);
        self.begin::<S>(time - start);
        for t in (start..time).rev() {
            for (s, sample) in of.into_iter().enumerate() {
                let Some(grad) = self.recorded.grad(self.sizes, sample, t) else {
                    continue;
                };
                for (u, dh) in self.scratch.dh[s * units..][..units].iter_mut().enumerate() {
                    *dh += load(&grad[u * WIDTH..]);
                }
            }
            self.keep_states(of, t);
            self.step(of, t, start..time);
            self.keep_sums(of, t);
        }
        self.add_shares(of, start..time);
        if start > 0 {
            self.leave(of, start);
        }
    }

    /// The time steps that samples share, from the gradients that came back to them.
    fn shared(&mut self) {
        let units = self.state.units;
        let (sample, steps) = self.leading.longest();
        if steps == 0 {
            return;
        }
        self.begin::<1>(steps);
        for t in (0..steps).rev() {
            let scratch = &mut *self.scratch;
            for u in 0..units {
                scratch.dh[u] += scratch.shared_dh[(t + 1) * units + u];
                scratch.dc[u] += scratch.shared_dc[(t + 1) * units + u];
            }
            self.step([sample], t, 0..steps);
        }
        self.add_shares([sample], 0..steps);
    }

    /// Starts `S` samples of `steps` time steps with zero gradients.
    fn begin<const S: usize>(&mut self, steps: usize) {
        let units = self.state.units;
        let lanes = self.state.lanes();
        let rows = lanes * WIDTH;
        let sums = self.sizes.cell.sums() * units;
        let scratch = &mut *self.scratch;
        refill(&mut scratch.dh, S * units, Lanes::ZERO);
        refill(&mut scratch.dc, S * units, Lanes::ZERO);
        refill(&mut scratch.delta, S * sums * WIDTH, 0.0);
        refill(&mut scratch.delta_by_sum, S * sums * WIDTH, 0.0);
        (scratch.deltas).resize(rows / ROWS * S * steps, [0.0; ROWS]);
        refill(
            &mut scratch.share_ih,
            self.sizes.inputs * lanes,
            Lanes::ZERO,
        );
        refill(&mut scratch.share_bias, sums, Lanes::ZERO);
    }

    /// Time step `t` of `S` samples, one of the steps `at_hand`. `dh` and `dc` hold the gradients of
    /// its states.
    #[inline(always)]
    fn step<const S: usize>(&mut self, of: [usize; S], t: usize, at_hand: Range<usize>) {
        let Sizes {
            batch,
            time,
            inputs,
            size,
            cell,
            ..
        } = self.sizes;
        let units = self.state.units;
        let lanes = self.input.lanes();
        let sums = cell.sums() * units * WIDTH;
        // The numbers of a sample that belong to the rows of each weight.
        let of_input = WIDTH * self.input.place().start..WIDTH * self.input.place().end;
        let of_state = WIDTH * self.state.place().start..WIDTH * self.state.place().end;
        let depth = S * at_hand.len();
        let Recorded { x, trace, .. } = self.recorded;
        let (_, c0) = self.recorded.initial.split_at(batch * size);
        let scratch = &mut *self.scratch;
        for (s, sample) in of.into_iter().enumerate() {
            let place = sample * time + t;
            let dh = &mut scratch.dh[s * units..][..units];
            let dc = &mut scratch.dc[s * units..][..units];
            let delta = &mut scratch.delta[s * sums..][..sums];
            match cell {
                Cell::Rnn => {
                    let h = &trace[place * size..][..size];
                    for u in 0..units {
                        let h = load(&h[u * WIDTH..]);
                        store(dh[u] * (Lanes::ONE - h * h), &mut delta[u * WIDTH..]);
                    }
                }
                Cell::Lstm => {
                    let previous_c = match t {
                        0 => &c0[sample * size..][..size],
                        _ => &trace[(place - 1) * 5 * size + 4 * size..][..size],
                    };
                    let trace = &trace[place * 5 * size..][..5 * size];
                    lstm_deltas(trace, previous_c, dh, dc, delta);
                }
                Cell::Gru => gru_deltas(&trace[place * 5 * size..][..5 * size], dh, dc, delta),
            }

            let (fours, _) = delta[of_state.clone()].as_chunks::<ROWS>();
            for (four, delta) in fours.iter().enumerate() {
                scratch.deltas[four * depth + (t - at_hand.start) * S + s] = *delta;
            }
            for (sum, delta) in (scratch.share_bias.iter_mut()).zip(delta.chunks_exact(WIDTH)) {
                *sum += load(delta);
            }
            let delta = &delta[of_input.clone()];
            for (i, value) in nonzero(&x[place * inputs..][..inputs]) {
                let sums = &mut scratch.share_ih[i * lanes..][..lanes];
                for (sum, delta) in sums.iter_mut().zip(delta.chunks_exact(WIDTH)) {
                    *sum = mul_add(Lanes::splat(value), load(delta), *sum);
                }
            }
        }
        if t == 0 {
            return;
        }
        let (left, _) = scratch.delta_by_sum.as_chunks_mut::<S>();
        let of_samples = |s| &scratch.delta[s * sums..][..sums];
        interleave(std::array::from_fn::<_, S, _>(of_samples), left);
        (scratch.state_weights).product(&left[of_state], |unit, sums| {
            for (s, sum) in sums.into_iter().enumerate() {
                scratch.dh[s * units + unit] = sum;
            }
        });
    }

    /// Adds the gradients of these samples to those of the first `start` time steps, which they share.
    fn leave<const S: usize>(&mut self, of: [usize; S], start: usize) {
        let units = self.state.units;
        let scratch = &mut *self.scratch;
        for (s, sample) in of.into_iter().enumerate() {
            for u in 0..units {
                scratch.shared_dh[start * units + u] += scratch.dh[s * units + u];
                scratch.shared_dc[start * units + u] += scratch.dc[s * units + u];
            }
            for t in 0..start {
                let Some(grad) = self.recorded.grad(self.sizes, sample, t) else {
                    continue;
                };
                let shared_dh = &mut scratch.shared_dh[(t + 1) * units..][..units];
                for (u, sum) in shared_dh.iter_mut().enumerate() {
                    *sum += load(&grad[u * WIDTH..]);
                }
            }
        }
    }

    /// Keeps the gradients of the hidden states after time step `t`, if they are wanted.
    fn keep_states<const S: usize>(&mut self, of: [usize; S], t: usize) {
        let Some((Of::States, states)) = &mut self.kept else {
            return;
        };
        let Sizes {
            time, size, cell, ..
        } = self.sizes;
        let units = self.state.units;
        let Scratch { dh, dc, .. } = &*self.scratch;
        for (s, sample) in of.into_iter().enumerate() {
            for u in 0..units {
                let at = s * units + u;
                let lanes = match cell {
                    Cell::Rnn | Cell::Lstm => dh[at],
                    Cell::Gru => dh[at] + dc[at],
                };
                let out = &mut states[(sample * time + t) * size..][..size];
                store(lanes, &mut out[u * WIDTH..size.min((u + 1) * WIDTH)]);
            }
        }
    }

    /// Keeps the gradients of the sums of time step `t`, if they are wanted.
    fn keep_sums<const S: usize>(&mut self, of: [usize; S], t: usize) {
        let Some((Of::Sums, sums)) = &mut self.kept else {
            return;
        };
        let Sizes { time, size, .. } = self.sizes;
        let padded = self.state.units * WIDTH;
        let all = self.sizes.cell.sums();
        for (s, sample) in of.into_iter().enumerate() {
            let delta = &self.scratch.delta[s * all * padded..][..all * padded];
            let out = &mut sums[(sample * time + t) * all * size..][..all * size];
            for (out, delta) in out.chunks_exact_mut(size).zip(delta.chunks_exact(padded)) {
                out.copy_from_slice(&delta[..size]);
            }
        }
    }

    /// Adds what the time steps `at_hand` of the samples contribute to the weights' gradients.
    fn add_shares<const S: usize>(&mut self, of: [usize; S], at_hand: Range<usize>) {
        let Sizes { time, size, .. } = self.sizes;
        let units = self.state.units;
        let depth = S * at_hand.len();
        let Recorded {
            hidden, initial, ..
        } = self.recorded;
        let scratch = &mut *self.scratch;
        for (sum, share) in scratch.sum_ih.iter_mut().zip(&scratch.share_ih) {
            *sum += *share;
        }
        for (sum, share) in scratch.sum_bias.iter_mut().zip(&scratch.share_bias) {
            *sum += *share;
        }
        if depth == 0 {
            return;
        }
        scratch.previous.pack(units, depth, |panel, k| {
            let (t, sample) = (at_hand.start + k / S, of[k % S]);
            let h = match t {
                0 => &initial[sample * size..][..size],
                _ => &hidden[(sample * time + t - 1) * size..][..size],
            };
            load(&h[panel * WIDTH..])
        });
        for (four, deltas) in scratch.deltas.chunks_exact(depth).enumerate() {
            for unit in 0..units {
                let [sums] = tile(deltas, [scratch.previous.panel(unit)]);
                for (row, sum) in sums.into_iter().enumerate() {
                    scratch.sum_hh[(four * ROWS + row) * units + unit] += sum;
                }
            }
        }
    }

    /// The sums without their padding, laid out as the weights are.
    fn finish(self) -> Vec<f32> {
        let Sizes { inputs, size, .. } = self.sizes;
        let rows = self.sizes.rows();
        let (input, state) = (self.input, self.state);
        let (lanes, units) = (input.lanes(), input.units);
        let Scratch {
            sum_ih,
            sum_bias,
            sum_hh,
            ..
        } = self.scratch;
        let mut gradient = Vec::with_capacity(self.sizes.weights);
        gradient.resize(self.sizes.own(), 0.0);
        let (weight_ih, others) = gradient.split_at_mut(rows * inputs);
        let (weight_hh, biases) = others.split_at_mut(rows * size);
        for (layout, bias) in [input, state]
            .into_iter()
            .zip(biases.chunks_exact_mut(rows))
        {
            for (at, sum) in sum_bias[layout.place()].iter().enumerate() {
                store(*sum, &mut bias[layout.rows_at(at)]);
            }
        }
        for at in 0..lanes {
            for i in 0..inputs {
                let column = sum_ih[i * lanes + at].to_array();
                for (row, value) in input.rows_at(at).zip(column) {
                    weight_ih[row * inputs + i] = value;
                }
            }
        }
        for (at, sums) in sum_hh.chunks_exact(units).enumerate() {
            if let Some(row) = state.row(at) {
                let row = &mut weight_hh[row * size..][..size];
                for (out, sum) in row.chunks_mut(WIDTH).zip(sums) {
                    store(*sum, out);
                }
            }
        }
        gradient
    }
}

/// One sample, one time step: from the gradients of `h` and `c` to those of the sums and the previous
/// `c`.
#[inline(always)]
fn lstm_deltas(
    trace: &[f32],
    previous_c: &[f32],
    dh: &[Lanes],
    dc: &mut [Lanes],
    delta: &mut [f32],
) {
    let gates = Gates::new();
    let size = previous_c.len();
    let padded = delta.len() / 4;
    let (delta_i, rest) = delta.split_at_mut(padded);
    let (delta_f, rest) = rest.split_at_mut(padded);
    let (delta_g, delta_o) = rest.split_at_mut(padded);
    for (u, (dh, dc)) in dh.iter().zip(dc).enumerate() {
        let at = u * WIDTH;
        let kept = |k: usize| load(&trace[k * size..][..size][at..]);
        let [i, f, g, o, c] = [kept(0), kept(1), kept(2), kept(3), kept(4)];
        let tanh_c = gates.tanh(c);
        let d_c = mul_add(*dh * o, Lanes::ONE - tanh_c * tanh_c, *dc);
        store(d_c * g * i * (Lanes::ONE - i), &mut delta_i[at..]);
        let previous_c = load(&previous_c[at..]);
        store(d_c * previous_c * f * (Lanes::ONE - f), &mut delta_f[at..]);
        store(d_c * i * (Lanes::ONE - g * g), &mut delta_g[at..]);
        store(*dh * tanh_c * o * (Lanes::ONE - o), &mut delta_o[at..]);
        *dc = d_c * f;
    }
}

/// One sample, one time step: from the gradient of `h`, `dh + dc`, to those of the sums and, in `dc`,
/// of the previous `h` by itself.
#[inline(always)]
fn gru_deltas(trace: &[f32], dh: &[Lanes], dc: &mut [Lanes], delta: &mut [f32]) {
    let size = trace.len() / 5;
    let padded = delta.len() / 4;
    let (delta_a, rest) = delta.split_at_mut(padded);
    let (delta_r, rest) = rest.split_at_mut(padded);
    let (delta_z, delta_b) = rest.split_at_mut(padded);
    for (u, (dh, dc)) in dh.iter().zip(dc).enumerate() {
        let at = u * WIDTH;
        let kept = |k: usize| load(&trace[k * size..][..size][at..]);
        let [r, z, n, b_n, before] = [kept(0), kept(1), kept(2), kept(3), kept(4)];
        let d_h = *dh + *dc;
        let of_n = d_h * (Lanes::ONE - z) * (Lanes::ONE - n * n);
        store(of_n, &mut delta_a[at..]);
        store(of_n * b_n * r * (Lanes::ONE - r), &mut delta_r[at..]);
        store(
            d_h * (before - n) * z * (Lanes::ONE - z),
            &mut delta_z[at..],
        );
        store(of_n * r, &mut delta_b[at..]);
        *dc = d_h * z;
    }
}
