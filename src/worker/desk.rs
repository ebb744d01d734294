//! Answers commands with a session, and does its work a turn at a time.
//!
//! A turn is short, so that a pause or a drawing never waits long: a few steps, or one chunk of an
//! evaluation. How many steps that is depends on the device and is found by trying.

use super::contest::Contest;
use super::event_loop::now;
use super::protocol::{
    DataSource, Digit, EvaluationArrays, Event, FollowingArrays, InspectionArrays, Metrics, Outbox,
    OutputArrays, PortraitArrays, PredictionArrays, Request, RowGradientArrays, Source, State, get,
    plain, strokes,
};
use crate::data::{DataSet, drawing, mnist, synthetic};
use crate::device::{self, Adapter, Asked, Backend};
use crate::fault::Fault;
use crate::portrait::portrait;
use crate::training::{Evaluator, LessonName, Patch, Progress, Session, check_states};
use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray, Uint16Array};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::VecDeque;
use wasm_bindgen::prelude::*;

/// Milliseconds that a turn of training should take.
const TURN: f64 = 24.0;
/// Milliseconds between two reports of metrics; and where that many steps have come meanwhile, more than
/// any picture shows at once, between two of those.
const REPORT: f64 = 50.0;
const CROWD: usize = 100;
const CROWDED_REPORT: f64 = 200.0;
/// Milliseconds between two checkpoints, from which a lost device's or a crashed worker's run goes on.
const CHECKPOINT: f64 = 4_000.0;
/// Milliseconds over which the speed is measured.
const SPEED_WINDOW: f64 = 1_500.0;
/// Steps between two evaluations, and images that each reads: the tutorial's.
const EVALUATE_EVERY: u64 = 50;
const EVALUATE_IMAGES: f64 = 2_000.0;
/// Synthetic digits to train on and to test with.
const SYNTHETIC: (usize, usize) = (30_000, 2_000);
const SYNTHETIC_SEED: u64 = 1;

/// What the loop should wait for before the next turn.
pub enum Next {
    /// Nothing: there is more to do.
    AtOnce,
    /// So many milliseconds, for a paced run.
    After(f64),
    /// A command: there is nothing to do.
    Asked,
}

pub struct Desk {
    outbox: Outbox,
    open: Option<Open>,
}

impl Desk {
    pub fn new(outbox: Outbox) -> Self {
        Desk { outbox, open: None }
    }

    /// Answers one request, now or, for work that takes turns, when it is done.
    pub async fn answer(&mut self, request: Request) {
        match self.carry_out(&request).await {
            Ok(Answer::Now(value)) => self.outbox.reply(&request.id, Ok(value)),
            Ok(Answer::Later) => {}
            Err(fault) => self.outbox.reply(&request.id, Err(fault)),
        }
    }

    async fn carry_out(&mut self, request: &Request) -> Result<Answer, Fault> {
        match request.command.as_str() {
            "choose" => {
                let p: ChooseParams = request.params()?;
                now_with(&device::choose(p.lesson, p.asked, p.webgpu, p.adapter))
            }
            "open" => {
                let p: OpenParams = request.params()?;
                let seed = checked_seed(p.seed)?;
                let device = device::start(p.backend).await?;
                let session = Session::new(p.lesson, device, seed, &p.options)?;
                let open = Open::new(p.backend, session, self.outbox.clone());
                now_with(&self.open.insert(open).state())
            }
            _ => {
                let nothing_open = || {
                    Fault::new(
                        "bad-request",
                        format!("{} came before open.", request.command),
                    )
                };
                let open = self.open.as_mut().ok_or_else(nothing_open)?;
                open.carry_out(request).await
            }
        }
    }

    /// Does one turn of whatever there is to do.
    pub async fn work(&mut self) -> Next {
        match &mut self.open {
            Some(open) => open.work().await,
            None => Next::Asked,
        }
    }
}

/// When a command is answered.
enum Answer {
    Now(JsValue),
    Later,
}

