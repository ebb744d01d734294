//! Steps shared by several workers: whoever they are, and whatever becomes of them, the numbers are the same to
//! the last bit; what a helper reads is what would be read here; and nobody waits for one that is dead.

#![cfg(feature = "cpu")]

mod support;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::Poll;
use std::thread;
use support::{idx, options, wait};
use unroll::data::{Digits, synthetic};
use unroll::device::Backend;
use unroll::lessons::options::{Patch, Value};
use unroll::training::{Evaluation, Task, Work};
use unroll::worker::command::Command;
use unroll::worker::core::Core;
use unroll::worker::crew::{Crew, Pending};
use unroll::worker::event::{Answer, Event, Message};
use unroll::worker::host::{Host, Next};

/// What becomes of a piece of work.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// It is done, on a thread of its own.
    Done,
    /// It is done, after it was looked for so many times.
    Late(usize),
    /// Nothing is heard of it again.
    Silent,
    /// Its helper dies.
    Dies,
    /// Something else comes.
    Wrong,
}

/// Helpers of various fates.
struct Helpers {
    cores: usize,
    here: Cell<usize>,
    silent: Cell<usize>,
    fate: Box<dyn Fn(&Work) -> Fate>,
    /// Pieces of work that were given, those to read among them.
    given: Cell<(usize, usize)>,
    /// Milliseconds that somebody was ready to wait.
    waits: RefCell<Vec<f64>>,
}

impl Crew for Helpers {
    fn cores(&self) -> usize {
        self.cores
    }

    fn want(&self, helpers: usize) {
        self.here.set(helpers);
        self.silent.set(0);
    }

    fn free(&self) -> usize {
        self.here.get().saturating_sub(self.silent.get())
    }

    fn give(&self, work: Work) -> Pending {
        let fate = (self.fate)(&work);
        let (all, reads) = self.given.get();
        self.given
            .set((all + 1, reads + usize::from(work.task == Task::Read)));
        match fate {
            Fate::Done => done(work, 0),
            Fate::Late(looks) => done(work, looks),
            Fate::Silent => {
                self.silent.set(self.silent.get() + 1);
                Box::pin(pending())
            }
            Fate::Dies => Box::pin(ready(None)),
            Fate::Wrong => Box::pin(ready(Some(vec![f32::NAN; work.count() - 1]))),
        }
    }

    fn wait(&self, milliseconds: f64) -> Pin<Box<dyn Future<Output = ()>>> {
        self.waits.borrow_mut().push(milliseconds);
        Box::pin(ready(()))
    }
}

fn done(work: Work, looks: usize) -> Pending {
    let count = work.count();
    let mut thread = Some(thread::spawn(|| work.done()));
    let mut looks = looks;
    Box::pin(poll_fn(move |_| {
        if looks > 0 {
            looks -= 1;
            return Poll::Pending;
        }
        let found = thread.take().expect("asked once").join().unwrap();
        assert_eq!(found.len(), count);
        Poll::Ready(Some(found))
    }))
}

/// A host with a crew, and a clock of its own.
struct Bench {
    crew: Helpers,
    now: Cell<f64>,
    messages: RefCell<VecDeque<Message>>,
}

impl Host for Bench {
    fn now(&self) -> f64 {
        self.now.set(self.now.get() + 0.01);
        self.now.get()
    }

    fn send(&self, message: Message) {
        self.messages.borrow_mut().push_back(message);
    }

    fn crew(&self) -> Option<&dyn Crew> {
        Some(&self.crew)
    }
}

/// Synthetic digits, more than any run here reads in an epoch.
fn digits() -> Command {
    static FILES: OnceLock<[Vec<u8>; 4]> = OnceLock::new();
    let [train_images, train_labels, test_images, test_labels] = FILES.get_or_init(|| {
        let set = synthetic::data_set(13_000, 100, 1);
        let images = |digits: &Digits| {
            let images: Vec<_> = (0..digits.len()).map(|k| digits.image(k)).collect();
            idx::images(&images)
        };
        [
            images(&set.train),
            idx::labels(&set.train.labels),
            images(&set.test),
            idx::labels(&set.test.labels),
        ]
    });
    Command::LoadFiles {
        train_images: train_images.clone().into(),
        train_labels: train_labels.clone().into(),
        test_images: test_images.clone().into(),
        test_labels: test_labels.clone().into(),
        source: None,
    }
}

