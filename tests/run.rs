//! A run's promises: the same seed is the same run, a checkpoint goes on as if nothing had
//! happened, and whatever is refused has changed nothing.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::{Device, Tensor, TensorData};
use support::{assert_close, options, wait};
use unroll::data::{DataSet, synthetic};
use unroll::fault::Fault;
use unroll::lessons::options::{Patch, Value};
use unroll::lessons::{Definition, MNIST, SIN_COS};
use unroll::operators::head::Objective;
use unroll::training::{Progress, Run};

fn digits() -> DataSet {
    synthetic::data_set(150, 40, 3)
}

fn session(lesson: &'static Definition, seed: u64, patch: &Patch) -> Run {
    session_on(Device::flex(), lesson, seed, patch)
}

fn session_on(device: Device, lesson: &'static Definition, seed: u64, patch: &Patch) -> Run {
    let mut session = Run::new(lesson, device, seed, patch).unwrap();
    if lesson.name == "mnist" {
        session.give(digits()).unwrap();
    }
    session
}

fn run(session: &mut Run, steps: usize) -> Progress {
    for _ in 0..steps {
        session.step().unwrap();
    }
    wait(session.collect()).unwrap()
}

fn number(name: &str, value: f64) -> Patch {
    options([(name, Value::Number(value))])
}

static LESSONS: [&Definition; 2] = [&SIN_COS, &MNIST];

#[test]
fn a_seed_is_a_run() {
    for lesson in LESSONS {
        let mut first = session(lesson, 5, &Patch::new());
        let losses = run(&mut first, 7).losses;
        first.reset(Some(5)).unwrap();
        assert_eq!(run(&mut first, 7).losses, losses);
        assert_ne!(
            run(&mut session(lesson, 6, &Patch::new()), 7).losses,
            losses
        );
    }
}

#[test]
fn a_device_without_kernels_trains_too() {
    for lesson in LESSONS {
        for cell in ["rnn", "lstm", "gru"] {
            let patch = options([
                ("cell", Value::Text(cell.to_owned())),
                ("hiddenSize", Value::Number(9.0)),
            ]);
            let expected = run(&mut session(lesson, 2, &patch), 5).losses;
            // Burn's autodiff, of which nothing is asked, is such a device.
            let without = Device::flex().autodiff();
            let found = run(&mut session_on(without, lesson, 2, &patch), 5).losses;
            let expected: Vec<f64> = expected.into_iter().map(f64::from).collect();
            assert_close(&format!("{} {cell}", lesson.name), &found, &expected, 2e-5);
        }
    }
}

#[test]
fn a_checkpoint_goes_on_as_if_nothing_had_happened() {
    for lesson in LESSONS {
        let mut whole = session(lesson, 1, &number("hiddenSize", 9.0));
        run(&mut whole, 4);
        let checkpoint = wait(whole.save_checkpoint()).unwrap();
        let mut other = session(lesson, 2, &Patch::new());
        other.resume(&checkpoint).unwrap();
        assert_eq!(other.steps(), 4);
        assert_eq!(other.seed(), 1);
        let (expected, found) = (run(&mut whole, 5), run(&mut other, 5));
        assert_eq!(found, expected);
    }
}

#[test]
fn segments_that_the_gradient_flows_back_through_travel_with_the_run() {
    let truncated = |back: f64| {
        options([
            ("stateMode", Value::Text("truncated".to_owned())),
            ("segmentsBack", Value::Number(back)),
        ])
    };
    let mut whole = session(&SIN_COS, 1, &truncated(3.0));
    run(&mut whole, 4);
    let checkpoint = wait(whole.save_checkpoint()).unwrap();
    let mut other = session(&SIN_COS, 2, &Patch::new());
    other.resume(&checkpoint).unwrap();
    let (expected, found) = (run(&mut whole, 5), run(&mut other, 5));
    assert_eq!(found, expected);

    let mut carried = session(&SIN_COS, 1, &Patch::new());
    let mut one = session(&SIN_COS, 1, &truncated(1.0));
    let losses = run(&mut carried, 6).losses;
    assert_eq!(run(&mut one, 6).losses, losses);
    let mut three = session(&SIN_COS, 1, &truncated(3.0));
    let other = run(&mut three, 6).losses;
    assert_eq!(other[0], losses[0]);
    assert_ne!(other[5], losses[5]);
    // Fewer in the middle of a run: what is let go is settled without a gradient.
    three.set(&truncated(1.0)).unwrap();
    assert!(
        run(&mut three, 2)
            .losses
            .iter()
            .all(|loss| loss.is_finite())
    );
}

