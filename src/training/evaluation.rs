//! How well a classifier reads test images, computed a chunk at a time so that whoever drives it
//! can do other things in between.

use crate::data::Digits;
use crate::fault::Fault;
use crate::model::{Classifier, DIGITS, ROWS, weights};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

/// Images per chunk: some 15 ms of work on the CPU.
const CHUNK: usize = 250;

/// The result of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// After how many steps of training.
    pub step: u64,
    /// Mean cross-entropy.
    pub loss: f64,
    /// 0 to 1.
    pub accuracy: f64,
    /// `[10, 10]`, row = true digit, column = predicted.
    pub confusion: [u32; DIGITS * DIGITS],
    /// One per image.
    pub predictions: Vec<u8>,
    /// One per image.
    pub labels: Vec<u8>,
}

/// An evaluation under way, of the weights as they were when it began.
pub struct Evaluator {
    model: Classifier,
    device: Device,
    step: u64,
    images: usize,
    logits: Vec<Tensor<1>>,
    done: usize,
}

impl Evaluator {
    /// Will read the first `images` of whatever digits it is shown.
    pub(super) fn new(model: &Classifier, device: Device, step: u64, images: usize) -> Self {
        Evaluator {
            model: model.valid(),
            device,
            step,
            images,
            logits: Vec::new(),
            done: 0,
        }
    }

    /// Reads the next chunk of `digits`; false when there was none left.
    pub fn advance(&mut self, digits: &Digits) -> bool {
        let end = self.images.min(digits.len());
        if self.done >= end {
            return false;
        }
        let chunk: Vec<usize> = (self.done..end.min(self.done + CHUNK)).collect();
        let mut pixels = Vec::new();
        digits.gather(&chunk, &mut pixels);
        let images = TensorData::new(pixels, [chunk.len(), ROWS, ROWS]);
        let logits = self.model.forward(Tensor::from_data(images, &self.device));
        self.logits.push(logits.reshape([-1]));
        self.done += chunk.len();
        true
    }

    /// Waits for the device and counts.
    ///
    /// # Errors
    /// `read-back`
    pub async fn finish(self, digits: &Digits) -> Result<Evaluation, Fault> {
        let logits = Tensor::cat(self.logits, 0).into_data_async().await;
        let logits = logits.map_err(weights::unreadable)?;
        let logits = logits.as_slice::<f32>().map_err(weights::unreadable)?;
        let labels = digits.labels[..self.done].to_vec();
        let mut confusion = [0; DIGITS * DIGITS];
        let mut loss = 0.0;
        let mut predictions = Vec::with_capacity(self.done);
        for (logits, &label) in logits.chunks_exact(DIGITS).zip(&labels) {
            let predicted = argmax(logits);
            confusion[label as usize * DIGITS + predicted] += 1;
            loss -= f64::from(softmax(logits)[label as usize]).max(1e-30).ln();
            predictions.push(predicted as u8);
        }
        let right: u32 = (0..DIGITS).map(|k| confusion[k * DIGITS + k]).sum();
        Ok(Evaluation {
            step: self.step,
            loss: loss / self.done as f64,
            accuracy: f64::from(right) / self.done as f64,
            confusion,
            predictions,
            labels,
        })
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

/// `e^x / sum(e^x)`, shifted by the largest so that nothing overflows.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let top = logits[argmax(logits)];
    let powers: Vec<f32> = logits.iter().map(|x| (x - top).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
