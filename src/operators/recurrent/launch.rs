//! What the WebGPU kernels are started with and need, a function of the sizes alone.

use super::{Cell, Sizes};
use crate::operators::launch::Launch;

/// Rows, and columns, that one invocation of `partial_gradients` sums; invocations side by side, and
/// slices of time, that a workgroup of it has.
pub const TILE: usize = 8;
pub const LANES: usize = 32;
pub const ABREAST: usize = 8;

/// Weights that an invocation keeps at most.
const PRIVATE: usize = 384;

/// How a pass through time is shared out.
///
/// A workgroup runs a few samples side by side, in vectors of so many values, so that a weight that
/// is read serves them all. An invocation owns a hidden unit with all its gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Samples of a workgroup.
    pub samples: usize,
    /// Columns that an invocation sums in the backward pass, and parts that the rows are split
    /// into, so that there is one invocation per hidden unit there too.
    pub columns: usize,
    /// Whether an invocation keeps its share of the weights in private memory.
    pub resident: bool,
    /// Vectors of workgroup memory for the inputs and the hidden states (forward) ...
    pub inputs: usize,
    pub states: usize,
    /// ... and for the gradients of the sums and the parts of those of `h` (backward).
    pub deltas: usize,
    pub parts: usize,
}

impl Plan {
    pub fn of(sizes: Sizes) -> Self {
        let gates = sizes.cell.gates();
        let sums = sizes.cell.sums();
        let columns = match sizes.size.is_multiple_of(sums) {
            true => sums,
            false => 1,
        };
        Plan {
            samples: if sizes.sums() <= 512 { 4 } else { 2 },
            columns,
            resident: gates * (sizes.inputs + sizes.size) <= PRIVATE,
            inputs: sizes.inputs,
            states: sizes.size,
            deltas: sizes.sums(),
            parts: columns * sizes.size,
        }
    }
}

/// Slices of time that `sums` values are summed in: as many as keep a GPU busy, while their parts
/// stay a few megabytes.
pub fn slices(sums: usize) -> usize {
    match sums {
        0..50_000 => 32,
        _ => ABREAST,
    }
}

/// Whether the forward pass writes a trace of its own: the RNN's hidden states say all.
pub fn keeps_trace(cell: Cell, traced: bool) -> bool {
    traced && cell != Cell::Rnn
}

/// The forward pass: `x, weights, initial, hidden, trace`.
pub fn forward(sizes: Sizes, traced: bool) -> Launch {
    let Tensors {
        x,
        initial,
        hidden,
        trace,
        ..
    } = Tensors::of(sizes);
    let trace = if keeps_trace(sizes.cell, traced) {
        trace
    } else {
        1
    };
    let plan = Plan::of(sizes);
    let shared = plan.samples * (plan.inputs + plan.states);
    let tensors = vec![x, sizes.weights, initial, hidden, trace];
    per_samples("recurrent forward", sizes, shared, tensors)
}

/// Back through time, from the gradient of the `last` hidden states: `weights, initial, trace, grad, delta`.
/// If the gradients of the hidden `states` are what is wanted, they take the place of `delta`.
pub fn through_time(sizes: Sizes, last: usize, states: bool) -> Launch {
    let Tensors {
        initial,
        hidden,
        trace,
        delta,
        ..
    } = Tensors::of(sizes);
    let plan = Plan::of(sizes);
    let shared = plan.samples * (plan.deltas + plan.parts);
    let kept = if states { hidden } else { delta };
    let grad = sizes.batch * last * sizes.size;
    let tensors = vec![sizes.weights, initial, trace, grad, kept];
    per_samples("recurrent backward", sizes, shared, tensors)
}

fn per_samples(kernel: &'static str, sizes: Sizes, shared: usize, tensors: Vec<usize>) -> Launch {
    Launch {
        kernel,
        tensors,
        shared,
        // An invocation per hidden unit, in whole hardware groups of 32.
        workgroup: [(sizes.size as u32).next_multiple_of(32), 1],
        workgroups: [sizes.batch.div_ceil(Plan::of(sizes).samples), 1, 1],
    }
}

/// The gradients of both weights and of the bias, in parts: `x, hidden, delta, parts`.
pub fn partial_gradients(sizes: Sizes) -> Launch {
    let Tensors {
        x,
        hidden,
        delta,
        parts,
        ..
    } = Tensors::of(sizes);
    let tiles = sizes.inputs.div_ceil(TILE) + sizes.size.div_ceil(TILE) + 1;
    let slices = slices(sizes.sums() * columns(sizes));
    Launch {
        kernel: "recurrent partial gradients",
        tensors: vec![x, hidden, delta, parts],
        shared: 0,
        workgroup: [LANES as u32, ABREAST as u32],
        workgroups: [tiles, sizes.sums().div_ceil(TILE * LANES), slices / ABREAST],
    }
}

/// Their sum: `parts, initial, delta, rest, gradient`.
pub fn weight_gradients(sizes: Sizes) -> Launch {
    let Tensors {
        initial,
        delta,
        parts,
        ..
    } = Tensors::of(sizes);
    let rest = sizes.weights - sizes.own();
    // No tensor is empty.
    let tensors = vec![parts, initial, delta, rest.max(1), sizes.weights];
    Launch::cover(
        "recurrent weight gradients",
        columns(sizes) * sizes.sums() + rest,
        tensors,
    )
}

/// All of a training step.
pub fn all(sizes: Sizes, last: usize) -> Vec<Launch> {
    vec![
        forward(sizes, true),
        through_time(sizes, last, false),
        partial_gradients(sizes),
        weight_gradients(sizes),
    ]
}

/// Columns of both weights and the bias, side by side.
pub fn columns(sizes: Sizes) -> usize {
    sizes.inputs + sizes.size + 1
}

/// How many values every tensor has.
struct Tensors {
    x: usize,
    initial: usize,
    hidden: usize,
    trace: usize,
    delta: usize,
    parts: usize,
}

impl Tensors {
    fn of(sizes: Sizes) -> Self {
        let sums = sizes.sums();
        let places = sizes.batch * sizes.time;
        let columns = columns(sizes);
        Tensors {
            x: places * sizes.inputs,
            initial: sizes.cell.states() * sizes.batch * sizes.size,
            hidden: places * sizes.size,
            trace: places * sizes.cell.traced() * sizes.size,
            delta: places * sums,
            parts: slices(sums * columns) * columns * sums,
        }
    }
}
