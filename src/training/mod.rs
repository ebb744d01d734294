//! A lesson as a session: step, evaluate, inspect, save, hand over.
//!
//! No browser in sight: the same session runs natively in tests and in a worker. A session never
//! waits for its device by itself: [`Session::step`] only enqueues work, and [`Session::collect`]
//! reads the results of all steps since, a few times a second.

mod batches;
mod checkpoint;
mod evaluation;
mod insight;
mod mnist;
mod optimizer;
pub mod options;
mod run;
mod sin_cos;

pub use evaluation::{Evaluation, Evaluator};
pub use insight::{Following, Inspection, Outputs, Reach, RowGradients, check_states};
pub use mnist::{Mnist, Prediction};
pub use options::{Options, Patch, StateMode, Value};
pub use sin_cos::{Segments, SinCos};

use crate::fault::Fault;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LessonName {
    /// An RNN predicts cos from sin.
    SinCos,
    /// An LSTM, or an RNN, reads a digit row by row.
    Mnist,
}

impl fmt::Display for LessonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LessonName::SinCos => "sin-cos",
            LessonName::Mnist => "mnist",
        })
    }
}

/// Where a session stands.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    pub lesson: LessonName,
    /// Whether the last step ended a length: an epoch, or 100 segments.
    pub finished: bool,
    /// Steps done in this run.
    pub step: u64,
    /// Lengths completed.
    pub epoch: u64,
    pub steps_per_epoch: u64,
    /// Steps done in the current length.
    pub epoch_step: u64,
    /// Of the last step that was collected.
    pub loss: Option<f32>,
    /// Of the last evaluation in this run, 0 to 1.
    pub accuracy: Option<f64>,
    pub seed: u64,
    pub options: Patch,
    /// Trained values.
    pub parameters: usize,
    /// As PyTorch prints the model.
    pub architecture: String,
}

/// What came of the steps since the last collection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// The 1-based number of the step that `losses[0]` belongs to.
    pub first_step: u64,
    pub losses: Vec<f32>,
    /// sin-cos: the curves of the same steps.
    pub segments: Option<Segments>,
    /// The first step whose loss is not a finite number.
    pub diverged_at: Option<u64>,
}

impl Progress {
    /// Puts `later` behind this.
    pub fn append(&mut self, later: Progress) {
        if self.losses.is_empty() {
            *self = later;
            return;
        }
        self.losses.extend(later.losses);
        self.diverged_at = self.diverged_at.or(later.diverged_at);
        if let (Some(segments), Some(later)) = (&mut self.segments, later.segments) {
            segments.append(later);
        }
    }
}

/// A lesson under way.
#[allow(clippy::large_enum_variant, reason = "a worker holds one")]
pub enum Session {
    SinCos(SinCos),
    Mnist(Mnist),
}

/// Does the same to whichever lesson it is.
macro_rules! either {
    ($session:expr, $lesson:ident => $body:expr) => {
        match $session {
            Session::SinCos($lesson) => $body,
            Session::Mnist($lesson) => $body,
        }
    };
}

impl Session {
    /// A fresh run on `device` (without autodiff), with the tutorial's options but for `patch`.
    ///
    /// # Errors
    /// Those of [`Options::patched`].
    pub fn new(
        lesson: LessonName,
        device: Device,
        seed: u64,
        patch: &Patch,
    ) -> Result<Self, Fault> {
        let options = Options::of(lesson).patched(lesson, patch)?;
        Ok(match lesson {
            LessonName::SinCos => Session::SinCos(SinCos::new(device, seed, options)),
            LessonName::Mnist => Session::Mnist(Mnist::new(device, seed, options)),
        })
    }

    pub fn lesson(&self) -> LessonName {
        match self {
            Session::SinCos(_) => LessonName::SinCos,
            Session::Mnist(_) => LessonName::Mnist,
        }
    }

