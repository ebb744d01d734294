//! Runs that train side by side, beside the lesson's own, so that they can be compared.
//!
//! All start from the lesson's seed and read the same data in the same order; they differ in the
//! options that somebody asked for. A comparison never touches the lesson's run. A turn is one
//! run's share of a block of steps, or what one run has to report, so that it is short however many
//! runs there are.

use super::event::{Compared, Comparison as Report};
use super::pace::Pace;
use crate::fault::Fault;
use crate::lessons::options::Patch;
use crate::training::{Evaluator, Progress, Run};

/// The most runs at a time, and the most steps of each.
const MOST_RUNS: usize = 5;
const MOST_STEPS: f64 = 20_000.0;
/// Milliseconds between two reports.
const REPORT: f64 = 250.0;

/// A comparison under way.
pub struct Comparison {
    /// The request that asked for it.
    pub id: f64,
    runs: Vec<Runner>,
    steps: u64,
    /// Steps that every run has done.
    done: u64,
    /// Steps of the block under way.
    block: u64,
    /// The run whose turn it is.
    at: usize,
    /// What the runs before `at` have to report, where a report is being written.
    report: Option<Vec<Compared>>,
    /// Steps that were reported, and when.
    reported: u64,
    reported_at: Option<f64>,
}

/// One of the runs.
struct Runner {
    run: Run,
    /// What is not reported yet.
    progress: Progress,
    /// A larger network takes fewer steps a turn; all take as many as the slowest.
    pace: Pace,
    /// Test images a turn, of the evaluation at the end.
    images: Pace,
    evaluator: Option<Evaluator>,
}

impl Comparison {
    /// Makes a run of `run`'s options except those in each of `variants`, to do `steps` each.
    ///
    /// # Errors
    /// `compare-count`, and those of [`Run::variant`].
    pub fn new(run: &Run, variants: &[Patch], steps: f64, id: f64) -> Result<Self, Fault> {
        let counts = (1..=MOST_RUNS).contains(&variants.len());
        if !counts || steps.fract() != 0.0 || !(0.0..=MOST_STEPS).contains(&steps) {
            let runs = variants.len();
            let message = format!(
                "compare cannot do {steps} steps of {runs} runs: there are from 1 to {MOST_RUNS} \
                 runs, of at most {MOST_STEPS} steps each."
            );
            return Err(Fault::new("compare-count", message).with("value", steps));
        }
        let mut runs = Vec::new();
        for patch in variants {
            let run = run.variant(patch)?;
            runs.push(Runner {
                images: Pace::between(run.chunks()),
                run,
                progress: Progress::default(),
                pace: Pace::new(1, 256),
                evaluator: None,
            });
        }
        Ok(Comparison {
            id,
            runs,
            steps: steps as u64,
            done: 0,
            block: 0,
            at: 0,
            report: None,
            reported: 0,
            reported_at: None,
        })
    }

    /// Steps that every run has done.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Whether there is no more to do.
    pub fn finished(&self) -> bool {
        self.done == self.steps && self.report.is_none() && self.reported_at.is_some()
    }

    /// Does one turn. Returns a report where one is complete.
    ///
    /// # Errors
    /// `no-data`, `read-back`
    pub async fn turn(&mut self, now: &dyn Fn() -> f64) -> Result<Option<Report>, Fault> {
        if self.report.is_some() {
            return self.write_report(now).await;
        }
        if self.at == 0 {
            let paces = self.runs.iter().map(|runner| runner.pace.allowed());
            let allowed = paces.min().unwrap_or(1) as u64;
            self.block = allowed.min(self.steps - self.done);
        }
        let started = now();
        let Runner {
            run,
            progress,
            pace,
            ..
        } = &mut self.runs[self.at];
        for _ in 0..self.block {
            // A run that diverged stands still; the others go on.
            match run.step() {
                Err(fault) if fault.code == "nan-loss" => break,
                other => other?,
            }
        }
        progress.append(run.collect().await?);
        pace.took(self.block as usize, now() - started);
        self.at += 1;
        if self.at == self.runs.len() {
            self.at = 0;
            self.done += self.block;
            let due = self.reported_at.is_none_or(|then| now() - then > REPORT);
            if due || self.done == self.steps {
                self.report = Some(Vec::new());
            }
        }
        Ok(None)
    }

    /// Asks the next run for its report, and returns it when all have given theirs.
    async fn write_report(&mut self, now: &dyn Fn() -> f64) -> Result<Option<Report>, Fault> {
        let last = self.done == self.steps && self.steps > 0;
        let runner = &mut self.runs[self.at];
        let accuracy = match runner.run.evaluated_images().filter(|_| last) {
            None => None,
            Some(images) => match runner.read(images, now).await? {
                None => return Ok(None),
                accuracy => accuracy,
            },
        };
        let Runner { run, progress, .. } = runner;
        let norms = match run.row_gradients().await {
            Ok(gradients) => Some(gradients.norms),
            Err(fault) if fault.code == "wrong-lesson" => None,
            Err(fault) => return Err(fault),
        };
        let losses = std::mem::take(progress).losses.into();
        let parts = self.report.get_or_insert_default();
        parts.push(Compared {
            losses,
            norms,
            accuracy,
        });
        self.at += 1;
        if self.at < self.runs.len() {
            return Ok(None);
        }
        self.at = 0;
        let report = Report {
            id: self.id,
            first: self.reported + 1,
            step: self.done,
            runs: self.report.take().unwrap_or_default(),
        };
        self.reported = self.done;
        self.reported_at = Some(now());
        Ok(Some(report))
    }
}

impl Runner {
    /// Reads some of the first test images; when all are read, returns the share that was read right.
    async fn read(&mut self, images: usize, now: &dyn Fn() -> f64) -> Result<Option<f64>, Fault> {
        let evaluator = match &mut self.evaluator {
            Some(evaluator) => evaluator,
            none => none.insert(self.run.evaluate(images as f64)?),
        };
        if self.images.timed(now, |most| evaluator.advance(most)) {
            return Ok(None);
        }
        match self.evaluator.take() {
            Some(evaluator) => Ok(Some(evaluator.finish().await?.accuracy)),
            None => Ok(None),
        }
    }
}