#[test]
fn weights_start_a_fresh_run() {
    for lesson in LESSONS {
        let mut trained = session(lesson, 1, &Patch::new());
        run(&mut trained, 3);
        let weights = wait(trained.save_weights()).unwrap();
        let mut first = session(lesson, 1, &Patch::new());
        first.load_weights(&weights).unwrap();
        let losses = run(&mut first, 3).losses;
        trained.load_weights(&weights).unwrap();
        assert_eq!(trained.steps(), 0);
        assert_eq!(run(&mut trained, 3).losses, losses);
        assert_ne!(
            run(&mut session(lesson, 1, &Patch::new()), 3).losses,
            losses
        );
    }
}

#[test]
fn an_epoch_ends_with_a_short_batch_and_the_next_one_follows() {
    let mut lesson = session(&MNIST, 1, &Patch::new());
    assert_eq!(lesson.position().steps_per_epoch, 3);
    run(&mut lesson, 2);
    assert!(!lesson.position().finished);
    run(&mut lesson, 1);
    assert!(lesson.position().finished);
    assert_eq!(
        (lesson.position().epoch, lesson.position().epoch_step),
        (1, 3)
    );
    run(&mut lesson, 1);
    assert!(!lesson.position().finished);
    assert_eq!(
        (lesson.position().epoch, lesson.position().epoch_step),
        (1, 1)
    );
}

#[test]
fn a_hundred_segments_are_a_length() {
    let mut lesson = session(&SIN_COS, 1, &Patch::new());
    let progress = run(&mut lesson, 100);
    assert!(lesson.position().finished);
    assert_eq!(progress.segments.unwrap().predictions.len(), 1000);
    run(&mut lesson, 1);
    assert!(!lesson.position().finished);
}

#[test]
fn options_change_in_the_middle_of_a_run() {
    let mut lesson = session(&SIN_COS, 1, &Patch::new());
    run(&mut lesson, 3);
    lesson.set(&number("timeStep", 25.0)).unwrap();
    let progress = run(&mut lesson, 2);
    assert_eq!(progress.first_step, 4);
    assert_eq!(progress.segments.unwrap().lengths.0, [25, 25]);
    lesson.set(&number("hiddenSize", 8.0)).unwrap();
    assert_eq!(lesson.steps(), 0);
    assert_eq!(lesson.parameters(), 8 + 64 + 16 + 9);

    let mut slow = session(&MNIST, 1, &Patch::new());
    let mut fast = session(&MNIST, 1, &Patch::new());
    run(&mut slow, 1);
    run(&mut fast, 1);
    fast.set(&number("learningRate", 0.1)).unwrap();
    assert_eq!(run(&mut slow, 1).losses, run(&mut fast, 1).losses);
    assert_ne!(run(&mut slow, 1).losses, run(&mut fast, 1).losses);
}

#[test]
fn a_cell_is_a_network_of_its_own() {
    let rnn = options([("cell", Value::Text("rnn".to_owned()))]);
    let mut lesson = session(&MNIST, 1, &Patch::new());
    run(&mut lesson, 2);
    let lstm = wait(lesson.save_weights()).unwrap();
    assert_eq!(lesson.parameters(), 256 * (28 + 64 + 2) + 650);
    lesson.set(&rnn).unwrap();
    assert_eq!(lesson.steps(), 0);
    assert_eq!(lesson.parameters(), 64 * (28 + 64 + 2) + 650);
    let gru = options([("cell", Value::Text("gru".to_owned()))]);
    let mut gru = session(&MNIST, 1, &gru);
    assert_eq!(gru.parameters(), 192 * (28 + 64 + 2) + 650);
    assert!(
        gru.architecture()
            .contains("(rnn): GRU(28, 64, batch_first=True)")
    );
    let losses = run(&mut gru, 3).losses;
    assert!(losses.iter().all(|loss| loss.is_finite()));
    assert_eq!(
        run(&mut lesson, 3).losses,
        run(&mut session(&MNIST, 1, &rnn), 3).losses
    );
    lesson.set(&rnn).unwrap();
    assert_eq!(lesson.steps(), 3);

    let fault = lesson.load_weights(&lstm).unwrap_err();
    assert_eq!(fault.code, "weights-shape");
    assert!(fault.message.contains("[256, 28]") && fault.message.contains("[64, 28]"));
    assert_eq!(lesson.steps(), 3);

    let checkpoint = wait(lesson.save_checkpoint()).unwrap();
    let mut other = session(&MNIST, 2, &Patch::new());
    other.resume(&checkpoint).unwrap();
    assert_eq!(other.options(), lesson.options());
    assert_eq!(run(&mut other, 2), run(&mut lesson, 2));

    let weights = wait(lesson.save_weights()).unwrap();
    other.load_weights(&weights).unwrap();
    assert_eq!(wait(other.save_weights()).unwrap(), weights);
    other.reset(Some(1)).unwrap();
    assert_eq!(other.parameters(), lesson.parameters());
}

