//! Clipped gradients, held against their statement in tensor operations.
#![allow(dead_code)] // Every test file uses its own part.

use super::{assert_close, values};
use burn::tensor::{Device, Tensor, TensorData};
use unroll::operators::clip::{reference, to_norm};

fn gradient(size: usize, device: &Device) -> Tensor<1> {
    let values: Vec<f32> = (0..size)
        .map(|k| ((k * 7919) % 2003) as f32 / 1001.5 - 1.0)
        .collect();
    Tensor::from_data(TensorData::new(values, [size]), device)
}

fn norm(values: &[f32]) -> f64 {
    values
        .iter()
        .map(|&v| f64::from(v).powi(2))
        .sum::<f64>()
        .sqrt()
}

/// Of few and of many values, with bounds above and below their norm.
pub fn assert_kernels_are_the_reference(device: &Device, other: &Device) {
    for size in [1, 21, 255, 256, 257, 24_714] {
        let whole = norm(&values(gradient(size, device)));
        for most in [whole / 10.0, whole * 0.999, whole * 1.001, 1000.0] {
            let found = values(to_norm(gradient(size, device), most));
            let expected = values(reference::to_norm(gradient(size, other), most));
            let expected: Vec<f64> = expected.into_iter().map(f64::from).collect();
            assert_close("gradient", &found, &expected, 1e-6);
            let left = norm(&found);
            let bound = most.min(whole);
            assert!(
                (left - bound).abs() <= 1e-5 * bound,
                "{size} values: {left} for {bound}"
            );
            if most > whole {
                assert_eq!(found, values(gradient(size, device)), "nothing to clip");
            }
        }
    }
}

/// A gradient of nothing stays nothing, and one that is no number no number.
pub fn assert_edges_hold(device: &Device) {
    let zeros = to_norm(Tensor::zeros([300], device), 0.5);
    assert!(values(zeros).iter().all(|&value| value == 0.0));
    let mut one_nan = vec![1.0f32; 300];
    one_nan[7] = f32::NAN;
    let nan = to_norm(
        Tensor::from_data(TensorData::new(one_nan, [300]), device),
        0.5,
    );
    assert!(values(nan).iter().all(|value| value.is_nan()));
}
