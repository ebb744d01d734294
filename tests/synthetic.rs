//! What a network that never saw MNIST makes of it: trained on the synthetic digits alone.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use support::{options, real_digits, wait};
use unroll::data::{DataSet, synthetic};
use unroll::lessons::MNIST;
use unroll::training::Run;

/// What the page trains on where there is no MNIST.
const TRAIN: usize = 30_000;

#[test]
fn four_of_five_real_digits_are_read() {
    let Some(real) = real_digits() else {
        return;
    };
    let drawn = synthetic::data_set(TRAIN, 10, 1);
    let mut session = Run::new(&MNIST, Device::flex(), 1, &options([])).unwrap();
    let digits = DataSet {
        train: drawn.train,
        test: real.test,
    };
    session.give(digits).unwrap();
    while !session.position().finished {
        session.step().unwrap();
        wait(session.collect()).unwrap();
    }
    let mut evaluator = session.evaluate(10_000.0).unwrap();
    while evaluator.advance(7) {}
    let accuracy = wait(evaluator.finish()).unwrap().accuracy;
    eprintln!("trained on synthetic digits alone: {accuracy:.4} of MNIST's test set");
    assert!(accuracy >= 0.8, "{accuracy}");
}
