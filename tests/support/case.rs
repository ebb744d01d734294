//! A call of the recurrent operator with all its inputs. Native tests and a browser's share it, so it
//! knows nothing of either.
#![allow(dead_code)] // Every user has its own part.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use unroll::operators::recurrent::{Cell, Sequence, Weights, sequence};

/// One operator call: its sizes and the values of all its inputs.
pub struct Case {
    pub cell: Cell,
    batch: usize,
    time: usize,
    inputs: usize,
    hidden: usize,
    pub values: [Vec<f32>; 6],
    /// Nobody asks for the gradients of `x` and `initial`.
    weights_only: bool,
}

pub const CELLS: [Cell; 3] = [Cell::Rnn, Cell::Lstm, Cell::Gru];

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
            draw(cell.biases() * rows, scale),
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
            weights_only: false,
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

    /// The same, but that samples begin in one state, read nothing but zeros for as many time steps as
    /// their number says, and nobody asks for what depends on that.
    pub fn with_leading_zeros(mut self) -> Self {
        self.weights_only = true;
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

    /// The hidden states, the trace, and the gradient of every input of `sum(hidden * values[5])`, none
    /// where nobody asks for it.
    pub async fn run(&self, device: &Device, run: Run) -> (Vec<f32>, Vec<f32>, [Vec<f32>; 5]) {
        let device = device.clone().autodiff();
        let (mut x, weights, mut initial) = self.tensors(&device);
        let weights = Weights {
            weight_ih: weights.weight_ih.require_grad(),
            weight_hh: weights.weight_hh.require_grad(),
            bias: weights.bias.require_grad(),
        };
        if !self.weights_only {
            x = x.require_grad();
            initial = initial.require_grad();
        }
        let out = run(self.cell, x.clone(), weights.clone(), initial.clone());
        let grads = (out.hidden.clone() * self.direction(&device))
            .sum()
            .backward();
        let gradients = [
            optional(x.grad(&grads)).await,
            optional(weights.weight_ih.grad(&grads)).await,
            optional(weights.weight_hh.grad(&grads)).await,
            optional(weights.bias.grad(&grads)).await,
            optional(initial.grad(&grads)).await,
        ];
        (values(out.hidden).await, values(out.trace).await, gradients)
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

    /// `x`, the weights and `initial`.
    pub fn tensors(&self, device: &Device) -> (Tensor<3>, Weights, Tensor<3>) {
        let rows = self.cell.gates() * self.hidden;
        let weights = Weights {
            weight_ih: self.tensor(1, [rows, self.inputs], device),
            weight_hh: self.tensor(2, [rows, self.hidden], device),
            bias: self.tensor(3, [self.cell.biases() * rows], device),
        };
        (
            self.tensor(0, [self.batch, self.time, self.inputs], device),
            weights,
            self.tensor(4, [self.cell.states(), self.batch, self.hidden], device),
        )
    }
}

pub type Run = fn(Cell, Tensor<3>, Weights, Tensor<3>) -> Sequence;

async fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = tensor.into_data_async().await.unwrap();
    data.try_into_vec().unwrap()
}

async fn optional<const D: usize>(tensor: Option<Tensor<D>>) -> Vec<f32> {
    match tensor {
        Some(tensor) => values(tensor).await,
        None => Vec::new(),
    }
}
