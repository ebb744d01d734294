//! Adam's update, held against PyTorch's and against its statement in tensor operations.
#![allow(dead_code)] // Every test file uses its own part.

use super::{assert_close, numbers, values};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value as Json;
use unroll::operators::adam::{Moments, Scale, reference, update};

const SHAPE: [usize; 1] = [21];

fn tensor(values: Vec<f32>, device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values, SHAPE), device)
}

/// As `gradient` in `tests/reference/adam.py`.
fn gradient(step: i64) -> Vec<f32> {
    let value = |k: i64| {
        let noise = ((step * 7919 + k * 104_729) % 2003 - 1001) as f64 / 1024.0;
        let sizes = [1.0, (-10f64).exp2(), (-30f64).exp2(), 12f64.exp2(), 0.0];
        let sign = if k % 3 == 0 && step % 2 == 0 {
            -1.0
        } else {
            1.0
        };
        (noise * sizes[k as usize % 5] * sign) as f32
    };
    (0..21).map(value).collect()
}

fn zeros(device: &Device) -> Moments {
    let zeros = || tensor(vec![0.0; 21], device);
    Moments {
        first: zeros(),
        second: zeros(),
    }
}

/// A thousand updates, in units of the last place of the largest value.
pub fn assert_kernels_are_pytorchs(device: &Device) {
    let expected: Json =
        serde_json::from_str(include_str!("../reference/adam.json")).expect("what adam.py wrote");
    let start = numbers(&expected["start"])
        .iter()
        .map(|&v| v as f32)
        .collect();
    let rate = expected["learning_rate"].as_f64().unwrap();
    let mut after = expected["after"].as_array().unwrap().iter().peekable();
    let mut parameter = tensor(start, device);
    let mut moments = zeros(device);
    for step in 1.. {
        let Some(expected) = after.peek() else {
            return;
        };
        let scale = Scale::new(rate, step);
        let gradient = tensor(gradient(step.into()), device);
        (parameter, moments) = update(parameter, gradient, moments, scale);
        if expected["step"].as_u64() == Some(step.into()) {
            let close = |name: &str, found: Vec<f32>, relative: f64| {
                let expected = numbers(&expected[name]);
                for (k, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    // A mean that comes near zero keeps the error of what it came from.
                    let size = expected.abs().max(f64::from(gradient_size(k)) * 0.1);
                    let what = format!("{name} after step {step}");
                    assert_close(&what, &[*found], &[*expected], relative * size);
                }
            };
            close("first", values(moments.first.clone()), 1e-6);
            close("second", values(moments.second.clone()), 1e-5);
            let expected = numbers(&expected["parameter"]);
            let off = assert_close("parameter", &values(parameter.clone()), &expected, 1e-5);
            println!("Adam after {step} steps: within {off:.1e} of PyTorch's");
            after.next();
        }
    }
}

fn gradient_size(k: usize) -> f32 {
    gradient(1)[k].abs()
}

/// Some updates, each from where the kernels of `device` are.
pub fn assert_kernels_are_the_reference(device: &Device, other: &Device) {
    let start: Vec<f32> = (0..21).map(|k| k as f32 / 21.0 - 0.5).collect();
    let mut parameter = tensor(start, device);
    let mut moments = zeros(device);
    for step in 1..=5 {
        let scale = Scale::new(0.01, step);
        let moved = Moments {
            first: copy(&moments.first, other),
            second: copy(&moments.second, other),
        };
        let (expected, expected_moments) = reference::update(
            copy(&parameter, other),
            tensor(gradient(step.into()), other),
            moved,
            scale,
        );
        let gradient = tensor(gradient(step.into()), device);
        (parameter, moments) = update(parameter, gradient, moments, scale);
        let wide = |values: Vec<f32>| -> Vec<f64> { values.into_iter().map(f64::from).collect() };
        let found = values(parameter.clone());
        assert_close("parameter", &found, &wide(values(expected)), 2e-7);
        let pairs = [
            ("first", &moments.first, expected_moments.first),
            ("second", &moments.second, expected_moments.second),
        ];
        for (name, found, expected) in pairs {
            for (found, expected) in values(found.clone()).iter().zip(values(expected)) {
                let tolerance = 1e-6 * f64::from(expected.abs());
                assert_close(name, &[*found], &[expected.into()], tolerance);
            }
        }
    }
}

fn copy(tensor: &Tensor<1>, device: &Device) -> Tensor<1> {
    Tensor::from_data(tensor.to_data(), device)
}

pub fn with_a_gradient_of_another_size(device: &Device) {
    let gradient = Tensor::<1>::zeros([20], device);
    let parameter = tensor(vec![0.0; 21], device);
    update(parameter, gradient, zeros(device), Scale::new(0.01, 1));
}
