//! Training a session from PyTorch's initial weights, held against what PyTorch got.
#![allow(dead_code)] // Every test file uses its own part.

use super::{assert_close, numbers, options, real_digits, reference, wait};
use burn::tensor::Device;
use safetensors::SafeTensors;
use unroll::data::DataSet;
use unroll::lessons::options::Value;
use unroll::lessons::{MNIST, SIN_COS};
use unroll::model::weights::{Named, write};
use unroll::training::Run;

pub const SEEDS: [u32; 2] = [1, 2];

/// The sin-cos losses of two correct programs stay this close.
const LOSS: f64 = 3e-5;
/// After 100 steps PyTorch's own predictions in single and double precision are 9e-5 apart.
const PREDICTION: f64 = 5e-4;

pub fn sin_cos(seed: u32, device: Device, steps: usize) {
    let (expected, weights) = reference(&format!("sin_cos_seed{seed}"));
    let mut session = Run::new(&SIN_COS, device, 0, &options([])).expect("the tutorial's options");
    session.load_weights(&weights).expect("PyTorch's weights");
    for _ in 0..steps {
        session.step().unwrap();
    }
    let progress = wait(session.collect()).unwrap();
    let losses = numbers(&expected["losses"]);
    let off = assert_close("loss", &progress.losses, &losses[..steps], LOSS);
    println!("sin-cos, seed {seed}, {steps} steps: losses within {off:.1e} of PyTorch's");
    if steps == losses.len() {
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

/// A run of the MNIST lesson through the images in order.
struct InOrder {
    session: Run,
    losses: Vec<f32>,
}

impl InOrder {
    fn new(weights: &[u8], digits: DataSet, device: &Device, steps: usize) -> Self {
        let in_order = options([("shuffle", Value::Flag(false))]);
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
pub fn mnist(seed: u32, device: Device, steps: usize) {
    let Some(digits) = real_digits() else {
        return;
    };
    let (expected, weights) = reference(&format!("mnist_lstm_seed{seed}"));
    let losses = &numbers(&expected["losses"])[..steps];
    let mut run = InOrder::new(&weights, digits.clone(), &device, steps);
    if steps <= CALM_STEPS {
        let off = assert_close("loss", &run.losses, losses, CALM);
        println!("mnist, seed {seed}, {steps} steps: losses within {off:.1e} of PyTorch's");
        return;
    }

    let mut twins: Vec<InOrder> = (0..TWINS)
        .map(|twin| InOrder::new(&nudged(&weights, twin), digits.clone(), &device, steps))
        .collect();
    let (mut apart, mut largest) = (0.0f64, 0.0f64);
    for step in 0..steps {
        for twin in &twins {
            let off = f64::from(run.losses[step]) - f64::from(twin.losses[step]);
            apart = apart.max(off.abs());
        }
        let off = (f64::from(run.losses[step]) - losses[step]).abs();
        assert!(
            off <= CALM.max(FEW * apart),
            "loss {step} is {off:e} from PyTorch's, its twins' are within {apart:e}"
        );
        largest = largest.max(off);
        if step + 1 == CALM_STEPS || step + 1 == steps {
            println!(
                "mnist, seed {seed}, {} steps: losses within {largest:.1e}, twins' within {apart:.1e}",
                step + 1
            );
        }
    }

    let images = expected["logits_first_10_test_images_after"]
        .as_array()
        .unwrap();
    for (index, logits) in images.iter().enumerate() {
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
                let up = (number ^ twin).wrapping_mul(0x9e37_79b9).count_ones() % 2 == 0;
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
