//! A run that is open: what every command does with it, and what waits for an answer.

use super::command::{Command, Set, SharedDigits, Source};
use super::comparison::Comparison;
use super::crew::Pending;
use super::event::{Answer, DataSource, Digit, Done, DrawingPrediction, Message, State, Timed};
use super::host::Host;
use super::pace::Pace;
use super::parameters::{checked_seed, checked_units, floats, list, normalised};
use super::sharing::Sharing;
use crate::data::{DataSet, Digits, Images, mnist, synthetic};
use crate::device::Backend;
use crate::fault::Fault;
use crate::lessons::options::Patch;
use crate::portrait::portrait;
use crate::training::{Evaluator, Progress, Run, check_states};
use std::collections::VecDeque;

/// The most steps of one request.
const MOST_STEPS: f64 = 1_000_000.0;
/// The most steps that are timed, and those before the clock runs.
const MOST_TIMED: f64 = 100.0;
const WARM_UP: usize = 3;
/// Steps between two looks at the clock, and milliseconds after which enough were timed.
const TOGETHER: u64 = 5;
const TIMED: f64 = 500.0;
/// Synthetic digits to train on and to test with.
const SYNTHETIC: (usize, usize) = (30_000, 2_000);
const SYNTHETIC_SEED: u64 = 1;

/// When a command is answered.
#[allow(clippy::large_enum_variant, reason = "it is sent at once")]
pub(super) enum When {
    /// With this.
    Now(Answer),
    /// When it is done.
    Later,
}

/// A request for steps that is answered when they are done.
pub(super) struct Steps {
    pub(super) id: f64,
    /// The steps of the run when it began, and when it is done.
    pub(super) from: u64,
    pub(super) to: u64,
}

/// An evaluation under way, and the request for it; there is none for those of a run itself.
pub(super) struct Job {
    pub(super) evaluator: Evaluator,
    pub(super) id: Option<f64>,
    /// Where a helper does it: what comes of it, and until when that is waited for.
    pub(super) beside: Option<(Pending, f64)>,
}

/// The last checkpoint: when it was made, how long that took, and after how many steps of its run.
pub(super) struct Kept {
    pub(super) time: f64,
    pub(super) took: f64,
    pub(super) step: u64,
}

/// A run and the work that waits for it.
pub(super) struct Open {
    pub(super) backend: Backend,
    pub(super) run: Run,
    pub(super) number: u64,
    pub(super) data: Option<DataSource>,
    pub(super) playing: bool,
    pub(super) steps: VecDeque<Steps>,
    pub(super) evaluations: VecDeque<Job>,
    pub(super) comparison: Option<Comparison>,
    /// Whether the next turn is the comparison's, where the run trains as well.
    pub(super) comparison_next: bool,
    /// Whether everything stands still, because the run may go on elsewhere.
    pub(super) handed_over: bool,
    /// Collected and not yet reported.
    pub(super) unreported: Progress,
    pub(super) reported: f64,
    /// Whether the run is another than the last checkpoint's.
    pub(super) changed: bool,
    pub(super) kept: Kept,
    /// When the next step of a paced run is due.
    pub(super) due: f64,
    pub(super) pace: Pace,
    pub(super) images: Pace,
    pub(super) sharing: Sharing,
    /// Helpers that were asked for.
    pub(super) helpers: usize,
    /// When the run had done how many steps, over the last [`SPEED_WINDOW`].
    pub(super) marks: VecDeque<(f64, u64)>,
}

impl Open {
    pub(super) fn new(run: Run, backend: Backend, number: u64, host: &dyn Host) -> Self {
        let images = Pace::between(run.chunks());
        Open {
            backend,
            run,
            number,
            data: None,
            playing: false,
            steps: VecDeque::new(),
            evaluations: VecDeque::new(),
            comparison: None,
            comparison_next: false,
            handed_over: false,
            unreported: Progress::default(),
            reported: f64::NEG_INFINITY,
            changed: true,
            kept: Kept {
                time: host.now(),
                took: 0.0,
                step: 0,
            },
            due: 0.0,
            pace: Pace::new(1, 256),
            images,
            sharing: Sharing::default(),
            helpers: 0,
            marks: VecDeque::new(),
        }
    }