fn now_with(value: &impl Serialize) -> Result<Answer, Fault> {
    plain(value)
        .map(Answer::Now)
        .map_err(|error| Fault::new("bad-reply", error.to_string()))
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

#[derive(Deserialize)]
struct ChooseParams {
    lesson: LessonName,
    asked: Asked,
    webgpu: bool,
    adapter: Option<Adapter>,
}

#[derive(Deserialize)]
struct OpenParams {
    backend: Backend,
    lesson: LessonName,
    seed: f64,
    #[serde(default)]
    options: Patch,
}

#[derive(Deserialize)]
struct LoadParams {
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilesParams {
    train_images: ByteBuf,
    train_labels: ByteBuf,
    test_images: ByteBuf,
    test_labels: ByteBuf,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct StepParams {
    n: f64,
}

#[derive(Deserialize)]
struct ResetParams {
    seed: Option<f64>,
}

#[derive(Deserialize)]
struct SetParams {
    options: Patch,
}

#[derive(Deserialize)]
struct CompareParams {
    variants: Vec<Patch>,
    steps: f64,
}

#[derive(Deserialize)]
struct BytesParams {
    bytes: ByteBuf,
}

#[derive(Deserialize)]
struct DigitParams {
    set: Set,
    index: f64,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Set {
    Train,
    Test,
}

/// A request for steps that is answered when they are done.
struct Goal {
    step: u64,
    id: JsValue,
}

/// An evaluation under way, and who asked for it; nobody did for those of a run itself.
struct Job {
    evaluator: Evaluator,
    id: Option<JsValue>,
}

/// A session and the work that waits for it.
struct Open {
    outbox: Outbox,
    backend: Backend,
    session: Session,
    data: Option<DataSource>,
    playing: bool,
    goals: VecDeque<Goal>,
    jobs: VecDeque<Job>,
    contest: Option<Contest>,
    /// Whether the turn belongs to the contest, where the run trains as well.
    contest_turn: bool,
    /// Collected and not yet reported.
    unreported: Progress,
    reported: f64,
    checkpointed: f64,
    /// When the next step of a paced run is due.
    due: f64,
    steps_per_turn: u64,
    /// When the run had done how many steps, over the last [`SPEED_WINDOW`].
    marks: VecDeque<(f64, u64)>,
}

impl Open {
    fn new(backend: Backend, session: Session, outbox: Outbox) -> Self {
        Open {
            outbox,
            backend,
            session,
            data: None,
            playing: false,
            goals: VecDeque::new(),
            jobs: VecDeque::new(),
            contest: None,
            contest_turn: false,
            unreported: Progress::default(),
            reported: 0.0,
            checkpointed: now(),
            due: 0.0,
            steps_per_turn: 1,
            marks: VecDeque::new(),
        }
    }

    async fn carry_out(&mut self, request: &Request) -> Result<Answer, Fault> {
        match request.command.as_str() {
            "state" => now_with(&self.state()),
            "load" => {
                let p: LoadParams = request.params()?;
                let (train, test) = SYNTHETIC;
                let set = synthetic::data_set(train, test, SYNTHETIC_SEED);
                self.give(set, Source::Synthetic, false, p.message)
            }
            "loadFiles" => {
                let p: FilesParams = request.params()?;
                let (set, verified) = mnist::read(mnist::Files {
                    train_images: &p.train_images,
                    train_labels: &p.train_labels,
                    test_images: &p.test_images,
                    test_labels: &p.test_labels,
                })?;
                self.give(set, p.source.unwrap_or(Source::Files), verified, None)
            }
            "play" => {
                if let Session::Mnist(mnist) = &self.session {
                    mnist.set_of_digits()?;
                }
                self.playing = true;
                self.due = now();
                self.marks.clear();
                now_with(&self.state())
            }
            "pause" => {
                self.stop();
                now_with(&self.state())
            }
            "step" => {
                let p: StepParams = request.params()?;
                self.step_later(p.n, request.id.clone())
            }
            "reset" => {
                let p: ResetParams = request.params()?;
                let seed = match p.seed {
                    Some(seed) => checked_seed(seed)?,
                    None => self.session.standing().seed,
                };
                self.session.reset(seed);
                self.begin_afresh();
                now_with(&self.state())
            }
            "set" => {
                let p: SetParams = request.params()?;
                let before = self.session.options().clone();
                self.session.set(&p.options)?;
                self.due = now();
                if !self.session.options().same_network(&before) {
                    self.begin_afresh();
                }
                now_with(&self.state())
            }
            "evaluate" => {
                let p: StepParams = request.params()?;
                let mnist = self.session.mnist("evaluate")?;
                let evaluator = mnist.evaluate(p.n)?;
                let id = Some(request.id.clone());
                self.jobs.push_back(Job { evaluator, id });
                Ok(Answer::Later)
            }
            "predict" => {
                let pixels = pixels(request)?;
                let prediction = self.session.mnist("predict")?.predict(&pixels).await?;
                now_with(&PredictionArrays::new(&prediction, None))
            }
            "inspect" => {
                let pixels = pixels(request)?;
                let inspection = self.session.mnist("inspect")?.inspect(&pixels).await?;
                now_with(&InspectionArrays::from(&inspection))
            }
            "rowGradients" => {
                let gradients = self.session.mnist("rowGradients")?.row_gradients().await?;
                now_with(&RowGradientArrays::from(&gradients))
            }
            "gradientReach" => {
                let reach = self.session.sin_cos("gradientReach")?.reach().await?;
                now_with(&RowGradientArrays::from(&reach))
            }
            "outputLayer" => {
                let sin_cos = self.session.sin_cos("outputLayer")?;
                let outputs = sin_cos.outputs(&floats(request, "states")?).await?;
                now_with(&OutputArrays::from(&outputs))
            }
            "portrait" => {
                let states = floats(request, "states")?;
                let size = request.param("hiddenSize").as_f64();
                let size = size.map_or(0, |size| size as usize).clamp(1, 256);
                check_states(&states, size)?;
                let before = request.param("frame").dyn_into::<Float32Array>();
                let before = before.ok().map(|frame| frame.to_vec());
                now_with(&PortraitArrays::from(&portrait(
                    &states,
                    size,
                    before.as_deref(),
                )))
            }
            "scanOrder" => {
                let order = self.session.mnist("scanOrder")?.scan_order();
                Ok(Answer::Now(Uint16Array::from(&order[..]).into()))
            }
            "compare" => {
                let p: CompareParams = request.params()?;
                if let Session::Mnist(mnist) = &self.session {
                    mnist.set_of_digits()?;
                }
                let (id, outbox) = (request.id.clone(), self.outbox.clone());
                let contest = Contest::new(&self.session, &p.variants, p.steps, id, outbox)?;
                self.end_contest();
                self.contest = Some(contest);
                Ok(Answer::Later)
            }
            "follow" => {
                let sin_cos = self.session.sin_cos("follow")?;
                let following = sin_cos.follow(&floats(request, "inputs")?).await?;
                now_with(&FollowingArrays::from(&following))
            }
            "classifyDrawing" => {
                let mnist = self.session.mnist("classifyDrawing")?;
                let image = normalised(request)?;
                let pixels: Vec<f32> = image.iter().map(|&p| f32::from(p) / 255.0).collect();
                let prediction = mnist.predict(&pixels).await?;
                now_with(&PredictionArrays::new(&prediction, Some(&image)))
            }
            "digit" => {
                let p: DigitParams = request.params()?;
                let mnist = self.session.mnist("digit")?;
                let digit = mnist.digit(p.set == Set::Train, p.index)?;
                now_with(&Digit::new(p.index, digit))
            }
            "saveWeights" => bytes_of(self.session.save_weights().await?),
            "loadWeights" => {
                let p: BytesParams = request.params()?;
                self.session.load_weights(&p.bytes)?;
                self.begin_afresh();
                now_with(&self.state())
            }
            "saveCheckpoint" => {
                self.collect().await?;
                self.report();
                bytes_of(self.session.save_checkpoint().await?)
            }
            "loadCheckpoint" => {
                let p: BytesParams = request.params()?;
                self.session.load_checkpoint(&p.bytes)?;
                self.begin_afresh();
                now_with(&self.state())
            }
            unknown => {
                let message = format!("There is no command {unknown}.");
                Err(Fault::new("bad-request", message).with("command", unknown))
            }
        }
    }

    fn give(
        &mut self,
        set: DataSet,
        source: Source,
        verified: bool,
        message: Option<String>,
    ) -> Result<Answer, Fault> {
        let data = DataSource {
            source,
            synthetic: source == Source::Synthetic,
            verified,
            train: set.train.len(),
            test: set.test.len(),
            message,
        };
        self.session.mnist("load")?.give(set);
        self.jobs.clear();
        self.end_contest();
        now_with(self.data.insert(data))
    }

    fn step_later(&mut self, n: f64, id: JsValue) -> Result<Answer, Fault> {
        const TOP: f64 = 1_000_000.0;
        if n.fract() != 0.0 || !(1.0..=TOP).contains(&n) {
            let message =
                format!("step cannot do {n} steps: it must be a whole number from 1 to {TOP}.");
            return Err(Fault::new("step-count", message).with("value", n));
        }
        if let Session::Mnist(mnist) = &self.session {
            mnist.set_of_digits()?;
        }
        let done = self.session.standing().step;
        let from = self.goals.back().map_or(done, |goal| goal.step);
        self.goals.push_back(Goal {
            step: from + n as u64,
            id,
        });
        Ok(Answer::Later)
    }

    /// Training stops where it stands; whoever waits for steps is told so.
    fn stop(&mut self) {
        self.playing = false;
        self.report();
        for goal in std::mem::take(&mut self.goals) {
            let state = plain(&self.state()).unwrap_or(JsValue::NULL);
            self.outbox.reply(&goal.id, Ok(state));
        }
    }

    /// Another run takes this one's place: what was left of this one concerns nobody any more.
    fn begin_afresh(&mut self) {
        self.unreported = Progress::default();
        self.checkpointed = -CHECKPOINT;
        self.marks.clear();
        self.jobs.retain(|job| job.id.is_some());
        self.stop();
    }

    /// One turn.
    async fn work(&mut self) -> Next {
        if let Some(job) = self.jobs.front_mut() {
            if !job.evaluator.advance() {
                self.finish_evaluation().await;
            }
            return Next::AtOnce;
        }
        let trains = self.playing || !self.goals.is_empty();
        self.contest_turn = self.contest.is_some() && !(trains && self.contest_turn);
        if self.contest_turn {
            self.advance_contest().await;
            return Next::AtOnce;
        }
        if !trains {
            return Next::Asked;
        }
        let wait = self.due - now();
        if self.goals.is_empty() && self.session.options().speed.is_some() && wait > 1.0 {
            return Next::After(wait);
        }
        if let Err(fault) = self.train().await {
            self.stop_with(&fault);
        }
        Next::AtOnce
    }

    async fn advance_contest(&mut self) {
        let Some(contest) = &mut self.contest else {
            return;
        };
        match contest.advance().await {
            Ok(false) => {}
            Ok(true) => self.end_contest(),
            Err(fault) => {
                self.outbox.reply(&contest.id, Err(fault));
                self.contest = None;
            }
        }
    }

    /// Whoever asked for a contest is told that it is over.
    fn end_contest(&mut self) {
        if let Some(contest) = self.contest.take() {
            self.outbox.reply(&contest.id, Ok(JsValue::NULL));
        }
    }

    async fn train(&mut self) -> Result<(), Fault> {
        let started = now();
        let mut done = self.session.standing().step;
        for _ in 0..self.steps_allowed(started, done) {
            self.session.step()?;
            done += 1;
            if self.session.finished() || done.is_multiple_of(EVALUATE_EVERY) {
                break;
            }
        }
        self.collect().await?;
        let took = now() - started;
        if took < TURN / 2.0 {
            self.steps_per_turn = (self.steps_per_turn * 2).min(256);
        } else if took > TURN * 2.0 {
            self.steps_per_turn = (self.steps_per_turn / 2).max(1);
        }
        if let Some(step) = self.unreported.diverged_at {
            return Err(diverged(step));
        }
        self.mark(done);
        self.after_steps(done).await
    }

    /// How many steps this turn may do: few enough to be short, and no more than anybody asked for.
    fn steps_allowed(&mut self, started: f64, done: u64) -> u64 {
        let turn = self.steps_per_turn;
        if let Some(goal) = self.goals.front() {
            return turn.min(goal.step - done);
        }
        let Some(speed) = self.session.options().speed else {
            return turn;
        };
        // Whole steps that are due by now; a run that fell behind does not rush to catch up.
        let interval = 1000.0 / speed;
        let due = ((started - self.due) / interval).floor().max(0.0) as u64 + 1;
        let steps = turn.min(due);
        self.due += steps as f64 * interval;
        if started - self.due > 250.0 {
            self.due = started;
        }
        steps
    }

    /// What follows from having come to step `done`.
    async fn after_steps(&mut self, done: u64) -> Result<(), Fault> {
        let finished = self.session.finished();
        if (finished || done.is_multiple_of(EVALUATE_EVERY))
            && let Session::Mnist(mnist) = &self.session
        {
            let count = mnist.set_of_digits()?.test.len() as f64;
            let evaluator = mnist.evaluate(EVALUATE_IMAGES.min(count))?;
            let id = None;
            self.jobs.push_back(Job { evaluator, id });
        }
        while self.goals.front().is_some_and(|goal| goal.step <= done) {
            self.report();
            if let Some(goal) = self.goals.pop_front() {
                let state = plain(&self.state()).unwrap_or(JsValue::NULL);
                self.outbox.reply(&goal.id, Ok(state));
            }
        }
        if finished && self.playing {
            self.playing = false;
            self.report();
            let state = self.state();
            self.outbox.event(Event::Stopped { state });
        }
        let interval = match self.unreported.losses.len() {
            ..CROWD => REPORT,
            _ => CROWDED_REPORT,
        };
        if now() - self.reported > interval {
            self.report();
        }
        if now() - self.checkpointed > CHECKPOINT {
            let bytes = self.session.save_checkpoint().await?;
            let bytes = Uint8Array::from(&bytes[..]);
            self.outbox.event(Event::Checkpoint { bytes });
            self.checkpointed = now();
        }
        Ok(())
    }

    async fn collect(&mut self) -> Result<(), Fault> {
        let progress = self.session.collect().await?;
        self.unreported.append(progress);
        Ok(())
    }

    /// Tells the page about every step since the last report.
    fn report(&mut self) {
        let progress = std::mem::take(&mut self.unreported);
        if progress.losses.is_empty() {
            return;
        }
        let metrics = Metrics::new(&progress, self.state());
        self.outbox.event(Event::Metrics { metrics });
        self.reported = now();
    }

    fn stop_with(&mut self, fault: &Fault) {
        let fatal = fault.code == "read-back";
        self.playing = false;
        // Not of a device that is gone: the worker that takes over plays where this one played.
        if !fatal {
            self.report();
        }
        for goal in std::mem::take(&mut self.goals) {
            self.outbox.reply(&goal.id, Err(fault.clone()));
        }
        self.outbox.event(Event::Fault {
            error: fault,
            fatal,
        });
    }

    async fn finish_evaluation(&mut self) {
        let Some(job) = self.jobs.pop_front() else {
            return;
        };
        let evaluation = match job.evaluator.finish().await {
            Ok(evaluation) => evaluation,
            Err(fault) => {
                match &job.id {
                    Some(id) => self.outbox.reply(id, Err(fault)),
                    None => self.stop_with(&fault),
                }
                return;
            }
        };
        if let Session::Mnist(mnist) = &mut self.session {
            mnist.evaluated(evaluation.accuracy);
        }
        self.report();
        let arrays = || EvaluationArrays::from(&evaluation);
        let state = self.state();
        self.outbox.event(Event::Evaluation {
            evaluation: arrays(),
            state,
        });
        if let Some(id) = &job.id {
            let value = plain(&arrays()).unwrap_or(JsValue::NULL);
            self.outbox.reply(id, Ok(value));
        }
    }

    fn mark(&mut self, step: u64) {
        let time = now();
        self.marks.push_back((time, step));
        while (self.marks.front()).is_some_and(|(then, _)| time - then > SPEED_WINDOW) {
            self.marks.pop_front();
        }
    }

    fn state(&self) -> State {
        let running = self.playing || !self.goals.is_empty();
        let speed = match (self.marks.front(), self.marks.back()) {
            (Some((since, from)), Some((until, to))) if running && until > since => {
                (to - from) as f64 * 1000.0 / (until - since)
            }
            _ => 0.0,
        };
        State {
            standing: self.session.standing(),
            backend: self.backend,
            running,
            steps_per_second: speed,
            data: self.data.clone(),
        }
    }
}

fn diverged(step: u64) -> Fault {
    let message = format!(
        "The loss is no longer a number since step {step}, so training stopped. Reset with a \
         smaller learning rate."
    );
    Fault::new("nan-loss", message).with("step", step)
}

fn bytes_of(bytes: Vec<u8>) -> Result<Answer, Fault> {
    Ok(Answer::Now(Uint8Array::from(&bytes[..]).into()))
}

/// Pixels in [0, 1] from u8 of 0 to 255 or f32 of 0 to 1.
fn pixels(request: &Request) -> Result<Vec<f32>, Fault> {
    let value = request.param("pixels");
    let scaled = |bytes: Vec<u8>| bytes.into_iter().map(|p| f32::from(p) / 255.0).collect();
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        return Ok(scaled(bytes.to_vec()));
    }
    if let Some(bytes) = value.dyn_ref::<Uint8ClampedArray>() {
        return Ok(scaled(bytes.to_vec()));
    }
    if let Some(floats) = value.dyn_ref::<Float32Array>() {
        return Ok(floats.to_vec());
    }
    let message = format!(
        "{} needs its pixels as a Uint8Array of 0 to 255 or a Float32Array of 0 to 1.",
        request.command
    );
    Err(Fault::new("pixels-type", message))
}

/// A parameter that is a list of numbers.
fn floats(request: &Request, name: &str) -> Result<Vec<f32>, Fault> {
    if let Some(floats) = request.param(name).dyn_ref::<Float32Array>() {
        return Ok(floats.to_vec());
    }
    let message = format!("{} needs its {name} as a Float32Array.", request.command);
    Err(Fault::new("inputs-type", message))
}

/// A drawing as strokes or as an image, made MNIST-like.
fn normalised(request: &Request) -> Result<[u8; 784], Fault> {
    let value = request.param("drawing");
    if let Some(strokes) = strokes(&value) {
        return Ok(drawing::from_strokes(&strokes)?);
    }
    let size = |name| get(&value, name).as_f64().map(|size| size as usize);
    let data = get(&value, "data").dyn_into::<Uint8ClampedArray>();
    match (size("width"), size("height"), data) {
        (Some(width), Some(height), Ok(data)) => {
            Ok(drawing::from_image(width, height, &data.to_vec())?)
        }
        _ => Err(request
            .bad_params("a drawing is a list of strokes, each a list of [x, y], or an ImageData")),
    }
}
