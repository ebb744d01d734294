//! The operators by themselves, natively: what a pass over a batch costs.
//!
//! A figure to compare with itself, from one change of a kernel to the next; what users get is
//! measured in a browser, by `scripts/bench`.

use burn::tensor::{Device, Tensor};
use divan::{Bencher, black_box};
use unroll::operators::head::{Objective, loss};
use unroll::operators::recurrent::{Cell, sequence, traced, weight_gradients};

fn main() {
    divan::main();
}

/// `[batch, time, inputs, hidden]` of the lessons, and the largest network that the page offers.
const MNIST: [usize; 4] = [64, 28, 28, 64];
const SIN_COS: [usize; 4] = [1, 10, 1, 32];
const LARGEST: [usize; 4] = [64, 28, 28, 256];

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

fn run(bencher: Bencher, device: &Device, cell: Cell, sizes: [usize; 4], backward: bool) {
    let [batch, time, inputs, hidden] = sizes;
    let x = sparse([batch, time, inputs], device);
    let weights = dense([cell.gates() * hidden * (inputs + hidden + 2)], device);
    let initial = Tensor::zeros([cell.states(), batch, hidden], device);
    let grad = dense([batch, time, hidden], device);
    let rest = Tensor::zeros([0], device);
    bencher.bench_local(|| {
        let (x, weights, initial) = (x.clone(), weights.clone(), initial.clone());
        let out = match backward {
            true => {
                let sequence = traced(cell, x, weights.clone(), initial);
                weight_gradients(&sequence, weights, grad.clone(), rest.clone()).into_data()
            }
            false => sequence(cell, x, weights, initial).into_data(),
        };
        black_box(out);
    });
}

#[divan::bench(args = ["cpu", "webgpu"], consts = [false, true])]
fn lstm_of_mnist<const BACKWARD: bool>(bencher: Bencher, device: &str) {
    on(device, |device| {
        run(bencher, device, Cell::Lstm, MNIST, BACKWARD)
    });
}

#[divan::bench(args = ["cpu", "webgpu"], consts = [false, true])]
fn gru_of_mnist<const BACKWARD: bool>(bencher: Bencher, device: &str) {
    on(device, |device| {
        run(bencher, device, Cell::Gru, MNIST, BACKWARD)
    });
}

#[divan::bench(args = ["cpu", "webgpu"], consts = [false, true])]
fn lstm_of_256_units<const BACKWARD: bool>(bencher: Bencher, device: &str) {
    on(device, |device| {
        run(bencher, device, Cell::Lstm, LARGEST, BACKWARD)
    });
}

#[divan::bench(args = ["cpu", "webgpu"], consts = [false, true])]
fn rnn_of_sin_cos<const BACKWARD: bool>(bencher: Bencher, device: &str) {
    on(device, |device| {
        run(bencher, device, Cell::Rnn, SIN_COS, BACKWARD)
    });
}

#[divan::bench(args = ["cpu", "webgpu"])]
fn head_of_mnist(bencher: Bencher, device: &str) {
    on(device, |device| {
        let [batch, time, _, hidden] = MNIST;
        let states = dense([batch, time, hidden], device);
        let weights = dense([10 * (hidden + 1)], device);
        let labels = Tensor::<1>::zeros([batch], device);
        bencher.bench_local(|| {
            let (states, weights) = (states.clone(), weights.clone());
            let judged = loss(Objective::LastClass, states, weights, 10, labels.clone());
            black_box(judged.of_weights.into_data());
        });
    });
}

/// Measures on the device of that name, where there is one.
fn on(name: &str, bench: impl FnOnce(&Device)) {
    if let Some(device) = device(name) {
        bench(&device);
    }
}
