//! A run on its way to another backend, or to another day: safetensors with the weights, the
//! optimiser's moments and what the lesson hands on, and as metadata where the run stands.
//!
//! What is read may have been written by anybody: everything that could stop the next step is
//! checked first.

use super::optimizer::Adam;
use super::run::{Initial, Run, check_limits};
use crate::fault::{Fault, short};
use crate::lessons::options::{Options, Patch, Value};
use crate::lessons::{Luggage, Start, garbage};
use crate::model::weights::{self, File, Named};
use burn::tensor::Transaction;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

const METADATA: &str = "unroll";
const MOMENTS: &str = "adam";
const LESSON: &str = "lesson.";
const INITIAL: &str = "initial.";

/// No run gets as far: the integers that JavaScript counts by.
const MOST: u64 = 1 << 53;

#[derive(Serialize, Deserialize)]
struct Metadata {
    lesson: String,
    seed: u64,
    step: u64,
    loss: Option<f32>,
    accuracy: Option<String>,
    diverged: Option<u64>,
    numbers: Patch,
    options: Patch,
    epoch: u64,
    cursor: usize,
}

/// Divides options into numbers, as text, and others: read as JSON, some numbers come back one unit
/// off in the last place.
fn write(options: &Options) -> (Patch, Patch) {
    let (mut numbers, mut others) = (Patch::new(), Patch::new());
    for (name, value) in options.to_patch() {
        match value {
            Value::Number(number) => {
                numbers.insert(name, Value::Text(number.to_string()));
            }
            other => {
                others.insert(name, other);
            }
        }
    }
    (numbers, others)
}

/// Joins them again.
fn read(numbers: &Patch, others: &Patch) -> Patch {
    let mut patch = others.clone();
    for (name, value) in numbers {
        let number = match value {
            Value::Text(text) => text.parse().unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        patch.insert(name.clone(), Value::Number(number));
    }
    patch
}

/// Writes `run` down.
///
/// # Errors
/// `read-back`
pub async fn save(run: &mut Run) -> Result<Vec<u8>, Fault> {
    let mut tensors = weights::read_back(&run.network).await?;
    tensors.extend(run.adam.read_back(MOMENTS, &run.network.shape).await?);
    let Luggage {
        epoch,
        cursor,
        tensors: handed_on,
    } = run.lesson.save();
    let mut transaction = Transaction::default();
    let mut names = Vec::new();
    for (name, tensor) in handed_on {
        names.push(format!("{LESSON}{name}"));
        transaction = transaction.register(tensor);
    }
    if !names.is_empty() {
        tensors.extend(weights::read_transaction(names, transaction).await?);
    }
    // A loss can be finite once more after a weight is not.
    if !tensors.iter().all(finite) {
        run.diverged.get_or_insert(run.step);
    }
    if let Initial::File(initial) = &run.initial {
        tensors.extend(initial.iter().map(|tensor| Named {
            name: format!("{INITIAL}{}", tensor.name),
            ..tensor.clone()
        }));
    }
    let (numbers, options) = write(&run.options);
    let metadata = Metadata {
        lesson: run.lesson().to_owned(),
        seed: run.seed,
        step: run.step,
        loss: run.loss.filter(|loss| loss.is_finite()),
        accuracy: run.accuracy.map(|accuracy| accuracy.to_string()),
        diverged: run.diverged,
        numbers,
        options,
        epoch,
        cursor,
    };
    let metadata = serde_json::to_string(&metadata).expect("plain data");
    let metadata = HashMap::from([(METADATA.to_owned(), metadata)]);
    Ok(weights::write(&tensors, Some(metadata)))
}

/// The run that `bytes` were saved from, on the device and with the data of `here`.
///
/// # Errors
/// `checkpoint-garbage`, `wrong-lesson`, `device-limit`, those of [`File::parse`] and
/// [`File::fill`].
pub fn resume(here: &Run, bytes: &[u8]) -> Result<Run, Fault> {
    let mut file = File::parse(bytes)?;
    let metadata = file
        .metadata(METADATA)
        .ok_or_else(|| garbage("it says nothing about its run"))?;
    let metadata: Metadata = serde_json::from_str(metadata).map_err(garbage)?;
    check(&metadata, here)?;
    let options = here
        .definition
        .defaults()
        .patched(&read(&metadata.numbers, &metadata.options))?;
    let shape = (here.definition.network)(&options);
    check_limits(here.definition, &options, &here.device)?;

    let mut initial = file.take_all(INITIAL);
    let mut handed_on = file.take_all(LESSON);
    // A run that diverged is taken up as it is, to be looked at and reset.
    let sound = handed_on.iter().all(finite) || metadata.diverged.is_some();
    if !sound || !initial.iter().all(finite) {
        return Err(garbage("it holds values that are not finite numbers"));
    }

    let adam = Adam::restore(
        metadata.step,
        MOMENTS,
        &mut file,
        &shape,
        &here.device,
        metadata.diverged.is_none(),
    )?;
    let network = match metadata.diverged {
        None => file.fill(shape, &here.device)?,
        Some(_) => file.fill_unchecked(shape, &here.device)?,
    };
    let initial = match initial.is_empty() {
        true => Initial::Seed,
        false => {
            File::of(initial.clone()).fill(shape, &here.device)?;
            Initial::File(std::mem::take(&mut initial))
        }
    };

    let mut lesson = here.lesson.begin(&Start {
        device: &here.device,
        seed: metadata.seed,
        options: &options,
    });
    let luggage = Luggage {
        epoch: metadata.epoch,
        cursor: metadata.cursor,
        tensors: Vec::new(),
    };
    let mut take = |name: &str| {
        let at = handed_on.iter().position(|tensor| tensor.name == name)?;
        Some(handed_on.swap_remove(at).values)
    };
    lesson.resume(&luggage, &mut take)?;

    let mut run = Run::assembled(
        here.definition,
        here.device.clone(),
        metadata.seed,
        options,
        lesson,
        network,
        initial,
    );
    run.adam = adam;
    run.step = metadata.step;
    run.loss = metadata.loss;
    run.accuracy = metadata.accuracy.and_then(|text| text.parse().ok());
    run.diverged = metadata.diverged;
    Ok(run)
}

fn check(metadata: &Metadata, here: &Run) -> Result<(), Fault> {
    if metadata.lesson != here.lesson() {
        let (lesson, this) = (short(&metadata.lesson), here.lesson());
        let message = format!("The checkpoint is of the lesson {lesson}; this one is {this}.");
        return Err(Fault::new("wrong-lesson", message));
    }
    let share = |text: &String| {
        text.parse()
            .is_ok_and(|share| (0.0..=1.0f64).contains(&share))
    };
    let counts = metadata.step < MOST
        && metadata.epoch < MOST
        && metadata.seed <= u64::from(u32::MAX)
        && metadata.diverged.is_none_or(|step| step < MOST);
    if !counts || !metadata.accuracy.as_ref().is_none_or(share) {
        return Err(garbage("its counts are out of range"));
    }
    Ok(())
}

fn finite(tensor: &Named) -> bool {
    tensor.values.iter().all(|value| value.is_finite())
}
