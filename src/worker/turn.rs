//! What a turn does, and when there is something to tell.
//!
//! A turn is short: a few steps, one chunk of an evaluation, one run's share of a comparison.

use super::crew::{self, Crew, either};
use super::event::{Answer, Continuation, Done, Event, Message, Metrics, Waiting};
use super::host::{Host, Next, READ_BACK};
use super::open::{Job, Kept, Open, Steps};
use super::sharing::Situation;
use crate::fault::Fault;
use crate::training::diverged;
use std::task::{Context, Poll, Waker};

/// Milliseconds between two reports of metrics; and where that many steps have come meanwhile, more
/// than any picture shows at once, between two of those.
const REPORT: f64 = 50.0;
const CROWD: usize = 100;
const CROWDED_REPORT: f64 = 200.0;
/// Checkpoints of a run that trains are a hundred times as far apart as making one takes, within
/// these bounds in milliseconds: a page that is loaded again, or a lost device, loses no more.
const CHECKPOINT_SHARE: f64 = 100.0;
const CHECKPOINT_SOONEST: f64 = 300.0;
const CHECKPOINT_LATEST: f64 = 4_000.0;
/// After so many steps it is made sooner, if they took this long.
const CHECKPOINT_STEPS: u64 = 40;
const CHECKPOINT_HURRY: f64 = 100.0;
/// Milliseconds over which the speed is measured.
const SPEED_WINDOW: f64 = 1_500.0;
/// Milliseconds that a paced run may fall behind before it forgets what it has missed.
const BEHIND: f64 = 250.0;
/// Milliseconds between two looks at an evaluation that a helper does, and those that it may take with up
/// to 64 hidden units; twice as many units take four times as long.
const BESIDE: f64 = 2.0;
const PATIENCE: f64 = 3_000.0;
/// And where the run is to go on elsewhere.
const HURRY: f64 = 200.0;
/// Steps between two evaluations: the tutorial's.
const EVALUATE_EVERY: u64 = 50;

