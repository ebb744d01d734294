//! Runs that train side by side, beside the lesson's own, so that they can be compared.
//!
//! All start from the lesson's seed and read the same data in the same order; they differ in the options
//! that somebody asked for. A contest never touches the lesson's run.

use super::event_loop::now;
use super::protocol::{ComparisonArrays, Event, Outbox, RunArrays};
use crate::fault::Fault;
use crate::training::{Patch, Progress, Session};
use wasm_bindgen::JsValue;

/// The most runs at a time, and the most steps of each.
const MOST_RUNS: usize = 5;
const MOST_STEPS: f64 = 20_000.0;
/// Milliseconds that a turn should take, and between two reports.
const TURN: f64 = 24.0;
const REPORT: f64 = 250.0;

pub struct Contest {
    /// Who asked.
    pub id: JsValue,
    outbox: Outbox,
    runs: Vec<(Session, Progress)>,
    steps: u64,
    done: u64,
    reported: f64,
    steps_per_turn: u64,
}

impl Contest {
    /// Makes a run of `session`'s options but for each of `variants`, to do `steps` each.
    ///
    /// # Errors
    /// `compare-count`, and those of [`Session::rival`].
    pub fn new(
        session: &Session,
        variants: &[Patch],
        steps: f64,
        id: JsValue,
        outbox: Outbox,
    ) -> Result<Self, Fault> {
        let fits = variants.len() <= MOST_RUNS
            && steps.fract() == 0.0
            && (0.0..=MOST_STEPS).contains(&steps);
        if !fits {
            let runs = variants.len();
            let message = format!(
                "compare cannot do {steps} steps of {runs} runs: there are at most {MOST_RUNS} runs, of \
                 at most {MOST_STEPS} steps each."
            );
            return Err(Fault::new("compare-count", message).with("value", steps));
        }
        let mut runs = Vec::new();
        for patch in variants {
            runs.push((session.rival(patch)?, Progress::default()));
        }
        Ok(Contest {
            id,
            outbox,
            runs,
            steps: steps as u64,
            done: 0,
            reported: f64::NEG_INFINITY,
            steps_per_turn: 1,
        })
    }

    /// Does one turn; true when there is no more to do.
    ///
    /// # Errors
    /// `no-data`, `read-back`
    pub async fn advance(&mut self) -> Result<bool, Fault> {
        if self.runs.is_empty() {
            return Ok(true);
        }
        let started = now();
        let steps = self.steps_per_turn.min(self.steps - self.done);
        for (session, progress) in &mut self.runs {
            for _ in 0..steps {
                session.step()?;
            }
            progress.append(session.collect().await?);
        }
        self.done += steps;
        let took = now() - started;
        if took < TURN / 2.0 {
            self.steps_per_turn = (self.steps_per_turn * 2).min(256);
        } else if took > TURN * 2.0 {
            self.steps_per_turn = (self.steps_per_turn / 2).max(1);
        }
        let finished = self.done == self.steps;
        if finished || now() - self.reported > REPORT {
            self.report().await?;
        }
        Ok(finished)
    }

    /// Tells what came of every run since the last report, and how much of the gradient reaches each row
    /// of those that read rows.
    async fn report(&mut self) -> Result<(), Fault> {
        let mut runs = Vec::new();
        for (session, progress) in &mut self.runs {
            let progress = std::mem::take(progress);
            let norms = match session {
                Session::Mnist(mnist) => Some(mnist.row_gradients().await?.norms),
                Session::SinCos(_) => None,
            };
            runs.push(RunArrays::new(&progress.losses, norms.as_deref()));
        }
        let comparison = ComparisonArrays {
            step: self.done,
            runs,
        };
        self.outbox.event(Event::Comparison { comparison });
        self.reported = now();
        Ok(())
    }
}
