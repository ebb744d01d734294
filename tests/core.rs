//! The core's promises, held over random sequences of commands with a clock of the test's own:
//! every command is answered exactly once, nothing of an old run follows a fresh one, no turn is
//! longer than its budget or one step, and the same sequence gives the same losses.
//!
//! `SEQUENCES=10000 cargo test --test core` tries more of them.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use support::recall::{RECALL, WEATHER, Weather};
use support::{idx, options, wait};
use unroll::device::{Backend, BackendChoice};
use unroll::lessons::options::{Patch, Value};
use unroll::training::{Hold, Run};
use unroll::worker::command::{Command, Drawing, List, Pixels, Set, SharedDigits, Source};
use unroll::worker::core::Core;
use unroll::worker::event::{Answer, Compared, Continuation, Event, Message, State};
use unroll::worker::host::{Host, Next};

/// Milliseconds that a turn may take, and what reading the clock adds to it.
const TURN: f64 = 24.0;
const SLACK: f64 = 1.0;
/// Milliseconds that looking at the clock takes.
const TICK: f64 = 0.001;

/// A host that keeps what it is sent, and whose time is [`WEATHER`]'s.
#[derive(Default)]
struct Bench {
    messages: RefCell<Vec<Message>>,
}

impl Host for Bench {
    fn now(&self) -> f64 {
        WEATHER.with_borrow_mut(|weather| {
            weather.now += TICK;
            weather.now
        })
    }

    fn send(&self, message: Message) {
        self.messages.borrow_mut().push(message);
    }
}

fn now() -> f64 {
    WEATHER.with_borrow(|weather| weather.now)
}

/// Milliseconds that the longest step takes under these options.
fn step_cost(hidden: f64) -> f64 {
    WEATHER.with_borrow(|weather| weather.cost * hidden / 12.0)
}

/// A core under test, and what is expected of it.
struct Trial {
    lesson: &'static str,
    core: Core<Bench>,
    /// Requests that were not answered yet.
    open: BTreeMap<u64, Command>,
    answered: BTreeSet<u64>,
    last_id: u64,
    /// Of the run that messages may speak of.
    run: u64,
    steps: u64,
    hidden: f64,
    /// Everything that was said, to compare two trials by.
    log: Vec<String>,
    /// The last answer that was no error.
    answer: Option<Answer>,
    lost: bool,
    /// What was last said of runs side by side.
    compared: Vec<Compared>,
}

impl Trial {
    fn new(lesson: &'static str) -> Self {
        let mut trial = Trial {
            lesson,
            core: Core::new(Bench::default()),
            open: BTreeMap::new(),
            answered: BTreeSet::new(),
            last_id: 0,
            run: 1,
            steps: 0,
            hidden: 12.0,
            log: Vec::new(),
            answer: None,
            compared: Vec::new(),
            lost: false,
        };
        trial.begin(1);
        trial
    }

    /// Opens a fresh run, under the number `run`, in a new core.
    fn begin(&mut self, run: u64) {
        self.core = Core::new(Bench::default());
        if self.lesson == "recall" {
            let fresh = Run::new(&RECALL, Device::flex(), 1, &Patch::new()).unwrap();
            self.core.begin(fresh, Backend::Cpu, run);
        } else {
            self.ask(Command::Open {
                backend: Backend::Cpu,
                lesson: self.lesson.to_owned(),
                seed: 1.0,
                options: options([("hiddenSize", Value::Number(4.0))]),
                run: run as f64,
            });
        }
        self.run = run;
        self.steps = 0;
    }

    fn ask(&mut self, command: Command) -> u64 {
        self.last_id += 1;
        self.ask_as(self.last_id, command);
        self.last_id
    }

    fn ask_as(&mut self, id: u64, command: Command) {
        self.open.insert(id, command.clone());
        wait(self.core.handle(id as f64, command));
        self.hear();
    }

    /// Does one turn, and checks that it was short.
    fn turn(&mut self) -> Next {
        let (before, cost) = (now(), step_cost(self.longest()));
        let next = wait(self.core.turn());
        let took = now() - before;
        assert!(
            took <= TURN.max(cost) + SLACK,
            "a turn took {took} ms where a step takes {cost} ms"
        );
        self.hear();
        next
    }

