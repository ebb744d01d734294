//! The forward pass, four samples at a time: through all of their time steps except those they share
//! with others.

use super::gates::Gates;
use super::input::Input;
use super::layout::Layout;
use super::leading::Leading;
use super::product::{Panels, ROWS};
use super::{Cell, Sizes, Weights};
use crate::operators::lanes::{Lanes, WIDTH, interleave, load, mul_add, refill, store};

/// What a pass works in, kept from one to the next.
#[derive(Default)]
pub struct Scratch {
    input: Input,
    bias: Vec<Lanes>,
    state_weights: Panels,
    /// `z` of every sample at hand.
    z: Vec<Lanes>,
    /// Their hidden states, `[unit, sample]`.
    h: Vec<f32>,
    /// Their cell states, `[sample, unit]`.
    c: Vec<Lanes>,
    leading: Leading,
    /// The cell states after each shared time step, `[time, unit]`.
    shared_c: Vec<Lanes>,
}

/// What a pass leaves: `hidden` and `trace` as in [`super::super::Forward`]. The trace is empty unless
/// it was wanted, and for the RNN.
pub struct Run {
    pub hidden: Vec<f32>,
    pub trace: Vec<f32>,
}

/// Runs the sequence.
pub fn forward(
    sizes: Sizes,
    x: &[f32],
    weights: Weights,
    initial: &[f32],
    traced: bool,
    scratch: &mut Scratch,
) -> Run {
    let Sizes {
        batch, time, size, ..
    } = sizes;
    let (input, state) = (Layout::input(sizes), Layout::state(sizes));
    scratch.input.pack(input, weights.ih, sizes.inputs);
    refill(
        &mut scratch.bias,
        sizes.cell.sums() * input.units,
        Lanes::ZERO,
    );
    for (layout, bias) in [input, state].iter().zip(weights.biases) {
        for (at, sum) in scratch.bias[layout.place()].iter_mut().enumerate() {
            *sum += load(&bias[layout.rows_at(at)]);
        }
    }
    scratch.state_weights.pack(state.lanes(), size, |at, k| {
        state.gather(at, |row| weights.hh[row * size + k])
    });

    let kept = match sizes.cell {
        Cell::Lstm | Cell::Gru if traced => sizes.cell.traced() * size,
        _ => 0,
    };
    let mut run = Run {
        hidden: vec![0.0; batch * time * size],
        trace: vec![0.0; batch * time * kept],
    };
    let mut leading = std::mem::take(&mut scratch.leading);
    leading.find(sizes, x, initial);
    let mut pass = Pass {
        sizes,
        input,
        state,
        x,
        initial,
        leading: &leading,
        scratch,
        kept,
        run: &mut run,
    };
    pass.shared();
    let (fours, rest) = leading.order().as_chunks::<ROWS>();
    for four in fours {
        pass.samples(*four);
    }
    for sample in rest {
        pass.samples([*sample]);
    }
    scratch.leading = leading;
    run
}

struct Pass<'a> {
    sizes: Sizes,
    /// Of the weights.
    input: Layout,
    state: Layout,
    x: &'a [f32],
    initial: &'a [f32],
    leading: &'a Leading,
    scratch: &'a mut Scratch,
    /// Values that the trace holds for a place.
    kept: usize,
    run: &'a mut Run,
}

