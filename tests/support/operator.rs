//! The recurrent operator with all its inputs, and its kernels held against its statement in
//! tensor operations.
#![allow(dead_code)] // Every test file uses its own part.

use super::assert_close;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use unroll::recurrent::{Cell, Sequence, Weights, reference, sequence};

/// One operator call: its sizes and the values of all its inputs.
pub struct Case {
    pub cell: Cell,
    batch: usize,
    time: usize,
    inputs: usize,
    hidden: usize,
    pub values: [Vec<f32>; 6],
}

pub const NAMES: [&str; 5] = ["x", "weight_ih", "weight_hh", "bias", "initial"];

impl Case {
    pub fn new(cell: Cell, batch: usize, time: usize, inputs: usize, hidden: usize) -> Self {
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

    fn name(&self) -> String {
        let Case {
            cell,
            batch,
            time,
            inputs,
            hidden,
            ..
        } = self;
        format!("{cell:?} {batch} x {time} x {inputs} -> {hidden}")
    }

    fn tensor<const D: usize>(&self, k: usize, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.values[k].clone(), shape), device).require_grad()
    }

    /// The hidden states, the trace, and the gradient of every input of
    /// `sum(hidden * values[5])`.
    pub fn run(&self, device: &Device, run: Run) -> (Vec<f32>, Vec<f32>, [Vec<f32>; 5]) {
        let device = device.clone().autodiff();
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
    pub fn objective(&self, device: &Device) -> f64 {
        let (hidden, _, _) = self.run(device, sequence);
        let products = hidden.iter().zip(&self.values[5]);
        products.map(|(h, d)| f64::from(*h) * f64::from(*d)).sum()
    }
}

pub type Run = fn(Cell, Tensor<3>, Weights, Tensor<3>) -> Sequence;

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// How far a sum of `terms` terms of about 1 may be off in single precision.
pub fn tolerance(values: &[f32]) -> f64 {
    let largest = values.iter().fold(1.0f32, |top, v| top.max(v.abs()));
    2e-5 * f64::from(largest)
}

/// Fails unless the kernels of `device` give what the reference gives on `other`: the hidden states,
/// the trace, and the gradient of every input.
pub fn assert_kernels_are_the_reference(case: &Case, device: &Device, other: &Device) {
    let (hidden_states, trace, gradients) = case.run(device, sequence);
    let expected = case.run(other, reference::sequence);
    let what = case.name();
    assert_close(
        &format!("{what} hidden"),
        &hidden_states,
        &wide(&expected.0),
        1e-5,
    );
    assert_close(&format!("{what} trace"), &trace, &wide(&expected.1), 1e-5);
    for ((name, found), expected) in NAMES.iter().zip(gradients).zip(expected.2) {
        let what = format!("{what} {name}");
        assert_close(&what, &found, &wide(&expected), tolerance(&expected));
    }
}
