//! The forward pass: four samples at a time, each through all of its time steps.

use super::gates::{sigmoid, tanh};
use super::input::Input;
use super::lanes::{Lanes, WIDTH, load, mul_add, refill, store};
use super::layout::Layout;
use super::product::{Panels, ROWS};
use super::{Cell, Sizes};

/// What a pass works in, kept from one to the next.
#[derive(Default)]
pub struct Scratch {
    input: Input,
    bias: Vec<Lanes>,
    state_weights: Panels,
    /// `z` of every sample at hand.
    z: Vec<Lanes>,
    h: Vec<f32>,
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
        let padded = units * WIDTH;
        refill(z, S * lanes, Lanes::ZERO);
        refill(h, S * padded, 0.0);
        refill(c, S * units, Lanes::ZERO);
        let (h0, c0) = self.initial.split_at(batch * size);
        for s in 0..S {
            h[s * padded..][..size].copy_from_slice(&h0[(first + s) * size..][..size]);
            if cell == Cell::Lstm {
                let c0 = &c0[(first + s) * size..][..size];
                for u in 0..units {
                    c[s * units + u] = load(&c0[u * WIDTH..]);
                }
            }
        }

        for t in 0..time {
            for s in 0..S {
                let x = &self.x[((first + s) * time + t) * inputs..][..inputs];
                input.product(x, bias, &mut z[s * lanes..][..lanes]);
            }
            let left: [&[f32]; S] = std::array::from_fn(|s| &h[s * padded..][..size]);
            state_weights.product(left, |at, sums| {
                for s in 0..S {
                    z[s * lanes + at] += sums[s];
                }
            });
            for s in 0..S {
                let place = (first + s) * time + t;
                let z = &z[s * lanes..][..lanes];
                let h = &mut h[s * padded..][..padded];
                match cell {
                    Cell::Rnn => {
                        for (z, h) in z.iter().zip(h.chunks_exact_mut(WIDTH)) {
                            store(tanh(*z), h);
                        }
                    }
                    Cell::Lstm => {
                        let trace = &mut self.run.trace[place * 5 * size..][..5 * size];
                        lstm_gates(z, &mut c[s * units..][..units], trace, h);
                    }
                }
                self.run.hidden[place * size..][..size].copy_from_slice(&h[..size]);
            }
        }
    }
}

/// One sample, one time step: from `z` and the previous `c` to the trace and `h`.
#[inline(always)]
fn lstm_gates(z: &[Lanes], c: &mut [Lanes], trace: &mut [f32], h: &mut [f32]) {
    let size = trace.len() / 5;
    let units = c.len();
    let (trace_i, rest) = trace.split_at_mut(size);
    let (trace_f, rest) = rest.split_at_mut(size);
    let (trace_g, rest) = rest.split_at_mut(size);
    let (trace_o, trace_c) = rest.split_at_mut(size);
    let (z_i, rest) = z.split_at(units);
    let (z_f, rest) = rest.split_at(units);
    let (z_g, z_o) = rest.split_at(units);
    for u in 0..units {
        let i = sigmoid(z_i[u]);
        let f = sigmoid(z_f[u]);
        let g = tanh(z_g[u]);
        let o = sigmoid(z_o[u]);
        let now = mul_add(f, c[u], i * g);
        c[u] = now;
        let at = u * WIDTH..;
        store(o * tanh(now), &mut h[at.clone()]);
        let part = at.start..(at.start + WIDTH).min(size);
        store(i, &mut trace_i[part.clone()]);
        store(f, &mut trace_f[part.clone()]);
        store(g, &mut trace_g[part.clone()]);
        store(o, &mut trace_o[part.clone()]);
        store(now, &mut trace_c[part]);
    }
}
