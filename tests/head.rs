//! The output layer's CPU kernels against its statement in tensor operations, and against finite
//! differences.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use support::assert_close;
use support::judged::{Case, NAMES, assert_kernels_are_the_reference, cases};
use unroll::head::{Goal, judge};

#[test]
fn values_and_gradients_are_the_references() {
    for case in cases() {
        assert_kernels_are_the_reference(&case, &Device::flex(), &Device::flex());
    }
}

#[test]
fn gradients_are_finite_differences() {
    const STEP: f32 = 1e-2;
    for goal in [Goal::Class, Goal::Classes, Goal::Values] {
        let mut case = Case::new(goal, 3, 4, 5, 3);
        let (_, _, gradients) = case.run(&Device::flex(), judge);
        for (input, gradient) in gradients.iter().enumerate() {
            for (k, gradient) in gradient.iter().enumerate() {
                let value = case.values[input][k];
                let mut loss_at = |value: f32| {
                    case.values[input][k] = value;
                    f64::from(case.run(&Device::flex(), judge).0)
                };
                let difference = (loss_at(value + STEP) - loss_at(value - STEP)) / 2e-2;
                loss_at(value);
                let what = format!("{goal:?} {}[{k}]", NAMES[input]);
                assert_close(&what, &[*gradient], &[3.0 * difference], 2e-3);
            }
        }
    }
}

#[test]
fn large_logits_do_not_overflow() {
    let mut case = Case::new(Goal::Class, 4, 2, 8, 10);
    for value in &mut case.values[1] {
        *value *= 1e4;
    }
    let (loss, _, gradients) = case.run(&Device::flex(), judge);
    assert!(loss.is_finite());
    assert!(gradients.iter().flatten().all(|g| g.is_finite()));
}