impl Pass<'_> {
    /// The time steps that several samples share, as one of them.
    fn shared(&mut self) {
        let (sample, steps) = self.leading.longest();
        self.scratch.shared_c.clear();
        self.begin([sample]);
        for t in 0..steps {
            self.step([sample], t);
            self.scratch.shared_c.extend(&self.scratch.c);
        }
    }

    /// All time steps of `S` samples, except those that they share.
    fn samples<const S: usize>(&mut self, of: [usize; S]) {
        match self.leading.shared(of) {
            0 => self.begin(of),
            steps => self.go_on(of, steps),
        }
        for t in self.leading.shared(of)..self.sizes.time {
            self.step(of, t);
        }
    }

    /// From their initial states.
    fn begin<const S: usize>(&mut self, of: [usize; S]) {
        let Sizes {
            batch, size, cell, ..
        } = self.sizes;
        let units = self.state.units;
        let (h0, c0) = self.initial.split_at(batch * size);
        let Scratch { h, c, .. } = &mut *self.scratch;
        refill(h, S * size, 0.0);
        refill(c, S * units, Lanes::ZERO);
        interleave(
            of.map(|sample| &h0[sample * size..]),
            h.as_chunks_mut::<S>().0,
        );
        if cell == Cell::Lstm {
            for (c, sample) in c.chunks_exact_mut(units).zip(of) {
                let c0 = &c0[sample * size..][..size];
                for (u, c) in c.iter_mut().enumerate() {
                    *c = load(&c0[u * WIDTH..]);
                }
            }
        }
    }

    /// From the states after the first `steps`, which are shared and known.
    fn go_on<const S: usize>(&mut self, of: [usize; S], steps: usize) {
        let Sizes { time, size, .. } = self.sizes;
        let units = self.state.units;
        let (shared, _) = self.leading.longest();
        for sample in of.into_iter().filter(|sample| *sample != shared) {
            for (values, length) in [
                (&mut self.run.hidden, size),
                (&mut self.run.trace, self.kept),
            ] {
                let from = shared * time * length;
                values.copy_within(from..from + steps * length, sample * time * length);
            }
        }
        let Scratch { h, c, shared_c, .. } = &mut *self.scratch;
        let hidden = &self.run.hidden[(shared * time + steps - 1) * size..];
        refill(h, S * size, 0.0);
        interleave([hidden; S], h.as_chunks_mut::<S>().0);
        c.clear();
        for _ in 0..S {
            c.extend(&shared_c[(steps - 1) * units..][..units]);
        }
    }

    /// Time step `t` of `S` samples.
    #[inline(always)]
    fn step<const S: usize>(&mut self, of: [usize; S], t: usize) {
        let Sizes {
            time,
            inputs,
            size,
            cell,
            ..
        } = self.sizes;
        let Layout { units, .. } = self.state;
        let of_input = self.input.place();
        let of_state = self.state.place();
        let Scratch {
            input,
            bias,
            state_weights,
            z,
            h,
            c,
            ..
        } = &mut *self.scratch;
        let (h, _) = h.as_chunks_mut::<S>();
        let places = of.map(|sample| sample * time + t);
        let lanes = bias.len();
        z.resize(S * lanes, Lanes::ZERO);
        for (place, z) in places.into_iter().zip(z.chunks_exact_mut(lanes)) {
            let (of_input, apart) = (of_input.clone(), of_input.end..);
            let x = &self.x[place * inputs..][..inputs];
            input.product(x, &bias[of_input.clone()], &mut z[of_input]);
            z[apart.clone()].copy_from_slice(&bias[apart]);
        }
        state_weights.product(h, |at, sums| {
            for (s, sum) in sums.into_iter().enumerate() {
                z[s * lanes + of_state.start + at] += sum;
            }
        });
        for (s, place) in places.into_iter().enumerate() {
            let z = &z[s * lanes..][..lanes];
            let (earlier, h) = self.run.hidden.split_at_mut(place * size);
            let h = &mut h[..size];
            match cell {
                Cell::Rnn => {
                    let gates = Gates::new();
                    for (z, h) in z.iter().zip(h.chunks_mut(WIDTH)) {
                        store(gates.tanh(*z), h);
                    }
                }
                Cell::Lstm => {
                    let trace = &mut self.run.trace[place * self.kept..][..self.kept];
                    lstm_gates(z, &mut c[s * units..][..units], trace, h);
                }
                Cell::Gru => {
                    let previous = match t {
                        0 => &self.initial[of[s] * size..][..size],
                        _ => &earlier[earlier.len() - size..],
                    };
                    let trace = &mut self.run.trace[place * self.kept..][..self.kept];
                    gru_gates(z, previous, trace, h);
                }
            }
        }
        interleave(
            places.map(|place| &self.run.hidden[place * size..][..size]),
            h,
        );
    }
}

/// One sample, one time step: from `z` and the previous `c` to `h`, and the trace if it is kept.
#[inline(always)]
fn lstm_gates(z: &[Lanes], c: &mut [Lanes], trace: &mut [f32], h: &mut [f32]) {
    let gates = Gates::new();
    let size = h.len();
    let units = c.len();
    let (z_i, z_f) = (&z[..units], &z[units..2 * units]);
    let (z_g, z_o) = (&z[2 * units..3 * units], &z[3 * units..4 * units]);
    for u in 0..units {
        let i = gates.sigmoid(z_i[u]);
        let f = gates.sigmoid(z_f[u]);
        let g = gates.tanh(z_g[u]);
        let o = gates.sigmoid(z_o[u]);
        let now = mul_add(f, c[u], i * g);
        c[u] = now;
        let part = u * WIDTH..size.min((u + 1) * WIDTH);
        store(o * gates.tanh(now), &mut h[part.clone()]);
        if !trace.is_empty() {
            for (k, kept) in [i, f, g, o, now].into_iter().enumerate() {
                store(kept, &mut trace[k * size..][..size][part.clone()]);
            }
        }
    }
}

/// One sample, one time step: from the sums and the previous `h` to `h`, and the trace if it is kept.
#[inline(always)]
fn gru_gates(sums: &[Lanes], previous: &[f32], trace: &mut [f32], h: &mut [f32]) {
    let gates = Gates::new();
    let size = h.len();
    let units = sums.len() / 4;
    let (a_n, sum_r) = (&sums[..units], &sums[units..2 * units]);
    let (sum_z, b_n) = (&sums[2 * units..3 * units], &sums[3 * units..]);
    for u in 0..units {
        let part = u * WIDTH..size.min((u + 1) * WIDTH);
        let before = load(&previous[part.clone()]);
        let r = gates.sigmoid(sum_r[u]);
        let z = gates.sigmoid(sum_z[u]);
        let n = gates.tanh(mul_add(r, b_n[u], a_n[u]));
        store(mul_add(z, before - n, n), &mut h[part.clone()]);
        if !trace.is_empty() {
            for (k, kept) in [r, z, n, b_n[u], before].into_iter().enumerate() {
                store(kept, &mut trace[k * size..][..size][part.clone()]);
            }
        }
    }
}
