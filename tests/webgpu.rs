//! The WebGPU kernels, natively: against the operator's statement in tensor operations, computed on
//! the CPU, and against PyTorch's losses. The same kernels run in a browser in `tests/browser`.

#![cfg(all(feature = "webgpu", feature = "cpu"))]

mod support;

use burn::tensor::{Device, Tensor};
use std::panic::{AssertUnwindSafe, catch_unwind};
use support::insight;
use support::lessons::{MNIST_RUNS, SIN_COS_RUNS, mnist, sin_cos, sin_cos_clipped};
use support::recurrent::{CELLS, Case, assert_kernels_are_the_reference};
use support::{adam, clip, gather, head, network, recurrent, webgpu};
use unroll::operators::head::Objective;
use unroll::operators::limits::{Limits, Sizes, check, pretend_lanes};
use unroll::operators::recurrent::{Cell, sequence};

/// As a software adapter shares the work out, on which these tests run, and as a GPU does.
const LANES: [Option<u32>; 2] = [None, Some(32)];

#[test]
fn values_and_gradients_are_the_references() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for cell in CELLS {
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

/// One sample a workgroup, two and four, and an invocation for every gate as long as 256 are enough.
#[test]
fn a_gpus_values_and_gradients_are_the_references() {
    let Some(gpu) = webgpu() else {
        return;
    };
    pretend_lanes(Some(32));
    for cell in CELLS {
        for (hidden, batch, time, inputs) in [
            (1, 130, 1, 3),
            (7, 3, 10, 1),
            (64, 101, 3, 28),
            (85, 200, 2, 5),
            (86, 3, 2, 5),
            (130, 3, 4, 5),
        ] {
            let case = Case::new(cell, batch, time, inputs, hidden);
            assert_kernels_are_the_reference(&case, &gpu, &Device::flex());
        }
    }
}

#[test]
fn gradients_of_states_are_the_references() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for lanes in LANES {
        pretend_lanes(lanes);
        recurrent::assert_state_gradients_are_the_references(&gpu, &Device::flex());
    }
}

#[test]
fn layers_are_stacked() {
    let Some(gpu) = webgpu() else {
        return;
    };
    let ones = Tensor::<3>::zeros([1, 1, 4], &gpu);
    let weights = Tensor::<1>::zeros([100], &Device::flex());
    let unfit = unroll::operators::recurrent::check(Cell::Rnn, &ones, &weights, &ones);
    let unfit = unfit.unwrap_err().to_string();
    assert!(unfit.starts_with("weights is on "), "{unfit}");
    recurrent::assert_input_gradients_are_the_references(&gpu, &Device::flex());
    recurrent::assert_layers_are_stacked(&gpu, &Device::flex());
}

#[test]
fn the_output_layer_is_the_references() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for case in head::cases() {
        head::assert_kernels_are_the_reference(&case, &gpu, &Device::flex());
    }
}

#[test]
fn any_sizes_come_to_what_the_reference_does() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for case in Case::random(20) {
        assert_kernels_are_the_reference(&case, &gpu, &Device::flex());
    }
    for case in head::random(30) {
        head::assert_kernels_are_the_reference(&case, &gpu, &Device::flex());
    }
}

/// Drivers divide within 2.5 ulp.
#[test]
fn gates_are_exact() {
    let Some(gpu) = webgpu() else {
        return;
    };
    recurrent::assert_gates_are_exact(&gpu, 9.0);
}

#[test]
fn saturated_gates_have_no_gradient() {
    let Some(gpu) = webgpu() else {
        return;
    };
    recurrent::assert_saturated_gates_have_no_gradient(&gpu);
    recurrent::assert_large_values_leave_numbers(&gpu);
}

#[test]
fn what_is_not_a_number_shows() {
    let Some(gpu) = webgpu() else {
        return;
    };
    recurrent::assert_nan_shows(&gpu);
    head::assert_nan_shows(&gpu);
}

#[test]
fn clipped_gradients_are_the_references() {
    let Some(gpu) = webgpu() else {
        return;
    };
    clip::assert_kernels_are_the_reference(&gpu, &Device::flex());
    clip::assert_edges_hold(&gpu);
    // The sixteenth segment, clipped at 0.1, makes a hundred times as much of the last bit.
    sin_cos_clipped(&gpu, 10);
}

#[test]
fn adams_updates_are_pytorchs() {
    let Some(gpu) = webgpu() else {
        return;
    };
    adam::assert_kernels_are_pytorchs(&gpu);
    adam::assert_kernels_are_the_reference(&gpu, &Device::flex());
}

#[test]
fn batches_are_the_digits_asked_for() {
    let Some(gpu) = webgpu() else {
        return;
    };
    gather::assert_kernel_is_the_reference(&gpu);
}

#[test]
fn a_device_tells_its_limits() {
    let Some(gpu) = webgpu() else {
        return;
    };
    let limits = Limits::of(&gpu).expect("a GPU has limits");
    assert!(limits.tensors >= 7 && limits.invocations >= 256);
    let sizes = Sizes {
        cell: Cell::Lstm,
        batch: 64,
        time: 28,
        inputs: 28,
        hidden: 64,
        outputs: 10,
        objective: Objective::LastClass,
    };
    assert_eq!(check(&gpu, &sizes), Ok(()));
    let many = Sizes {
        batch: 1 << 30,
        ..sizes
    };
    assert!(check(&gpu, &many).is_err());
}

#[test]
fn a_wrong_shape_is_refused() {
    let Some(gpu) = webgpu() else {
        return;
    };
    let weights = Tensor::zeros([20 * (4 + 5 + 2)], &gpu);
    let x = Tensor::zeros([2, 3, 4], &gpu);
    let initial = Tensor::zeros([1, 2, 5], &gpu);
    let call = || sequence(Cell::Lstm, x, weights, initial);
    let refused = catch_unwind(AssertUnwindSafe(call)).expect_err("initial lacks the cell state");
    let message = refused.downcast_ref::<String>().unwrap();
    assert_eq!(message, "initial is [1, 2, 5], not [2, 2, 5]");
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
    for cell in ["lstm", "rnn", "gru"] {
        insight::the_same_at_the_largest_size(cell, &gpu, &Device::flex());
    }
}

#[test]
fn losses_are_pytorchs() {
    let Some(gpu) = webgpu() else {
        return;
    };
    for lanes in LANES {
        pretend_lanes(lanes);
        network::first_step_of_mnist("mnist_lstm_seed1", Cell::Lstm, &gpu);
        network::first_step_of_mnist("mnist_gru_seed3", Cell::Gru, &gpu);
        for name in SIN_COS_RUNS {
            sin_cos(name, gpu.clone(), 30);
        }
        for name in MNIST_RUNS {
            mnist(name, gpu.clone(), 20);
        }
    }
}
