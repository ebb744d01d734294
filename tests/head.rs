//! The output layer's CPU kernels against its statement in tensor operations, and against finite
//! differences.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::{Device, Tensor, TensorData};
use support::assert_close;
use support::head::{
    Case, NAMES, assert_kernels_are_the_reference, assert_nan_shows, cases, random,
};
use unroll::operators::head::{Objective, loss, outputs};

#[test]
fn values_and_gradients_are_the_references() {
    for case in cases() {
        assert_kernels_are_the_reference(&case, &Device::flex(), &Device::flex());
    }
}

#[test]
fn gradients_are_finite_differences() {
    const STEP: f32 = 1e-2;
    for objective in [
        Objective::LastClass,
        Objective::EveryClass,
        Objective::Values,
    ] {
        let mut case = Case::new(objective, 3, 4, 5, 3);
        let (_, _, gradients) = case.run(&Device::flex());
        for (input, gradient) in gradients.iter().enumerate() {
            for (k, gradient) in gradient.iter().enumerate() {
                let value = case.values[input][k];
                let mut loss_at = |value: f32| {
                    case.values[input][k] = value;
                    f64::from(case.run(&Device::flex()).0)
                };
                let difference = (loss_at(value + STEP) - loss_at(value - STEP)) / 2e-2;
                loss_at(value);
                let what = format!("{objective:?} {}[{k}]", NAMES[input]);
                assert_close(&what, &[*gradient], &[difference], 2e-3);
            }
        }
    }
}

#[test]
fn large_logits_do_not_overflow() {
    let mut case = Case::new(Objective::LastClass, 4, 2, 8, 10);
    for value in &mut case.values[1] {
        *value *= 1e4;
    }
    let (loss, _, gradients) = case.run(&Device::flex());
    assert!(loss.is_finite());
    assert!(gradients.iter().flatten().all(|g| g.is_finite()));
}

#[test]
fn any_sizes_come_to_what_the_reference_does() {
    for case in random(300) {
        assert_kernels_are_the_reference(&case, &Device::flex(), &Device::flex());
    }
}

#[test]
fn a_device_without_kernels_computes_the_reference() {
    // Burn's autodiff, of which nothing is asked, is such a device.
    let (without, cpu) = (Device::flex().autodiff(), Device::flex());
    for case in cases().chain(random(60)) {
        assert_kernels_are_the_reference(&case, &without, &cpu);
    }
    assert_nan_shows(&without);
}

#[test]
fn what_is_not_a_number_shows() {
    assert_nan_shows(&Device::flex());
}

/// A call on `hidden [2, 3, 5]` for four classes, with so many weights.
fn call(weights: usize, target: Vec<f32>) {
    let cpu = Device::flex();
    let count = target.len();
    loss(
        Objective::LastClass,
        Tensor::zeros([2, 3, 5], &cpu),
        Tensor::zeros([weights], &cpu),
        4,
        Tensor::from_data(TensorData::new(target, [count]), &cpu),
    );
}

#[test]
fn right_shapes_are_taken() {
    call(24, vec![0.0, 3.0]);
    call(30, vec![0.0, 3.0]);
}

#[test]
#[should_panic(expected = "weights are 23, fewer than 24")]
fn too_few_weights_are_refused() {
    call(23, vec![0.0, 3.0]);
}

#[test]
#[should_panic(expected = "outputs of 4 of 3 steps")]
fn outputs_of_more_states_than_there_are_are_refused() {
    let cpu = Device::flex();
    outputs(
        Tensor::zeros([2, 3, 5], &cpu),
        Tensor::zeros([24], &cpu),
        4,
        4,
    );
}

#[test]
#[should_panic(expected = "target is [3], not [2]")]
fn another_number_of_labels_is_refused() {
    call(24, vec![0.0, 3.0, 1.0]);
}

#[test]
#[should_panic(expected = "label 4 of 4 classes")]
fn a_label_of_no_class_is_refused() {
    call(24, vec![0.0, 4.0]);
}

#[test]
fn nor_is_a_negative_one_a_broken_one_or_none() {
    for label in [-1.0, -100.0, 2.7, f32::NAN] {
        let refused = std::panic::catch_unwind(|| call(24, vec![0.0, label]));
        assert!(refused.is_err(), "{label}");
    }
}