#[test]
fn every_cell_carries_all_its_states() {
    for (cell, parameters) in [("rnn", 1), ("lstm", 4), ("gru", 3)] {
        let of_cell = |rest: Patch| -> Patch {
            let cell = options([("cell", Value::Text(cell.to_owned()))]);
            cell.into_iter().chain(rest).collect()
        };
        let mode = |mode: &str, back: f64| {
            of_cell(options([
                ("stateMode", Value::Text(mode.to_owned())),
                ("segmentsBack", Value::Number(back)),
            ]))
        };
        let mut carried = session(&SIN_COS, 1, &of_cell(Patch::new()));
        assert_eq!(carried.parameters(), parameters * 32 * (1 + 32 + 2) + 33);
        let losses = run(&mut carried, 6).losses;
        // Detaching after every segment is truncating after one.
        let truncated = run(&mut session(&SIN_COS, 1, &mode("truncated", 1.0)), 6);
        assert_eq!(truncated.losses, losses, "{cell}");
        let longer = run(&mut session(&SIN_COS, 1, &mode("truncated", 3.0)), 6);
        assert_eq!(longer.losses[0], losses[0]);
        assert_ne!(longer.losses[2..], losses[2..], "{cell}");

        // On the way, and from a window of several segments to one: computed once more without history.
        for patch in [of_cell(Patch::new()), mode("truncated", 3.0)] {
            let mut here = session(&SIN_COS, 1, &patch);
            run(&mut here, 5);
            let checkpoint = wait(here.save_checkpoint()).unwrap();
            let mut there = session(&SIN_COS, 2, &Patch::new());
            there.resume(&checkpoint).unwrap();
            for run in [&mut here, &mut there] {
                run.set(&options([("stateMode", Value::Text("carry".to_owned()))]))
                    .unwrap();
            }
            assert_eq!(
                run(&mut there, 3).losses,
                run(&mut here, 3).losses,
                "{cell}"
            );
        }
    }
}

#[test]
fn resetting_the_state_each_segment_is_another_run() {
    let reset = options([("stateMode", Value::Text("reset".to_owned()))]);
    let carried = run(&mut session(&SIN_COS, 1, &Patch::new()), 5).losses;
    let cut = run(&mut session(&SIN_COS, 1, &reset), 5).losses;
    assert_eq!(carried[0], cut[0]);
    assert_ne!(carried[1..], cut[1..]);
}

