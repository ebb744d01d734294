//! The parameters of commands, checked and made into what the core computes with.

use super::command::{Drawing, List, Pixels};
use crate::data::drawing;
use crate::fault::Fault;

/// A seed.
pub(super) fn checked_seed(seed: f64) -> Result<u64, Fault> {
    whole("seed", seed, 0, u32::MAX)
}

/// How many hidden units states are of.
pub(super) fn checked_units(units: f64) -> Result<usize, Fault> {
    Ok(whole("hiddenSize", units, 1, 256)? as usize)
}

fn whole(name: &str, value: f64, least: u32, most: u32) -> Result<u64, Fault> {
    if value.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&value) {
        return Ok(value as u64);
    }
    let expected = format!("a whole number from {least} to {most}");
    let message = format!("{name} cannot be {value}: it must be {expected}.");
    Err(Fault::new("option-value", message)
        .with("name", name)
        .with("value", value)
        .with("expected", expected)
        .with("least", least)
        .with("most", most))
}

/// Pixels in [0, 1].
pub(super) fn floats(command: &str, name: &str, pixels: Pixels) -> Result<Vec<f32>, Fault> {
    match pixels {
        Pixels::Bytes(bytes) => Ok(bytes.iter().map(|&p| f32::from(p) / 255.0).collect()),
        Pixels::Floats(floats) => Ok(floats.0),
        Pixels::Other => {
            let message = format!(
                "{command} needs its {name} as a Uint8Array of 0 to 255 or a Float32Array of 0 to \
                 1."
            );
            Err(Fault::new("pixels-type", message))
        }
    }
}

/// A parameter that is a list of numbers.
pub(super) fn list(command: &str, name: &str, list: List) -> Result<Vec<f32>, Fault> {
    match list {
        List::Floats(floats) => Ok(floats.0),
        List::Other => {
            let message = format!("{command} needs its {name} as a Float32Array.");
            Err(Fault::new("inputs-type", message))
        }
    }
}

/// A drawing as strokes or as an image, made MNIST-like.
pub(super) fn normalised(drawing: Drawing) -> Result<[u8; 784], Fault> {
    match drawing {
        Drawing::Strokes(strokes) => Ok(drawing::from_strokes(&strokes)?),
        Drawing::Image {
            width,
            height,
            data,
        } => Ok(drawing::from_image(width, height, &data)?),
        Drawing::Other => {
            let message = "classifyDrawing was called with parameters it cannot read: a drawing is \
                           a list of strokes, each a list of [x, y], or an ImageData.";
            Err(Fault::new("bad-request", message).with("command", "classifyDrawing"))
        }
    }
}
