//! How well a network reads test images, computed a chunk at a time so that whoever drives it can
//! do other things in between.

use super::parts::{Task, Work, values};
use super::run::Run;
use crate::fault::Fault;
use crate::lessons::DIGITS;
use crate::lessons::batches::{Batches, ReadingOrder};
use crate::model::{Network, weights};
use crate::numbers::Numbers;
use crate::operators::limits::Limits;
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use serde::Serialize;
use std::rc::Rc;

/// The most images of a chunk on the CPU: 10 ms of work at 64 hidden units.
pub const CHUNK: usize = 250;

/// Test images that the accuracy of a run is of, or all of them where there are fewer: the
/// tutorial's.
pub const EVALUATED: usize = 2_000;

/// The result of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Evaluation {
    /// After how many steps of training.
    pub step: u64,
    /// The training loss of that step.
    pub train_loss: Option<f32>,
    /// The epoch that it belongs to, from 0.
    pub epoch: u64,
    /// Test images that it read, the first ones.
    pub images: usize,
    /// Mean cross-entropy.
    pub loss: f64,
    /// Cross-entropy, one per image.
    pub losses: Numbers<f32>,
    /// 0 to 1.
    pub accuracy: f64,
    /// `[10, 10]`, row = true digit, column = predicted.
    pub confusion: Numbers<u32>,
    /// One per image.
    pub predictions: Numbers<u8>,
    /// One per image.
    pub labels: Numbers<u8>,
}

/// An evaluation under way, of the weights as they were when it began.
pub struct Evaluator {
    network: Network,
    device: Device,
    batches: Rc<Batches>,
    reading: ReadingOrder,
    step: u64,
    train_loss: Option<f32>,
    epoch: u64,
    images: usize,
    logits: Vec<Tensor<1>>,
    done: usize,
}

impl Evaluator {
    /// Reads the next `most` images at most; false when there was none left.
    pub fn advance(&mut self, most: usize) -> bool {
        let chunk: Vec<usize> = (self.done..self.images.min(self.done + most)).collect();
        if chunk.is_empty() {
            return false;
        }
        let (images, _) = self.batches.test(&chunk, &self.reading, &self.device);
        let logits = self.network.classify(images);
        self.logits.push(logits.reshape([-1]));
        self.done += chunk.len();
        true
    }

    /// What is left to read, for somebody else; [`take`](Self::take) takes what comes of it.
    pub fn work(&self) -> Work {
        let rest: Vec<usize> = (self.done..self.images).collect();
        let (images, _) = (self.batches).test(&rest, &self.reading, &self.device);
        Work {
            shape: self.network.shape,
            parameters: values(self.network.parameters.clone()),
            inputs: values(images.reshape([-1])),
            samples: rest.len(),
            task: Task::Read,
        }
    }

    /// Takes what somebody else read, if it is all of what was left.
    pub fn take(&mut self, logits: Vec<f32>) {
        let rest = (self.images - self.done) * DIGITS;
        if rest > 0 && logits.len() == rest {
            let logits = TensorData::new(logits, [rest]);
            self.logits.push(Tensor::from_data(logits, &self.device));
            self.done = self.images;
        }
    }

    /// Waits for the device and counts.
    ///
    /// # Errors
    /// `read-back`
    pub async fn finish(self) -> Result<Evaluation, Fault> {
        let logits = Transaction::default().register(Tensor::cat(self.logits, 0));
        let logits = weights::read(logits).await?.remove(0);
        let logits = logits.as_slice::<f32>().map_err(weights::unreadable)?;
        let labels = self.batches.set.test.labels[..self.done].to_vec();
        let mut confusion = vec![0u32; DIGITS * DIGITS];
        let mut losses = Vec::with_capacity(self.done);
        let mut predictions = Vec::with_capacity(self.done);
        for (logits, &label) in logits.chunks_exact(DIGITS).zip(&labels) {
            let predicted = argmax(logits);
            confusion[label as usize * DIGITS + predicted] += 1;
            losses.push(cross_entropy(logits, label as usize));
            predictions.push(predicted as u8);
        }
        let right: u32 = (0..DIGITS).map(|k| confusion[k * DIGITS + k]).sum();
        Ok(Evaluation {
            step: self.step,
            train_loss: self.train_loss,
            epoch: self.epoch,
            images: self.done,
            loss: losses.iter().copied().map(f64::from).sum::<f64>() / self.done as f64,
            losses: losses.into(),
            accuracy: f64::from(right) / self.done as f64,
            confusion: confusion.into(),
            predictions: predictions.into(),
            labels: labels.into(),
        })
    }
}

impl Run {
    /// Begins to evaluate the network, as it is now, on the first `images` test images.
    ///
    /// # Errors
    /// `wrong-lesson`, `no-data`, and `evaluate-count` for a number that the test set does not have.
    pub fn evaluate(&self, images: f64) -> Result<Evaluator, Fault> {
        let lesson = self.mnist("evaluate")?;
        let batches = lesson.batches()?.clone();
        let count = batches.set.test.len();
        if images.fract() != 0.0 || !(1.0..=count as f64).contains(&images) {
            let message = format!(
                "evaluate cannot read {images} images: it must be a whole number from 1 to {count}."
            );
            return Err(Fault::new("evaluate-count", message)
                .with("value", images)
                .with("count", count));
        }
        let position = self.position();
        Ok(Evaluator {
            network: self.network.clone(),
            device: self.device.clone(),
            batches,
            reading: lesson.reading().clone(),
            step: self.step,
            train_loss: self.loss,
            epoch: position.epoch - u64::from(position.finished),
            images: images as usize,
            logits: Vec::new(),
            done: 0,
        })
    }

    /// How many images are worth reading at once, at least and at most. A GPU has lanes for all that an evaluation
    /// reads, while the layer is small.
    pub fn chunks(&self) -> [usize; 2] {
        match Limits::of(&self.device) {
            Some(limits) if limits.is_gpu() => {
                let fit = EVALUATED * 64 / self.options.hidden_size().max(64);
                [fit; 2]
            }
            _ => [CHUNK / 5, CHUNK],
        }
    }

    /// Test images that an evaluation of this run reads: the first 2,000, or all of them where
    /// there are fewer; `None` for a lesson without test images.
    pub fn evaluated_images(&self) -> Option<usize> {
        let digits = self.mnist("evaluate").ok()?.digits().ok()?;
        Some(digits.test.len().min(EVALUATED))
    }

    /// Keeps the accuracy of an evaluation as this run's latest, where it counts: it read
    /// [as many images](Self::evaluated_images) as all of them do. Returns whether it did.
    pub fn evaluated(&mut self, evaluation: &Evaluation) -> bool {
        let counts = Some(evaluation.labels.len()) == self.evaluated_images();
        if counts {
            self.accuracy = Some(evaluation.accuracy);
        }
        counts
    }
}

/// The index of the largest value; the first of equals.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (k, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = k;
        }
    }
    best
}

/// `ln(sum(e^x)) - x[label]`, shifted by the largest so that nothing overflows or is rounded to zero.
fn cross_entropy(logits: &[f32], label: usize) -> f32 {
    let top = logits[argmax(logits)];
    let sum: f32 = logits.iter().map(|x| (x - top).exp()).sum();
    sum.ln() + top - logits[label]
}

/// `e^x / sum(e^x)`, shifted by the largest so that nothing overflows.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let top = logits[argmax(logits)];
    let powers: Vec<f32> = logits.iter().map(|x| (x - top).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