    pub(super) async fn carry_out(
        &mut self,
        host: &dyn Host,
        id: f64,
        command: Command,
    ) -> Result<When, Fault> {
        let before = self.run.steps();
        let answer = match command {
            Command::Choose { .. } | Command::Open { .. } => {
                return Err(Fault::new("bad-request", "The core answers this itself."));
            }
            Command::State {} => Answer::State(self.state()),
            Command::Load { message } => {
                let (train, test) = SYNTHETIC;
                self.run.mnist("load")?;
                let set = synthetic::data_set(train, test, SYNTHETIC_SEED);
                Answer::Data(self.give(host, set, Source::Synthetic, false, message)?)
            }
            Command::LoadFiles {
                train_images,
                train_labels,
                test_images,
                test_labels,
                source,
            } => {
                self.run.mnist("load")?;
                let (set, verified) = mnist::read(mnist::Files {
                    train_images: &train_images,
                    train_labels: &train_labels,
                    test_images: &test_images,
                    test_labels: &test_labels,
                })?;
                let source = source.unwrap_or(Source::Files);
                Answer::Data(self.give(host, set, source, verified, None)?)
            }
            Command::ShareDigits {} => Answer::Shared(self.share()?),
            Command::TakeDigits(shared) => {
                self.run.mnist("takeDigits")?;
                let source = shared.source;
                let set = set_of(shared).ok_or_else(not_shared)?;
                Answer::Data(self.give(host, set, source, true, None)?)
            }
            Command::Play {} => {
                self.run.ready()?;
                self.playing = true;
                self.due = host.now();
                self.marks.clear();
                Answer::State(self.state())
            }
            Command::Pause {} => {
                self.stop(host, &stopped());
                Answer::State(self.state())
            }
            Command::Step { n } => {
                self.ask_steps(n, id)?;
                return Ok(When::Later);
            }
            Command::Reset { seed } => {
                let seed = seed.map(checked_seed).transpose()?;
                self.run.reset(seed)?;
                self.begin_afresh(host, before);
                Answer::State(self.state())
            }
            Command::Set { options } => {
                let cost = self.cost();
                let fresh = self.run.set(&options)?;
                if self.cost() != cost {
                    self.sharing.forget();
                }
                self.options_changed(host);
                if fresh {
                    self.begin_afresh(host, before);
                }
                Answer::State(self.state())
            }
            Command::Evaluate { n } => {
                let evaluator = self.run.evaluate(n)?;
                let id = Some(id);
                self.evaluations.push_back(Job {
                    evaluator,
                    id,
                    beside: None,
                });
                return Ok(When::Later);
            }
            Command::Predict { pixels } => Answer::Prediction(
                self.run
                    .predict(&floats("predict", "pixels", pixels)?)
                    .await?,
            ),
            Command::Inspect { pixels } => Answer::Inspection(
                self.run
                    .inspect(&floats("inspect", "pixels", pixels)?)
                    .await?,
            ),
            Command::Unroll { inputs, held } => {
                let (inputs, held) = (
                    floats("unroll", "inputs", inputs)?,
                    held.unwrap_or_default(),
                );
                Answer::Unrolled(self.run.unroll(&inputs, &held).await?)
            }
            Command::RowGradients {} => Answer::RowGradients(self.run.row_gradients().await?),
            Command::GradientReach {} => Answer::Reach(self.run.reach().await?),
            Command::OutputLayer { states } => {
                let states = list("outputLayer", "states", states)?;
                Answer::Outputs(self.run.outputs(&states).await?)
            }
            Command::Portrait {
                states,
                hidden_size,
                frame,
            } => {
                let states = list("portrait", "states", states)?;
                let size = checked_units(hidden_size)?;
                check_states(&states, size)?;
                let frame = frame.as_ref().map(|frame| &frame[..]);
                Answer::Portrait(portrait(&states, size, frame))
            }
            Command::ScanOrder {} => {
                let lesson = self.run.mnist("scanOrder")?;
                Answer::Order(lesson.reading().scan().order().into())
            }
            Command::Compare { variants, steps } => {
                if variants.is_empty() {
                    self.end_comparison(host, &stopped());
                    Answer::Done(Done { step: 0 })
                } else {
                    self.compare(host, &variants, steps, id)?;
                    return Ok(When::Later);
                }
            }
            Command::Time { steps } => Answer::Timed(self.time(host, steps).await?),
            Command::StopComparison {} => {
                self.end_comparison(host, &stopped());
                Answer::Nothing
            }
            Command::Follow { inputs } => {
                let inputs = list("follow", "inputs", inputs)?;
                Answer::Following(self.run.follow(&inputs).await?)
            }
            Command::Generate { inputs, more, by } => {
                let inputs = list("generate", "inputs", inputs)?;
                Answer::Generated(self.run.generate(&inputs, more, by).await?)
            }
            Command::ClassifyDrawing { drawing } => {
                self.run.mnist("classifyDrawing")?;
                let image = normalised(drawing)?;
                let pixels: Vec<f32> = image.iter().map(|&p| f32::from(p) / 255.0).collect();
                Answer::Drawing(DrawingPrediction {
                    prediction: self.run.predict(&pixels).await?,
                    pixels: image.to_vec().into(),
                })
            }
            Command::Digit { set, index } => {
                let lesson = self.run.mnist("digit")?;
                let (pixels, label) = lesson.digit(set == Set::Train, index)?;
                let pixels = pixels.to_vec().into();
                Answer::Digit(Digit {
                    index,
                    label,
                    pixels,
                })
            }
            Command::SaveWeights {} => Answer::Bytes(self.run.save_weights().await?.into()),
            Command::LoadWeights { bytes } => {
                self.run.load_weights(&bytes)?;
                self.begin_afresh(host, before);
                Answer::State(self.state())
            }
            Command::HandOver {} => {
                self.finish_own_evaluations(host).await?;
                let hand_over = self.checkpoint(host).await?;
                self.handed_over = true;
                Answer::Continuation(hand_over)
            }
            Command::CarryOn {} => {
                self.handed_over = false;
                self.due = host.now();
                self.marks.clear();
                Answer::State(self.state())
            }
            Command::Resume { bytes } => {
                self.run.resume(&bytes)?;
                self.sharing.forget();
                let number = self.number;
                self.begin_afresh(host, before);
                self.number = number;
                Answer::State(self.state())
            }
        };
        self.keep_if_still(host).await?;
        Ok(When::Now(answer))
    }