    /// The MNIST lesson, for what only that one can do.
    ///
    /// # Errors
    /// `wrong-lesson`
    pub fn mnist(&mut self, what: &str) -> Result<&mut Mnist, Fault> {
        match self {
            Session::Mnist(mnist) => Ok(mnist),
            Session::SinCos(_) => {
                let message = format!("{what} belongs to the lesson mnist; this one is sin-cos.");
                Err(Fault::new("wrong-lesson", message).with("what", what))
            }
        }
    }

    /// The sin-cos lesson, for what only that one can do.
    ///
    /// # Errors
    /// `wrong-lesson`
    pub fn sin_cos(&self, what: &str) -> Result<&SinCos, Fault> {
        match self {
            Session::SinCos(sin_cos) => Ok(sin_cos),
            Session::Mnist(_) => {
                let message = format!("{what} belongs to the lesson sin-cos; this one is mnist.");
                Err(Fault::new("wrong-lesson", message).with("what", what))
            }
        }
    }

    /// Another run from its beginning, of the same seed, on the same digits, with the options of this one
    /// but for `patch`.
    ///
    /// # Errors
    /// Those of [`Options::patched`].
    pub fn rival(&self, patch: &Patch) -> Result<Self, Fault> {
        let options = self.options().patched(self.lesson(), patch)?;
        Ok(match self {
            Session::SinCos(lesson) => Session::SinCos(lesson.rival(options)),
            Session::Mnist(lesson) => Session::Mnist(lesson.rival(options)),
        })
    }

    pub fn standing(&self) -> Standing {
        either!(self, lesson => lesson.standing())
    }

    pub fn options(&self) -> &Options {
        either!(self, lesson => lesson.options())
    }

    /// Whether the last step ended a length.
    pub fn finished(&self) -> bool {
        either!(self, lesson => lesson.finished())
    }

    /// Enqueues one step.
    ///
    /// # Errors
    /// `no-data`: the MNIST lesson has no digits yet.
    pub fn step(&mut self) -> Result<(), Fault> {
        either!(self, lesson => lesson.step())
    }

    /// Waits for the device and reads what came of every step since the last time.
    ///
    /// # Errors
    /// `read-back`: the device is gone.
    pub async fn collect(&mut self) -> Result<Progress, Fault> {
        either!(self, lesson => lesson.collect().await)
    }

    /// Changes options in the middle of a run; another cell or hidden size starts a fresh one.
    ///
    /// # Errors
    /// Those of [`Options::patched`]; then nothing has changed.
    pub fn set(&mut self, patch: &Patch) -> Result<(), Fault> {
        let options = self.options().patched(self.lesson(), patch)?;
        either!(self, lesson => lesson.set(options));
        Ok(())
    }

    /// A fresh run: initial weights from `seed`.
    pub fn reset(&mut self, seed: u64) {
        either!(self, lesson => lesson.reset(seed));
    }

    /// The weights as safetensors, with PyTorch's names.
    ///
    /// # Errors
    /// `read-back`
    pub async fn save_weights(&self) -> Result<Vec<u8>, Fault> {
        either!(self, lesson => lesson.save_weights().await)
    }

    /// A fresh run from the weights in a safetensors file.
    ///
    /// # Errors
    /// Those of [`File::parse`](crate::model::weights::File::parse) and
    /// [`fill`](crate::model::weights::File::fill); then nothing has changed.
    pub fn load_weights(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        either!(self, lesson => lesson.load_weights(bytes))
    }

    /// Everything that continues this run elsewhere, as safetensors.
    ///
    /// # Errors
    /// `read-back`
    pub async fn save_checkpoint(&self) -> Result<Vec<u8>, Fault> {
        either!(self, lesson => lesson.save_checkpoint().await)
    }

    /// Goes on with the run that `bytes` were saved from.
    ///
    /// # Errors
    /// `checkpoint-garbage`, `wrong-lesson`; then nothing has changed.
    pub fn load_checkpoint(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        either!(self, lesson => lesson.load_checkpoint(bytes))
    }
}
