//! A call of the recurrent operator with all its inputs. Native tests and a browser's share it, so it
//! knows nothing of either.
#![allow(dead_code)] // Every user has its own part.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use unroll::operators::recurrent::{Cell, reference, sequence, traced, weight_gradients};

/// One operator call: its sizes and the values of all its inputs.
pub struct Case {
    pub cell: Cell,
    batch: usize,
    time: usize,
    inputs: usize,
    hidden: usize,
    /// Time steps whose hidden states the loss depends on.
    last: usize,
    /// `x`, `weight_ih`, `weight_hh`, both biases, `initial`, and what the hidden states are multiplied by.
    pub values: [Vec<f32>; 6],
}

pub const CELLS: [Cell; 3] = [Cell::Rnn, Cell::Lstm, Cell::Gru];

pub const NAMES: [&str; 5] = ["x", "weight_ih", "weight_hh", "bias", "initial"];

/// Where among those the weights are, whose gradients there are.
pub const WEIGHTS: std::ops::Range<usize> = 1..4;

/// What follows the layer's weights in their tensor, and the gradient of that.
const REST: [f32; 2] = [3.0, -4.0];

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
        let last = 1 + (batch + hidden) % time;
        let mut values = [
            draw(batch * time * inputs, 1.0),
            draw(rows * inputs, scale),
            draw(rows * hidden, scale),
            draw(2 * rows, scale),
            draw(cell.states() * batch * hidden, 1.0),
            draw(batch * time * hidden, 1.0),
        ];
        for of_sample in values[5].chunks_exact_mut(time * hidden) {
            of_sample[..(time - last) * hidden].fill(0.0);
        }
        Case {
            cell,
            batch,
            time,
            inputs,
            hidden,
            last,
            values,
        }
    }

    /// As many as `count` says, of sizes drawn at random.
    pub fn random(count: usize) -> impl Iterator<Item = Self> {
        let mut random = Pcg32::seed_from_u64(count as u64);
        let mut below = move |most: usize| 1 + random.next_u32() as usize % most;
        (0..count).map(move |k| {
            let cell = CELLS[k % 3];
            let case = Case::new(cell, below(9), below(12), below(40), below(80));
            match k % 4 {
                0 => case.with_leading_zeros(),
                _ => case,
            }
        })
    }

    /// The same, but that samples begin in one state and read nothing but zeros for as many time steps as
    /// their number says.
    pub fn with_leading_zeros(mut self) -> Self {
        let each = self.time * self.inputs;
        for (sample, x) in self.values[0].chunks_exact_mut(each).enumerate() {
            x[..sample * 3 % (self.time + 1) * self.inputs].fill(0.0);
        }
        for states in self.values[4].chunks_exact_mut(self.batch * self.hidden) {
            let (first, rest) = states.split_at_mut(self.hidden);
            rest.chunks_exact_mut(self.hidden)
                .for_each(|state| state.copy_from_slice(first));
        }
        self
    }

    pub fn name(&self) -> String {
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
        Tensor::from_data(TensorData::new(self.values[k].clone(), shape), device)
    }

    /// The hidden states, the trace, and the gradients of the [`WEIGHTS`] of `sum(hidden * values[5])`.
    pub async fn run(&self, device: &Device) -> (Vec<f32>, Vec<f32>, [Vec<f32>; 3]) {
        let (x, weights, initial) = self.tensors(device);
        let out = traced(self.cell, x, weights.clone(), initial);
        let rest = Tensor::from_data(TensorData::new(REST.to_vec(), [REST.len()]), device);
        let gradient = weight_gradients(&out, weights, self.grad(device), rest);
        let gradients = self.parts(values(gradient).await);
        (values(out.hidden).await, values(out.trace).await, gradients)
    }

    /// The same, by tensor operations and Burn's own gradient.
    pub async fn expected(&self, device: &Device) -> (Vec<f32>, Vec<f32>, [Vec<f32>; 3]) {
        let device = device.clone().autodiff();
        let (x, weights, initial) = self.tensors(&device);
        let weights = weights.require_grad();
        let out = reference::traced(self.cell, x, weights.clone(), initial);
        let sum = (out.hidden.clone() * self.direction(&device)).sum();
        // As `weight_gradients` does, so does this one hand on what it is given for the rest.
        let rest = Tensor::from_data(TensorData::new(REST.to_vec(), [REST.len()]), &device);
        let own = weights.dims()[0] - REST.len();
        let of_rest = (weights.clone().narrow(0, own, REST.len()) * rest).sum();
        let gradients = (sum + of_rest).backward();
        let gradient = weights.grad(&gradients).expect("the sum depends on them");
        let gradients = self.parts(values(gradient).await);
        (values(out.hidden).await, values(out.trace).await, gradients)
    }

    /// A gradient by the weights that it is of, without the rest.
    fn parts(&self, gradient: Vec<f32>) -> [Vec<f32>; 3] {
        let mut gradient = gradient.into_iter();
        let parts = WEIGHTS.map(|k| gradient.by_ref().take(self.values[k].len()).collect());
        let parts: Vec<Vec<f32>> = parts.collect();
        assert_eq!(gradient.collect::<Vec<_>>(), REST, "of {}", self.name());
        parts.try_into().expect("three of them")
    }

    /// The hidden states where nobody asks for a gradient or a trace.
    pub async fn read(&self, device: &Device) -> Vec<f32> {
        let (x, weights, initial) = self.tensors(device);
        values(sequence(self.cell, x, weights, initial)).await
    }

    /// What the gradients of hidden states are taken in.
    pub fn direction(&self, device: &Device) -> Tensor<3> {
        self.tensor(5, [self.batch, self.time, self.hidden], device)
    }

    /// That of the last states, before which it is zero.
    pub fn grad(&self, device: &Device) -> Tensor<3> {
        let first = self.time - self.last;
        self.direction(device).narrow(1, first, self.last)
    }

    /// `x`, the weights and `initial`.
    pub fn tensors(&self, device: &Device) -> (Tensor<3>, Tensor<1>, Tensor<3>) {
        let mut weights = self.values[WEIGHTS].concat();
        weights.extend(REST);
        let count = weights.len();
        (
            self.tensor(0, [self.batch, self.time, self.inputs], device),
            Tensor::from_data(TensorData::new(weights, [count]), device),
            self.tensor(4, [self.cell.states(), self.batch, self.hidden], device),
        )
    }
}

async fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = tensor.into_data_async().await.unwrap();
    data.try_into_vec().unwrap()
}
