//! What a session tells about the inside of its network, held against PyTorch
//! (`tests/reference/insight.py`).
#![allow(dead_code)] // Every test file uses its own part.

use super::{assert_close, numbers, options, real_digits, reference, wait};
use burn::tensor::Device;
use serde_json::Value as Json;
use unroll::data::synthetic;
use unroll::lessons::options::{Patch, Value};
use unroll::lessons::{MNIST, SIN_COS};
use unroll::model::weights::{Named, write};
use unroll::training::Run;

const VALUE: f64 = 1e-5;
/// Of a norm, relative.
const NORM: f64 = 1e-4;

pub fn expected() -> Json {
    serde_json::from_str(include_str!("../reference/insight.json")).unwrap()
}

/// The small RNN's weights, as a file of PyTorch's.
pub fn rnn_weights(expected: &Json) -> Vec<u8> {
    let tensors = expected["weights"].as_object().unwrap().iter();
    let named = tensors.map(|(name, tensor)| Named {
        name: name.clone(),
        shape: numbers(&tensor["shape"])
            .iter()
            .map(|&n| n as usize)
            .collect(),
        values: numbers(&tensor["values"])
            .iter()
            .map(|&v| v as f32)
            .collect(),
    });
    write(&named.collect::<Vec<_>>(), None)
}

/// Options for a run of the small RNN through the images in order.
pub fn rnn_options(expected: &Json) -> Patch {
    options([
        ("cell", Value::Text("rnn".to_owned())),
        (
            "hiddenSize",
            Value::Number(expected["hidden_size"].as_f64().unwrap()),
        ),
        ("shuffle", Value::Flag(false)),
    ])
}

/// The MNIST lesson on the real digits with `weights`; `None`, loudly, where there are no digits.
fn session(device: &Device, patch: &Patch, weights: &[u8]) -> Option<Run> {
    let digits = real_digits()?;
    let mut session = Run::new(&MNIST, device.clone(), 0, patch).unwrap();
    session.give(digits).unwrap();
    session.load_weights(weights).expect("PyTorch's weights");
    Some(session)
}

pub fn lstm(device: &Device) {
    let (_, weights) = reference("mnist_lstm_seed1");
    let Some(session) = session(device, &Patch::new(), &weights) else {
        return;
    };
    let expected = &expected()["lstm"];
    assert_eq!(
        session.architecture(),
        expected["architecture"].as_str().unwrap()
    );
    inside("LSTM", &session, expected);
}

pub fn rnn(device: &Device) {
    let expected = &expected()["rnn"];
    let weights = rnn_weights(expected);
    let Some(mut session) = session(device, &rnn_options(expected), &weights) else {
        return;
    };
    assert_eq!(
        session.architecture(),
        expected["architecture"].as_str().unwrap()
    );
    inside("RNN", &session, expected);
    let losses = numbers(&expected["step_losses"]);
    for _ in &losses {
        session.step().unwrap();
    }
    let progress = wait(session.collect()).unwrap();
    assert_close("RNN loss", &progress.losses, &losses, VALUE);
}

fn inside(what: &str, mnist: &Run, expected: &Json) {
    let (pixels, _) = mnist.mnist("digit").unwrap().digit(false, 0.0).unwrap();
    let pixels: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
    let seen = wait(mnist.inspect(&pixels)).unwrap();
    assert_eq!(seen.step, 0);
    assert_eq!(
        seen.hidden_size as u64,
        expected["hidden_size"].as_u64().unwrap()
    );
    let close = |name: &str, found: &[f32], expected: &Json| {
        let off = assert_close(&format!("{what} {name}"), found, &numbers(expected), VALUE);
        println!("{what} {name} within {off:.1e} of PyTorch's");
    };
    close("beliefs", &seen.beliefs, &expected["beliefs"]);
    close("hidden", &seen.hidden, &expected["hidden"]);
    close("cell state", &seen.cell_state, &expected["cell_state"]);
    let rows = expected["gates"].as_object().unwrap();
    let of_row = 4 * seen.hidden_size;
    assert_eq!(
        seen.gates.len(),
        if rows.is_empty() { 0 } else { 28 * of_row }
    );
    for (row, gates) in rows {
        let at = row.parse::<usize>().unwrap() * of_row;
        let name = format!("gates after row {row}");
        close(&name, &seen.gates[at..at + of_row], gates);
    }
    let prediction = wait(mnist.predict(&pixels)).unwrap();
    assert_eq!(prediction.beliefs, seen.beliefs);

    let gradients = wait(mnist.row_gradients()).unwrap();
    let norms = numbers(&expected["norms"]);
    assert_eq!(gradients.norms.len(), norms.len());
    let mut worst = 0.0f64;
    for (row, (found, norm)) in gradients.norms.iter().zip(norms).enumerate() {
        let off = (f64::from(*found) - norm).abs() / norm;
        assert!(off <= NORM, "{what} norm {row} is {found}, not {norm}");
        worst = worst.max(off);
    }
    println!("{what} gradient norms within {worst:.1e} of PyTorch's, relative");

    let losses = numbers(&expected["losses"]);
    let mut evaluator = mnist.evaluate(losses.len() as f64).unwrap();
    while evaluator.advance(7) {}
    let evaluation = wait(evaluator.finish()).unwrap();
    assert_close("losses", &evaluation.losses, &losses, VALUE);
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    assert!((evaluation.loss - mean).abs() <= VALUE);
}

