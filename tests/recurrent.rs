//! The operator's CPU kernels against its statement in tensor operations, and against finite
//! differences.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::{Device, Tensor};
use pollster::block_on as wait;
use support::assert_close;
use support::recurrent::{
    CELLS, Case, NAMES, assert_gates_are_exact, assert_kernels_are_the_reference,
    assert_large_values_leave_numbers, assert_nan_shows, assert_saturated_gates_have_no_gradient,
    assert_state_gradients_are_the_references, objective, wide,
};
use unroll::operators::recurrent::{Cell, Weights, reference, sequence, traced};

#[test]
fn values_and_gradients_are_the_references() {
    let cpu = Device::flex();
    for cell in CELLS {
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
    for cell in CELLS {
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
    for cell in CELLS {
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
fn gradients_of_states_are_the_references() {
    let cpu = Device::flex();
    assert_state_gradients_are_the_references(&cpu, &cpu);
}

#[test]
fn any_sizes_come_to_what_the_reference_does() {
    let cpu = Device::flex();
    for case in Case::random(300) {
        assert_kernels_are_the_reference(&case, &cpu, &cpu);
    }
}

#[test]
fn gates_are_exact() {
    assert_gates_are_exact(&Device::flex(), 6.5);
}

#[test]
fn saturated_gates_have_no_gradient() {
    assert_saturated_gates_have_no_gradient(&Device::flex());
}

#[test]
fn large_values_leave_numbers() {
    assert_large_values_leave_numbers(&Device::flex());
}

#[test]
fn what_is_not_a_number_shows() {
    assert_nan_shows(&Device::flex());
}

/// A call with weights for `hidden` units and four inputs, and other things as they come.
fn call(x: [usize; 3], hidden: usize, bias: usize, initial: [usize; 3]) {
    let cpu = Device::flex();
    let weights = Weights {
        weight_ih: Tensor::zeros([4 * hidden, 4], &cpu),
        weight_hh: Tensor::zeros([4 * hidden, hidden], &cpu),
        bias: Tensor::zeros([bias], &cpu),
    };
    let (x, initial) = (Tensor::zeros(x, &cpu), Tensor::zeros(initial, &cpu));
    sequence(Cell::Lstm, x, weights, initial);
}

#[test]
fn right_shapes_are_taken() {
    call([2, 3, 4], 5, 20, [2, 2, 5]);
}

#[test]
#[should_panic(expected = "weight_ih is [20, 4], not [20, 3]")]
fn inputs_that_the_weights_do_not_know_are_refused() {
    call([2, 3, 3], 5, 20, [2, 2, 5]);
}

#[test]
#[should_panic(expected = "bias is [19], not [20]")]
fn a_bias_of_another_size_is_refused() {
    call([2, 3, 4], 5, 19, [2, 2, 5]);
}

#[test]
#[should_panic(expected = "initial is [1, 2, 5], not [2, 2, 5]")]
fn an_initial_state_without_its_cell_state_is_refused() {
    call([2, 3, 4], 5, 20, [1, 2, 5]);
}

#[test]
#[should_panic(expected = "weight_hh is [20, 5], not [5, 5]")]
fn weights_of_another_cell_are_refused() {
    let cpu = Device::flex();
    let weights = Weights {
        weight_ih: Tensor::zeros([20, 4], &cpu),
        weight_hh: Tensor::zeros([20, 5], &cpu),
        bias: Tensor::zeros([20], &cpu),
    };
    let (x, initial) = (
        Tensor::zeros([2, 3, 4], &cpu),
        Tensor::zeros([1, 2, 5], &cpu),
    );
    sequence(Cell::Rnn, x, weights, initial);
}

#[test]
#[should_panic(expected = "x [2, 0, 4] or the weights are empty")]
fn no_time_steps_are_refused() {
    call([2, 0, 4], 5, 20, [2, 2, 5]);
}