    /// Hidden units of the run, or of a variant that a comparison makes of it.
    fn longest(&self) -> f64 {
        self.hidden.max(48.0)
    }

    /// Checks what came out.
    fn hear(&mut self) {
        for message in self.core.host().messages.take() {
            self.log.push(format!("{message:?}"));
            match message {
                Message::Reply { id, answer } => self.hear_reply(id as u64, answer),
                Message::Event(event) => self.hear_event(event),
            }
        }
    }

    fn hear_reply(&mut self, id: u64, answer: Result<Answer, unroll::fault::Fault>) {
        assert!(self.answered.insert(id), "request {id} was answered twice");
        let command = self
            .open
            .remove(&id)
            .expect("only what was asked is answered");
        match answer {
            Ok(answer) => {
                assert!(
                    fits(&command, &answer),
                    "{command:?} was answered {answer:?}"
                );
                self.answer = Some(answer.clone());
                if let Answer::State(state) = answer {
                    assert!(
                        state.run == self.run || (begins(&command) && state.run == self.run + 1)
                    );
                    if state.run != self.run || matches!(command, Command::Resume { .. }) {
                        self.steps = state.step;
                    }
                    self.run = state.run;
                    self.check(&state);
                    assert_eq!(state.running, state.playing || self.waits_for_steps());
                    if let Some(Value::Number(hidden)) = state.options.get("hiddenSize") {
                        self.hidden = *hidden;
                    }
                }
            }
            Err(fault) => {
                assert!(!fault.message.is_empty() && fault.message.len() < 1_000);
                assert!(!fault.message.contains("Caused by"), "{fault}");
            }
        }
    }

    fn hear_event(&mut self, event: Event) {
        match event {
            Event::Metrics { metrics } => {
                self.check(&metrics.state);
                assert_eq!(metrics.first_step, self.steps + 1, "a gap in the losses");
                self.steps += metrics.losses.len() as u64;
                assert_eq!(metrics.state.step, self.steps);
            }
            Event::Evaluation {
                evaluation,
                state,
                counts,
                ..
            } => {
                self.check(&state);
                assert!(evaluation.step <= state.step);
                assert!(!counts || state.accuracy == Some(evaluation.accuracy));
            }
            Event::Checkpoint { checkpoint } => {
                // It comes before the answer that speaks of the fresh run.
                let run = checkpoint.state.run;
                assert!(run == self.run || (run == self.run + 1 && self.open.values().any(begins)));
            }
            Event::Stopped { state } => {
                self.check(&state);
                assert!(!state.playing && state.finished);
            }
            Event::Comparison { comparison } => {
                assert!(
                    self.open.contains_key(&(comparison.id as u64)),
                    "nobody asked"
                );
                self.compared = comparison.runs;
            }
            Event::Fault { fatal, .. } => self.lost |= fatal,
        }
    }

    fn check(&self, state: &State) {
        assert_eq!(state.run, self.run, "of another run");
        assert!(
            !state.running || state.playing || self.waits_for_steps(),
            "{state:?}"
        );
        assert!(state.epoch_step <= state.steps_per_epoch);
    }

    fn waits_for_steps(&self) -> bool {
        self.open
            .values()
            .any(|command| matches!(command, Command::Step { .. }))
    }

    /// Moves the run to another core, as a change of backend does, or finds that it cannot.
    fn hand_over(&mut self, rng: &mut Pcg32) {
        self.answer = None;
        self.ask(Command::HandOver {});
        let Some(Answer::Continuation(hand_over)) = self.answer.take() else {
            assert!(self.lost);
            return;
        };
        assert_eq!(self.turn(), Next::Command, "it stands still");
        if below(rng, 3) == 0 {
            self.ask(Command::CarryOn {});
            return;
        }
        let Continuation {
            bytes,
            state,
            waiting,
        } = hand_over;
        let moved = std::mem::take(&mut self.open);
        self.begin(state.run);
        if state.data.is_some() {
            self.ask(digits());
        }
        self.ask(Command::Resume { bytes });
        assert_eq!((self.run, self.steps), (state.run, state.step));
        if state.playing {
            self.ask(Command::Play {});
        }
        for (id, command) in moved {
            let steps = waiting.iter().find(|waiting| waiting.id == id as f64);
            match (&command, steps) {
                (Command::Step { .. }, Some(waiting)) => {
                    let n = waiting.steps as f64;
                    self.ask_as(id, Command::Step { n });
                }
                (Command::Step { .. }, None) => panic!("steps that nobody waits for"),
                _ => self.ask_as(id, command),
            }
        }
    }

