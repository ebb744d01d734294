//! A batch cut into parts, so that several workers can share a step.
//!
//! The cut depends on the batch alone, and what came of the parts is added in their order: how many
//! workers there are, and which of them computed what, changes nothing, not even the last bit.

use crate::lessons::Batch;
use crate::model::{Learned, Network, NetworkShape};
use crate::operators::head::Objective;
#[cfg(feature = "cpu")]
use burn::tensor::Device;
use burn::tensor::{Tensor, TensorData};
use std::ops::Range;

/// Samples of a part: fewer would spend more than they gain on what every part does once, three in a hundred of its
/// time with these.
pub const PART: usize = 16;

/// Something to compute that needs nothing but what is in it: whoever does it comes to the same
/// numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// The network's sizes.
    pub shape: NetworkShape,
    /// Its parameters, as [`Network`] has them.
    pub parameters: Vec<f32>,
    /// `[samples, time, inputs]`, flat.
    pub inputs: Vec<f32>,
    /// Sequences in `inputs`.
    pub samples: usize,
    /// What to do with them.
    pub task: Task,
}

/// What is to be done with sequences.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// Of every [`PART`] samples: the loss, and its gradient with respect to all parameters.
    Learn {
        /// How outputs are compared.
        objective: Objective,
        /// As [`Network::learn`] takes it.
        target: Vec<f32>,
    },
    /// The outputs after the last time step, `[samples, outputs]`.
    Read,
}

impl Work {
    /// How many numbers come of it.
    pub fn count(&self) -> usize {
        match self.task {
            Task::Learn { .. } => parts_of(self.samples) * (1 + self.shape.count()),
            Task::Read => self.samples * self.shape.outputs,
        }
    }

    /// Does it on the CPU.
    #[cfg(feature = "cpu")]
    pub fn done(self) -> Vec<f32> {
        let device = Device::flex();
        let network = Network::of(self.shape, self.parameters, &device);
        let (samples, features) = (self.samples, self.shape.inputs);
        let time = self.inputs.len() / (samples * features);
        let inputs = TensorData::new(self.inputs, [samples, time, features]);
        let inputs = Tensor::from_data(inputs, &device);
        match self.task {
            Task::Learn { objective, target } => {
                let target = Tensor::from_data(TensorData::new(target, [samples]), &device);
                learn(&network, objective, inputs, target)
            }
            Task::Read => (0..samples)
                .step_by(super::CHUNK)
                .flat_map(|at| {
                    let chunk = inputs.clone().narrow(0, at, super::CHUNK.min(samples - at));
                    values(network.classify(chunk).reshape([-1]))
                })
                .collect(),
        }
    }
}

/// A step under way: what it learns from, in parts.
pub struct Step {
    pub(super) batch: Batch,
}

impl Step {
    /// Its parts.
    pub fn parts(&self) -> usize {
        parts_of(self.samples())
    }

    pub(super) fn samples(&self) -> usize {
        self.batch.inputs.dims()[0]
    }

    fn of(&self, parts: Range<usize>) -> (Tensor<3>, Tensor<1>) {
        let first = parts.start * PART;
        let count = self.samples().min(parts.end * PART) - first;
        let Batch { inputs, target, .. } = &self.batch;
        (
            inputs.clone().narrow(0, first, count),
            target.clone().narrow(0, first, count),
        )
    }

    /// Some of its parts, for somebody else, who learns with `network` as it is now.
    pub fn work(&self, network: &Network, parts: Range<usize>) -> Work {
        let (inputs, target) = self.of(parts);
        Work {
            shape: network.shape,
            parameters: values(network.parameters.clone()),
            samples: target.dims()[0],
            inputs: values(inputs.reshape([-1])),
            task: Task::Learn {
                objective: self.batch.objective,
                target: values(target),
            },
        }
    }

    /// Computes some of its parts: of each the loss and the gradient.
    pub fn done(&self, network: &Network, parts: Range<usize>) -> Vec<f32> {
        let (inputs, target) = self.of(parts);
        learn(network, self.batch.objective, inputs, target)
    }

    /// The mean loss of the batch and its gradient, from those of all parts in their order.
    pub(super) fn sum(&self, network: &Network, parts: &[f32]) -> (Tensor<1>, Tensor<1>) {
        let samples = self.samples();
        let count = network.shape.count();
        let (mut loss, mut gradient) = (0.0, vec![0.0; count]);
        for (k, part) in parts.chunks_exact(1 + count).enumerate() {
            let share = PART.min(samples - k * PART) as f32 / samples as f32;
            loss += share * part[0];
            for (sum, value) in gradient.iter_mut().zip(&part[1..]) {
                *sum += share * value;
            }
        }
        let device = network.device();
        let tensor = |values: Vec<f32>| {
            let count = values.len();
            Tensor::from_data(TensorData::new(values, [count]), &device)
        };
        (tensor(vec![loss]), tensor(gradient))
    }
}

/// The parts of so many samples.
pub(super) fn parts_of(samples: usize) -> usize {
    samples.div_ceil(PART)
}

/// Of every part of these sequences: the loss, and its gradient.
fn learn(
    network: &Network,
    objective: Objective,
    inputs: Tensor<3>,
    target: Tensor<1>,
) -> Vec<f32> {
    let samples = target.dims()[0];
    let mut all = Vec::with_capacity(parts_of(samples) * (1 + network.shape.count()));
    for first in (0..samples).step_by(PART) {
        let count = PART.min(samples - first);
        let Learned { loss, gradient, .. } = network.learn(
            objective,
            inputs.clone().narrow(0, first, count),
            network.zero(count),
            target.clone().narrow(0, first, count),
        );
        all.extend(values(loss));
        all.extend(values(gradient));
    }
    all
}

/// A CPU's tensor is there at once.
pub(super) fn values(tensor: Tensor<1>) -> Vec<f32> {
    let data = tensor.into_data();
    data.try_into_vec()
        .expect("the tensors of a network are f32")
}