pub fn follow(device: &Device) {
    let (_, weights) = reference("sin_cos_seed1");
    let mut session = Run::new(&SIN_COS, device.clone(), 0, &Patch::new()).unwrap();
    session.load_weights(&weights).expect("PyTorch's weights");
    let expected = &expected()["follow"];
    let inputs: Vec<f32> = numbers(&expected["inputs"])
        .iter()
        .map(|&input| input as f32)
        .collect();
    let before = wait(session.save_checkpoint()).unwrap();
    let followed = wait(session.follow(&inputs)).unwrap();
    assert_eq!((followed.hidden_size, followed.step), (32, 0));
    let predictions = numbers(&expected["predictions"]);
    let off = assert_close("prediction", &followed.predictions, &predictions, VALUE);
    println!("predictions within {off:.1e} of PyTorch's");
    assert_close(
        "hidden",
        &followed.hidden,
        &numbers(&expected["hidden"]),
        VALUE,
    );
    assert_eq!(wait(session.save_checkpoint()).unwrap(), before);
}

/// What the segments hand on: gradient reach, truncated back-propagation, and both forms of the output layer.
pub fn segments(device: &Device) {
    let (_, weights) = reference("sin_cos_seed1");
    let expected = expected();
    let back = expected["truncated"]["segments_back"].as_f64().unwrap();
    let patch = options([
        ("stateMode", Value::Text("truncated".to_owned())),
        ("segmentsBack", Value::Number(back)),
    ]);
    let mut session = Run::new(&SIN_COS, device.clone(), 0, &patch).unwrap();
    session.load_weights(&weights).expect("PyTorch's weights");

    let reach = wait(session.reach()).unwrap();
    let norms = numbers(&expected["reach"]["norms"]);
    assert_eq!(reach.norms.len(), norms.len());
    for (k, (found, norm)) in reach.norms.iter().zip(norms).enumerate() {
        let off = (f64::from(*found) - norm).abs();
        assert!(
            off <= NORM * norm + 1e-12,
            "norm {k} is {found}, not {norm}"
        );
    }

    let losses = numbers(&expected["truncated"]["losses"]);
    for _ in &losses {
        session.step().unwrap();
    }
    let progress = wait(session.collect()).unwrap();
    let off = assert_close("truncated loss", &progress.losses, &losses, VALUE);
    println!("losses of truncated back-propagation within {off:.1e} of PyTorch's");

    let segments = progress.segments.unwrap();
    let last = &segments.hidden[segments.hidden.len() - 320..];
    let outputs = wait(session.outputs(last)).unwrap();
    assert_eq!(outputs.looped, outputs.reshaped);
    for (state, &output) in last.chunks_exact(32).zip(&outputs.looped) {
        let product = state
            .iter()
            .zip(&outputs.weight)
            .map(|(h, w)| f64::from(h * w));
        let sum = product.sum::<f64>() + f64::from(outputs.bias);
        assert!((sum - f64::from(output)).abs() < VALUE);
    }
}

/// The gradients of the rows at 256 units.
pub fn the_same_at_the_largest_size(cell: &str, device: &Device, other: &Device) {
    let patch = options([
        ("cell", Value::Text(cell.to_owned())),
        ("hiddenSize", Value::Number(256.0)),
    ]);
    let norms = |device: &Device| {
        let mut session = Run::new(&MNIST, device.clone(), 1, &patch).unwrap();
        session.give(synthetic::data_set(20, 1, 1)).unwrap();
        wait(session.row_gradients()).unwrap().norms
    };
    for (row, (found, expected)) in norms(device).iter().zip(&norms(other)).enumerate() {
        let off = f64::from((found - expected).abs() / expected);
        assert!(off <= NORM, "{cell} norm {row} is {found}, not {expected}");
    }
}