    /// Lets everything come to its end.
    fn finish(mut self) -> Vec<String> {
        self.ask(Command::Pause {});
        self.ask(Command::StopComparison {});
        for _ in 0..2_000 {
            if self.turn() == Next::Command {
                assert!(self.open.is_empty(), "never answered: {:?}", self.open);
                return self.log;
            }
        }
        panic!("it never comes to rest");
    }
}

/// Whether a fresh run may follow from a command.
fn begins(command: &Command) -> bool {
    matches!(
        command,
        Command::Reset { .. } | Command::LoadWeights { .. } | Command::Set { .. }
    )
}

/// Whether an answer is of the kind that the command promises.
fn fits(command: &Command, answer: &Answer) -> bool {
    match command {
        Command::Choose { .. } => matches!(answer, Answer::Choice(_)),
        Command::Open { .. }
        | Command::Play {}
        | Command::Pause {}
        | Command::Step { .. }
        | Command::Reset { .. }
        | Command::Set { .. }
        | Command::State {}
        | Command::LoadWeights { .. }
        | Command::CarryOn {}
        | Command::Resume { .. } => matches!(answer, Answer::State(_)),
        Command::Load { .. } | Command::LoadFiles { .. } | Command::TakeDigits(_) => {
            matches!(answer, Answer::Data(_))
        }
        Command::ShareDigits {} => matches!(answer, Answer::Shared(_)),
        Command::Evaluate { .. } => matches!(answer, Answer::Evaluation(_)),
        Command::Predict { .. } => matches!(answer, Answer::Prediction(_)),
        Command::Inspect { .. } => matches!(answer, Answer::Inspection(_)),
        Command::Unroll { .. } => matches!(answer, Answer::Unrolled(_)),
        Command::RowGradients {} => matches!(answer, Answer::RowGradients(_)),
        Command::ScanOrder {} => matches!(answer, Answer::Order(_)),
        Command::GradientReach {} => matches!(answer, Answer::Reach(_)),
        Command::OutputLayer { .. } => matches!(answer, Answer::Outputs(_)),
        Command::Portrait { .. } => matches!(answer, Answer::Portrait(_)),
        Command::Compare { .. } => matches!(answer, Answer::Done(_)),
        Command::Time { .. } => matches!(answer, Answer::Timed(_)),
        Command::StopComparison {} => matches!(answer, Answer::Nothing),
        Command::Follow { .. } => matches!(answer, Answer::Following(_)),
        Command::Generate { .. } => matches!(answer, Answer::Generated(_)),
        Command::ClassifyDrawing { .. } => matches!(answer, Answer::Drawing(_)),
        Command::Digit { .. } => matches!(answer, Answer::Digit(_)),
        Command::SaveWeights {} => matches!(answer, Answer::Bytes(_)),
        Command::HandOver {} => matches!(answer, Answer::Continuation(_)),
    }
}

fn below(rng: &mut Pcg32, bound: u32) -> u32 {
    rng.next_u32() % bound
}

fn pick<'a, T>(rng: &mut Pcg32, values: &'a [T]) -> &'a T {
    &values[below(rng, values.len() as u32) as usize]
}

fn digits() -> Command {
    let images = |count: usize| idx::images(&vec![[90; 784]; count]);
    let labels =
        |count: usize| idx::labels(&(0..count).map(|k| (k % 10) as u8).collect::<Vec<_>>());
    Command::LoadFiles {
        train_images: images(11).into(),
        train_labels: labels(11).into(),
        test_images: images(5).into(),
        test_labels: labels(5).into(),
        source: None,
    }
}

/// The same digits as they are shared.
fn shared() -> SharedDigits {
    let image = [[255; 98].as_slice(), &[90; 784]].concat();
    let images = |count: usize| image.repeat(count);
    let labels = |count: usize| (0..count).map(|k| (k % 10) as u8).collect::<Vec<_>>();
    SharedDigits {
        train_images: images(11).into(),
        train_labels: labels(11).into(),
        test_images: images(5).into(),
        test_labels: labels(5).into(),
        source: Source::Beside,
    }
}

