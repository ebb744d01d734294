//! Lessons: what a network is taught, one value of one trait each.
//!
//! A lesson says which network it needs, what the next step learns from, and how far it has come;
//! it is a file here and a row in [`LESSONS`]. How a network learns from what a lesson gives it,
//! [`training`](crate::training) knows; nothing here knows of browsers.

pub mod batches;
mod mnist;
pub mod options;
mod sin_cos;

pub use mnist::{DIGITS, Mnist, ROWS, TrainOn, WORKERS};
pub use sin_cos::{LONGEST, Segments, SinCos, StateMode};

use crate::data::DataSet;
use crate::fault::{Fault, short};
use crate::model::{Network, NetworkShape};
use crate::operators::head::Objective;
use crate::operators::recurrent::Sequence;
use burn::tensor::{Device, Tensor};
use options::{Options, Row};
use std::any::Any;

/// An RNN, an LSTM or a GRU predicts cos from sin.
pub static SIN_COS: Definition = sin_cos::DEFINITION;
/// An LSTM, an RNN or a GRU reads a digit row by row.
pub static MNIST: Definition = mnist::DEFINITION;

/// Every lesson.
pub static LESSONS: [&Definition; 2] = [&SIN_COS, &MNIST];

/// What there is to know of a lesson before it begins.
pub struct Definition {
    /// As everybody calls it.
    pub name: &'static str,
    /// Its options, with the tutorial's values.
    pub options: &'static [Row],
    /// Whether its steps are so small that a GPU takes longer to start one than a CPU to do it.
    pub small_steps: bool,
    /// Whether a step on the CPU is cut into parts, which several workers can share: its batches begin
    /// from the zero state, and [`Lesson::learned`] is not told what came of them.
    pub cut: fn(&Options) -> bool,
    /// The network that it needs.
    pub network: fn(&Options) -> NetworkShape,
    /// The largest batch of a step: sequences, and time steps of each.
    pub batch: fn(&Options) -> [usize; 2],
    /// The lesson at the beginning of a run.
    pub begin: fn(&Start) -> Box<dyn Lesson>,
}

impl Definition {
    /// The tutorial's options.
    pub fn defaults(&self) -> Options {
        Options::new(self.name, self.options)
    }
}

/// The lesson called `name`.
///
/// # Errors
/// `lesson-unknown` names the lessons there are.
pub fn named(name: &str) -> Result<&'static Definition, Fault> {
    let known = LESSONS.iter().find(|lesson| lesson.name == name);
    known.copied().ok_or_else(|| {
        let names: Vec<_> = LESSONS.iter().map(|lesson| lesson.name).collect();
        let (name, names) = (short(name), names.join(", "));
        let message = format!("There is no lesson {name}. There are {names}.");
        Fault::new("lesson-unknown", message)
            .with("name", name)
            .with("known", names)
    })
}

/// What a lesson begins a run with.
pub struct Start<'a> {
    /// Where its tensors live.
    pub device: &'a Device,
    /// What the order of its examples is drawn from.
    pub seed: u64,
    /// The run's options.
    pub options: &'a Options,
}

/// What one step learns from.
pub struct Batch {
    /// `[batch, time, inputs]`
    pub inputs: Tensor<3>,
    /// What the outputs are compared with, as [`Network::learn`] takes it.
    pub target: Tensor<1>,
    /// The states before the first time step, `[states, batch, H]`.
    pub initial: Tensor<3>,
    /// At which time steps there are outputs, and how they are compared.
    pub objective: Objective,
}

/// How far a run has come in its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Epochs completed; never fewer than before.
    pub epoch: u64,
    /// Steps of an epoch.
    pub steps_per_epoch: u64,
    /// Steps done in the current epoch.
    pub epoch_step: u64,
    /// Whether the last step ended an epoch.
    pub finished: bool,
}

impl Position {
    /// After `steps` steps in epochs of `length` steps each, which follow one another by themselves.
    pub fn after(steps: u64, length: u64) -> Self {
        let finished = steps > 0 && steps.is_multiple_of(length);
        Position {
            epoch: steps / length,
            steps_per_epoch: length,
            epoch_step: if finished { length } else { steps % length },
            finished,
        }
    }
}

/// What a lesson hands on when its run goes on elsewhere.
#[derive(Default)]
pub struct Luggage {
    /// Where its data order stands.
    pub epoch: u64,
    /// How much of the epoch was read.
    pub cursor: usize,
    /// Tensors, flat, by name.
    pub tensors: Vec<(String, Tensor<1>)>,
}

/// A lesson under way: it belongs to one run.
pub trait Lesson: Any {
    /// What step `step`, from 0, learns from.
    ///
    /// # Errors
    /// `no-data` where it has none yet; then nothing has changed.
    fn next(&mut self, step: u64, network: &Network) -> Result<Batch, Fault>;

    /// What came of it: the outputs, as [`Network::learn`] gives them, and the sequence. Returns what is to be read back with the loss.
    fn learned(&mut self, _output: Tensor<2>, _sequence: Sequence) -> Vec<Tensor<1>> {
        Vec::new()
    }

    /// What [`learned`](Self::learned) asked for in each of the steps since the last time, read
    /// back.
    fn read(&mut self, _steps: &[&[f32]]) -> Option<Segments> {
        None
    }

    /// The inputs that `what` was given, as the network reads them: `[time, inputs]`, at least one time step.
    ///
    /// # Errors
    /// What is wrong with them.
    fn sequence(&self, what: &str, inputs: &[f32]) -> Result<Vec<f32>, Fault>;

    /// Where the run stands after `steps` steps.
    fn position(&self, steps: u64) -> Position;

    /// Takes over other options in the middle of a run. The network stays the same.
    fn set(&mut self, options: &Options);

    /// The lesson at the beginning of another run, with the same data.
    fn begin(&self, start: &Start) -> Box<dyn Lesson>;

    /// Whether there is something to learn from.
    ///
    /// # Errors
    /// `no-data`
    fn ready(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// Takes digits to read.
    ///
    /// # Errors
    /// `wrong-lesson` where it reads none.
    fn give(&mut self, _digits: DataSet) -> Result<(), Fault> {
        Err(wrong("load", "mnist"))
    }

    /// What the run needs to go on elsewhere.
    fn save(&self) -> Luggage {
        Luggage::default()
    }

    /// Goes on with what [`save`](Self::save) gave, in the same options; `take` yields a tensor's
    /// values by name.
    ///
    /// # Errors
    /// `checkpoint-garbage`; then nothing has changed.
    fn resume(
        &mut self,
        _luggage: &Luggage,
        _take: &mut dyn FnMut(&str) -> Option<Vec<f32>>,
    ) -> Result<(), Fault> {
        Ok(())
    }
}

/// What it means when `what` is asked of another lesson than `owner`.
pub fn wrong(what: &str, owner: &str) -> Fault {
    let message = format!("{what} belongs to the lesson {owner}; this one is another.");
    Fault::new("wrong-lesson", message)
        .with("what", what)
        .with("owner", owner)
}

/// What it means when a checkpoint cannot be gone on from, for this `reason`.
pub fn garbage(reason: impl std::fmt::Display) -> Fault {
    let message = format!("This is not a checkpoint of a run: {reason}.");
    Fault::new("checkpoint-garbage", message)
}
