//! The core: answers every command once, and does its work a turn at a time.
//!
//! A turn is short: a few steps, one chunk of an evaluation, one run's share of a comparison. What
//! time it is and where messages go, it is handed in, so that all of it runs natively in tests. It
//! knows no browser.

use super::command::{Command, Drawing, List, Pixels, Set, Source};
use super::comparison::Comparison;
use super::event::{
    Answer, DataSource, Digit, Done, DrawingPrediction, Event, HandOver, Message, Metrics, State,
    Waiting,
};
use super::pace::Pace;
use crate::data::{DataSet, drawing, mnist, synthetic};
use crate::device::{self, Backend};
use crate::fault::Fault;
use crate::lessons;
use crate::lessons::options::Patch;
use crate::portrait::portrait;
use crate::training::{CHUNK, Evaluator, Progress, Run, check_states, diverged};
use std::collections::VecDeque;

/// Milliseconds between two reports of metrics; and where that many steps have come meanwhile, more
/// than any picture shows at once, between two of those.
const REPORT: f64 = 50.0;
const CROWD: usize = 100;
const CROWDED_REPORT: f64 = 200.0;
/// Milliseconds between two checkpoints of a run that trains.
const CHECKPOINT: f64 = 4_000.0;
/// Milliseconds over which the speed is measured.
const SPEED_WINDOW: f64 = 1_500.0;
/// Milliseconds that a paced run may fall behind before it forgets what it has missed.
const BEHIND: f64 = 250.0;
/// Steps between two evaluations: the tutorial's.
const EVALUATE_EVERY: u64 = 50;
/// The most steps of one request.
const MOST_STEPS: f64 = 1_000_000.0;
/// Synthetic digits to train on and to test with.
const SYNTHETIC: (usize, usize) = (30_000, 2_000);
const SYNTHETIC_SEED: u64 = 1;

/// What the core lives in.
pub trait Host {
    /// Milliseconds since some moment.
    fn now(&self) -> f64;
    /// Sends a message on its way.
    fn send(&self, message: Message);
}

/// What the loop should wait for before the next turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// Nothing: there is more to do.
    AtOnce,
    /// So many milliseconds, or a command.
    After(f64),
    /// A command: there is nothing to do.
    Command,
}

/// The core of one worker.
pub struct Core<H: Host> {
    host: H,
    open: Option<Open>,
    /// Why it answers no more.
    lost: Option<Fault>,
}

/// When a command is answered.
enum When {
    Now(Answer),
    Later,
}

impl<H: Host> Core<H> {
    /// A core with nothing to do yet.
    pub fn new(host: H) -> Self {
        Core {
            host,
            open: None,
            lost: None,
        }
    }

    /// What it lives in.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Answers the request `id`, now or, for work that takes turns, when it is done.
    pub async fn handle(&mut self, id: f64, command: Command) {
        let answer = match &self.lost {
            Some(fault) => Err(fault.clone()),
            None => self.carry_out(id, command).await,
        };
        match answer {
            Ok(When::Now(value)) => self.reply(id, Ok(value)),
            Ok(When::Later) => {}
            Err(fault) if fault.code == READ_BACK => {
                let lost = self.lose(&fault);
                self.reply(id, Err(lost));
            }
            Err(fault) => self.reply(id, Err(fault)),
        }
    }

    async fn carry_out(&mut self, id: f64, command: Command) -> Result<When, Fault> {
        match command {
            Command::Choose {
                lesson,
                asked,
                found,
            } => {
                let lesson = lessons::named(&lesson)?;
                let choice = device::choose(lesson, asked, found);
                Ok(When::Now(Answer::Choice(choice)))
            }
            Command::Open {
                backend,
                lesson,
                seed,
                options,
                run,
            } => {
                let (lesson, seed) = (lessons::named(&lesson)?, checked_seed(seed)?);
                let device = device::start(backend).await?;
                let started = Run::new(lesson, device, seed, &options)?;
                Ok(self.open(started, backend, run as u64))
            }
            command => {
                let Some(open) = &mut self.open else {
                    let message = "Nothing is open yet: open comes before every other command.";
                    return Err(Fault::new("bad-request", message));
                };
                open.carry_out(&self.host, id, command).await
            }
        }
    }

