//! A run on its way to another backend: safetensors with the weights, the optimiser's moments and
//! the carried state, and as metadata where the run stands.

use super::LessonName;
use super::optimizer::Adam;
use super::options::{Options, Patch};
use super::run::Run;
use crate::fault::Fault;
use crate::model::weights::{self, Named};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};

const METADATA: &str = "unroll";
const MOMENTS: &str = "adam";
const STATE: &str = "carried";
const WINDOW: &str = "window";

/// What a run of segments hands on from one step to the next.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The hidden state before the first segment of the window, `[1, 1, H]`, without its history.
    pub before: Tensor<3>,
    /// The inputs of the latest segments, through which the next one's gradient flows back.
    pub window: VecDeque<Vec<f32>>,
}

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
    carried: Option<&Carried>,
) -> Result<Vec<u8>, Fault> {
    let mut tensors = weights::read_back(&run.model).await?;
    tensors.extend(run.adam.read_back(MOMENTS).await?);
    if let Some(Carried { before, window }) = carried {
        let data = before.clone().into_data_async().await;
        let data = data.map_err(weights::unreadable)?;
        tensors.push(Named {
            name: STATE.to_owned(),
            shape: data.shape().to_vec(),
            values: data.try_into_vec().map_err(weights::unreadable)?,
        });
        tensors.extend(window.iter().enumerate().map(|(k, inputs)| Named {
            name: format!("{WINDOW}.{k}"),
            shape: vec![inputs.len()],
            values: inputs.clone(),
        }));
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

    /// The run, where its data order stands, and what it carries if it carries anything.
    /// `blank` is a model of the right size, whose weights are replaced.
    ///
    /// # Errors
    /// `checkpoint-garbage`, those of [`weights::File::fill`].
    pub fn restore<M: Module>(
        mut self,
        blank: M,
        device: &Device,
    ) -> Result<(Run<M>, Cursor, Option<Carried>), Fault> {
        let adam = Adam::restore(
            self.metadata.adam_steps,
            MOMENTS,
            &mut self.file,
            &blank,
            device,
        )?;
        let hidden = self.options.hidden_size;
        let carried = match self.file.take(STATE) {
            Some(state) if state.shape == [1, 1, hidden] => {
                let data = TensorData::new(state.values, [1, 1, hidden]);
                let next = |k: usize| self.file.take(&format!("{WINDOW}.{k}"));
                Some(Carried {
                    before: Tensor::from_data(data, device),
                    window: (0..).map_while(next).map(|inputs| inputs.values).collect(),
                })
            }
            Some(_) => return Err(garbage("its carried state is of another size")),
            None => None,
        };
        let model = self.file.fill(blank)?;
        let mut run = Run::new(device.clone(), self.metadata.seed, self.options, model);
        run.adam = adam;
        run.step = self.metadata.step;
        run.loss = self.metadata.loss;
        Ok((run, self.metadata.cursor, carried))
    }
}

fn garbage(reason: impl std::fmt::Display) -> Fault {
    let message = format!("This is not a checkpoint of a run: {reason}.");
    Fault::new("checkpoint-garbage", message)
}
