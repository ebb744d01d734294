//! Training a session from PyTorch's initial weights, held against what PyTorch got.
#![allow(dead_code)] // Every test file uses its own part.

use super::{assert_close, numbers, options, real_digits, reference, wait};
use burn::tensor::Device;
use safetensors::{SafeTensors, tensor::TensorView};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use unroll::data::DataSet;
use unroll::lessons::options::Value;
use unroll::lessons::{MNIST, SIN_COS};
use unroll::model::weights::{Named, write};
use unroll::training::Run;

/// PyTorch's runs of the lessons.
pub const SIN_COS_RUNS: [&str; 4] = [
    "sin_cos_seed1",
    "sin_cos_seed2",
    "sin_cos_lstm_seed3",
    "sin_cos_gru_seed4",
];
pub const MNIST_RUNS: [&str; 3] = ["mnist_lstm_seed1", "mnist_lstm_seed2", "mnist_gru_seed3"];

/// The cell of a run of PyTorch's; the oldest say nothing of it.
pub fn cell_of(expected: &Json) -> Value {
    let oldest = match expected["task"].as_str() {
        Some("mnist") => "lstm",
        _ => "rnn",
    };
    Value::Text(expected["cell"].as_str().unwrap_or(oldest).to_owned())
}

/// The sin-cos losses of two correct programs stay this close.
const LOSS: f64 = 3e-5;
/// After 100 steps PyTorch's own predictions in single and double precision are 9e-5 apart.
const PREDICTION: f64 = 5e-4;

pub fn sin_cos(name: &str, device: Device, steps: usize) {
    let (expected, weights) = reference(name);
    let patch = options([("cell", cell_of(&expected))]);
    let mut session = Run::new(&SIN_COS, device, 0, &patch).unwrap();
    session.load_weights(&weights).expect("PyTorch's weights");
    for _ in 0..steps {
        session.step().unwrap();
    }
    let progress = wait(session.collect()).unwrap();
    let losses = numbers(&expected["losses"]);
    let off = assert_close("loss", &progress.losses, &losses[..steps], LOSS);
    println!("{name}, {steps} steps: losses within {off:.1e} of PyTorch's");
    let saved = wait(session.save_weights()).unwrap();
    assert_eq!(tensors(&saved).len(), tensors(&weights).len());
    session.reset(None).unwrap();
    let saved = wait(session.save_weights()).unwrap();
    assert_eq!(
        tensors(&saved),
        tensors(&weights),
        "{name}, saved as loaded"
    );
    if steps == losses.len() && expected["last_prediction"].is_array() {
        let segments = progress.segments.unwrap();
        let last = &segments.predictions[segments.predictions.len() - 10..];
        assert_close(
            "prediction",
            last,
            &numbers(&expected["last_prediction"]),
            PREDICTION,
        );
    }
}

/// The sin-cos lesson with its gradient clipped: the losses of the first `steps`.
pub fn sin_cos_clipped(device: &Device, steps: usize) {
    let expected: Json =
        serde_json::from_str(include_str!("../reference/clip.json")).expect("what clip.py wrote");
    let (_, weights) = reference(expected["weights"].as_str().unwrap());
    for run in expected["runs"].as_array().unwrap() {
        let norm = run["norm"].as_f64().unwrap();
        let patch = options([("clipNorm", Value::Number(norm))]);
        let mut session = Run::new(&SIN_COS, device.clone(), 0, &patch).unwrap();
        session.load_weights(&weights).expect("PyTorch's weights");
        for _ in 0..steps {
            session.step().unwrap();
        }
        let found = wait(session.collect()).unwrap().losses;
        let losses = &numbers(&run["losses"])[..steps];
        let off = assert_close("loss", &found, losses, LOSS);
        println!("clipped at {norm}, {steps} steps: losses within {off:.1e} of PyTorch's");
    }
}

/// A run of the MNIST lesson through the images in order.
struct InOrder {
    session: Run,
    losses: Vec<f32>,
}

impl InOrder {
    fn new(cell: &Value, weights: &[u8], digits: DataSet, device: &Device, steps: usize) -> Self {
        let in_order = options([("cell", cell.clone()), ("shuffle", Value::Flag(false))]);
        let mut session = Run::new(&MNIST, device.clone(), 0, &in_order).unwrap();
        session.give(digits).unwrap();
        session.load_weights(weights).expect("PyTorch's weights");
        for _ in 0..steps {
            session.step().unwrap();
        }
        let losses = wait(session.collect()).unwrap().losses;
        InOrder { session, losses }
    }

