//! The recurrent operator's kernels held against its statement in tensor operations.
#![allow(dead_code)] // Every test file uses its own part.

pub use super::case::{CELLS, Case, NAMES, WEIGHTS};
use super::{assert_close, values};
use burn::tensor::{Device, Tensor, TensorData};
use pollster::block_on as wait;
use unroll::operators::recurrent::{
    Cell, input_gradients, reference, state_gradients, traced, weight_gradients,
};

pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// How far a sum of `terms` terms of about 1 may be off in single precision.
pub fn tolerance(values: &[f32]) -> f64 {
    let largest = values.iter().fold(1.0f32, |top, v| top.max(v.abs()));
    2e-5 * f64::from(largest)
}

/// Fails unless the kernels of `device` give what the reference gives on `other`: the hidden states,
/// the trace, and the gradients of the weights.
pub fn assert_kernels_are_the_reference(case: &Case, device: &Device, other: &Device) {
    let (hidden_states, trace, gradients) = wait(case.run(device));
    let expected = wait(case.expected(other));
    let what = case.name();
    assert_close(
        &format!("{what} hidden"),
        &hidden_states,
        &wide(&expected.0),
        1e-5,
    );
    assert_eq!(wait(case.read(device)), hidden_states, "{what}, untraced");
    assert_close(&format!("{what} trace"), &trace, &wide(&expected.1), 1e-5);
    for ((name, found), expected) in NAMES[WEIGHTS].iter().zip(gradients).zip(expected.2) {
        let what = format!("{what} {name}");
        assert_close(&what, &found, &wide(&expected), tolerance(&expected));
    }
}

/// Fails unless the gradients of the hidden states of `sum(hidden * values[5])` on `device` are what
/// autodiff gives on `other` for the reference, run step by step with a zero added to each state.
pub fn assert_state_gradients_are_the_references(device: &Device, other: &Device) {
    for cell in CELLS {
        for (batch, time, size) in [(1, 7, 1), (5, 4, 9), (3, 6, 64)] {
            let case = Case::new(cell, batch, time, 3, size);
            let (x, weights, initial) = case.tensors(device);
            let sequence = traced(cell, x, weights.clone(), initial);
            let found = values(state_gradients(&sequence, weights, case.grad(device)));

            let other = other.clone().autodiff();
            let (x, weights, mut states) = case.tensors(&other);
            let grad = case.direction(&other);
            let mut zeros = Vec::new();
            let mut sum = Tensor::<1>::zeros([1], &other);
            for t in 0..time {
                let x = x.clone().narrow(1, t, 1);
                let step = reference::traced(cell, x, weights.clone(), states);
                let zero = Tensor::<3>::zeros([batch, 1, size], &other).require_grad();
                let hidden = step.hidden + zero.clone();
                sum = sum + (hidden.clone() * grad.clone().narrow(1, t, 1)).sum();
                let state = |values: Tensor<3>| values.reshape([1, batch, size]);
                states = match cell {
                    Cell::Rnn | Cell::Gru => state(hidden),
                    Cell::Lstm => {
                        let c = step.trace.narrow(2, 4 * size, size);
                        Tensor::cat(vec![state(hidden), state(c)], 0)
                    }
                };
                zeros.push(zero);
            }
            let gradients = sum.backward();
            let of_steps = zeros.iter().map(|zero| zero.grad(&gradients).unwrap());
            let expected = values(Tensor::cat(of_steps.collect(), 1));
            let what = format!("{} states", case.name());
            assert_close(&what, &found, &wide(&expected), tolerance(&expected));
        }
    }
}

