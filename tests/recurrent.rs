//! The operator's kernels against its statement in tensor operations, and against finite differences.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use support::assert_close;
use unroll::recurrent::{Cell, Sequence, Weights, reference, sequence};

/// One operator call: its sizes and the values of all its inputs.
struct Case {
    cell: Cell,
    batch: usize,
    time: usize,
    inputs: usize,
    hidden: usize,
    values: [Vec<f32>; 6],
}

const NAMES: [&str; 5] = ["x", "weight_ih", "weight_hh", "bias", "initial"];

impl Case {
    fn new(cell: Cell, batch: usize, time: usize, inputs: usize, hidden: usize) -> Self {
        let mut random = Pcg32::seed_from_u64((batch * 31 + time * 7 + inputs + hidden) as u64);
        let rows = cell.gates() * hidden;
        let scale = 1.0 / (hidden as f32).sqrt();
        let mut draw = |count: usize, scale: f32| -> Vec<f32> {
            let unit = |bits: u32| bits as f32 / u32::MAX as f32 * 2.0 - 1.0;
            (0..count)
                .map(|_| unit(random.next_u32()) * scale)
                .collect()
        };
        let values = [
            draw(batch * time * inputs, 1.0),
            draw(rows * inputs, scale),
            draw(rows * hidden, scale),
            draw(rows, scale),
            draw(cell.states() * batch * hidden, 1.0),
            draw(batch * time * hidden, 1.0),
        ];
        Case {
            cell,
            batch,
            time,
            inputs,
            hidden,
            values,
        }
    }

    fn tensor<const D: usize>(&self, k: usize, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.values[k].clone(), shape), device).require_grad()
    }

    /// The hidden states, the trace, and the gradient of every input of
    /// `sum(hidden * values[5])`.
    fn run(&self, run: Run) -> (Vec<f32>, Vec<f32>, [Vec<f32>; 5]) {
        let device = Device::flex().autodiff();
        let rows = self.cell.gates() * self.hidden;
        let x = self.tensor(0, [self.batch, self.time, self.inputs], &device);
        let weights = Weights {
            weight_ih: self.tensor(1, [rows, self.inputs], &device),
            weight_hh: self.tensor(2, [rows, self.hidden], &device),
            bias: self.tensor(3, [rows], &device),
        };
        let initial = self.tensor(4, [self.cell.states(), self.batch, self.hidden], &device);
        let out = run(self.cell, x.clone(), weights.clone(), initial.clone());
        let direction = self.tensor(5, [self.batch, self.time, self.hidden], &device);
        let grads = (out.hidden.clone() * direction.inner()).sum().backward();
        let gradients = [
            values(x.grad(&grads).unwrap()),
            values(weights.weight_ih.grad(&grads).unwrap()),
            values(weights.weight_hh.grad(&grads).unwrap()),
            values(weights.bias.grad(&grads).unwrap()),
            values(initial.grad(&grads).unwrap()),
        ];
        (values(out.hidden), values(out.trace), gradients)
    }

    /// `sum(hidden * values[5])` in the operator's own precision.
    fn objective(&self) -> f64 {
        let (hidden, _, _) = self.run(sequence);
        let products = hidden.iter().zip(&self.values[5]);
        products.map(|(h, d)| f64::from(*h) * f64::from(*d)).sum()
    }
}

type Run = fn(Cell, Tensor<3>, Weights, Tensor<3>) -> Sequence;

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// How far a sum of `terms` terms of about 1 may be off in single precision.
fn tolerance(values: &[f32]) -> f64 {
    let largest = values.iter().fold(1.0f32, |top, v| top.max(v.abs()));
    2e-5 * f64::from(largest)
}

#[test]
fn values_and_gradients_are_the_references() {
    for cell in [Cell::Rnn, Cell::Lstm] {
        for hidden in [1, 7, 32, 64, 100, 256] {
            for (batch, time, inputs) in [(1, 10, 1), (3, 28, 28), (64, 1, 3), (2, 100, 5)] {
                let case = Case::new(cell, batch, time, inputs, hidden);
                let (hidden_states, trace, gradients) = case.run(sequence);
                let expected = case.run(reference::sequence);
                assert_close("hidden", &hidden_states, &wide(&expected.0), 1e-5);
                assert_close("trace", &trace, &wide(&expected.1), 1e-5);
                for ((name, found), expected) in NAMES.iter().zip(gradients).zip(expected.2) {
                    let what = format!("{cell:?} {batch} {time} {inputs} {hidden} {name}");
                    assert_close(&what, &found, &wide(&expected), tolerance(&expected));
                }
            }
        }
    }
}

#[test]
fn a_batch_of_two_thousand_is_so_many_sequences() {
    let case = Case::new(Cell::Lstm, 2000, 28, 28, 16);
    let (hidden, _, _) = case.run(sequence);
    let (expected, _, _) = case.run(reference::sequence);
    assert_close("hidden", &hidden, &wide(&expected), 1e-5);
}

#[test]
fn gradients_are_finite_differences() {
    const STEP: f32 = 1e-2;
    for cell in [Cell::Rnn, Cell::Lstm] {
        let mut case = Case::new(cell, 2, 4, 3, 5);
        let (_, _, gradients) = case.run(sequence);
        for (input, gradient) in gradients.iter().enumerate() {
            for k in (0..gradient.len()).step_by(3) {
                let value = case.values[input][k];
                case.values[input][k] = value + STEP;
                let above = case.objective();
                case.values[input][k] = value - STEP;
                let below = case.objective();
                case.values[input][k] = value;
                let difference = (above - below) / f64::from(2.0 * STEP);
                let what = format!("{cell:?} {}[{k}]", NAMES[input]);
                assert_close(&what, &[gradient[k]], &[difference], 2e-3);
            }
        }
    }
}

#[test]
fn saturated_gates_stay_numbers() {
    for cell in [Cell::Rnn, Cell::Lstm] {
        let mut case = Case::new(cell, 2, 6, 3, 8);
        for value in &mut case.values[0] {
            *value *= 1e4;
        }
        let (hidden, _, gradients) = case.run(sequence);
        assert!(hidden.iter().all(|h| h.abs() <= 1.0));
        assert!(gradients.iter().flatten().all(|g| g.is_finite()));
    }
}