#[test]
fn a_batch_begins_with_the_states_that_the_last_one_ended_with() {
    for cell in ["rnn", "lstm", "gru"] {
        let patch = |carry| {
            options([
                ("carryState", Value::Flag(carry)),
                ("shuffle", Value::Flag(false)),
                ("batchSize", Value::Number(20.0)),
                ("cell", Value::Text(cell.to_owned())),
                // Before training, hardly anything is left of a state after 28 rows.
                ("trainOn", Value::Text("every".to_owned())),
            ])
        };
        let mut carried = session(&MNIST, 1, &patch(true));
        assert!(!carried.is_cut(), "one worker has the states");
        let batch = |run: &Run, from: usize, count: usize| {
            let mnist = run.mnist("digit").unwrap();
            let digits = (from..from + count).map(|k| mnist.digit(true, k as f64).unwrap());
            let (pixels, labels): (Vec<_>, Vec<_>) = digits.unzip();
            let values: Vec<f32> = pixels
                .concat()
                .iter()
                .map(|&p| f32::from(p) / 255.0)
                .collect();
            let labels: Vec<f32> = labels.iter().map(|&label| f32::from(label)).collect();
            let device = Device::flex();
            (
                Tensor::<3>::from_data(TensorData::new(values, [count, 28, 28]), &device),
                Tensor::<1>::from_data(TensorData::new(labels, [count]), &device),
            )
        };
        let mut states = carried.network().zero(20);
        let mut expected = Vec::new();
        for step in 0..3 {
            let (x, labels) = batch(&carried, 20 * step, 20);
            let network = carried.network().clone();
            let learned = network.learn(Objective::EveryClass, x, states, labels);
            expected.push(f64::from(learned.loss.into_scalar::<f32>()));
            states = learned.sequence.states(27);
            carried.step().unwrap();
        }
        let losses = wait(carried.collect()).unwrap().losses;
        assert_close(cell, &losses, &expected, 1e-6);

        let own = run(&mut session(&MNIST, 1, &patch(false)), 3).losses;
        assert!(
            (own[0] - losses[0]).abs() < 1e-6,
            "the first begins with zeros"
        );
        assert!((own[1] - losses[1]).abs() > 1e-5, "{own:?} and {losses:?}");

        // 150 digits: the eighth batch is smaller, and so it and the one after it begin with zeros.
        run(&mut carried, 4);
        for (first, count) in [(140, 10), (0, 20)] {
            let (x, labels) = batch(&carried, first, count);
            let network = carried.network().clone();
            let zeros = network.zero(count);
            let learned = network.learn(Objective::EveryClass, x, zeros, labels);
            let loss = run(&mut carried, 1).losses;
            assert_close(
                cell,
                &loss,
                &[f64::from(learned.loss.into_scalar::<f32>())],
                1e-6,
            );
        }
        run(&mut carried, 1);
        let checkpoint = wait(carried.save_checkpoint()).unwrap();
        carried.set(&patch(false)).unwrap();
        assert!(carried.is_cut());
        run(&mut carried, 1);
        carried.resume(&checkpoint).unwrap();
        assert!(!carried.is_cut());
        run(&mut carried, 1);
    }
}

#[test]
fn trained_on_every_row_the_loss_is_that_of_every_belief() {
    let patch = options([
        ("trainOn", Value::Text("every".to_owned())),
        ("shuffle", Value::Flag(false)),
        ("batchSize", Value::Number(6.0)),
    ]);
    let mut lesson = session(&MNIST, 1, &patch);
    let mut expected = 0.0;
    for index in 0..6 {
        let mnist = lesson.mnist("digit").unwrap();
        let (pixels, label) = mnist.digit(true, f64::from(index)).unwrap();
        let pixels: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
        let beliefs = wait(lesson.predict(&pixels)).unwrap().beliefs;
        let of_label = beliefs.chunks(10).map(|row| row[label as usize].ln());
        expected -= of_label.sum::<f32>() / 28.0 / 6.0;
    }
    let losses = run(&mut lesson, 30).losses;
    assert_close("the first loss", &losses[..1], &[f64::from(expected)], 1e-5);
    assert!(losses[29] < losses[0], "{losses:?}");

    let checkpoint = wait(lesson.save_checkpoint()).unwrap();
    let mut other = session(&MNIST, 2, &Patch::new());
    other.resume(&checkpoint).unwrap();
    assert_eq!(run(&mut other, 2), run(&mut lesson, 2));
}

#[test]
fn a_loss_that_is_no_number_is_found() {
    let mut lesson = session(&SIN_COS, 1, &number("learningRate", 1.0));
    let mut weights = wait(lesson.save_weights()).unwrap();
    let header = 8 + u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    for value in weights[header..].chunks_exact_mut(4) {
        value.copy_from_slice(&1e38f32.to_le_bytes());
    }
    lesson.load_weights(&weights).unwrap();
    run(&mut lesson, 1);
    assert_eq!(lesson.diverged(), Some(1));
    assert_eq!(lesson.step().unwrap_err().code, "nan-loss");
}

