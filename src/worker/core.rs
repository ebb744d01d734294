//! The core: answers every command once, and does its work a turn at a time.
//!
//! A turn is short: a few steps, one chunk of an evaluation, one run's share of a comparison. What
//! time it is and where messages go, it is handed in, so that all of it runs natively in tests. It
//! knows no browser.

use super::command::Command;
use super::event::{Answer, Event, Message, State};
use super::host::{Host, Next, READ_BACK};
use super::open::{Open, When, superseded};
use super::parameters::checked_seed;
use crate::device::{self, Backend};
use crate::fault::Fault;
use crate::lessons;
use crate::training::Run;

/// The core of one worker.
pub struct Core<H: Host> {
    host: H,
    open: Option<Open>,
    /// Why it answers no more.
    lost: Option<Fault>,
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
                measured,
            } => {
                let lesson = lessons::named(&lesson)?;
                let choice = device::choose(lesson, asked, found, measured);
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
                let state = self.begin(started, backend, run as u64);
                Ok(When::Now(Answer::State(state)))
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

    /// Opens a run under the number `number`; whoever waited for something of the one before is
    /// told.
    pub fn begin(&mut self, run: Run, backend: Backend, number: u64) -> State {
        if let Some(mut before) = self.open.take() {
            before.fail(&self.host, &superseded("run"));
        }
        let open = Open::new(run, backend, number, &self.host);
        self.open.insert(open).state()
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
