//! Training from PyTorch's initial weights, held against what PyTorch got.
#![allow(dead_code)] // Every test file uses its own part.

use super::{assert_close, numbers, options, real_digits, reference, wait};
use burn::tensor::Device;
use unroll::training::{LessonName, Session, Value};

pub const SEEDS: [u32; 2] = [1, 2];

/// After 100 steps PyTorch's own predictions in single and double precision are 9e-5 apart.
const PREDICTION: f64 = 5e-4;

pub fn sin_cos(seed: u32, device: Device, steps: usize, tolerance: f64) {
    let Some((expected, weights)) = reference(&format!("sin_cos_seed{seed}")) else {
        return;
    };
    let mut session =
        Session::new(LessonName::SinCos, device, 0, &options([])).expect("the tutorial's options");
    session.load_weights(&weights).expect("PyTorch's weights");
    for _ in 0..steps {
        session.step().unwrap();
    }
    let progress = wait(session.collect()).unwrap();
    let losses = numbers(&expected["losses"]);
    let off = assert_close("loss", &progress.losses, &losses[..steps], tolerance);
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

/// The second seed's run is chaotic from about step 36 on: whatever differs there grows a
/// thousandfold, and swings about. PyTorch in double precision, or in single with the same batch in
/// another order, is up to 1.8e-3 off its own losses, these kernels with exact gates 2.2e-3, and with
/// fused additions 5.3e-3. From there on each loss may be further off, but not all of them to one side.
const CALM: [usize; 2] = [60, 36];
const CHAOTIC: f64 = 1e-2;
const CHAOTIC_MEAN: f64 = 1e-3;

pub fn mnist(seed: u32, device: Device, steps: usize, tolerance: f64) {
    let (Some((expected, weights)), Some(digits)) =
        (reference(&format!("mnist_lstm_seed{seed}")), real_digits())
    else {
        return;
    };
    let in_order = options([("shuffle", Value::Flag(false))]);
    let mut session = Session::new(LessonName::Mnist, device, 0, &in_order).unwrap();
    session.mnist("give").unwrap().give(digits);
    session.load_weights(&weights).expect("PyTorch's weights");
    for _ in 0..steps {
        session.step().unwrap();
    }
    let progress = wait(session.collect()).unwrap();
    let losses = numbers(&expected["losses"]);
    let calm = steps.min(CALM[seed as usize - 1]);
    let (first, rest) = progress.losses.split_at(calm);
    let off = assert_close("loss", first, &losses[..calm], tolerance);
    println!("mnist, seed {seed}, {calm} steps: losses within {off:.1e} of PyTorch's");
    if calm < steps {
        let off = assert_close("loss", rest, &losses[calm..steps], CHAOTIC);
        let differences = rest.iter().zip(&losses[calm..]);
        let sum: f64 = differences
            .map(|(found, loss)| f64::from(*found) - loss)
            .sum();
        let mean = (sum / rest.len() as f64).abs();
        assert!(mean < CHAOTIC_MEAN, "losses are {mean} off on average");
        println!("mnist, seed {seed}, from there to {steps}: within {off:.1e}");
    }

    if calm == losses.len() {
        let lesson = session.mnist("predict").unwrap();
        let images = expected["logits_first_10_test_images_after"]
            .as_array()
            .unwrap();
        for (index, logits) in images.iter().enumerate() {
            let (pixels, _) = lesson.digit(false, index as f64).unwrap();
            let pixels: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
            let prediction = wait(lesson.predict(&pixels)).unwrap();
            let powers: Vec<f64> = numbers(logits).iter().map(|logit| logit.exp()).collect();
            let sum: f64 = powers.iter().sum();
            let expected: Vec<f64> = powers.iter().map(|power| power / sum).collect();
            assert_close("probability", &prediction.probabilities, &expected, 1e-3);
        }
    }
}
