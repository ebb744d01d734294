//! The operators by themselves, natively: what a pass over a batch costs.
//!
//! A figure to compare with itself, from one change of a kernel to the next; what users get is
//! measured in a browser, by `scripts/bench`.

use burn::tensor::{Device, Tensor};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use unroll::data::synthetic;
use unroll::lessons::options::{Patch, Value};
use unroll::lessons::{self, Definition};
use unroll::operators::head::{Objective, loss};
use unroll::operators::recurrent::{Cell, sequence, state_gradients, traced, weight_gradients};
use unroll::training::Run;

fn main() {
    divan::main();
}

/// `[batch, time, inputs, hidden]` of the lessons, and the largest network that the page offers.
const MNIST: [usize; 4] = [64, 28, 28, 64];
const SIN_COS: [usize; 4] = [1, 10, 1, 32];
const LARGEST: [usize; 4] = [64, 28, 28, 256];
/// Between two readings: a GPU's takes as long as some passes do.
const PASSES: u64 = 20;

/// The device of that name, where there is one.
fn device(name: &str) -> Option<Device> {
    match name {
        "cpu" => Some(Device::flex()),
        #[cfg(feature = "webgpu")]
        "webgpu" => {
            // It can be started once.
            static STARTED: std::sync::OnceLock<Option<Device>> = std::sync::OnceLock::new();
            let start = || Device::wgpu_options().init().ok();
            STARTED.get_or_init(start).clone()
        }
        _ => None,
    }
}

/// What is computed of a sequence.
#[derive(Debug, Clone, Copy)]
enum Pass {
    Forward,
    /// Back through time alone.
    ThroughTime,
    /// Forward, back through time, and the gradients of the weights.
    Both,
}

const EVERY_PASS: [&str; 6] = [
    "cpu forward",
    "cpu through-time",
    "cpu both",
    "webgpu forward",
    "webgpu through-time",
    "webgpu both",
];

/// The device and the pass of one of these names, where there is such a device.
fn asked(name: &str) -> Option<(Device, Pass)> {
    let (name, pass) = name.split_once(' ')?;
    let pass = match pass {
        "forward" => Pass::Forward,
        "through-time" => Pass::ThroughTime,
        _ => Pass::Both,
    };
    Some((device(name)?, pass))
}

/// Numbers between -0.1 and 0.1, four fifths of them zero, as an image's are.
fn sparse<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let value = |k: usize| match k % 5 {
        0 => (k % 97) as f32 / 485.0 - 0.1,
        _ => 0.0,
    };
    Tensor::<1>::from_data(&(0..count).map(value).collect::<Vec<_>>()[..], device).reshape(shape)
}

/// Numbers between -0.1 and 0.1.
fn dense<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let value = |k: usize| (k * 31 % 97) as f32 / 485.0 - 0.1;
    Tensor::<1>::from_data(&(0..count).map(value).collect::<Vec<_>>()[..], device).reshape(shape)
}

fn run(bencher: Bencher, device: &Device, cell: Cell, sizes: [usize; 4], pass: Pass) {
    let [batch, time, inputs, hidden] = sizes;
    let x = sparse([batch, time, inputs], device);
    let weights = dense([cell.gates() * hidden * (inputs + hidden + 2)], device);
    let initial = Tensor::zeros([cell.states(), batch, hidden], device);
    let grad = dense([batch, time, hidden], device);
    let rest = Tensor::zeros([0], device);
    let forward = || traced(cell, x.clone(), weights.clone(), initial.clone());
    let once = forward();
    passes(bencher, || match pass {
        Pass::Forward => sequence(cell, x.clone(), weights.clone(), initial.clone()).flatten(0, 2),
        Pass::ThroughTime => state_gradients(&once, weights.clone(), grad.clone()).flatten(0, 2),
        Pass::Both => weight_gradients(&forward(), weights.clone(), grad.clone(), rest.clone()),
    });
}