    /// The probabilities of test image `index`.
    fn probabilities(&mut self, index: usize) -> Vec<f32> {
        let lesson = self.session.mnist("digit").unwrap();
        let (pixels, _) = lesson.digit(false, index as f64).unwrap();
        let pixels: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
        wait(self.session.predict(&pixels))
            .unwrap()
            .probabilities
            .to_vec()
    }
}

/// How far two correct programs may be apart over the first steps.
const CALM: f64 = 3e-5;
/// So many of them.
const CALM_STEPS: usize = 20;
/// Twins of a run, and how many times as far as they the run may be from PyTorch.
const TWINS: u32 = 3;
const FEW: f64 = 5.0;

/// The losses of two correct programs from the same weights stay together for about 20 steps. Then what
/// differs in the last bit grows a thousandfold. So a longer run is measured by its twins, whose
/// initial weights are off by one unit in the last place:
///
/// ```text
/// |loss[k] - PyTorch's| <= max(CALM, FEW max over twins and j <= k of |loss[j] - twin[j]|)
/// ```
pub fn mnist(name: &str, device: Device, steps: usize) {
    let Some(digits) = real_digits() else {
        return;
    };
    let (expected, weights) = reference(name);
    let cell = cell_of(&expected);
    let losses = &numbers(&expected["losses"])[..steps];
    let mut run = InOrder::new(&cell, &weights, digits.clone(), &device, steps);
    if steps <= CALM_STEPS {
        let off = assert_close("loss", &run.losses, losses, CALM);
        println!("{name}, {steps} steps: losses within {off:.1e} of PyTorch's");
        return;
    }

    let mut twins: Vec<InOrder> = (0..TWINS)
        .map(|twin| {
            InOrder::new(
                &cell,
                &nudged(&weights, twin),
                digits.clone(),
                &device,
                steps,
            )
        })
        .collect();
    let (mut apart, mut largest) = (0.0f64, 0.0f64);
    for (step, loss) in losses.iter().enumerate() {
        for twin in &twins {
            let off = f64::from(run.losses[step]) - f64::from(twin.losses[step]);
            apart = apart.max(off.abs());
        }
        let off = (f64::from(run.losses[step]) - loss).abs();
        assert!(
            off <= CALM.max(FEW * apart),
            "loss {step} is {off:e} from PyTorch's, its twins' are within {apart:e}"
        );
        largest = largest.max(off);
        if step + 1 == CALM_STEPS || step + 1 == steps {
            println!(
                "{name}, {} steps: losses within {largest:.1e}, twins' within {apart:.1e}",
                step + 1
            );
        }
    }

    let images = expected["logits_first_10_test_images_after"].as_array();
    for (index, logits) in images.into_iter().flatten().enumerate() {
        let found = run.probabilities(index);
        let mut apart = CALM;
        for twin in &mut twins {
            for (ours, twins) in found.iter().zip(twin.probabilities(index)) {
                apart = apart.max(f64::from((ours - twins).abs()));
            }
        }
        let powers: Vec<f64> = numbers(logits).iter().map(|logit| logit.exp()).collect();
        let sum: f64 = powers.iter().sum();
        let expected: Vec<f64> = powers.iter().map(|power| power / sum).collect();
        assert_close("probability", &found, &expected, FEW * apart);
    }
}

/// The tensors of a safetensors file by name.
fn tensors(file: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let file = SafeTensors::deserialize(file).unwrap();
    let named = |(name, tensor): (&str, TensorView)| (name.to_owned(), tensor.data().to_owned());
    file.iter().map(named).collect()
}

/// The same weights, each off by one unit in the last place, up or down as its number and the
/// twin's decide.
fn nudged(weights: &[u8], twin: u32) -> Vec<u8> {
    let file = SafeTensors::deserialize(weights).unwrap();
    let mut number = 0u32;
    let tensors: Vec<Named> = (file.iter())
        .map(|(name, tensor)| {
            let (values, _) = tensor.data().as_chunks::<4>();
            let off = |&bytes: &[u8; 4]| {
                number += 1;
                let up = (number ^ twin)
                    .wrapping_mul(0x9e37_79b9)
                    .count_ones()
                    .is_multiple_of(2);
                let value = f32::from_le_bytes(bytes);
                if up {
                    value.next_up()
                } else {
                    value.next_down()
                }
            };
            Named {
                name: name.to_owned(),
                shape: tensor.shape().to_vec(),
                values: values.iter().map(off).collect(),
            }
        })
        .collect();
    write(&tensors, None)
}
