//! Files that anybody may have made, mutated from valid ones: each is taken, or refused with a short
//! message; none panics, hangs or takes memory without bound, and none spoils the run that refused it.
//!
//! FUZZ=10000000 tries as many of each kind (scripts/fuzz).

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use flate2::Compression;
use flate2::write::GzEncoder;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use safetensors::SafeTensors;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::time::{Duration, Instant};
use support::mutate::{Corpus, below, mutate};
use support::{idx, options, wait};
use unroll::data::mnist::{Files, read};
use unroll::data::synthetic;
use unroll::lessons::options::Value;
use unroll::lessons::{Definition, MNIST, SIN_COS};
use unroll::training::Run;

/// No input may take more memory than this, in bytes, whatever it claims; the inputs have some KB.
const MEMORY: isize = 64 << 20;
/// Inputs of a kind, unless `FUZZ` says otherwise.
const INPUTS: usize = 10_000;

/// Counts what a thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Tries inputs made from `valid` by `change`. `attempt` says what is said of one.
fn fuzz<T: Clone>(
    kind: &str,
    valid: Vec<T>,
    change: impl Fn(&mut Pcg32, &mut T),
    mut attempt: impl FnMut(&T) -> (&'static str, String),
) {
    let inputs = std::env::var("FUZZ").map_or(INPUTS, |count| count.parse().expect("a number"));
    let mut rng = Pcg32::seed_from_u64(inputs as u64);
    let mut corpus = Corpus::new(valid);
    let (mut most, mut longest) = (0, Duration::ZERO);
    for k in 0..inputs {
        let mut input = corpus.pick(&mut rng);
        change(&mut rng, &mut input);
        let before = HELD.get();
        MOST.set(before);
        let start = Instant::now();
        let (code, message) = attempt(&input);
        longest = longest.max(start.elapsed());
        most = most.max(MOST.get() - before);
        assert!(
            most <= MEMORY,
            "{kind} {k} takes {most} bytes: {code} {message}"
        );
        assert!(message.len() < 1_000, "{kind} {k}: {message}");
        corpus.note(code, &message, input);
        if (k + 1).is_multiple_of(100_000) {
            eprintln!("{kind}: {} inputs", k + 1);
        }
    }
    let taken = corpus.said.get("taken: ").copied().unwrap_or(0);
    let refusals = corpus.said.len() - 1;
    println!(
        "{kind}: {inputs} inputs, {taken} taken, {refusals} kinds of refusal, at most {most} bytes and {longest:?}"
    );
    assert!(taken > 0 && refusals > 5, "{:?}", corpus.said);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn idx_files() {
    let plain = [
        idx::images(&[[7; 784], [200; 784]]),
        idx::labels(&[3, 9]),
        idx::images(&[[0; 784]]),
        idx::labels(&[1]),
    ];
    let packed = plain.each_ref().map(|file| gzip(file));
    let change = |rng: &mut Pcg32, four: &mut [Vec<u8>; 4]| {
        let [a, b] = [below(rng, 4), below(rng, 4)];
        match rng.next_u32() % 8 {
            0 => four.swap(a, b),
            // Behind the checksum of gzip.
            1 => {
                mutate(rng, &mut four[a], &[]);
                four[a] = gzip(&four[a]);
            }
            // Several files in one, as gzip allows.
            2 => four[a] = [four[a].as_slice(), &four[b]].concat(),
            _ => mutate(rng, &mut four[a], &["<!doctype html>", "\u{1f}\u{8b}\u{8}"]),
        }
        // A file that was joined to itself again and again.
        for file in four {
            file.truncate(20_000);
        }
    };
    fuzz("IDX files", vec![plain, packed], change, |four| {
        let files = Files {
            train_images: &four[0],
            train_labels: &four[1],
            test_images: &four[2],
            test_labels: &four[3],
        };
        match read(files) {
            Err(error) => (error.code(), error.to_string()),
            Ok((set, _)) => {
                for digits in [set.train, set.test] {
                    assert_eq!(digits.images.len(), digits.labels.len());
                    assert!(!digits.labels.is_empty() && digits.labels.iter().all(|l| *l < 10));
                }
                ("taken", String::new())
            }
        }
    });
}

/// A safetensors file in its parts, so that changes get behind its lengths and its quotation marks.
#[derive(Clone)]
struct Parts {
    lesson: &'static Definition,
    /// What is stored under `unroll`, if anything is.
    metadata: Vec<u8>,
    /// The tensors' names, types, shapes and places, in braces.
    header: Vec<u8>,
    data: Vec<u8>,
}

const WORDS: [&str; 12] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "\"F16\"",
    "\\u0000",
    "lesson.window.0",
];

impl Parts {
    fn of(lesson: &'static Definition, file: &[u8]) -> Self {
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let (header, data) = file[8..].split_at(length);
        let mut header: serde_json::Map<_, _> = serde_json::from_slice(header).unwrap();
        let metadata = header.remove("__metadata__");
        let metadata = metadata.map_or("", |all| all["unroll"].as_str().unwrap().to_owned().leak());
        Parts {
            lesson,
            metadata: metadata.into(),
            header: serde_json::to_vec(&header).unwrap(),
            data: data.to_vec(),
        }
    }

    fn change(rng: &mut Pcg32, parts: &mut Self) {
        let part = match rng.next_u32() % 3 {
            0 => &mut parts.header,
            1 if !parts.metadata.is_empty() => &mut parts.metadata,
            _ => &mut parts.data,
        };
        mutate(rng, part, &WORDS);
        part.truncate(20_000);
    }

    fn file(&self) -> Vec<u8> {
        let mut header = self.header.clone();
        if !self.metadata.is_empty() && header.first() == Some(&b'{') {
            let metadata = String::from_utf8_lossy(&self.metadata);
            let metadata = serde_json::json!({ "unroll": metadata });
            let comma = if header.get(1) == Some(&b'}') {
                ""
            } else {
                ","
            };
            let metadata = format!("{{\"__metadata__\":{metadata}{comma}");
            header.splice(..1, metadata.into_bytes());
        }
        let length = (header.len() as u64).to_le_bytes();
        [&length, header.as_slice(), &self.data].concat()
    }
}

/// A small run, with one option that is not as at the beginning.
fn run(lesson: &'static Definition, option: &str, value: &str, steps: usize) -> Run {
    let mut patch = options([
        ("hiddenSize", Value::Number(5.0)),
        (option, Value::Text(value.to_owned())),
    ]);
    if lesson.name == "mnist" {
        patch.insert("batchSize".to_owned(), Value::Number(4.0));
    }
    let mut run = Run::new(lesson, Device::flex(), 1, &patch).unwrap();
    if lesson.name == "mnist" {
        run.give(synthetic::data_set(40, 5, 3)).unwrap();
    }
    for _ in 0..steps {
        run.step().unwrap();
    }
    wait(run.collect()).unwrap();
    run
}

/// One of each lesson, which files are given to.
fn pair() -> [Run; 2] {
    [
        run(&SIN_COS, "stateMode", "carry", 1),
        run(&MNIST, "cell", "lstm", 1),
    ]
}

/// Does a step with what was taken: a number comes of it, or it is said that none does.
fn goes_on(run: &mut Run) {
    match run.step() {
        Err(fault) => assert!(["nan-loss", "no-data"].contains(&fault.code), "{fault}"),
        Ok(()) => {
            let progress = wait(run.collect()).unwrap();
            assert!(progress.losses[0].is_finite() || run.diverged().is_some());
        }
    }
}

#[test]
fn weights() {
    let mut here = pair();
    let valid = (here.iter())
        .map(|run| Parts::of(lesson(run), &wait(run.save_weights()).unwrap()))
        .collect();
    fuzz("weights", valid, Parts::change, |parts| {
        let run = &mut here[usize::from(parts.lesson.name == "mnist")];
        let before = run.steps();
        match run.load_weights(&parts.file()) {
            Err(fault) => {
                assert_eq!(run.steps(), before);
                (fault.code, fault.message)
            }
            Ok(()) => {
                goes_on(run);
                ("taken", String::new())
            }
        }
    });
}

fn lesson(run: &Run) -> &'static Definition {
    match run.lesson() {
        "mnist" => &MNIST,
        _ => &SIN_COS,
    }
}