/// Measures [`PASSES`] passes, and the reading of what the last one gave.
fn passes(bencher: Bencher, pass: impl Fn() -> Tensor<1>) {
    bencher.counter(ItemsCount::new(PASSES)).bench_local(|| {
        for _ in 1..PASSES {
            black_box(pass());
        }
        // A GPU has computed it when its values are there, not when they are asked for.
        black_box(pass().into_data().try_into_vec::<f32>().expect("values"));
    });
}

/// A turn of training: steps, and the reading of their losses.
fn turn(
    bencher: Bencher,
    device: &Device,
    lesson: &'static Definition,
    option: Option<(&str, usize)>,
) {
    let named = |(name, value): (&str, usize)| (name.to_owned(), Value::Number(value as f64));
    let patch: Patch = option.into_iter().map(named).collect();
    let mut run = Run::new(lesson, device.clone(), 1, &patch).expect("options of the lesson");
    // The other lesson needs none.
    let _ = run.give(synthetic::data_set(2_000, 100, 1));
    bencher.counter(ItemsCount::new(PASSES)).bench_local(|| {
        for _ in 0..PASSES {
            run.step().expect("a step");
        }
        black_box(pollster::block_on(run.collect()).expect("losses"));
    });
}

#[divan::bench(args = EVERY_PASS)]
fn lstm_of_mnist(bencher: Bencher, name: &str) {
    if let Some((device, pass)) = asked(name) {
        run(bencher, &device, Cell::Lstm, MNIST, pass);
    }
}

#[divan::bench(args = EVERY_PASS)]
fn gru_of_mnist(bencher: Bencher, name: &str) {
    if let Some((device, pass)) = asked(name) {
        run(bencher, &device, Cell::Gru, MNIST, pass);
    }
}

#[divan::bench(args = EVERY_PASS)]
fn lstm_of_256_units(bencher: Bencher, name: &str) {
    if let Some((device, pass)) = asked(name) {
        run(bencher, &device, Cell::Lstm, LARGEST, pass);
    }
}

#[divan::bench(args = EVERY_PASS)]
fn rnn_of_sin_cos(bencher: Bencher, name: &str) {
    if let Some((device, pass)) = asked(name) {
        run(bencher, &device, Cell::Rnn, SIN_COS, pass);
    }
}

#[divan::bench(args = ["cpu", "webgpu"])]
fn head_of_mnist(bencher: Bencher, device: &str) {
    on(device, |device| {
        let [batch, time, _, hidden] = MNIST;
        let states = dense([batch, time, hidden], device);
        let weights = dense([10 * (hidden + 1)], device);
        let labels = Tensor::<1>::zeros([batch], device);
        passes(bencher, || {
            let (states, weights) = (states.clone(), weights.clone());
            loss(Objective::LastClass, states, weights, 10, labels.clone()).of_weights
        });
    });
}

#[divan::bench(args = ["cpu", "webgpu"], consts = [1, 64, 1024])]
fn steps_of_mnist_by_batch<const BATCH: usize>(bencher: Bencher, device: &str) {
    on(device, |device| {
        turn(bencher, device, &lessons::MNIST, Some(("batchSize", BATCH)))
    });
}

#[divan::bench(args = ["cpu", "webgpu"], consts = [32, 256])]
fn steps_of_mnist_by_hidden_size<const HIDDEN: usize>(bencher: Bencher, device: &str) {
    on(device, |device| {
        turn(
            bencher,
            device,
            &lessons::MNIST,
            Some(("hiddenSize", HIDDEN)),
        )
    });
}

#[divan::bench(args = ["cpu", "webgpu"])]
fn steps_of_sin_cos(bencher: Bencher, device: &str) {
    on(device, |device| {
        turn(bencher, device, &lessons::SIN_COS, None)
    });
}

/// Measures on the device of that name, where there is one.
fn on(name: &str, bench: impl FnOnce(&Device)) {
    if let Some(device) = device(name) {
        bench(&device);
    }
}
