//! A sequence taken apart on the host, held against the kernels, and gates that are held.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use support::{assert_close, options, wait};
use unroll::data::synthetic;
use unroll::lessons::options::{Patch, Value};
use unroll::lessons::{MNIST, SIN_COS};
use unroll::training::{Hold, Run, Unrolled};

const CELLS: [&str; 3] = ["rnn", "lstm", "gru"];

fn of_cell(cell: &str) -> Patch {
    options([("cell", Value::Text(cell.to_owned()))])
}

/// A network that has learned for a few steps.
fn mnist(cell: &str) -> Run {
    let mut run = Run::new(&MNIST, Device::flex(), 3, &of_cell(cell)).unwrap();
    run.give(synthetic::data_set(640, 20, 3)).unwrap();
    for _ in 0..8 {
        run.step().unwrap();
    }
    wait(run.collect()).unwrap();
    run
}

fn image() -> Vec<f32> {
    (0..784).map(|k| (k % 29) as f32 / 28.0).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

fn hold(gate: &str, value: f64, from: f64, to: f64) -> Hold {
    let gate = gate.to_owned();
    Hold {
        gate,
        value,
        from,
        to,
    }
}

#[test]
fn with_nothing_held_it_is_what_the_kernels_compute() {
    for cell in CELLS {
        let run = mnist(cell);
        let unrolled = wait(run.unroll(&image(), &[])).unwrap();
        let seen = wait(run.inspect(&image())).unwrap();
        for (name, found, expected) in [
            ("gates", &unrolled.gates, &seen.gates),
            ("hidden", &unrolled.hidden, &seen.hidden),
            ("cell state", &unrolled.cell_state, &seen.cell_state),
            ("beliefs", &unrolled.beliefs, &seen.beliefs),
        ] {
            assert_close(&format!("{cell}: {name}"), found, &wide(expected), 2e-5);
        }
        assert_eq!(unrolled.inputs.len(), 784);
        assert_eq!(unrolled.step, 8);
    }
}

#[test]
fn a_wave_is_taken_apart_too() {
    for cell in CELLS {
        let run = Run::new(&SIN_COS, Device::flex(), 1, &of_cell(cell)).unwrap();
        let inputs: Vec<f32> = (0..10).map(|k| (k as f32 / 3.0).sin()).collect();
        let unrolled = wait(run.unroll(&inputs, &[])).unwrap();
        let followed = wait(run.follow(&inputs)).unwrap();
        assert_close(cell, &unrolled.hidden, &wide(&followed.hidden), 2e-6);
        assert_close(cell, &unrolled.outputs, &wide(&followed.predictions), 2e-6);
        assert!(unrolled.beliefs.is_empty(), "a value is no probability");
        let fault = wait(run.unroll(&[], &[])).unwrap_err();
        assert_eq!(fault.code, "inputs-count");
    }
}

#[test]
fn a_wave_goes_on_by_itself() {
    for cell in CELLS {
        let mut run = Run::new(&SIN_COS, Device::flex(), 1, &of_cell(cell)).unwrap();
        for _ in 0..20 {
            run.step().unwrap();
        }
        let given: Vec<f32> = (0..12).map(|k| (k as f32 / 3.0).sin()).collect();
        let by = 0.3f64;
        let made = wait(run.generate(&given, 28.0, by)).unwrap();
        assert_eq!(made.inputs.len(), 40);
        assert_eq!(made.inputs[..12], given);
        for t in 12..40 {
            let (x, y) = (made.inputs[t - 1], made.predictions[t - 1]);
            let expected = f64::from(x) * by.cos() + f64::from(y) * by.sin();
            assert!((f64::from(made.inputs[t]) - expected).abs() < 1e-6, "{t}");
        }
        // It is the same network that reads what it made.
        let followed = wait(run.follow(&made.inputs)).unwrap();
        assert_close(cell, &made.predictions, &wide(&followed.predictions), 1e-5);
        assert_close(cell, &made.hidden, &wide(&followed.hidden), 1e-5);
        assert_eq!((made.hidden_size, made.step), (32, 20));
        let nothing_more = wait(run.generate(&given, 0.0, by)).unwrap();
        assert_eq!(nothing_more.predictions[..], made.predictions[..12]);
    }
}

#[test]
fn what_cannot_go_on_says_why() {
    let run = Run::new(&SIN_COS, Device::flex(), 1, &Patch::default()).unwrap();
    for (given, more, by, code) in [
        (0, 10.0, 0.3, "inputs-count"),
        (10, 1991.0, 0.3, "inputs-count"),
        (10, -1.0, 0.3, "inputs-count"),
        (10, 1.5, 0.3, "inputs-count"),
        (10, f64::NAN, 0.3, "inputs-count"),
        (10, 10.0, f64::NAN, "inputs-value"),
        (10, 10.0, f64::INFINITY, "inputs-value"),
    ] {
        let fault = wait(run.generate(&vec![0.5; given], more, by)).unwrap_err();
        assert_eq!(fault.code, code, "{given} and {more} by {by}");
    }
    let longest = wait(run.generate(&[0.5; 10], 1990.0, 3.0)).unwrap();
    assert!(longest.inputs.iter().all(|input| input.is_finite()));
    let fault = wait(mnist("lstm").generate(&[0.5], 1.0, 0.3)).unwrap_err();
    assert_eq!(fault.code, "wrong-lesson");
}

#[test]
fn the_last_output_is_the_final_state() {
    for cell in CELLS {
        let Unrolled {
            hidden,
            cell_state,
            last,
            ..
        } = wait(mnist(cell).unroll(&image(), &[])).unwrap();
        let ends = |states: &[f32]| states[states.len().saturating_sub(64)..].to_vec();
        assert_eq!(
            last[..],
            [ends(&hidden), ends(&cell_state)].concat(),
            "{cell}"
        );
    }
}

#[test]
fn the_sums_make_the_gates() {
    let unrolled = wait(mnist("lstm").unroll(&image(), &[])).unwrap();
    for (k, gate) in unrolled.gates.iter().enumerate() {
        let sum = f64::from(unrolled.from_input[k] + unrolled.from_state[k]);
        let expected = match k / 64 % 4 {
            2 => sum.tanh(),
            _ => 1.0 / (1.0 + (-sum).exp()),
        };
        assert!((f64::from(*gate) - expected).abs() < 1e-6, "gate {k}");
    }
}

#[test]
fn a_held_gate_does_what_its_equation_says() {
    let run = mnist("lstm");
    let held = |holds: &[Hold]| wait(run.unroll(&image(), holds)).unwrap();
    let free = held(&[]);

    // c of a row is that of the row before where nothing is forgotten and nothing comes in.
    let frozen = held(&[
        hold("forget", 1.0, 14.0, 27.0),
        hold("input", 0.0, 14.0, 27.0),
    ]);
    assert_eq!(frozen.cell_state[..14 * 64], free.cell_state[..14 * 64]);
    for row in 14..28 {
        assert_eq!(
            frozen.cell_state[row * 64..][..64],
            frozen.cell_state[13 * 64..][..64]
        );
    }
    // Wiped in one row alone: what was before it does not count, what comes after it is free again.
    let wiped = held(&[hold("forget", 0.0, 14.0, 14.0)]);
    let forget = |of: &Unrolled, row: usize| of.gates[row * 256 + 64..][..64].to_vec();
    assert_eq!(forget(&wiped, 14), [0.0; 64]);
    assert!(forget(&wiped, 15).iter().all(|f| *f > 0.0));
    for unit in 0..64 {
        let gates = &wiped.gates[14 * 256..];
        let c = wiped.cell_state[14 * 64 + unit];
        assert_eq!(c, gates[unit] * gates[128 + unit], "unit {unit}");
    }
    // Nothing is shown: every hidden state is zero, and the output layer has its bias alone.
    let hidden = held(&[hold("output", 0.0, 0.0, 27.0)]).hidden;
    assert!(hidden.iter().all(|h| *h == 0.0));
    // Of two for the same gate and row the later one counts.
    let twice = [
        hold("forget", 0.0, 0.0, 27.0),
        hold("forget", 1.0, 5.0, 6.0),
    ];
    assert_eq!(forget(&held(&twice), 5), [1.0; 64]);
    assert_eq!(forget(&held(&twice), 7), [0.0; 64]);

    let gru = mnist("gru");
    let kept = wait(gru.unroll(&image(), &[hold("update", 1.0, 9.0, 27.0)])).unwrap();
    assert_eq!(kept.hidden[27 * 64..], kept.hidden[8 * 64..9 * 64]);
}

#[test]
fn what_cannot_be_held_is_named() {
    for (cell, hold, named) in [
        ("rnn", hold("forget", 0.0, 0.0, 27.0), "no gates"),
        ("gru", hold("forget", 0.0, 0.0, 27.0), "reset, update, new"),
        ("lstm", hold("input", -0.5, 0.0, 27.0), "-0.5"),
        ("lstm", hold("input", f64::NAN, 0.0, 27.0), "NaN"),
        ("lstm", hold("cell", -1.5, 0.0, 27.0), "between -1 and 1"),
        ("lstm", hold("input", 0.5, 3.0, 28.0), "to 28"),
        ("lstm", hold("input", 0.5, 4.0, 3.0), "from time step 4"),
        ("lstm", hold("input", 0.5, 0.5, 3.0), "0.5"),
    ] {
        let run = Run::new(&MNIST, Device::flex(), 1, &of_cell(cell)).unwrap();
        let fault = wait(run.unroll(&image(), &[hold])).unwrap_err();
        assert_eq!(fault.code, "hold", "{}", fault.message);
        assert!(fault.message.contains(named), "{}", fault.message);
    }
    let run = Run::new(&MNIST, Device::flex(), 1, &Patch::new()).unwrap();
    let many = vec![hold("input", 0.5, 0.0, 27.0); 101];
    assert_eq!(wait(run.unroll(&image(), &many)).unwrap_err().code, "hold");
    assert!(wait(run.unroll(&image(), &[hold("cell", -1.0, 0.0, 27.0)])).is_ok());
}