/// Fails unless the gradients of the inputs of `sum(hidden * values[5])` on `device` are what autodiff gives
/// on `other` for the reference.
pub fn assert_input_gradients_are_the_references(device: &Device, other: &Device) {
    for cell in CELLS {
        for (batch, time, inputs, size) in [(1, 7, 1, 1), (5, 4, 3, 9), (3, 6, 28, 64)] {
            for case in [false, true].map(|leading| {
                let case = Case::new(cell, batch, time, inputs, size);
                if leading {
                    case.with_leading_zeros()
                } else {
                    case
                }
            }) {
                let (x, weights, initial) = case.tensors(device);
                let sequence = traced(cell, x, weights.clone(), initial);
                let found = values(input_gradients(&sequence, weights, case.grad(device)));

                let other = other.clone().autodiff();
                let (x, weights, initial) = case.tensors(&other);
                let x = x.require_grad();
                let hidden = reference::traced(cell, x.clone(), weights, initial).hidden;
                let gradients = (hidden * case.direction(&other)).sum().backward();
                let expected = values(x.grad(&gradients).unwrap());
                let what = format!("{} inputs", case.name());
                assert_close(&what, &found, &wide(&expected), tolerance(&expected));
            }
        }
    }
}

/// Fails unless two layers, one upon the other, have the gradients that autodiff gives on `other` for both in
/// one.
pub fn assert_layers_are_stacked(device: &Device, other: &Device) {
    for cell in CELLS {
        let below = Case::new(cell, 3, 6, 5, 8);
        let above = Case::new(cell, 3, 6, 8, 8);
        let own = |case: &Case| case.values[WEIGHTS].iter().map(Vec::len).sum::<usize>();
        let weights_of = |case: &Case, device: &Device| {
            let (_, weights, initial) = case.tensors(device);
            (weights.narrow(0, 0, own(case)), initial)
        };
        let nothing = || Tensor::<1>::empty([0], device);
        let (x, _, _) = below.tensors(device);
        let (lower, initial_below) = weights_of(&below, device);
        let (upper, initial_above) = weights_of(&above, device);
        let first = traced(cell, x, lower.clone(), initial_below);
        let second = traced(cell, first.hidden.clone(), upper.clone(), initial_above);
        let grad = above.grad(device);
        let of_hidden = input_gradients(&second, upper.clone(), grad.clone());
        let found = [
            values(weight_gradients(&first, lower, of_hidden, nothing())),
            values(weight_gradients(&second, upper, grad, nothing())),
        ];

        let other = other.clone().autodiff();
        let (x, _, _) = below.tensors(&other);
        let (lower, initial_below) = weights_of(&below, &other);
        let (upper, initial_above) = weights_of(&above, &other);
        let (lower, upper) = (lower.require_grad(), upper.require_grad());
        let first = reference::traced(cell, x, lower.clone(), initial_below);
        let second = reference::traced(cell, first.hidden, upper.clone(), initial_above);
        let gradients = (second.hidden * above.direction(&other)).sum().backward();
        for (found, weights) in found.iter().zip([lower, upper]) {
            let expected = values(weights.grad(&gradients).unwrap());
            let what = format!("{cell:?}, two layers");
            assert_close(&what, found, &wide(&expected), tolerance(&expected));
        }
    }
}

/// `sum(hidden * values[5])` in the operator's own precision.
pub fn objective(case: &Case, device: &Device) -> f64 {
    let hidden = wait(case.read(device));
    let products = hidden.iter().zip(&case.values[5]);
    products.map(|(h, d)| f64::from(*h) * f64::from(*d)).sum()
}

/// `x` everywhere: 96 numbers of each sign to every power of two, more of them where gates bend.
fn everywhere() -> Vec<f32> {
    let powers = (-149..128).flat_map(|power| {
        (0..96).map(move |k| (1.0 + k as f32 / 96.0) * f64::from(power).exp2() as f32)
    });
    let bend = (0..40_000).map(|k| k as f32 * 5e-4);
    let positive: Vec<f32> = powers.chain(bend).filter(|x| x.is_finite()).collect();
    let negative = positive.iter().map(|x| -x);
    positive.iter().copied().chain(negative).collect()
}

