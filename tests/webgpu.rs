//! The WebGPU kernels, natively: against the operator's statement in tensor operations, computed on
//! the CPU, and against PyTorch's losses. The same kernels run in a browser in `tests/browser`.

#![cfg(all(feature = "webgpu", feature = "cpu"))]

mod support;

use burn::tensor::Device;
use pollster::block_on as wait;
use support::insight;
use support::judged;
use support::lessons::{SEEDS, mnist, sin_cos};
use support::operator::{Case, assert_kernels_are_the_reference};
use support::webgpu;
use unroll::recurrent::{Cell, traced};

#[test]
fn values_and_gradients_are_the_references() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for cell in [Cell::Rnn, Cell::Lstm] {
        for hidden in [1, 7, 32, 64, 100, 256] {
            for (batch, time, inputs) in [(1, 10, 1), (3, 28, 28), (64, 1, 3)] {
                let case = Case::new(cell, batch, time, inputs, hidden);
                assert_kernels_are_the_reference(&case, &gpu, &Device::flex());
            }
        }
    }
    let leading = Case::new(Cell::Lstm, 6, 5, 28, 32).with_leading_zeros();
    assert_kernels_are_the_reference(&leading, &gpu, &Device::flex());
    let long = Case::new(Cell::Rnn, 2, 100, 5, 32);
    assert_kernels_are_the_reference(&long, &gpu, &Device::flex());
    let wide = Case::new(Cell::Lstm, 2000, 28, 28, 8);
    assert_kernels_are_the_reference(&wide, &gpu, &Device::flex());
}

#[test]
fn the_output_layer_is_the_references() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for case in judged::cases() {
        judged::assert_kernels_are_the_reference(&case, &gpu, &Device::flex());
    }
}

#[test]
fn saturated_gates_stay_numbers() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for cell in [Cell::Rnn, Cell::Lstm] {
        let mut case = Case::new(cell, 2, 6, 3, 8);
        for value in &mut case.values[0] {
            *value *= 1e4;
        }
        let (hidden, _, gradients) = wait(case.run(&gpu, traced));
        assert!(hidden.iter().all(|h| h.abs() <= 1.0));
        assert!(gradients.iter().flatten().all(|g| g.is_finite()));
    }
}

#[test]
fn the_inside_is_pytorchs() {
    let Some(gpu) = webgpu() else {
        return;
    };
    insight::lstm(&gpu);
    insight::rnn(&gpu);
    insight::follow(&gpu);
    insight::segments(&gpu);
    for cell in ["lstm", "rnn"] {
        insight::the_same_at_the_largest_size(cell, &gpu, &Device::flex());
    }
}

#[test]
fn losses_are_pytorchs() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for seed in SEEDS {
        sin_cos(seed, gpu.clone(), 30, 1e-3);
        mnist(seed, gpu.clone(), 8, 1e-3);
    }
}