    /// Opens a run that is there already, under the number `number`; whoever waited for something
    /// of the one before is told.
    pub fn begin(&mut self, run: Run, backend: Backend, number: u64) {
        self.open(run, backend, number);
    }

    fn open(&mut self, run: Run, backend: Backend, number: u64) -> When {
        if let Some(mut before) = self.open.take() {
            before.fail(&self.host, &superseded("run"));
        }
        let open = self
            .open
            .insert(Open::new(run, backend, number, &self.host));
        When::Now(Answer::State(open.state()))
    }

    /// Does one turn of whatever there is to do.
    pub async fn turn(&mut self) -> Next {
        let Some(open) = &mut self.open else {
            return Next::Command;
        };
        match open.turn(&self.host).await {
            Ok(next) => next,
            Err(fault) => {
                self.lose(&fault);
                Next::Command
            }
        }
    }

    /// The device is gone: whoever waits is told, and so is everybody who asks from now on.
    fn lose(&mut self, fault: &Fault) -> Fault {
        let lost = Fault {
            code: "device-lost",
            ..fault.clone()
        };
        if let Some(mut open) = self.open.take() {
            open.fail(&self.host, &lost);
        }
        if self.lost.is_none() {
            self.lost = Some(lost.clone());
            self.host.send(Message::Event(Event::Fault {
                error: lost.clone(),
                fatal: true,
            }));
        }
        lost
    }

    fn reply(&self, id: f64, answer: Result<Answer, Fault>) {
        self.host.send(Message::Reply { id, answer });
    }
}

const READ_BACK: &str = "read-back";

/// A request for steps that is answered when they are done.
struct Steps {
    id: f64,
    /// The steps of the run when it began, and when it is done.
    from: u64,
    to: u64,
}

/// An evaluation under way, and the request for it; there is none for those of a run itself.
struct Job {
    evaluator: Evaluator,
    id: Option<f64>,
}

/// A run and the work that waits for it.
struct Open {
    backend: Backend,
    run: Run,
    number: u64,
    data: Option<DataSource>,
    playing: bool,
    steps: VecDeque<Steps>,
    evaluations: VecDeque<Job>,
    comparison: Option<Comparison>,
    /// Whether the next turn is the comparison's, where the run trains as well.
    comparison_next: bool,
    /// Whether everything stands still, because the run may go on elsewhere.
    handed_over: bool,
    /// Collected and not yet reported.
    unreported: Progress,
    reported: f64,
    /// Whether the run is another than the last checkpoint's, and when that was.
    changed: bool,
    checkpointed: f64,
    /// When the next step of a paced run is due.
    due: f64,
    pace: Pace,
    images: Pace,
    /// When the run had done how many steps, over the last [`SPEED_WINDOW`].
    marks: VecDeque<(f64, u64)>,
}

