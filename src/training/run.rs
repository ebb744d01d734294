//! What both lessons' runs have in common: a model, its optimiser, and results not yet read.

use super::optimizer::Adam;
use super::options::Options;
use crate::fault::Fault;
use crate::model::weights;
use burn::module::Module;
use burn::tensor::{Device, Tensor, Transaction};
use std::pin::Pin;

/// One run of training, from initial weights on.
pub struct Run<M> {
    pub device: Device,
    pub seed: u64,
    pub options: Options,
    pub model: M,
    pub adam: Adam,
    /// Steps done.
    pub step: u64,
    /// Of the last step that was collected.
    pub loss: Option<f32>,
    /// What each step since the last collection left to read, the loss first.
    unread: Vec<Tensor<1>>,
}

impl<M: Module> Run<M> {
    pub fn new(device: Device, seed: u64, options: Options, model: M) -> Self {
        Run {
            device,
            seed,
            options,
            model,
            adam: Adam::default(),
            step: 0,
            loss: None,
            unread: Vec::new(),
        }
    }

    /// The same device and options, but the beginning of a run.
    pub fn fresh(&self, seed: u64, model: M) -> Self {
        Run::new(self.device.clone(), seed, self.options.clone(), model)
    }

    /// Moves the weights against the gradient of `loss [1]` and keeps it, and what goes `with` it,
    /// to be read later.
    pub fn learn(&mut self, loss: Tensor<1>, with: Vec<Tensor<1>>) {
        let mut gradients = loss.backward();
        let rate = self.options.learning_rate;
        self.model = (self.adam).step(self.model.clone(), &mut gradients, rate);
        self.step += 1;
        let loss = loss.inner();
        self.unread.push(if with.is_empty() {
            loss
        } else {
            Tensor::cat([vec![loss], with].concat(), 0)
        });
    }

    /// Reads what every step since the last time left, one after the other: the number of the
    /// first step, and each step's loss and what went with it.
    ///
    /// # Errors
    /// `read-back`
    pub async fn read(&mut self) -> Result<(u64, Vec<Vec<f32>>), Fault> {
        let unread = std::mem::take(&mut self.unread);
        let first = self.step - unread.len() as u64 + 1;
        if unread.is_empty() {
            return Ok((first, Vec::new()));
        }
        let steps = read_all(unread).await?;
        self.loss = steps.last().map(|values| values[0]);
        Ok((first, steps))
    }
}

/// The values of tensors on their way.
type Reading = Pin<Box<dyn Future<Output = Result<Vec<Vec<f32>>, Fault>>>>;

/// The values of all of these, in one go. Boxed, so that there is one of it and not one for each lesson.
fn read_all(unread: Vec<Tensor<1>>) -> Reading {
    Box::pin(async {
        let mut transaction = Transaction::default();
        for tensor in unread {
            transaction = transaction.register(tensor);
        }
        let mut steps = Vec::new();
        for values in transaction
            .execute_async()
            .await
            .map_err(weights::unreadable)?
        {
            steps.push(values.try_into_vec().map_err(weights::unreadable)?);
        }
        Ok(steps)
    })
}

/// The first step whose loss is not a finite number.
pub fn diverged_at(first_step: u64, losses: &[f32]) -> Option<u64> {
    let index = losses.iter().position(|loss| !loss.is_finite())?;
    Some(first_step + index as u64)
}