#[test]
fn checkpoints() {
    let mut valid = Vec::new();
    for mut run in [
        run(&SIN_COS, "stateMode", "carry", 2),
        run(&SIN_COS, "stateMode", "truncated", 4),
        run(&MNIST, "cell", "rnn", 2),
        run(&MNIST, "cell", "lstm", 2),
    ] {
        valid.push(Parts::of(
            lesson(&run),
            &wait(run.save_checkpoint()).unwrap(),
        ));
    }
    let mut here = pair();
    let saved = here
        .each_mut()
        .map(|run| wait(run.save_checkpoint()).unwrap());
    let mut refused = 0;
    fuzz("checkpoints", valid, Parts::change, |parts| {
        let k = usize::from(parts.lesson.name == "mnist");
        let run = &mut here[k];
        match run.resume(&parts.file()) {
            Err(fault) => {
                refused += 1;
                if refused % 100 == 0 {
                    assert_eq!(wait(run.save_checkpoint()).unwrap(), saved[k], "{fault}");
                }
                (fault.code, fault.message)
            }
            Ok(()) => {
                goes_on(run);
                // What was taken can travel on.
                let again = wait(run.save_checkpoint()).unwrap();
                run.resume(&again).unwrap();
                run.reset(None).unwrap();
                run.resume(&saved[k]).unwrap();
                ("taken", String::new())
            }
        }
    });
}

/// The parts of a file make that file.
#[test]
fn a_file_that_nothing_changed_is_itself() {
    let mut run = run(&SIN_COS, "stateMode", "carry", 1);
    let checkpoint = wait(run.save_checkpoint()).unwrap();
    let again = Parts::of(&SIN_COS, &checkpoint).file();
    let tensors = |file: &[u8]| SafeTensors::deserialize(file).unwrap().len();
    assert_eq!(tensors(&again), tensors(&checkpoint));
    run.resume(&again).unwrap();
}
