//! What the core says: answers, and events that nobody asked for.

use super::command::{SharedDigits, Source};
use crate::device::{Backend, Choice};
use crate::fault::Fault;
use crate::lessons::Segments;
use crate::lessons::options::Patch;
use crate::numbers::Numbers;
use crate::portrait::Portrait;
use crate::training::{
    Evaluation, Following, Generated, Inspection, Outputs, Prediction, Reach, RowGradients,
    Unrolled,
};
use serde::Serialize;

/// Where the digits came from. Synthetic ones are always labelled as such where results show.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DataSource {
    /// Which of the places it was.
    pub source: Source,
    /// Whether they were drawn by `synthetic.rs`.
    pub synthetic: bool,
    /// The SHA-256 of all four files is the published one.
    pub verified: bool,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Why they are synthetic, when real digits were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub message: Option<String>,
}

/// What a run is like at the moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct State {
    /// Its lesson.
    #[cfg_attr(test, ts(type = "Lesson"))]
    pub lesson: &'static str,
    /// The number of the run: one more with every fresh run.
    pub run: u64,
    /// Where it computes.
    pub backend: Backend,
    /// Whether it plays, or steps that were asked for are not done.
    pub running: bool,
    /// Whether it plays.
    pub playing: bool,
    /// Whether the last step ended an epoch.
    pub finished: bool,
    /// Steps done.
    pub step: u64,
    /// Epochs completed: passes over the digits, or lengths of 100 segments.
    pub epoch: u64,
    /// Steps of an epoch: 938 batches of 64 digits, 100 segments.
    pub steps_per_epoch: u64,
    /// Steps done in the current epoch.
    pub epoch_step: u64,
    /// Of the last step.
    pub loss: Option<f32>,
    /// mnist: of the last evaluation of the first 2,000 test images, 0 to 1.
    pub accuracy: Option<f64>,
    /// Whether the weights have learned nothing: no step was done, and they are of no file.
    pub untrained: bool,
    /// Over the last second and a half; 0 when not running.
    pub steps_per_second: f64,
    /// Workers that share a step; while it is tried how many are fastest, as before.
    pub workers: usize,
    /// Milliseconds that a step takes, the median of the last ones, where that is measured and known.
    pub step_time: Option<f64>,
    /// What the initial weights and the order of the data are drawn from.
    pub seed: u64,
    /// Every option of the lesson.
    #[cfg_attr(test, ts(type = "Options"))]
    pub options: Patch,
    /// mnist: where the digits came from.
    pub data: Option<DataSource>,
    /// Trainable parameters.
    pub parameters: usize,
    /// As PyTorch prints the model, several lines.
    pub architecture: String,
}

/// What came of the steps since the last metrics.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Metrics {
    /// The 1-based number of the step that `losses[0]` belongs to.
    pub first_step: u64,
    /// One for every step.
    pub losses: Numbers<f32>,
    /// sin-cos: the curves of the same steps.
    pub segments: Option<Segments>,
    /// After them.
    pub state: State,
}

/// What came of runs side by side since the last time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Comparison {
    /// The request it belongs to.
    pub id: f64,
    /// The 1-based number of the step that the first of the losses belongs to.
    pub first: u64,
    /// Steps that each run has done.
    pub step: u64,
    /// In the order of the variants.
    pub runs: Vec<Compared>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Compared {
    /// Of its new steps.
    pub losses: Numbers<f32>,
    /// mnist: how much of the gradient reaches each row by now.
    pub norms: Option<Numbers<f32>>,
    /// mnist, with the last report: of the first 2,000 test images, or of all where there are fewer, 0 to 1.
    pub accuracy: Option<f64>,
}

/// What a drawing was read as.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DrawingPrediction {
    /// What the network makes of it.
    #[serde(flatten)]
    pub prediction: Prediction,
    /// The 784 pixels that it was fed.
    pub pixels: Numbers<u8>,
}

/// One digit of the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Digit {
    /// Its place in its set.
    pub index: f64,
    /// Which digit it is.
    pub label: u8,
    /// 784, white on black.
    pub pixels: Numbers<u8>,
}

/// Steps that somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Waiting {
    /// The request.
    pub id: f64,
    /// Steps still to do.
    pub steps: u64,
}

/// Everything that continues a run elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Continuation {
    /// A checkpoint: safetensors with weights, moments, carried state and, as metadata, where the
    /// run stands.
    pub bytes: Numbers<u8>,
    /// The run as it stands there.
    pub state: State,
    /// Steps that were asked for and are not done, in their order.
    pub waiting: Vec<Waiting>,
}

/// How far a comparison came.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Done {
    /// Steps that each run has done.
    pub step: u64,
}

/// How long a step takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Timed {
    /// Milliseconds.
    pub step: f64,
}

/// What a command is answered with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "each is what its type says")]
#[allow(clippy::large_enum_variant, reason = "it is sent at once")]
pub enum Answer {
    Choice(Option<Choice>),
    State(State),
    Data(DataSource),
    Shared(SharedDigits),
    Evaluation(Evaluation),
    Prediction(Prediction),
    Drawing(DrawingPrediction),
    Inspection(Inspection),
    Unrolled(Unrolled),
    RowGradients(RowGradients),
    Reach(Reach),
    Outputs(Outputs),
    Portrait(Portrait),
    Order(Numbers<u16>),
    Following(Following),
    Generated(Generated),
    Digit(Digit),
    Bytes(Numbers<u8>),
    Continuation(Continuation),
    Done(Done),
    Timed(Timed),
    Nothing,
}

/// What the core says without being asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(clippy::large_enum_variant, reason = "it is sent at once")]
pub enum Event {
    /// Steps were done: a few times a second while training, and after steps that were asked for.
    Metrics {
        /// What came of them.
        metrics: Metrics,
    },
    /// Test images were read.
    Evaluation {
        /// What came of them.
        evaluation: Evaluation,
        /// After it.
        state: State,
        /// Somebody asked; else the run did by itself.
        asked: bool,
        /// It read as many images as all that the run does by itself.
        counts: bool,
    },
    /// Runs side by side did steps.
    Comparison {
        /// What came of them.
        comparison: Comparison,
    },
    /// From here the run goes on, should the worker come to an end.
    Checkpoint {
        /// What to keep.
        #[serde(flatten)]
        checkpoint: Continuation,
    },
    /// The epoch ended, and with it the training.
    Stopped {
        /// At its end.
        state: State,
    },
    /// Something failed that nobody waits for.
    Fault {
        /// What.
        error: Fault,
        /// Whether this core answers no more.
        fatal: bool,
    },
}

/// What leaves the core.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "it is sent at once")]
pub enum Message {
    /// The answer to a request.
    Reply {
        /// The request.
        id: f64,
        /// Its value, or what became of it.
        answer: Result<Answer, Fault>,
    },
    /// An event.
    Event(Event),
}