#[test]
fn evaluation_counts_every_image_once() {
    let mut lesson = session(&MNIST, 1, &Patch::new());
    run(&mut lesson, 3);
    let mut evaluator = lesson.evaluate(40.0).unwrap();
    while evaluator.advance(7) {}
    let evaluation = wait(evaluator.finish()).unwrap();
    assert_eq!(evaluation.confusion.iter().sum::<u32>(), 40);
    let digits = lesson.mnist("digits").unwrap().digits().unwrap();
    assert_eq!(evaluation.labels.0, digits.test.labels);
    let right = evaluation.predictions.iter().zip(evaluation.labels.iter());
    let right = right.filter(|(found, label)| found == label).count();
    assert!((evaluation.accuracy - right as f64 / 40.0).abs() < 1e-12);
    for wrong in [0.0, 41.0, 1.5, f64::NAN] {
        assert_eq!(lesson.evaluate(wrong).err().unwrap().code, "evaluate-count");
    }
}

#[test]
fn beliefs_are_what_it_says_after_every_row() {
    let mut lesson = session(&MNIST, 1, &Patch::new());
    run(&mut lesson, 3);
    let prediction = wait(lesson.predict(&[0.5; 784])).unwrap();
    assert_eq!(prediction.beliefs.len(), 280);
    assert_eq!(prediction.beliefs[270..], prediction.probabilities[..]);
    for row in prediction.beliefs.chunks_exact(10) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
    assert_eq!(prediction.step, 3);
}

#[test]
fn pixels_that_are_no_image_are_refused() {
    let lesson = session(&MNIST, 1, &Patch::new());
    let code = |pixels: &[f32]| wait(lesson.predict(pixels)).unwrap_err().code;
    assert_eq!(code(&[0.0; 783]), "pixels-count");
    assert_eq!(code(&[1.5; 784]), "pixels-value");
    assert_eq!(code(&[f32::NAN; 784]), "pixels-value");
}

#[test]
fn what_belongs_to_the_other_lesson_is_refused() {
    let lesson = session(&SIN_COS, 1, &Patch::new());
    assert_eq!(lesson.mnist("predict").err().unwrap().code, "wrong-lesson");
    let mut empty = Run::new(&MNIST, Device::flex(), 1, &Patch::new()).unwrap();
    assert_eq!(empty.step().unwrap_err().code, "no-data");
}

/// A safetensors file with `header` and `body`, as nobody should write it.
fn file(header: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(body);
    bytes
}

#[test]
fn weights_that_do_not_fit_are_refused_and_change_nothing() {
    let mut lesson = session(&SIN_COS, 1, &Patch::new());
    run(&mut lesson, 2);
    let before = wait(lesson.save_checkpoint()).unwrap();
    let good = wait(lesson.save_weights()).unwrap();
    let larger = session(&SIN_COS, 1, &number("hiddenSize", 33.0));
    let other = session(&MNIST, 1, &Patch::new());
    let header_length = u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let header = String::from_utf8(good[8..8 + header_length].to_vec()).unwrap();
    let body = &good[8 + header_length..];
    let mut not_a_number = good.clone();
    let last = not_a_number.len() - 4;
    not_a_number[last..].copy_from_slice(&f32::NAN.to_le_bytes());

    let cases = [
        ("weights-garbage", Vec::new()),
        ("weights-garbage", b"<!doctype html>".repeat(10)),
        ("weights-garbage", good[..good.len() - 1].to_vec()),
        ("weights-garbage", [&[255; 8][..], &good[8..]].concat()),
        ("weights-shape", wait(larger.save_weights()).unwrap()),
        ("weights-shape", wait(other.save_weights()).unwrap()),
        (
            "weights-missing",
            file(&header.replace("out.bias", "out.bios"), body),
        ),
        ("weights-dtype", file(&header.replace("F32", "I32"), body)),
        ("weights-value", not_a_number),
        ("weights-extra", before.clone()),
    ];
    for (code, bytes) in cases {
        let fault: Fault = lesson.load_weights(&bytes).unwrap_err();
        assert_eq!(fault.code, code, "{fault}");
        assert_eq!(wait(lesson.save_checkpoint()).unwrap(), before);
    }
    assert_eq!(lesson.resume(&good).unwrap_err().code, "checkpoint-garbage");
}

#[test]
fn options_that_do_not_fit_change_nothing() {
    let mut lesson = session(&SIN_COS, 1, &Patch::new());
    let before = lesson.options().clone();
    let mixed = options([
        ("learningRate", Value::Number(0.5)),
        ("timeStep", Value::Number(-1.0)),
    ]);
    assert_eq!(lesson.set(&mixed).unwrap_err().detail["name"], "timeStep");
    assert_eq!(*lesson.options(), before);
}
