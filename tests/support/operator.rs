//! The recurrent operator's kernels held against its statement in tensor operations.
#![allow(dead_code)] // Every test file uses its own part.

use super::assert_close;
pub use super::case::{Case, NAMES};
use burn::tensor::Device;
use pollster::block_on as wait;
use unroll::recurrent::{reference, traced};

pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// How far a sum of `terms` terms of about 1 may be off in single precision.
pub fn tolerance(values: &[f32]) -> f64 {
    let largest = values.iter().fold(1.0f32, |top, v| top.max(v.abs()));
    2e-5 * f64::from(largest)
}

/// Fails unless the kernels of `device` give what the reference gives on `other`: the hidden states,
/// the trace, and the gradient of every input.
pub fn assert_kernels_are_the_reference(case: &Case, device: &Device, other: &Device) {
    let (hidden_states, trace, gradients) = wait(case.run(device, traced));
    let expected = wait(case.run(other, reference::traced));
    let what = case.name();
    assert_close(
        &format!("{what} hidden"),
        &hidden_states,
        &wide(&expected.0),
        1e-5,
    );
    assert_eq!(wait(case.read(device)), hidden_states, "{what}, untraced");
    assert_close(&format!("{what} trace"), &trace, &wide(&expected.1), 1e-5);
    for ((name, found), expected) in NAMES.iter().zip(gradients).zip(expected.2) {
        let what = format!("{what} {name}");
        assert_close(&what, &found, &wide(&expected), tolerance(&expected));
    }
}

/// `sum(hidden * values[5])` in the operator's own precision.
pub fn objective(case: &Case, device: &Device) -> f64 {
    let hidden = wait(case.read(device));
    let products = hidden.iter().zip(&case.values[5]);
    products.map(|(h, d)| f64::from(*h) * f64::from(*d)).sum()
}
