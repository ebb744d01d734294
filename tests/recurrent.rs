//! The operator's CPU kernels against its statement in tensor operations, and against finite
//! differences.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::{DType, Device, Tensor};
use pollster::block_on as wait;
use support::recurrent::{
    CELLS, Case, NAMES, WEIGHTS, assert_gates_are_exact, assert_input_gradients_are_the_references,
    assert_kernels_are_the_reference, assert_large_values_leave_numbers, assert_layers_are_stacked,
    assert_nan_shows, assert_saturated_gates_have_no_gradient,
    assert_state_gradients_are_the_references, objective, tolerance, wide,
};
use support::{assert_close, values};
use unroll::operators::recurrent::{
    Cell, check, sequence, state_gradients, traced, weight_gradients,
};

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
    let (hidden, _, _) = wait(case.run(&Device::flex()));
    let (expected, _, _) = wait(case.expected(&Device::flex()));
    assert_close("hidden", &hidden, &wide(&expected), 1e-5);
}

#[test]
fn gradients_are_finite_differences() {
    const STEP: f32 = 1e-2;
    for cell in CELLS {
        let mut case = Case::new(cell, 2, 4, 3, 5);
        let (_, _, gradients) = wait(case.run(&Device::flex()));
        for (input, gradient) in WEIGHTS.zip(&gradients) {
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
fn gradients_of_inputs_are_the_references() {
    let cpu = Device::flex();
    assert_input_gradients_are_the_references(&cpu, &cpu);
}

#[test]
fn what_is_no_call_says_what_it_should_be() {
    let cpu = Device::flex();
    let case = Case::new(Cell::Gru, 2, 3, 4, 5);
    let (x, weights, initial) = case.tensors(&cpu);
    let says = |x: &Tensor<3>, weights: &Tensor<1>, initial: &Tensor<3>| {
        let unfit = check(Cell::Gru, x, weights, initial).unwrap_err();
        unfit.to_string()
    };
    assert_eq!(check(Cell::Gru, &x, &weights, &initial), Ok(()));
    let double = x.clone().cast(DType::F64);
    assert_eq!(says(&double, &weights, &initial), "x is F64, not F32");
    let short = weights.clone().narrow(0, 0, 100);
    assert_eq!(
        says(&x, &short, &initial),
        "weights are 100, fewer than 165"
    );
    let two = Tensor::zeros([2, 2, 5], &cpu);
    let expected = "initial is [2, 2, 5], not [1, 2, 5]";
    assert_eq!(says(&x, &weights, &two), expected);
}

#[test]
fn layers_are_stacked() {
    let cpu = Device::flex();
    assert_layers_are_stacked(&cpu, &cpu);
}

#[test]
fn a_device_without_kernels_computes_the_reference() {
    // Burn's autodiff, of which nothing is asked, is such a device.
    let (without, cpu) = (Device::flex().autodiff(), Device::flex());
    for case in Case::random(60) {
        assert_kernels_are_the_reference(&case, &without, &cpu);
    }
    assert_state_gradients_are_the_references(&without, &cpu);
    assert_input_gradients_are_the_references(&without, &cpu);
    assert_layers_are_stacked(&without, &cpu);
    assert_saturated_gates_have_no_gradient(&without);
    assert_large_values_leave_numbers(&without);
    assert_nan_shows(&without);
}

#[test]
fn autodiff_goes_through_a_sequence() {
    for cell in CELLS {
        let case = Case::new(cell, 3, 5, 4, 6);
        let expected = wait(case.run(&Device::flex())).2.concat();
        let tracked = Device::flex().autodiff();
        let (x, weights, initial) = case.tensors(&tracked);
        let weights = weights.require_grad();
        let hidden = sequence(cell, x, weights.clone(), initial);
        let gradients = (hidden * case.direction(&tracked)).sum().backward();
        let found = values(weights.grad(&gradients).unwrap());
        let own = &found[..expected.len()];
        assert_close("weights", own, &wide(&expected), tolerance(&expected));
    }
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

/// A call of an LSTM with so many weights, and other things as they come.
fn call(x: [usize; 3], weights: usize, initial: [usize; 3]) {
    let cpu = Device::flex();
    let weights = Tensor::zeros([weights], &cpu);
    let (x, initial) = (Tensor::zeros(x, &cpu), Tensor::zeros(initial, &cpu));
    sequence(Cell::Lstm, x, weights, initial);
}

/// Those of five hidden units and four inputs.
const WHOLE: usize = 20 * (4 + 5 + 2);

#[test]
fn right_shapes_are_taken() {
    call([2, 3, 4], WHOLE, [2, 2, 5]);
    call([2, 3, 4], WHOLE + 1, [2, 2, 5]);
}

#[test]
#[should_panic(expected = "weights are 219, fewer than 220")]
fn too_few_weights_are_refused() {
    call([2, 3, 4], WHOLE - 1, [2, 2, 5]);
}

#[test]
#[should_panic(expected = "weights are 220, fewer than 240")]
fn inputs_that_the_weights_do_not_know_are_refused() {
    call([2, 3, 5], WHOLE, [2, 2, 5]);
}

#[test]
#[should_panic(expected = "initial is [1, 2, 5], not [2, 2, 5]")]
fn an_initial_state_without_its_cell_state_is_refused() {
    call([2, 3, 4], WHOLE, [1, 2, 5]);
}

#[test]
#[should_panic(expected = "x [2, 0, 4] or initial is empty")]
fn no_time_steps_are_refused() {
    call([2, 0, 4], WHOLE, [2, 2, 5]);
}

/// A backward pass from gradients of `last` hidden states, with `rest` values behind the weights.
fn back(last: usize, rest: usize) {
    let cpu = Device::flex();
    let weights = Tensor::zeros([WHOLE + 3], &cpu);
    let (x, initial) = (
        Tensor::zeros([2, 3, 4], &cpu),
        Tensor::zeros([2, 2, 5], &cpu),
    );
    let sequence = traced(Cell::Lstm, x, weights.clone(), initial);
    let grad = Tensor::zeros([2, last, 5], &cpu);
    weight_gradients(&sequence, weights, grad, Tensor::zeros([rest], &cpu));
}

#[test]
fn a_right_gradient_is_taken() {
    back(1, 3);
    back(3, 3);
}

#[test]
#[should_panic(expected = "grad of 4 of 3 steps")]
fn a_gradient_of_more_states_than_there_are_is_refused() {
    back(4, 3);
}

#[test]
#[should_panic(expected = "grad is F16, not F32")]
fn a_gradient_of_other_numbers_is_refused() {
    let cpu = Device::flex();
    let weights = Tensor::zeros([WHOLE], &cpu);
    let (x, initial) = (
        Tensor::zeros([2, 3, 4], &cpu),
        Tensor::zeros([2, 2, 5], &cpu),
    );
    let sequence = traced(Cell::Lstm, x, weights.clone(), initial);
    let grad: Tensor<3> = Tensor::zeros([2, 1, 5], &cpu);
    state_gradients(&sequence, weights, grad.cast(DType::F16));
}

#[test]
#[should_panic(expected = "rest is [2], not [3]")]
fn another_rest_is_refused() {
    back(1, 2);
}
