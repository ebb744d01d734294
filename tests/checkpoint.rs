//! A checkpoint carries everything, and whatever somebody made of one is refused before it can stop
//! the next step.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use safetensors::SafeTensors;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use support::{options, wait};
use unroll::data::{DataSet, synthetic};
use unroll::lessons::options::{Patch, Value};
use unroll::lessons::{Definition, MNIST, SIN_COS};
use unroll::model::weights::{Named, write};
use unroll::training::Run;

fn digits(train: usize) -> DataSet {
    synthetic::data_set(train, 5, 3)
}

fn number(name: &str, value: f64) -> Patch {
    options([(name, Value::Number(value))])
}

fn trained(lesson: &'static Definition, steps: usize) -> Run {
    let mut run = Run::new(lesson, Device::flex(), 1, &number("hiddenSize", 5.0)).unwrap();
    if lesson.name == "mnist" {
        run.give(digits(100)).unwrap();
    }
    for _ in 0..steps {
        run.step().unwrap();
    }
    wait(run.collect()).unwrap();
    run
}

/// A checkpoint taken apart, changed, and put together again.
fn tampered(bytes: &[u8], change: impl Fn(&mut Json, &mut Vec<Named>)) -> Vec<u8> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    let metadata = &header.metadata().as_ref().unwrap()["unroll"];
    let mut metadata: Json = serde_json::from_str(metadata).unwrap();
    let mut tensors: Vec<Named> = (file.iter())
        .map(|(name, tensor)| Named {
            name: name.to_owned(),
            shape: tensor.shape().to_vec(),
            values: (tensor.data().as_chunks::<4>().0.iter())
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect(),
        })
        .collect();
    change(&mut metadata, &mut tensors);
    let metadata = HashMap::from([("unroll".to_owned(), metadata.to_string())]);
    write(&tensors, Some(metadata))
}

fn tensor<'a>(tensors: &'a mut [Named], name: &str) -> &'a mut Named {
    let found = tensors.iter_mut().find(|tensor| tensor.name.contains(name));
    found.unwrap_or_else(|| panic!("no tensor {name}"))
}

#[test]
fn what_could_stop_the_next_step_is_refused() {
    type Change = fn(&mut Json, &mut Vec<Named>);
    let changes: [(&str, Change); 12] = [
        ("a step near the end of integers", |m, _| {
            m["step"] = json!(u64::MAX - 1)
        }),
        ("an epoch near the end of integers", |m, _| {
            m["epoch"] = json!(u64::MAX - 1)
        }),
        ("a seed beyond the seeds", |m, _| {
            m["seed"] = json!(1u64 << 40)
        }),
        ("an accuracy of two", |m, _| m["accuracy"] = json!("2")),
        ("an accuracy that is no number", |m, _| {
            m["accuracy"] = json!("a")
        }),
        ("an empty segment", |_, t| {
            t.push(Named {
                name: "lesson.window.0".to_owned(),
                shape: vec![0],
                values: Vec::new(),
            });
        }),
        ("a segment that is no number", |_, t| {
            t.push(Named {
                name: "lesson.window.0".to_owned(),
                shape: vec![2],
                values: vec![0.5, f32::NAN],
            });
        }),
        ("a carried state that is no number", |_, t| {
            tensor(t, "carried").values[0] = f32::NAN;
        }),
        ("a carried state of another size", |_, t| {
            *tensor(t, "carried") = Named {
                name: "lesson.carried".to_owned(),
                shape: vec![2],
                values: vec![0.0; 2],
            };
        }),
        ("a moment that is no number", |_, t| {
            tensor(t, "adam.0.first").values[0] = f32::NAN;
        }),
        ("a negative square", |_, t| {
            tensor(t, "adam.1.second").values[0] = -1.0
        }),
        ("a missing moment", |_, t| {
            t.retain(|tensor| tensor.name != "adam.2.first")
        }),
    ];
    let mut run = trained(&SIN_COS, 3);
    let checkpoint = wait(run.save_checkpoint()).unwrap();
    for (what, change) in changes {
        let fault = run.resume(&tampered(&checkpoint, change)).err();
        assert_eq!(
            fault.map(|fault| fault.code),
            Some("checkpoint-garbage"),
            "{what}"
        );
        assert_eq!(wait(run.save_checkpoint()).unwrap(), checkpoint, "{what}");
    }
    let weights = tampered(&checkpoint, |_, t| {
        tensor(t, "out.bias").values[0] = f32::NAN
    });
    assert_eq!(run.resume(&weights).err().unwrap().code, "weights-value");
    let other = tampered(&checkpoint, |m, _| m["lesson"] = json!("a".repeat(100_000)));
    let fault = run.resume(&other).err().unwrap();
    assert_eq!(fault.code, "wrong-lesson");
    assert!(fault.message.len() < 1_000);
    run.resume(&checkpoint).unwrap();
}

