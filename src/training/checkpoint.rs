//! A run on its way to another backend: safetensors with the weights, the optimiser's moments and
//! the carried state, and as metadata where the run stands.

use super::LessonName;
use super::adam::Adam;
use super::options::{Options, Patch};
use super::run::Run;
use crate::fault::Fault;
use crate::model::weights::{self, Named};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

const METADATA: &str = "unroll";
const MOMENTS: &str = "adam";
const STATE: &str = "carried";

/// Where an epoch's data order stands; nothing for a lesson that has none.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Cursor {
    pub epoch: u64,
    /// Images read in this epoch.
    pub image: usize,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    lesson: LessonName,
    seed: u64,
    step: u64,
    adam_steps: u32,
    loss: Option<f32>,
    options: Patch,
    cursor: Cursor,
}

/// Writes `run` down.
///
/// # Errors
/// `read-back`
pub async fn save<M: Module>(
    lesson: LessonName,
    run: &Run<M>,
    cursor: Cursor,
    state: Option<&Tensor<3>>,
) -> Result<Vec<u8>, Fault> {
    let mut tensors = weights::read_back(&run.model).await?;
    tensors.extend(run.adam.read_back(MOMENTS).await?);
    if let Some(state) = state {
        let data = state.clone().into_data_async().await;
        let data = data.map_err(weights::unreadable)?;
        tensors.push(Named {
            name: STATE.to_owned(),
            shape: data.shape().to_vec(),
            values: data.try_into_vec().map_err(weights::unreadable)?,
        });
    }
    let metadata = Metadata {
        lesson,
        seed: run.seed,
        step: run.step,
        adam_steps: run.adam.steps(),
        loss: run.loss.filter(|loss| loss.is_finite()),
        options: run.options.to_patch(lesson),
        cursor,
    };
    let metadata = serde_json::to_string(&metadata).expect("plain data");
    let metadata = HashMap::from([(METADATA.to_owned(), metadata)]);
    Ok(weights::write(&tensors, Some(metadata)))
}

/// A checkpoint that has been read and checked for itself.
pub struct Opened {
    file: weights::File,
    metadata: Metadata,
    options: Options,
}

/// Reads a checkpoint of `lesson`.
///
/// # Errors
/// `checkpoint-garbage`, `wrong-lesson`, those of [`weights::File::parse`].
pub fn open(lesson: LessonName, bytes: &[u8]) -> Result<Opened, Fault> {
    let file = weights::File::parse(bytes)?;
    let metadata = file
        .metadata(METADATA)
        .ok_or_else(|| garbage("it says nothing about its run"))?;
    let metadata: Metadata = serde_json::from_str(metadata).map_err(garbage)?;
    if metadata.lesson != lesson {
        let message = format!(
            "The checkpoint is of the lesson {}; this one is {lesson}.",
            metadata.lesson
        );
        return Err(Fault::new("wrong-lesson", message));
    }
    let options = Options::of(lesson).patched(lesson, &metadata.options)?;
    Ok(Opened {
        file,
        metadata,
        options,
    })
}

impl Opened {
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The run, where its data order stands, and the carried state `[1, 1, H]` if it has one.
    /// `blank` is a model of the right size, whose weights are replaced.
    ///
    /// # Errors
    /// `checkpoint-garbage`, those of [`weights::File::fill`].
    pub fn restore<M: Module>(
        mut self,
        blank: M,
        device: &Device,
    ) -> Result<(Run<M>, Cursor, Option<Tensor<3>>), Fault> {
        let adam = Adam::restore(
            self.metadata.adam_steps,
            MOMENTS,
            &mut self.file,
            &blank,
            device,
        )?;
        let hidden = self.options.hidden_size;
        let state = match self.file.take(STATE) {
            Some(state) if state.shape == [1, 1, hidden] => {
                let data = TensorData::new(state.values, [1, 1, hidden]);
                Some(Tensor::from_data(data, device))
            }
            Some(_) => return Err(garbage("its carried state is of another size")),
            None => None,
        };
        let model = self.file.fill(blank)?;
        let mut run = Run::new(device.clone(), self.metadata.seed, self.options, model);
        run.adam = adam;
        run.step = self.metadata.step;
        run.loss = self.metadata.loss;
        Ok((run, self.metadata.cursor, state))
    }
}

fn garbage(reason: impl std::fmt::Display) -> Fault {
    let message = format!("This is not a checkpoint of a run: {reason}.");
    Fault::new("checkpoint-garbage", message)
}