impl Open {
    /// One turn.
    ///
    /// # Errors
    /// `read-back`: the device is gone.
    pub(super) async fn turn(&mut self, host: &dyn Host) -> Result<Next, Fault> {
        if self.handed_over {
            return Ok(Next::Command);
        }
        let trains = self.trains();
        let beside = self.evaluation_beside(host);
        match beside {
            None => {}
            // Whoever does it, it is waited for where there is nothing else to do.
            Some(true) if trains || self.comparison.is_some() => {}
            Some(true) => return Ok(Next::After(BESIDE)),
            Some(false) => {
                self.evaluate(host).await?;
                return Ok(Next::AtOnce);
            }
        }
        // What is about to come belongs into it.
        let comes = beside.is_some() && self.run.steps() < self.kept.step + 2 * CHECKPOINT_STEPS;
        if self.changed && (!trains || self.checkpoint_due(host.now()) && !comes) {
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
            // Time that the run does not use.
            if self.comparison.is_some() {
                self.advance_comparison(host).await?;
                return Ok(Next::AtOnce);
            }
            let look = if beside.is_some() { BESIDE } else { wait };
            return Ok(Next::After(wait.min(look)));
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
            self.step(host).await?;
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
        self.after_steps(host, done).await
    }

    /// Who could share the work of this run.
    fn crew<'a>(&self, host: &'a dyn Host) -> Option<&'a dyn Crew> {
        host.crew().filter(|_| self.run.is_cut())
    }

    /// A step, with whoever shares it.
    async fn step(&mut self, host: &dyn Host) -> Result<(), Fault> {
        let Some(crew) = self.crew(host) else {
            self.alone(host);
            return self.run.step();
        };
        let situation = Situation {
            asked: self.run.workers_asked(),
            cores: crew.cores(),
            parts: self.run.parts(),
            free: crew.free(),
        };
        let helpers = self.sharing.helpers(situation);
        if helpers != self.helpers {
            crew.want(helpers);
            self.helpers = helpers;
        }
        let began = host.now();
        let workers = self.sharing.workers(situation);
        let workers = crew::step(&mut self.run, crew, workers, &|| host.now()).await?;
        let took = host.now() - began;
        self.sharing.took(workers, took, situation.asked.is_some());
        Ok(())
    }

    /// Nobody shares the steps of this run; whoever shared those before may go.
    fn alone(&mut self, host: &dyn Host) {
        self.sharing.alone();
        if self.helpers > 0 {
            self.helpers = 0;
            if let Some(crew) = host.crew() {
                crew.want(0);
            }
        }
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
    async fn after_steps(&mut self, host: &dyn Host, done: u64) -> Result<(), Fault> {
        let finished = self.run.position().finished;
        if let Some(images) = self.run.evaluated_images()
            && images > 0
            && (finished || done.is_multiple_of(EVALUATE_EVERY))
        {
            let evaluator = self.run.evaluate(images as f64)?;
            // Beside training, if there is somebody for it.
            let crew = self.crew(host).filter(|crew| crew.free() > 0);
            let times = self.run.options().hidden_size() as f64 / 64.0;
            let due = host.now() + PATIENCE * (times * times).max(1.0);
            let beside = crew.map(|crew| (crew.give(evaluator.work()), due));
            self.evaluations.push_back(Job {
                evaluator,
                id: None,
                beside,
            });
        }
        let ended = finished && std::mem::take(&mut self.playing);
        self.keep_if_still(host).await?;
        while self.steps.front().is_some_and(|asked| asked.to <= done) {
            self.report(host);
            if let Some(Steps { id, .. }) = self.steps.pop_front() {
                let answer = Ok(Answer::State(self.state()));
                host.send(Message::Reply { id, answer });
            }
        }
        if ended {
            self.report(host);
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
    pub(super) fn report(&mut self, host: &dyn Host) {
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
    pub(super) async fn checkpoint(&mut self, host: &dyn Host) -> Result<Continuation, Fault> {
        self.collect().await?;
        self.report(host);
        let began = host.now();
        let bytes = self.run.save_checkpoint().await?.into();
        let done = self.run.steps();
        self.kept = Kept {
            time: host.now(),
            took: host.now() - began,
            step: done,
        };
        let waiting = self.steps.iter().filter(|asked| asked.to > done);
        let waiting = waiting.map(|asked| Waiting {
            id: asked.id,
            steps: asked.to - asked.from.max(done),
        });
        Ok(Continuation {
            bytes,
            waiting: waiting.collect(),
            state: self.state(),
        })
    }

    /// Whether a run that trains should be kept again.
    fn checkpoint_due(&self, now: f64) -> bool {
        let Kept { time, took, step } = self.kept;
        let wait = match self.run.steps() >= step + CHECKPOINT_STEPS {
            true => CHECKPOINT_HURRY,
            false => (CHECKPOINT_SHARE * took).clamp(CHECKPOINT_SOONEST, CHECKPOINT_LATEST),
        };
        now - time > wait
    }

    /// Sends a checkpoint.
    async fn keep(&mut self, host: &dyn Host) -> Result<(), Fault> {
        let checkpoint = self.checkpoint(host).await?;
        host.send(Message::Event(Event::Checkpoint { checkpoint }));
        self.changed = false;
        Ok(())
    }

    /// Sends a checkpoint if the run stands still and is another than the last one's. Done before
    /// anybody is told so: whoever has an answer can rely on what it says, whatever comes then.
    pub(super) async fn keep_if_still(&mut self, host: &dyn Host) -> Result<(), Fault> {
        if self.changed && !self.trains() && !self.handed_over {
            self.keep(host).await?;
        }
        Ok(())
    }

    /// Whether a helper is about the next evaluation; `None` where there is none.
    fn evaluation_beside(&mut self, host: &dyn Host) -> Option<bool> {
        let job = self.evaluations.front_mut()?;
        if let Some((pending, due)) = &mut job.beside {
            let mut context = Context::from_waker(Waker::noop());
            match pending.as_mut().poll(&mut context) {
                Poll::Pending if host.now() < *due => return Some(true),
                Poll::Ready(Some(logits)) => {
                    job.evaluator.take(logits);
                }
                Poll::Pending | Poll::Ready(None) => {}
            }
            // What did not come, or not whole, is read here.
            job.beside = None;
        }
        Some(false)
    }

    /// Ends the evaluations of the run itself, before it goes on elsewhere: nobody asks for them again.
    pub(super) async fn finish_own_evaluations(&mut self, host: &dyn Host) -> Result<(), Fault> {
        // Those that somebody asked for wait.
        let all = self.evaluations.make_contiguous();
        all.sort_by_key(|job| job.id.is_some());
        while let Some(job) = self.evaluations.front_mut().filter(|job| job.id.is_none()) {
            if let (Some((pending, due)), Some(crew)) = (job.beside.take(), host.crew()) {
                let late = crew.wait((due - host.now()).min(HURRY));
                if let Some(logits) = either(pending, late).await {
                    job.evaluator.take(logits);
                }
            }
            self.evaluate(host).await?;
        }
        Ok(())
    }

    /// The next chunk of an evaluation, or its end.
    async fn evaluate(&mut self, host: &dyn Host) -> Result<(), Fault> {
        let Some(job) = self.evaluations.front_mut() else {
            return Ok(());
        };
        let now = || host.now();
        if (self.images).timed(&now, |most| job.evaluator.advance(most)) {
            return Ok(());
        }
        let Some(Job { evaluator, id, .. }) = self.evaluations.pop_front() else {
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
        let counts = self.run.evaluated(&evaluation);
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
}