/// Options, some of which fit some lesson.
fn patch(rng: &mut Pcg32) -> Patch {
    let some = [
        ("learningRate", Value::Number(0.05)),
        ("learningRate", Value::Number(f64::NAN)),
        ("hiddenSize", Value::Number(4.0)),
        ("hiddenSize", Value::Number(24.0)),
        ("hiddenSize", Value::Number(48.0)),
        ("lag", Value::Number(2.0)),
        ("speed", Value::Number(40.0)),
        ("speed", Value::Nothing),
        ("batchSize", Value::Number(3.0)),
        ("shuffle", Value::Flag(false)),
        ("shuffle", Value::Flag(true)),
        ("cell", Value::Text("rnn".to_owned())),
        ("trainOn", Value::Text("every".to_owned())),
        ("scan", Value::Text("columns".to_owned())),
        ("timeStep", Value::Number(7.0)),
        ("stateMode", Value::Text("truncated".to_owned())),
        ("stateMode", Value::Text("reset".to_owned())),
        ("segmentsBack", Value::Number(3.0)),
        ("endpoint", Value::Other),
        ("nothing", Value::Nothing),
    ];
    let (name, value) = pick(rng, &some);
    options([(*name, value.clone())])
}

fn command(rng: &mut Pcg32) -> Command {
    let pixels = |rng: &mut Pcg32| match below(rng, 3) {
        0 => Pixels::Bytes(vec![7; 784].into()),
        1 => Pixels::Floats(vec![0.5; 784].into()),
        _ => Pixels::Other,
    };
    match below(rng, 46) {
        0..=5 => Command::Play {},
        6..=8 => Command::Pause {},
        9..=14 => Command::Step {
            n: *pick(rng, &[1.0, 1.0, 2.0, 5.0, 30.0, 200.0, 0.0, 1.5, f64::NAN]),
        },
        15 | 16 => Command::Reset {
            seed: *pick(rng, &[None, None, Some(3.0), Some(-1.0), Some(f64::NAN)]),
        },
        17..=20 => Command::Set {
            options: patch(rng),
        },
        21 | 22 => Command::Evaluate {
            n: *pick(rng, &[1.0, 5.0, 6.0]),
        },
        23 => Command::Predict {
            pixels: pixels(rng),
        },
        24 => Command::Inspect {
            pixels: pixels(rng),
        },
        25 => Command::RowGradients {},
        26 => Command::GradientReach {},
        27 | 28 => Command::Compare {
            variants: (0..below(rng, 4)).map(|_| patch(rng)).collect(),
            steps: *pick(rng, &[0.0, 3.0, 40.0, 1e9]),
        },
        29 => Command::StopComparison {},
        30 => Command::Follow {
            inputs: match below(rng, 2) {
                0 => List::Floats(vec![0.5; 20].into()),
                _ => List::Other,
            },
        },
        31 => Command::ClassifyDrawing {
            drawing: match below(rng, 2) {
                0 => Drawing::Strokes(vec![vec![[0.0, 0.0], [5.0, 9.0]]]),
                _ => Drawing::Other,
            },
        },
        32 => Command::Digit {
            set: *pick(rng, &[Set::Train, Set::Test]),
            index: *pick(rng, &[0.0, 4.0, 99.0, -1.0]),
        },
        33 => Command::SaveWeights {},
        34 => Command::LoadWeights {
            bytes: vec![1, 2, 3].into(),
        },
        35 => Command::Resume {
            bytes: vec![9; 40].into(),
        },
        36 => Command::ScanOrder {},
        37 => Command::Choose {
            lesson: (*pick(rng, &["mnist", "sin-cos", "chess"])).to_owned(),
            asked: *pick(rng, &[BackendChoice::Auto, BackendChoice::Cpu]),
            found: None,
            measured: None,
        },
        39 => match below(rng, 2) {
            0 => Command::ShareDigits {},
            _ => Command::TakeDigits(shared()),
        },
        40 | 41 => Command::Unroll {
            inputs: pixels(rng),
            held: match below(rng, 3) {
                0 => None,
                _ => Some(vec![Hold {
                    gate: (*pick(rng, &["forget", "update", "key"])).to_owned(),
                    value: *pick(rng, &[0.0, 1.0, 2.0, f64::NAN]),
                    from: *pick(rng, &[0.0, 3.0, -1.0]),
                    to: *pick(rng, &[5.0, 27.0, 1e9]),
                }]),
            },
        },
        43 => Command::Generate {
            inputs: List::Floats(vec![0.5; below(rng, 3) as usize].into()),
            more: *pick(rng, &[0.0, 6.0, 2.5, 1e9]),
            by: *pick(rng, &[0.3, f64::NAN]),
        },
        42 => Command::Time {
            steps: *pick(rng, &[1.0, 3.0, 0.0, 101.0]),
        },
        38 => Command::Portrait {
            states: List::Floats(vec![0.25; 24].into()),
            hidden_size: 12.0,
            frame: None,
        },
        _ => Command::State {},
    }
}