impl Open {
    fn new(run: Run, backend: Backend, number: u64, host: &dyn Host) -> Self {
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
            checkpointed: host.now(),
            due: 0.0,
            pace: Pace::new(1, 256),
            images: Pace::new(CHUNK / 5, CHUNK),
            marks: VecDeque::new(),
        }
    }

    async fn carry_out(
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
                let fresh = self.run.set(&options)?;
                self.options_changed(host);
                if fresh {
                    self.begin_afresh(host, before);
                }
                Answer::State(self.state())
            }
            Command::Evaluate { n } => {
                let evaluator = self.run.evaluate(n)?;
                let id = Some(id);
                self.evaluations.push_back(Job { evaluator, id });
                return Ok(When::Later);
            }
            Command::Predict { pixels } => {
                Answer::Prediction(self.run.predict(&floats("predict", pixels)?).await?)
            }
            Command::Inspect { pixels } => {
                Answer::Inspection(self.run.inspect(&floats("inspect", pixels)?).await?)
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
                let size = (hidden_size as usize).clamp(1, 256);
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
            Command::StopComparison {} => {
                self.end_comparison(host, &stopped());
                Answer::Nothing
            }
            Command::Follow { inputs } => {
                let inputs = list("follow", "inputs", inputs)?;
                Answer::Following(self.run.follow(&inputs).await?)
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
                let hand_over = self.checkpoint(host).await?;
                self.handed_over = true;
                Answer::HandOver(hand_over)
            }
            Command::CarryOn {} => {
                self.handed_over = false;
                self.due = host.now();
                self.marks.clear();
                Answer::State(self.state())
            }
            Command::Resume { bytes } => {
                self.run.resume(&bytes)?;
                let number = self.number;
                self.begin_afresh(host, before);
                self.number = number;
                Answer::State(self.state())
            }
        };
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

    /// Training stops; whoever waits for steps is told `why`, and how many were done.
    fn stop(&mut self, host: &dyn Host, why: &Fault) {
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

    fn end_comparison(&mut self, host: &dyn Host, why: &Fault) {
        if let Some(comparison) = self.comparison.take() {
            let why = why.clone().with("done", comparison.done());
            host.send(Message::Reply {
                id: comparison.id,
                answer: Err(why),
            });
        }
    }

    /// Whoever waits for anything is told `why`.
    fn fail(&mut self, host: &dyn Host, why: &Fault) {
        let done = self.run.steps();
        self.end_steps(host, why, done);
        self.end_evaluations(host, why);
        self.end_comparison(host, why);
    }

    fn options_changed(&mut self, host: &dyn Host) {
        self.changed = true;
        self.due = host.now();
        self.pace.forget();
        self.images.forget();
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
    }

    /// One turn.
    ///
    /// # Errors
    /// `read-back`: the device is gone.
    async fn turn(&mut self, host: &dyn Host) -> Result<Next, Fault> {
        if self.handed_over {
            return Ok(Next::Command);
        }
        if !self.evaluations.is_empty() {
            self.evaluate(host).await?;
            return Ok(Next::AtOnce);
        }
        let trains = self.playing || !self.steps.is_empty();
        if self.changed && (!trains || host.now() - self.checkpointed > CHECKPOINT) {
            self.keep(host).await?;
            return Ok(Next::AtOnce);
        }
        self.comparison_next = self.comparison.is_some() && !(trains && self.comparison_next);
        if self.comparison_next {
            self.advance_comparison(host).await?;
            return Ok(Next::AtOnce);
        }
        if !trains {
            return Ok(Next::Command);
        }
        let wait = self.due - host.now();
        let paced = self.steps.is_empty() && self.run.options().speed().is_some();
        if paced && wait > 1.0 {
            return Ok(Next::After(wait));
        }
        match self.train(host).await {
            Err(fault) if fault.code == READ_BACK => Err(fault),
            Err(fault) => {
                self.stop_with(host, fault);
                Ok(Next::AtOnce)
            }
            Ok(()) => Ok(Next::AtOnce),
        }
    }

    async fn train(&mut self, host: &dyn Host) -> Result<(), Fault> {
        let started = host.now();
        let allowed = self.steps_allowed(started);
        let before = self.run.steps();
        for _ in 0..allowed {
            self.run.step()?;
            let epoch_ended = self.run.position().finished;
            if epoch_ended || self.run.steps().is_multiple_of(EVALUATE_EVERY) {
                break;
            }
        }
        self.changed = true;
        self.collect().await?;
        let done = self.run.steps();
        self.pace
            .took((done - before) as usize, host.now() - started);
        if let Some(step) = self.run.diverged() {
            return Err(diverged(step));
        }
        self.mark(host.now(), done);
        self.after_steps(host, done)
    }

    /// How many steps this turn may do: few enough to be short, and no more than anybody asked for.
    fn steps_allowed(&mut self, started: f64) -> u64 {
        let turn = self.pace.allowed() as u64;
        if let Some(asked) = self.steps.front() {
            return turn.min(asked.to - self.run.steps());
        }
        let Some(speed) = self.run.options().speed() else {
            return turn;
        };
        // Whole steps that are due by now; a run that fell behind does not rush to catch up.
        let interval = 1000.0 / speed;
        let due = ((started - self.due) / interval).floor().max(0.0) as u64 + 1;
        let steps = turn.min(due);
        self.due += steps as f64 * interval;
        if started - self.due > BEHIND {
            self.due = started;
        }
        steps
    }

    /// What follows from having come to step `done`.
    fn after_steps(&mut self, host: &dyn Host, done: u64) -> Result<(), Fault> {
        let finished = self.run.position().finished;
        if let Some(images) = self.run.evaluated_images()
            && images > 0
            && (finished || done.is_multiple_of(EVALUATE_EVERY))
        {
            let evaluator = self.run.evaluate(images as f64)?;
            let id = None;
            self.evaluations.push_back(Job { evaluator, id });
        }
        while self.steps.front().is_some_and(|asked| asked.to <= done) {
            self.report(host);
            if let Some(Steps { id, .. }) = self.steps.pop_front() {
                let answer = Ok(Answer::State(self.state()));
                host.send(Message::Reply { id, answer });
            }
        }
        if finished && self.playing {
            self.report(host);
            self.playing = false;
            let state = self.state();
            host.send(Message::Event(Event::Stopped { state }));
        }
        let interval = match self.unreported.losses.len() {
            ..CROWD => REPORT,
            _ => CROWDED_REPORT,
        };
        if host.now() - self.reported > interval {
            self.report(host);
        }
        Ok(())
    }

    async fn collect(&mut self) -> Result<(), Fault> {
        let progress = self.run.collect().await?;
        self.unreported.append(progress);
        Ok(())
    }

    /// Tells about every step since the last report.
    fn report(&mut self, host: &dyn Host) {
        let progress = std::mem::take(&mut self.unreported);
        if progress.losses.is_empty() {
            return;
        }
        self.reported = host.now();
        let metrics = Metrics {
            first_step: progress.first_step,
            losses: progress.losses.into(),
            segments: progress.segments,
            state: self.state(),
        };
        host.send(Message::Event(Event::Metrics { metrics }));
    }

    /// Training cannot go on; whoever waits for steps is told.
    fn stop_with(&mut self, host: &dyn Host, fault: Fault) {
        self.stop(host, &fault);
        host.send(Message::Event(Event::Fault {
            error: fault,
            fatal: false,
        }));
    }

    /// Everything that continues the run elsewhere.
    async fn checkpoint(&mut self, host: &dyn Host) -> Result<HandOver, Fault> {
        self.collect().await?;
        self.report(host);
        let bytes = self.run.save_checkpoint().await?.into();
        let done = self.run.steps();
        let waiting = self.steps.iter().map(|asked| Waiting {
            id: asked.id,
            steps: asked.to - asked.from.max(done),
        });
        Ok(HandOver {
            bytes,
            waiting: waiting.collect(),
            state: self.state(),
        })
    }

    /// Sends a checkpoint.
    async fn keep(&mut self, host: &dyn Host) -> Result<(), Fault> {
        let checkpoint = self.checkpoint(host).await?;
        host.send(Message::Event(Event::Checkpoint { checkpoint }));
        self.changed = false;
        self.checkpointed = host.now();
        Ok(())
    }

    /// The next chunk of an evaluation, or its end.
    async fn evaluate(&mut self, host: &dyn Host) -> Result<(), Fault> {
        let Some(job) = self.evaluations.front_mut() else {
            return Ok(());
        };
        let (images, started) = (self.images.allowed(), host.now());
        if job.evaluator.advance(images) {
            self.images.took(images, host.now() - started);
            return Ok(());
        }
        let Some(Job { evaluator, id }) = self.evaluations.pop_front() else {
            return Ok(());
        };
        let evaluation = match evaluator.finish().await {
            Ok(evaluation) => evaluation,
            Err(fault) => {
                // Its own request is no longer among those that wait.
                if let Some(id) = id {
                    let answer = Err(Fault {
                        code: "device-lost",
                        ..fault.clone()
                    });
                    host.send(Message::Reply { id, answer });
                }
                return Err(fault);
            }
        };
        let current = evaluation.step == self.run.steps();
        let counts = current && self.run.evaluated(&evaluation);
        self.changed |= counts;
        self.report(host);
        host.send(Message::Event(Event::Evaluation {
            evaluation: evaluation.clone(),
            state: self.state(),
            asked: id.is_some(),
            counts,
        }));
        if let Some(id) = id {
            let answer = Ok(Answer::Evaluation(evaluation));
            host.send(Message::Reply { id, answer });
        }
        Ok(())
    }

    async fn advance_comparison(&mut self, host: &dyn Host) -> Result<(), Fault> {
        let Some(comparison) = &mut self.comparison else {
            return Ok(());
        };
        match comparison.turn(&|| host.now()).await {
            Ok(Some(report)) => {
                let comparison = report;
                host.send(Message::Event(Event::Comparison { comparison }));
            }
            Ok(None) => {}
            Err(fault) if fault.code == READ_BACK => return Err(fault),
            Err(fault) => self.end_comparison(host, &fault),
        }
        if let Some(comparison) = self.comparison.take_if(|comparison| comparison.finished()) {
            host.send(Message::Reply {
                id: comparison.id,
                answer: Ok(Answer::Done(Done {
                    step: comparison.done(),
                })),
            });
        }
        Ok(())
    }

    fn mark(&mut self, time: f64, step: u64) {
        self.marks.push_back((time, step));
        while (self.marks.front()).is_some_and(|(then, _)| time - then > SPEED_WINDOW) {
            self.marks.pop_front();
        }
    }

    fn state(&self) -> State {
        let running = self.playing || !self.steps.is_empty();
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
            seed: run.seed(),
            options: run.options().to_patch(),
            data: self.data.clone(),
            parameters: run.parameters(),
            architecture: run.architecture(),
        }
    }
}