fn core(cores: usize, fate: impl Fn(&Work) -> Fate + 'static, patch: Patch) -> Core<Bench> {
    let mut core = Core::new(Bench {
        crew: Helpers {
            cores,
            here: Cell::new(0),
            silent: Cell::new(0),
            fate: Box::new(fate),
            given: Cell::new((0, 0)),
            waits: RefCell::default(),
        },
        now: Cell::new(0.0),
        messages: RefCell::default(),
    });
    wait(core.handle(
        1.0,
        Command::Open {
            backend: Backend::Cpu,
            lesson: "mnist".to_owned(),
            seed: 3.0,
            options: patch,
            run: 1.0,
        },
    ));
    wait(core.handle(2.0, digits()));
    core
}

/// What was said of a run.
#[derive(Default)]
struct Told {
    losses: Vec<u32>,
    /// And after how many steps each came.
    evaluations: Vec<(Evaluation, u64)>,
    weights: Vec<u8>,
}

fn hear(core: &Core<Bench>, told: &mut Told) {
    for message in core.host().messages.borrow_mut().drain(..) {
        match message {
            Message::Event(Event::Metrics { metrics }) => {
                assert_eq!(metrics.first_step, told.losses.len() as u64 + 1);
                told.losses
                    .extend(metrics.losses.iter().map(|loss| loss.to_bits()));
            }
            Message::Event(Event::Evaluation {
                evaluation, state, ..
            }) => told.evaluations.push((evaluation, state.step)),
            Message::Reply {
                answer: Ok(Answer::Bytes(bytes)),
                ..
            } => told.weights = bytes.to_vec(),
            Message::Reply {
                answer: Err(fault), ..
            } => panic!("{fault:?}"),
            _ => {}
        }
    }
}

/// So many steps, their evaluations, and the weights then.
fn trained(core: &mut Core<Bench>, steps: u32) -> Told {
    let mut told = Told::default();
    wait(core.handle(
        3.0,
        Command::Step {
            n: f64::from(steps),
        },
    ));
    for _ in 0..1_000_000 {
        let next = wait(core.turn());
        hear(core, &mut told);
        match next {
            Next::AtOnce => {}
            Next::After(milliseconds) => {
                let now = &core.host().now;
                now.set(now.get() + milliseconds);
            }
            Next::Command => break,
        }
    }
    wait(core.handle(4.0, Command::SaveWeights {}));
    hear(core, &mut told);
    told
}

fn workers(asked: f64) -> Patch {
    options([
        ("workers", Value::Number(asked)),
        ("hiddenSize", Value::Number(12.0)),
    ])
}

fn same(what: &str, found: &Told, expected: &Told) {
    assert_eq!(found.losses, expected.losses, "losses of {what}");
    assert!(found.weights == expected.weights, "weights of {what}");
    let evaluations = |told: &Told| -> Vec<Evaluation> {
        let all = told.evaluations.iter();
        all.map(|(evaluation, _)| evaluation.clone()).collect()
    };
    assert!(
        evaluations(found) == evaluations(expected),
        "evaluations of {what}"
    );
}

#[test]
fn any_number_of_workers_gives_the_same_numbers() {
    for cell in ["lstm", "gru", "rnn"] {
        for train_on in ["last", "every"] {
            // Batches of four parts, the last one not whole, for some of the cells.
            let batch = if cell == "lstm" { 64.0 } else { 50.0 };
            let of = |asked| {
                let mut patch = workers(asked);
                patch.insert("cell".to_owned(), Value::Text(cell.to_owned()));
                patch.insert("trainOn".to_owned(), Value::Text(train_on.to_owned()));
                patch.insert("batchSize".to_owned(), Value::Number(batch));
                patch
            };
            let alone = trained(&mut core(8, |_| Fate::Done, of(1.0)), 60);
            assert_eq!(alone.losses.len(), 60);
            assert_eq!(alone.evaluations.len(), 1);
            for asked in [2.0, 3.0, 4.0, 8.0] {
                let mut core = core(8, |_| Fate::Done, of(asked));
                let found = trained(&mut core, 60);
                same(&format!("{cell}, {train_on}, {asked}"), &found, &alone);
                let (given, _) = core.host().crew.given.get();
                assert!(given >= 60, "{given} pieces of work were given");
            }
        }
    }
}

