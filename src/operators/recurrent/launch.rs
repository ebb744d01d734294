//! What the WebGPU kernels are started with and need, a function of the sizes alone.

use super::{Cell, Sizes};
use crate::operators::launch::{Launch, WORKGROUP};
use crate::operators::limits::is_gpu;

/// Rows, and columns, that one invocation of `partial_gradients` sums; invocations side by side, and
/// slices of time, that a workgroup of it has.
pub const TILE: usize = 8;
pub const LANES: usize = 32;
pub const ABREAST: usize = 8;

/// Weights that an invocation keeps at most: more would not stay in its registers.
const PRIVATE: usize = 384;
/// Memory that every workgroup has.
const WORKGROUP_BYTES: usize = 16 << 10;
/// Workgroups that keep a GPU busy.
const BUSY: usize = 64;

/// How a pass through time is shared out.
///
/// A workgroup runs a few samples side by side, in vectors of so many values, so that a weight that
/// is read serves them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Samples of a workgroup.
    pub samples: usize,
    /// Invocations that share a hidden unit: one per gate, or one for all.
    pub abreast: usize,
    /// Columns that an invocation sums in the backward pass.
    pub columns: usize,
    /// Whether an invocation keeps its share of the weights to itself, forward ...
    pub keeps_rows: bool,
    /// ... and backward.
    pub keeps_columns: bool,
    /// Whether rows that it does not keep are turned first, so that a GPU's lanes read side by side.
    pub turns_rows: bool,
}

impl Plan {
    /// For a device that computes so many `lanes` in step.
    ///
    /// A GPU has more lanes than a batch has work, and waits for the longest invocation: as many of them as there
    /// are gates, and few samples each. A processor does them one after the other, and each costs it something at
    /// every barrier: few of them, and more samples.
    pub fn of(sizes: Sizes, lanes: u32) -> Self {
        let Sizes {
            batch,
            inputs,
            size,
            cell,
            ..
        } = sizes;
        let gates = cell.gates();
        let gpu = is_gpu(lanes);
        let abreast = match gpu && gates * size <= WORKGROUP as usize {
            true => gates,
            false => 1,
        };
        let most = if sizes.sums() <= 512 { 4 } else { 2 };
        let samples = match abreast == gates && gpu {
            true if batch <= BUSY => 1,
            true if batch <= 2 * BUSY => 2,
            _ => most,
        };
        // To read a number of the workgroup costs a software adapter as much as fifty products, since it looks at each
        // lane by itself: there a number that is read serves more of them, where memory has room for the parts.
        let fits = |columns: &usize| {
            let shared = samples * (sizes.sums() + columns * size);
            size.is_multiple_of(*columns) && 4 * shared <= WORKGROUP_BYTES
        };
        let columns = match (abreast, gpu) {
            (1, false) => [8, cell.sums()].into_iter().find(fits).unwrap_or(1),
            (1, true) if size.is_multiple_of(cell.sums()) => cell.sums(),
            _ => 1,
        };
        let rows = gates / abreast;
        let keeps_rows = rows * (inputs + size) <= PRIVATE;
        Plan {
            samples,
            abreast,
            columns,
            keeps_rows,
            turns_rows: gpu && !keeps_rows,
            keeps_columns: rows * size <= PRIVATE,
        }
    }
}

/// Sums that the invocations of a forward pass share, those of the inputs and of the state apart where a sum has
/// only one of them.
pub fn shared_sums(cell: Cell, size: usize, abreast: usize) -> usize {
    let gates = cell.gates() * size;
    match (abreast, cell.apart()) {
        (1, _) => 1,
        (_, 0) => gates,
        _ => 2 * gates,
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

/// The weights turned: `weights, turned`.
pub fn turn(sizes: Sizes) -> Launch {
    let turned = turned(sizes);
    Launch::cover("recurrent turn", turned, vec![sizes.weights, turned])
}

fn turned(sizes: Sizes) -> usize {
    sizes.cell.gates() * sizes.size * (sizes.inputs + sizes.size)
}

/// The forward pass: `x, weights, turned, initial, hidden, trace`.
pub fn forward(sizes: Sizes, plan: Plan, traced: bool) -> Launch {
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
    let shared = plan.samples
        * (sizes.inputs + sizes.size + shared_sums(sizes.cell, sizes.size, plan.abreast));
    let turned = if plan.turns_rows { turned(sizes) } else { 1 };
    let tensors = vec![x, sizes.weights, turned, initial, hidden, trace];
    per_samples("recurrent forward", sizes, plan, shared, tensors)
}

/// Back through time, from the gradient of the `last` hidden states: `weights, initial, trace, grad, delta`.
/// If the gradients of the hidden `states` are what is wanted, they take the place of `delta`.
pub fn through_time(sizes: Sizes, plan: Plan, last: usize, states: bool) -> Launch {
    let Tensors {
        initial,
        hidden,
        trace,
        delta,
        ..
    } = Tensors::of(sizes);
    let shared = plan.samples * (sizes.sums() + plan.abreast * plan.columns * sizes.size);
    let kept = if states { hidden } else { delta };
    let grad = sizes.batch * last * sizes.size;
    let tensors = vec![sizes.weights, initial, trace, grad, kept];
    per_samples("recurrent backward", sizes, plan, shared, tensors)
}

fn per_samples(
    kernel: &'static str,
    sizes: Sizes,
    plan: Plan,
    shared: usize,
    tensors: Vec<usize>,
) -> Launch {
    let invocations = (plan.abreast * sizes.size) as u32;
    Launch {
        kernel,
        tensors,
        shared,
        // In whole hardware groups of 32.
        workgroup: [invocations.next_multiple_of(32), 1],
        workgroups: [sizes.batch.div_ceil(plan.samples), 1, 1],
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

/// All of a training step, on a device that computes so many `lanes` in step.
pub fn all(sizes: Sizes, lanes: u32, last: usize) -> Vec<Launch> {
    let plan = Plan::of(sizes, lanes);
    let turn = plan.turns_rows.then(|| turn(sizes));
    let passes = [
        forward(sizes, plan, true),
        through_time(sizes, plan, last, false),
        partial_gradients(sizes),
        weight_gradients(sizes),
    ];
    turn.into_iter().chain(passes).collect()
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