    /// New digits: what was under way on the old ones concerns nobody any more.
    fn give(
        &mut self,
        host: &dyn Host,
        set: DataSet,
        source: Source,
        verified: bool,
        message: Option<String>,
    ) -> Result<DataSource, Fault> {
        let data = DataSource {
            source,
            synthetic: source == Source::Synthetic,
            verified,
            train: set.train.len(),
            test: set.test.len(),
            message,
        };
        self.run.give(set)?;
        self.changed = true;
        self.end_evaluations(host, &superseded("digits"));
        self.end_comparison(host, &superseded("digits"));
        Ok(self.data.insert(data).clone())
    }

    fn share(&self) -> Result<SharedDigits, Fault> {
        let DataSet { train, test } = self.run.mnist("shareDigits")?.digits()?;
        let verified = self.data.as_ref().filter(|data| data.verified);
        let source = verified.ok_or_else(not_shared)?.source;
        let packed = |digits: &Digits| digits.images.packed().to_vec().into();
        Ok(SharedDigits {
            train_images: packed(train),
            train_labels: train.labels.clone().into(),
            test_images: packed(test),
            test_labels: test.labels.clone().into(),
            source,
        })
    }

    fn ask_steps(&mut self, n: f64, id: f64) -> Result<(), Fault> {
        if n.fract() != 0.0 || !(1.0..=MOST_STEPS).contains(&n) {
            let message = format!(
                "step cannot do {n} steps: it must be a whole number from 1 to {MOST_STEPS}."
            );
            return Err(Fault::new("step-count", message).with("value", n));
        }
        self.run.ready()?;
        let from = self.steps.back().map_or(self.run.steps(), |last| last.to);
        let to = from + n as u64;
        self.steps.push_back(Steps { id, from, to });
        Ok(())
    }

    fn compare(
        &mut self,
        host: &dyn Host,
        variants: &[Patch],
        steps: f64,
        id: f64,
    ) -> Result<(), Fault> {
        self.run.has_data()?;
        let comparison = Comparison::new(&self.run, variants, steps, id)?;
        self.end_comparison(host, &superseded("comparison"));
        self.comparison = Some(comparison);
        Ok(())
    }

    /// Times steps of a run from this one's beginning, which is thrown away.
    async fn time(&self, host: &dyn Host, steps: f64) -> Result<Timed, Fault> {
        if steps.fract() != 0.0 || !(1.0..=MOST_TIMED).contains(&steps) {
            let message = format!(
                "time cannot do {steps} steps: it must be a whole number from 1 to {MOST_TIMED}."
            );
            return Err(Fault::new("step-count", message).with("value", steps));
        }
        let mut run = self.run.variant(&Patch::new())?;
        // The first ones compile what the others run.
        let warm_up = host.now();
        for _ in 0..WARM_UP {
            run.step()?;
        }
        run.collect().await?;
        let (began, before) = (host.now(), run.steps());
        let together = match began - warm_up < TIMED {
            true => TOGETHER,
            false => 1,
        };
        let end = before + steps as u64;
        let mut took = 0.0;
        while took < TIMED && run.steps() < end {
            for _ in 0..together.min(end - run.steps()) {
                run.step()?;
            }
            run.collect().await?;
            took = host.now() - began;
        }
        let step = took / (run.steps() - before) as f64;
        Ok(Timed { step })
    }