/// What became of a request that somebody cut short.
fn stopped() -> Fault {
    Fault::new("stopped", "It was stopped before it was done.")
}

/// What became of a request when another run, other digits or another comparison came.
fn superseded(by: &str) -> Fault {
    let message = match by {
        "digits" => "Other digits came before it was done.",
        "comparison" => "Another comparison began before it was done.",
        _ => "Another run began before it was done.",
    };
    Fault::new("superseded", message).with("by", by)
}

fn checked_seed(seed: f64) -> Result<u64, Fault> {
    let top = u32::MAX;
    if seed.fract() == 0.0 && (0.0..=f64::from(top)).contains(&seed) {
        return Ok(seed as u64);
    }
    let expected = format!("a whole number from 0 to {top}");
    let message = format!("seed cannot be {seed}: it must be {expected}.");
    Err(Fault::new("option-value", message)
        .with("name", "seed")
        .with("value", seed)
        .with("expected", expected))
}

/// Pixels in [0, 1].
fn floats(command: &str, pixels: Pixels) -> Result<Vec<f32>, Fault> {
    match pixels {
        Pixels::Bytes(bytes) => Ok(bytes.iter().map(|&p| f32::from(p) / 255.0).collect()),
        Pixels::Floats(floats) => Ok(floats.0),
        Pixels::Other => {
            let message = format!(
                "{command} needs its pixels as a Uint8Array of 0 to 255 or a Float32Array of 0 to \
                 1."
            );
            Err(Fault::new("pixels-type", message))
        }
    }
}

/// A parameter that is a list of numbers.
fn list(command: &str, name: &str, list: List) -> Result<Vec<f32>, Fault> {
    match list {
        List::Floats(floats) => Ok(floats.0),
        List::Other => {
            let message = format!("{command} needs its {name} as a Float32Array.");
            Err(Fault::new("inputs-type", message))
        }
    }
}

/// A drawing as strokes or as an image, made MNIST-like.
fn normalised(drawing: Drawing) -> Result<[u8; 784], Fault> {
    match drawing {
        Drawing::Strokes(strokes) => Ok(drawing::from_strokes(&strokes)?),
        Drawing::Image {
            width,
            height,
            data,
        } => Ok(drawing::from_image(width, height, &data)?),
        Drawing::Other => {
            let message = "classifyDrawing was called with parameters it cannot read: a drawing is \
                           a list of strokes, each a list of [x, y], or an ImageData.";
            Err(Fault::new("bad-request", message).with("command", "classifyDrawing"))
        }
    }
}