/// Any bytes at all, and any bytes of a checkpoint changed: refused, or a run that goes on.
#[test]
fn random_changes_never_panic() {
    let mut run = trained(&SIN_COS, 2);
    let checkpoint = wait(run.save_checkpoint()).unwrap();
    let mut rng = Pcg32::seed_from_u64(1);
    let mut refused = 0;
    for _ in 0..3_000 {
        let mut bytes = checkpoint.clone();
        for _ in 0..1 + rng.next_u32() % 4 {
            let at = rng.next_u32() as usize % bytes.len();
            bytes[at] = rng.next_u32() as u8;
        }
        bytes.truncate(bytes.len() - (rng.next_u32() % 3 * (rng.next_u32() % 40)) as usize);
        match run.resume(&bytes) {
            Err(fault) => {
                refused += 1;
                assert!(fault.message.len() < 1_000, "{fault}");
            }
            Ok(()) => {
                if run.step().is_ok() {
                    wait(run.collect()).unwrap();
                }
            }
        }
        run.resume(&checkpoint).unwrap();
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn options_and_accuracy_come_back_to_the_last_bit() {
    let mut rng = Pcg32::seed_from_u64(2);
    let mut run = trained(&MNIST, 2);
    let mut evaluator = run.evaluate(5.0).unwrap();
    while evaluator.advance(2) {}
    let evaluation = wait(evaluator.finish()).unwrap();
    assert!(run.evaluated(&evaluation));
    for _ in 0..300 {
        let rate = (f64::from(rng.next_u32()) + 1.0) / 4_294_967_296.0;
        let speed = 1e6 * (f64::from(rng.next_u32()) + 1.0) / 4_294_967_297.0;
        run.set(&number("learningRate", rate)).unwrap();
        run.set(&number("speed", speed)).unwrap();
        let checkpoint = wait(run.save_checkpoint()).unwrap();
        let mut other = trained(&MNIST, 0);
        other.resume(&checkpoint).unwrap();
        assert_eq!(other.options(), run.options());
        assert_eq!(other.accuracy(), Some(evaluation.accuracy));
    }
}

fn carrying() -> Run {
    let options = options([
        ("carryState", Value::Flag(true)),
        ("hiddenSize", Value::Number(5.0)),
        ("batchSize", Value::Number(16.0)),
    ]);
    let mut run = Run::new(&MNIST, Device::flex(), 1, &options).unwrap();
    run.give(digits(100)).unwrap();
    run
}

fn losses(run: &mut Run, steps: usize) -> Vec<f32> {
    for _ in 0..steps {
        run.step().unwrap();
    }
    wait(run.collect()).unwrap().losses
}

#[test]
fn a_carried_state_goes_along() {
    let mut run = carrying();
    losses(&mut run, 3);
    let bytes = wait(run.save_checkpoint()).unwrap();
    let mut other = carrying();
    other.resume(&bytes).unwrap();
    assert_eq!(losses(&mut other, 12), losses(&mut run, 12));

    let mut without = carrying();
    let none = tampered(&bytes, |_, tensors| {
        tensors.retain(|tensor| tensor.name != "lesson.carried");
    });
    without.resume(&none).unwrap();
    let mut again = carrying();
    again.resume(&bytes).unwrap();
    assert_ne!(
        losses(&mut without, 1),
        losses(&mut again, 1),
        "it begins with zeros"
    );
    for count in [0, 1, 9, 2 * 5 * 1025] {
        let wrong = tampered(&bytes, |_, tensors| {
            let carried = tensor(tensors, "carried");
            carried.values = vec![0.5; count];
            carried.shape = vec![count];
        });
        let fault = carrying().resume(&wrong).unwrap_err();
        assert_eq!(fault.code, "checkpoint-garbage", "{count} values");
    }
}

#[test]
fn a_run_can_go_on_before_its_digits_have_come() {
    let mut run = trained(&MNIST, 3);
    let checkpoint = wait(run.save_checkpoint()).unwrap();
    let mut other = Run::new(&MNIST, Device::flex(), 7, &Patch::new()).unwrap();
    other.resume(&checkpoint).unwrap();
    assert_eq!(other.step().unwrap_err().code, "no-data");
    // Moved once more before they come.
    let again = wait(other.save_checkpoint()).unwrap();
    other.resume(&again).unwrap();
    other.give(digits(100)).unwrap();
    assert_eq!(other.position(), run.position());
    for run in [&mut run, &mut other] {
        run.step().unwrap();
    }
    assert_eq!(wait(other.collect()).unwrap(), wait(run.collect()).unwrap());
}

#[test]
fn an_epoch_is_never_taken_back() {
    let mut run = Run::new(&MNIST, Device::flex(), 1, &number("batchSize", 4.0)).unwrap();
    run.give(digits(4)).unwrap();
    for _ in 0..3 {
        run.step().unwrap();
    }
    assert_eq!(run.position().epoch, 3);
    for shuffle in [false, true] {
        run.set(&options([("shuffle", Value::Flag(shuffle))]))
            .unwrap();
        assert_eq!(run.position().epoch, 3);
    }
    run.give(digits(9)).unwrap();
    assert_eq!(run.position().epoch, 3);
    run.step().unwrap();
    run.give(digits(6)).unwrap();
    assert_eq!(run.position().epoch, 3);
}

#[test]
fn a_run_begins_again_as_it_began() {
    for lesson in [&SIN_COS, &MNIST] {
        let weights = wait(trained(lesson, 4).save_weights()).unwrap();
        let mut run = trained(lesson, 0);
        assert!(run.untrained());
        run.load_weights(&weights).unwrap();
        assert!(!run.untrained());
        run.step().unwrap();
        let checkpoint = wait(run.save_checkpoint()).unwrap();
        let mut other = trained(lesson, 2);
        other.resume(&checkpoint).unwrap();
        for run in [&mut run, &mut other] {
            run.reset(None).unwrap();
            assert_eq!(wait(run.save_weights()).unwrap(), weights);
            run.reset(Some(9)).unwrap();
            assert_ne!(wait(run.save_weights()).unwrap(), weights);
            assert!(run.untrained());
        }
    }
}

/// A weight can be lost while the loss stays a number: then the checkpoint says so, and is taken up.
#[test]
fn weights_that_are_no_numbers_travel_too() {
    let mut run = trained(&SIN_COS, 1);
    let checkpoint = wait(run.save_checkpoint()).unwrap();
    let lost = tampered(&checkpoint, |metadata, tensors| {
        metadata["diverged"] = json!(1);
        tensor(tensors, "out.bias").values[0] = f32::NAN;
    });
    run.resume(&lost).unwrap();
    let again = wait(run.save_checkpoint()).unwrap();
    let mut other = trained(&SIN_COS, 0);
    other.resume(&again).unwrap();
    assert_eq!(other.step().unwrap_err().code, "nan-loss");
    assert_eq!(wait(other.follow(&[0.5; 4])).unwrap().predictions.len(), 4);
    other.reset(None).unwrap();
    other.step().unwrap();
}

#[test]
fn a_name_of_three_megabytes_makes_a_short_message() {
    let mut run = trained(&SIN_COS, 0);
    let weights = wait(run.save_weights()).unwrap();
    let file = SafeTensors::deserialize(&weights).unwrap();
    let mut tensors: Vec<Named> = (file.iter())
        .map(|(name, tensor)| Named {
            name: name.to_owned(),
            shape: tensor.shape().to_vec(),
            values: vec![0.0; tensor.data().len() / 4],
        })
        .collect();
    tensors.push(Named {
        name: "a".repeat(3_000_000),
        shape: vec![1],
        values: vec![0.0],
    });
    let fault = run.load_weights(&write(&tensors, None)).unwrap_err();
    assert_eq!(fault.code, "weights-extra");
    assert!(fault.message.len() < 1_000);
}
