//! The forward pass: four samples at a time, each through all of its time steps.

use super::gates::Gates;
use super::input::Input;
use super::layout::Layout;
use super::product::{Panels, ROWS};
use super::{Cell, Sizes};
use crate::lanes::{Lanes, WIDTH, interleave, load, mul_add, refill, store};

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
}

/// What a pass leaves: `hidden` and `trace` as in [`super::super::Forward`], the RNN's trace empty.
pub struct Run {
    pub hidden: Vec<f32>,
    pub trace: Vec<f32>,
}

/// Runs the sequence.
pub fn forward(
    sizes: Sizes,
    x: &[f32],
    weight_ih: &[f32],
    weight_hh: &[f32],
    bias: &[f32],
    initial: &[f32],
    scratch: &mut Scratch,
) -> Run {
    let Sizes {
        batch, time, size, ..
    } = sizes;
    let layout = Layout::of(sizes);
    scratch.input.pack(layout, weight_ih, sizes.inputs);
    scratch.bias.clear();
    (scratch.bias).extend((0..layout.lanes()).map(|at| load(&bias[layout.rows_at(at)])));
    scratch.state_weights.pack(layout.lanes(), size, |at, k| {
        layout.gather(at, |row| weight_hh[row * size + k])
    });

    let traced = match sizes.cell {
        Cell::Rnn => 0,
        Cell::Lstm => sizes.cell.traced() * size,
    };
    let mut run = Run {
        hidden: vec![0.0; batch * time * size],
        trace: vec![0.0; batch * time * traced],
    };
    let mut pass = Pass {
        sizes,
        layout,
        x,
        initial,
        scratch,
        run: &mut run,
    };
    let mut first = 0;
    while first + ROWS <= batch {
        pass.samples::<ROWS>(first);
        first += ROWS;
    }
    for sample in first..batch {
        pass.samples::<1>(sample);
    }
    run
}

struct Pass<'a> {
    sizes: Sizes,
    layout: Layout,
    x: &'a [f32],
    initial: &'a [f32],
    scratch: &'a mut Scratch,
    run: &'a mut Run,
}

impl Pass<'_> {
    /// All time steps of `S` samples.
    fn samples<const S: usize>(&mut self, first: usize) {
        let Sizes {
            batch,
            time,
            inputs,
            size,
            cell,
        } = self.sizes;
        let Layout { units, .. } = self.layout;
        let lanes = self.layout.lanes();
        let Scratch {
            input,
            bias,
            state_weights,
            z,
            h,
            c,
        } = &mut *self.scratch;
        refill(z, S * lanes, Lanes::ZERO);
        refill(h, S * size, 0.0);
        refill(c, S * units, Lanes::ZERO);
        let (h, _) = h.as_chunks_mut::<S>();
        let (h0, c0) = self.initial.split_at(batch * size);
        interleave(
            std::array::from_fn::<_, S, _>(|s| &h0[(first + s) * size..]),
            h,
        );
        if cell == Cell::Lstm {
            for s in 0..S {
                let c0 = &c0[(first + s) * size..][..size];
                for u in 0..units {
                    c[s * units + u] = load(&c0[u * WIDTH..]);
                }
            }
        }

        for t in 0..time {
            let place = |s: usize| (first + s) * time + t;
            for s in 0..S {
                let x = &self.x[place(s) * inputs..][..inputs];
                input.product(x, bias, &mut z[s * lanes..][..lanes]);
            }
            state_weights.product(h, |at, sums| {
                for (s, sum) in sums.into_iter().enumerate() {
                    z[s * lanes + at] += sum;
                }
            });
            for s in 0..S {
                let z = &z[s * lanes..][..lanes];
                let h = &mut self.run.hidden[place(s) * size..][..size];
                match cell {
                    Cell::Rnn => {
                        let gates = Gates::new();
                        for (z, h) in z.iter().zip(h.chunks_mut(WIDTH)) {
                            store(gates.tanh(*z), h);
                        }
                    }
                    Cell::Lstm => {
                        let trace = &mut self.run.trace[place(s) * 5 * size..][..5 * size];
                        lstm_gates(z, &mut c[s * units..][..units], trace, h);
                    }
                }
            }
            let now = |s| &self.run.hidden[place(s) * size..][..size];
            interleave(std::array::from_fn::<_, S, _>(now), h);
        }
    }
}

/// One sample, one time step: from `z` and the previous `c` to the trace and `h`.
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
        for (k, kept) in [i, f, g, o, now].into_iter().enumerate() {
            store(kept, &mut trace[k * size..][..size][part.clone()]);
        }
    }
}