/// One random sequence; returns everything that was said.
fn sequence(seed: u64) -> Vec<String> {
    let mut rng = Pcg32::seed_from_u64(seed);
    let cost = *pick(&mut rng, &[0.05, 1.0, 7.0, 40.0]);
    WEATHER.set(Weather {
        cost,
        ..Weather::default()
    });
    let lesson = *pick(
        &mut rng,
        &["recall", "recall", "recall", "sin-cos", "mnist"],
    );
    let mut trial = Trial::new(lesson);
    let early = below(&mut rng, 4) == 0;
    if !early {
        trial.ask(digits());
    }
    for _ in 0..12 + below(&mut rng, 20) {
        match below(&mut rng, 60) {
            0 => WEATHER.with_borrow_mut(|weather| weather.diverges = true),
            1 => WEATHER.with_borrow_mut(|weather| weather.lost = below(&mut rng, 4) == 0),
            2 => {
                trial.ask(digits());
            }
            3..=5 => trial.hand_over(&mut rng),
            6..=9 => WEATHER.with_borrow_mut(|weather| weather.now += 700.0),
            _ => {
                trial.ask(command(&mut rng));
            }
        }
        for _ in 0..below(&mut rng, 8) {
            if let Next::After(milliseconds) = trial.turn() {
                WEATHER.with_borrow_mut(|weather| weather.now += milliseconds);
            }
        }
    }
    trial.finish()
}

#[test]
fn random_sequences() {
    let count = std::env::var("SEQUENCES").map_or(400, |count| count.parse().unwrap());
    for seed in 0..count {
        let said = std::panic::catch_unwind(|| sequence(seed));
        let said = said.unwrap_or_else(|why| {
            eprintln!("sequence {seed} fails");
            std::panic::resume_unwind(why)
        });
        if seed % 8 == 0 {
            assert_eq!(
                said,
                sequence(seed),
                "sequence {seed} is not the same twice"
            );
        }
    }
    println!("{count} random sequences");
}

/// A core of recall whose steps take `cost` milliseconds at 12 hidden units.
fn recall(cost: f64) -> Trial {
    WEATHER.set(Weather {
        cost,
        ..Weather::default()
    });
    Trial::new("recall")
}

fn fault(trial: &Trial, code: &str) -> bool {
    trial
        .log
        .iter()
        .any(|line| line.contains(&format!("code: \"{code}\"")))
}

/// A comparison takes its time by the slowest of its runs.
#[test]
fn a_large_variant_beside_a_small_one_keeps_turns_short() {
    let mut trial = recall(1.0);
    let hidden = |size| options([("hiddenSize", Value::Number(size))]);
    trial.ask(Command::Compare {
        variants: vec![hidden(2.0), hidden(48.0), hidden(4.0)],
        steps: 60.0,
    });
    // `turn` holds each against the budget.
    while trial.turn() != Next::Command {}
    assert!(trial.open.is_empty());
}

/// A run that is held back by its speed leaves its time to a comparison.
#[test]
fn a_comparison_beside_a_slow_run_is_not_slow() {
    let mut trial = recall(1.0);
    trial.ask(Command::Set {
        options: options([("speed", Value::Number(1.0))]),
    });
    trial.ask(Command::Play {});
    let comparison = trial.ask(Command::Compare {
        variants: vec![Patch::new()],
        steps: 500.0,
    });
    let began = now();
    while trial.open.contains_key(&comparison) {
        if let Next::After(wait) = trial.turn() {
            WEATHER.with_borrow_mut(|weather| weather.now += wait);
        }
    }
    let took = now() - began;
    assert!(took < 600.0, "500 steps of 1 ms took {took} ms");
    assert!(trial.steps <= 2, "{} steps at one a second", trial.steps);
    trial.finish();
}

