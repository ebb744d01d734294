//! The operator's CPU kernels against its statement in tensor operations, and against finite
//! differences.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use pollster::block_on as wait;
use support::assert_close;
use support::operator::{Case, NAMES, assert_kernels_are_the_reference, objective, wide};
use unroll::recurrent::{Cell, reference, traced};

#[test]
fn values_and_gradients_are_the_references() {
    let cpu = Device::flex();
    for cell in [Cell::Rnn, Cell::Lstm] {
        for hidden in [1, 7, 32, 64, 100, 256] {
            for (batch, time, inputs) in [(1, 10, 1), (3, 28, 28), (64, 1, 3), (2, 100, 5)] {
                let case = Case::new(cell, batch, time, inputs, hidden);
                assert_kernels_are_the_reference(&case, &cpu, &cpu);
            }
        }
    }
}

#[test]
fn what_samples_share_is_run_once_and_comes_to_the_same() {
    let cpu = Device::flex();
    for cell in [Cell::Rnn, Cell::Lstm] {
        for (batch, time, hidden) in [(2, 3, 7), (7, 5, 9), (64, 28, 32), (5, 1, 1), (1, 4, 8)] {
            let case = Case::new(cell, batch, time, 6, hidden).with_leading_zeros();
            assert_kernels_are_the_reference(&case, &cpu, &cpu);
        }
    }
}

#[test]
fn a_batch_of_two_thousand_is_so_many_sequences() {
    let case = Case::new(Cell::Lstm, 2000, 28, 28, 16);
    let (hidden, _, _) = wait(case.run(&Device::flex(), traced));
    let (expected, _, _) = wait(case.run(&Device::flex(), reference::traced));
    assert_close("hidden", &hidden, &wide(&expected), 1e-5);
}

#[test]
fn gradients_are_finite_differences() {
    const STEP: f32 = 1e-2;
    for cell in [Cell::Rnn, Cell::Lstm] {
        let mut case = Case::new(cell, 2, 4, 3, 5);
        let (_, _, gradients) = wait(case.run(&Device::flex(), traced));
        for (input, gradient) in gradients.iter().enumerate() {
            for k in (0..gradient.len()).step_by(3) {
                let value = case.values[input][k];
                case.values[input][k] = value + STEP;
                let above = objective(&case, &Device::flex());
                case.values[input][k] = value - STEP;
                let below = objective(&case, &Device::flex());
                case.values[input][k] = value;
                let difference = (above - below) / f64::from(2.0 * STEP);
                let what = format!("{cell:?} {}[{k}]", NAMES[input]);
                assert_close(&what, &[gradient[k]], &[difference], 2e-3);
            }
        }
    }
}

#[test]
fn saturated_gates_stay_numbers() {
    for cell in [Cell::Rnn, Cell::Lstm] {
        let mut case = Case::new(cell, 2, 6, 3, 8);
        for value in &mut case.values[0] {
            *value *= 1e4;
        }
        let (hidden, _, gradients) = wait(case.run(&Device::flex(), traced));
        assert!(hidden.iter().all(|h| h.abs() <= 1.0));
        assert!(gradients.iter().flatten().all(|g| g.is_finite()));
    }
}