#[test]
fn whatever_becomes_of_helpers_the_numbers_are_the_same() {
    let alone = trained(&mut core(4, |_| Fate::Done, workers(1.0)), 130);
    for seed in 0..6 {
        let rng = RefCell::new(Pcg32::seed_from_u64(seed));
        let fate = move |_: &Work| match rng.borrow_mut().next_u32() % 40 {
            0 => Fate::Silent,
            1..=5 => Fate::Dies,
            6..=10 => Fate::Wrong,
            11..=15 => Fate::Late(3),
            _ => Fate::Done,
        };
        let found = trained(&mut core(4, fate, workers(4.0)), 130);
        same(&format!("seed {seed}"), &found, &alone);
    }
}

#[test]
fn who_asks_for_nothing_gets_the_same_numbers_too() {
    let small = || options([("hiddenSize", Value::Number(12.0))]);
    let alone = trained(&mut core(1, |_| Fate::Done, small()), 200);
    let mut four = core(4, |_| Fate::Done, small());
    same("auto", &trained(&mut four, 200), &alone);
    let (given, reads) = four.host().crew.given.get();
    assert!(
        given > reads && reads == 4,
        "{given} given, {reads} to read"
    );
}

#[test]
fn training_goes_on_while_a_helper_evaluates() {
    let late = |work: &Work| match work.task {
        Task::Read => Fate::Late(5),
        Task::Learn { .. } => Fate::Done,
    };
    let alone = trained(&mut core(2, |_| Fate::Done, workers(1.0)), 120);
    let beside = trained(&mut core(2, late, workers(2.0)), 120);
    same("beside", &beside, &alone);
    for ((evaluation, after), step) in beside.evaluations.iter().zip([50, 100]) {
        assert_eq!(evaluation.step, step);
        assert!(
            *after > step,
            "step {step} was evaluated before step {after}"
        );
    }
}

#[test]
fn an_evaluation_that_does_not_come_is_done_here() {
    let silent = |work: &Work| match work.task {
        Task::Read => Fate::Silent,
        Task::Learn { .. } => Fate::Done,
    };
    let alone = trained(&mut core(2, |_| Fate::Done, workers(1.0)), 50);
    let found = trained(&mut core(2, silent, workers(2.0)), 50);
    same("silent", &found, &alone);
}

/// A run whose first evaluation a helper is about, and is late with: after it was looked for so many times.
fn late_with_an_evaluation(looks: usize) -> Core<Bench> {
    let late = move |work: &Work| match work.task {
        Task::Read => Fate::Late(looks),
        Task::Learn { .. } => Fate::Done,
    };
    let mut core = core(2, late, workers(2.0));
    wait(core.handle(3.0, Command::Play {}));
    while core.host().crew.given.get().1 == 0 {
        wait(core.turn());
    }
    core
}

/// The steps of the evaluations that a hand-over tells of; none was told before.
fn evaluated_at_a_hand_over(core: &mut Core<Bench>) -> Vec<u64> {
    let mut told = Told::default();
    hear(core, &mut told);
    assert!(told.evaluations.is_empty());
    wait(core.handle(5.0, Command::HandOver {}));
    hear(core, &mut told);
    told.evaluations.iter().map(|(of, _)| of.step).collect()
}

#[test]
fn an_evaluation_beside_is_told_before_the_run_goes_on_elsewhere() {
    let mut core = late_with_an_evaluation(2);
    assert_eq!(evaluated_at_a_hand_over(&mut core), [50]);
}

/// A clock that moves on by 0.01 ms whenever somebody looks: a part takes nothing, so what is left is the grace.
#[test]
fn a_helper_is_waited_for_as_long_as_its_share_takes_here_and_a_little() {
    let mut core = core(2, |_| Fate::Silent, workers(2.0));
    trained(&mut core, 5);
    let waits = core.host().crew.waits.take();
    assert!(!waits.is_empty());
    for wait in waits {
        assert!((10.0..10.1).contains(&wait), "{wait} ms");
    }
}

#[test]
fn its_own_evaluations_are_told_before_a_run_goes_on_elsewhere_though_another_is_asked_for_between()
{
    // A helper is about the first one, so training goes on.
    let mut core = late_with_an_evaluation(usize::MAX);
    wait(core.handle(4.0, Command::Evaluate { n: 100.0 }));
    while core.host().crew.given.get().1 == 1 {
        wait(core.turn());
    }
    assert_eq!(evaluated_at_a_hand_over(&mut core), [50, 100]);
}