/// Each run of a comparison reads the test images at its end, as a run of its own would.
#[test]
fn a_comparison_ends_with_the_accuracy_of_each_run() {
    WEATHER.set(Weather::default());
    let mut trial = Trial::new("mnist");
    trial.ask(digits());
    let rate = |rate| options([("learningRate", Value::Number(rate))]);
    trial.ask(Command::Compare {
        variants: vec![rate(0.01), rate(0.1)],
        steps: 3.0,
    });
    while trial.turn() != Next::Command {}
    let found: Vec<Option<f64>> = trial.compared.iter().map(|run| run.accuracy).collect();
    for (k, rate) in [rate(0.01), rate(0.1)].into_iter().enumerate() {
        trial.ask(Command::Set { options: rate });
        trial.ask(Command::Step { n: 3.0 });
        while trial.turn() != Next::Command {}
        trial.ask(Command::Evaluate { n: 5.0 });
        while trial.turn() != Next::Command {}
        trial.ask(Command::State {});
        let Some(Answer::State(state)) = trial.answer.clone() else {
            panic!("a state");
        };
        assert!(state.accuracy.is_some());
        assert_eq!(found[k], state.accuracy);
        trial.ask(Command::Reset { seed: None });
    }
    trial.finish();
}

#[test]
fn a_pause_is_short_after_any_number_of_single_steps() {
    let mut trial = recall(0.05);
    for _ in 0..14 {
        trial.ask(Command::Step { n: 1.0 });
        while trial.turn() != Next::Command {}
    }
    trial.ask(Command::Set {
        options: options([("hiddenSize", Value::Number(256.0))]),
    });
    WEATHER.with_borrow_mut(|weather| weather.cost = 1.0);
    trial.hidden = 256.0;
    trial.ask(Command::Play {});
    // `turn` holds it against the budget.
    trial.turn();
    trial.ask(Command::Pause {});
    trial.finish();
}

#[test]
fn steps_that_are_cut_short_say_how_many_were_done() {
    let mut trial = recall(10.0);
    trial.ask(Command::Step { n: 60.0 });
    for _ in 0..4 {
        trial.turn();
    }
    let done = WEATHER.with_borrow(|weather| weather.now) as u64 / 10;
    trial.ask(Command::Pause {});
    assert!(fault(&trial, "stopped"));
    let said = format!("\"done\": \"{done}\"");
    assert!(
        trial.log.iter().any(|line| line.contains(&said)),
        "{:?}",
        trial.log
    );
}

#[test]
fn an_evaluation_of_an_old_run_is_superseded() {
    WEATHER.set(Weather::default());
    let mut trial = Trial::new("mnist");
    trial.ask(digits());
    trial.ask(Command::Evaluate { n: 5.0 });
    trial.ask(Command::Reset { seed: None });
    assert!(fault(&trial, "superseded"));
    trial.ask(Command::State {});
    let Some(Answer::State(state)) = trial.answer.clone() else {
        panic!("a state");
    };
    assert_eq!((state.accuracy, state.run), (None, 2));
    trial.ask(Command::Evaluate { n: 1.0 });
    while trial.turn() != Next::Command {}
    trial.ask(Command::State {});
    let Some(Answer::State(state)) = trial.answer.clone() else {
        panic!("a state");
    };
    assert_eq!(state.accuracy, None, "one image is not the run's accuracy");
    trial.ask(Command::Evaluate { n: 5.0 });
    trial.ask(digits());
    trial.finish();
}