    /// Training stops; whoever waits for steps is told `why`, and how many were done.
    pub(super) fn stop(&mut self, host: &dyn Host, why: &Fault) {
        self.playing = false;
        self.report(host);
        let done = self.run.steps();
        self.end_steps(host, why, done);
    }

    fn end_steps(&mut self, host: &dyn Host, why: &Fault, done: u64) {
        for Steps { id, from, .. } in std::mem::take(&mut self.steps) {
            let why = why.clone().with("done", done.saturating_sub(from));
            host.send(Message::Reply {
                id,
                answer: Err(why),
            });
        }
    }

    fn end_evaluations(&mut self, host: &dyn Host, why: &Fault) {
        for job in std::mem::take(&mut self.evaluations) {
            if let Some(id) = job.id {
                let answer = Err(why.clone());
                host.send(Message::Reply { id, answer });
            }
        }
    }

    pub(super) fn end_comparison(&mut self, host: &dyn Host, why: &Fault) {
        if let Some(comparison) = self.comparison.take() {
            let why = why.clone().with("done", comparison.done());
            host.send(Message::Reply {
                id: comparison.id,
                answer: Err(why),
            });
        }
    }

    /// Whoever waits for anything is told `why`.
    pub(super) fn fail(&mut self, host: &dyn Host, why: &Fault) {
        let done = self.run.steps();
        self.end_steps(host, why, done);
        self.end_evaluations(host, why);
        self.end_comparison(host, why);
    }

    fn options_changed(&mut self, host: &dyn Host) {
        self.changed = true;
        self.due = host.now();
        self.pace.forget();
        self.images = Pace::between(self.run.chunks());
    }

    /// The options that a step's time depends on.
    fn cost(&self) -> Patch {
        let of = [
            "cell",
            "hiddenSize",
            "batchSize",
            "trainOn",
            "carryState",
            "workers",
        ];
        let mut options = self.run.options().to_patch();
        options.retain(|name, _| of.contains(&name.as_str()));
        options
    }

    /// Another run took the place of one that had done `done` steps.
    fn begin_afresh(&mut self, host: &dyn Host, done: u64) {
        let why = superseded("run");
        self.unreported = Progress::default();
        self.playing = false;
        self.end_steps(host, &why, done);
        self.end_evaluations(host, &why);
        self.number += 1;
        self.options_changed(host);
        self.marks.clear();
        self.kept.step = self.run.steps();
    }

    pub(super) fn trains(&self) -> bool {
        let done = self.run.steps();
        self.playing || self.steps.iter().any(|asked| asked.to > done)
    }

    pub(super) fn state(&self) -> State {
        let running = self.trains();
        let speed = match (self.marks.front(), self.marks.back()) {
            (Some((since, from)), Some((until, to))) if running && until > since => {
                (to - from) as f64 * 1000.0 / (until - since)
            }
            _ => 0.0,
        };
        let run = &self.run;
        let position = run.position();
        State {
            lesson: run.lesson(),
            run: self.number,
            backend: self.backend,
            running,
            playing: self.playing,
            finished: position.finished,
            step: run.steps(),
            epoch: position.epoch,
            steps_per_epoch: position.steps_per_epoch,
            epoch_step: position.epoch_step,
            loss: run.loss(),
            accuracy: run.accuracy(),
            untrained: run.untrained(),
            steps_per_second: speed,
            workers: self.sharing.last(),
            step_time: self.sharing.pace(),
            seed: run.seed(),
            options: run.options().to_patch(),
            data: self.data.clone(),
            parameters: run.parameters(),
            architecture: run.architecture(),
        }
    }
}

/// None if they are no digits.
fn set_of(shared: SharedDigits) -> Option<DataSet> {
    let digits = |images: Vec<u8>, labels: Vec<u8>| {
        let images = Images::from_packed(images, labels.len())?;
        let are_digits = !labels.is_empty() && labels.iter().all(|&label| label < 10);
        are_digits.then_some(Digits { images, labels })
    };
    Some(DataSet {
        train: digits(shared.train_images.0, shared.train_labels.0)?,
        test: digits(shared.test_images.0, shared.test_labels.0)?,
    })
}

fn not_shared() -> Fault {
    let message = "Only verified digits are shared between workers.";
    Fault::new("bad-request", message)
}

/// What became of a request that somebody cut short.
fn stopped() -> Fault {
    Fault::new("stopped", "It was stopped before it was done.")
}

/// What became of a request when another run, other digits or another comparison came.
pub(super) fn superseded(by: &str) -> Fault {
    let message = match by {
        "digits" => "Other digits came before it was done.",
        "comparison" => "Another comparison began before it was done.",
        _ => "Another run began before it was done.",
    };
    Fault::new("superseded", message).with("by", by)
}