/// Fails unless the gates of `device` are within `ulps` units in the last place of tanh, and within
/// as many 2^-24 of the logistic function, and exactly 0 or 1 or -1 where they are saturated.
///
/// One unit, one time step, and nothing but `x`, so that the trace holds the gates of `x`.
pub fn assert_gates_are_exact(device: &Device, ulps: f64) {
    let x = everywhere();
    let batch = x.len();
    // `weight_ih` of ones, and everything else zero.
    let weights = [vec![1.0; 4], vec![0.0; 12]].concat();
    let weights = Tensor::from_data(TensorData::new(weights, [16]), device);
    let input = Tensor::<3>::from_data(TensorData::new(x.clone(), [batch, 1, 1]), device);
    let initial = Tensor::zeros([2, batch, 1], device);
    let trace = values(traced(Cell::Lstm, input, weights, initial).trace);
    let (mut of_tanh, mut of_sigmoid) = (0.0f64, 0.0f64);
    for (x, trace) in x.iter().zip(trace.chunks_exact(5)) {
        let (sigmoid, tanh) = (trace[0], trace[2]);
        let exact = f64::from(*x).tanh();
        let nearest = (exact as f32).abs();
        let ulp = f64::from(nearest.next_up()) - f64::from(nearest);
        let off = (f64::from(tanh) - exact).abs();
        // Drivers may take what is less than the least normal number for zero.
        if off > f64::from(f32::MIN_POSITIVE) {
            of_tanh = of_tanh.max(off / ulp);
            assert!(off <= ulps * ulp, "tanh({x}) is {tanh}, not {exact}");
        }
        let exact = 1.0 / (1.0 + (-f64::from(*x)).exp());
        let off = (f64::from(sigmoid) - exact).abs() * 2f64.powi(24);
        assert!(off <= ulps, "sigmoid({x}) is {sigmoid}: {off} off");
        of_sigmoid = of_sigmoid.max(off);
        assert!((-1.0..=1.0).contains(&tanh) && (0.0..=1.0).contains(&sigmoid));
        if x.abs() >= 8.75 {
            assert_eq!(tanh, x.signum(), "tanh({x})");
        }
        if x.abs() >= 17.5 {
            assert_eq!(sigmoid, if *x > 0.0 { 1.0 } else { 0.0 }, "sigmoid({x})");
        }
    }
    println!("tanh within {of_tanh:.2} ulp, sigmoid within {of_sigmoid:.2} of 2^-24");
}

/// Saturated gates hand nothing back: every gradient of the weights is exactly 0.
pub fn assert_saturated_gates_have_no_gradient(device: &Device) {
    for cell in CELLS {
        let mut case = Case::new(cell, 5, 6, 3, 9);
        case.values[3].fill(100.0);
        let (hidden, _, gradients) = wait(case.run(device));
        if cell == Cell::Rnn {
            assert!(hidden.iter().all(|h| *h == 1.0), "{hidden:?}");
        }
        for gradient in gradients {
            assert!(gradient.iter().all(|g| *g == 0.0), "{cell:?} {gradient:?}");
        }
    }
}

/// Large values saturate gates, and leave numbers.
pub fn assert_large_values_leave_numbers(device: &Device) {
    for cell in CELLS {
        let mut case = Case::new(cell, 2, 6, 3, 8);
        for value in &mut case.values[0] {
            *value *= 1e4;
        }
        let (hidden, _, gradients) = wait(case.run(device));
        assert!(hidden.iter().all(|h| h.abs() <= 1.0));
        assert!(gradients.iter().flatten().all(|g| g.is_finite()));
    }
}

/// What is not a number shows, wherever it comes in, also in a weight that meets nothing but zeros.
pub fn assert_nan_shows(device: &Device) {
    for cell in CELLS {
        for (input, name) in NAMES.iter().enumerate() {
            let mut case = Case::new(cell, 5, 6, 3, 9);
            case.values[input][0] = f32::NAN;
            let (hidden, _, gradients) = wait(case.run(device));
            let last = &hidden[5 * 9..6 * 9];
            assert!(last.iter().any(|h| h.is_nan()), "{cell:?} {name}");
            assert!(gradients[0].iter().any(|g| g.is_nan()), "{cell:?} {name}");

            if (1..=2).contains(&input) {
                case.values[0].fill(0.0);
                case.values[4].fill(0.0);
                let hidden = wait(case.read(device));
                assert!(
                    hidden.iter().any(|h| h.is_nan()),
                    "{cell:?} {name} and zeros"
                );
            }
        }
    }
}