/// A page may be left as soon as it has an answer: what it says must not be lost with it.
#[test]
fn whoever_is_told_that_a_run_stands_still_has_what_it_goes_on_from() {
    let mut trial = recall(1.0);
    let kept = |trial: &Trial, step: u64| {
        let ends = |line: &&String| line.contains("Reply") || line.contains("Stopped");
        let told = trial.log.iter().rposition(|line| ends(&line)).unwrap();
        let kept = trial.log[..told]
            .iter()
            .rposition(|line| line.contains("Checkpoint"));
        assert!(trial.log[kept.unwrap()].contains(&format!("step: {step},")));
        assert!(trial.log[kept.unwrap()].contains("waiting: []"));
    };
    trial.ask(Command::Step { n: 3.0 });
    while !trial.open.is_empty() {
        trial.turn();
    }
    kept(&trial, 3);
    trial.ask(Command::SaveWeights {});
    let Some(Answer::Bytes(bytes)) = trial.answer.clone() else {
        panic!("weights");
    };
    trial.ask(Command::Play {});
    while trial.steps < 9 {
        trial.turn();
    }
    let steps = trial.steps;
    trial.ask(Command::Pause {});
    kept(&trial, steps);
    trial.ask(Command::LoadWeights { bytes });
    kept(&trial, 0);
}

/// What one worker shares, another one trains on as if it had read the files itself.
#[test]
fn digits_that_were_shared_are_the_same() {
    WEATHER.set(Weather::default());
    let mut reads = Trial::new("mnist");
    reads.ask(digits());
    reads.ask(Command::ShareDigits {});
    assert!(fault(&reads, "bad-request"), "they are not MNIST");
    let mut takes = Trial::new("mnist");
    takes.ask(Command::TakeDigits(shared()));
    takes.ask(Command::ShareDigits {});
    let Some(Answer::Shared(digits)) = takes.answer.clone() else {
        panic!("digits");
    };
    assert_eq!(digits, shared());
    for cut in [1, 90, 400] {
        let mut broken = shared();
        broken.train_images.0.truncate(cut);
        takes.log.clear();
        takes.ask(Command::TakeDigits(broken));
        assert!(fault(&takes, "bad-request"));
    }
    let losses = |trial: &mut Trial| {
        trial.ask(Command::Step { n: 3.0 });
        while trial.turn() != Next::Command {}
        let said = trial.log.iter().filter(|line| line.contains("losses: "));
        said.map(|line| {
            line.split("losses: ")
                .nth(1)
                .unwrap()
                .split(']')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect::<Vec<_>>()
    };
    reads.log.clear();
    takes.log.clear();
    assert_eq!(losses(&mut takes), losses(&mut reads));
}

#[test]
fn a_run_that_diverged_can_be_looked_at_moved_and_reset() {
    let mut trial = recall(1.0);
    WEATHER.with_borrow_mut(|weather| weather.diverges = true);
    trial.ask(Command::Step { n: 3.0 });
    while trial.turn() != Next::Command {}
    assert!(fault(&trial, "nan-loss"));
    trial.ask(Command::HandOver {});
    let Some(Answer::Continuation(hand_over)) = trial.answer.clone() else {
        panic!("a checkpoint");
    };
    trial.begin(hand_over.state.run);
    trial.ask(Command::Resume {
        bytes: hand_over.bytes,
    });
    trial.log.clear();
    trial.ask(Command::Play {});
    assert!(fault(&trial, "nan-loss"));
    trial.ask(Command::Reset { seed: None });
    trial.ask(Command::Step { n: 2.0 });
    while trial.turn() != Next::Command {}
    assert_eq!(trial.steps, 2);
}

#[test]
fn a_lost_device_answers_everybody_at_once() {
    let mut trial = recall(1.0);
    trial.ask(Command::Step { n: 30.0 });
    trial.ask(Command::Compare {
        variants: vec![Patch::new(), Patch::new()],
        steps: 50.0,
    });
    trial.turn();
    WEATHER.with_borrow_mut(|weather| weather.lost = true);
    for _ in 0..3 {
        trial.turn();
    }
    assert!(trial.lost && trial.open.is_empty());
    trial.ask(Command::Play {});
    assert!(trial.open.is_empty());
}

#[test]
fn the_third_lesson_learns() {
    WEATHER.set(Weather::default());
    let mut run = Run::new(&RECALL, Device::flex(), 1, &Patch::new()).unwrap();
    for _ in 0..300 {
        run.step().unwrap();
    }
    let losses = wait(run.collect()).unwrap().losses;
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    assert!(
        mean(&losses[280..]) < 0.3 * mean(&losses[..20]),
        "{losses:?}"
    );
}
