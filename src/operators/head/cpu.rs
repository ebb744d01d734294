//! The operator on the CPU, for Burn's Flex backend, natively and in wasm alike.

use super::{HeadOps, Judged, Objective, Sizes};
use crate::operators::flex::{Tensor, packed, tensor, values};
use crate::operators::lanes::{Lanes, WIDTH, load, mul_add, store};
use burn::backend::Flex;

impl HeadOps for Flex {
    fn head_loss(hidden: Tensor, weights: Tensor, target: Tensor, sizes: Sizes) -> Judged<Self> {
        let Sizes {
            batch,
            size,
            outputs,
            last,
            ..
        } = sizes;
        let [hidden, weights, target] = [hidden, weights, target].map(packed);
        let (weights, target) = (values(&weights), values(&target));
        let (weight, _) = own(weights, sizes);
        let output = said(values(&hidden), weights, sizes);
        let (loss, delta) = match sizes.objective {
            Objective::LastClass | Objective::EveryClass => {
                cross_entropy(&output, target, outputs, last)
            }
            Objective::Values => squared_error(&output, target),
        };
        let mut of_hidden = vec![0.0; sizes.places() * size];
        let mut of_weights = vec![0.0; sizes.own()];
        let (of_weight, of_bias) = of_weights.split_at_mut(outputs * size);
        for ((state, delta), of_state) in states(values(&hidden), sizes)
            .zip(delta.chunks_exact(outputs))
            .zip(of_hidden.chunks_exact_mut(size))
        {
            for (output, delta) in delta.iter().copied().enumerate() {
                add_scaled(of_state, delta, &weight[output * size..][..size]);
                add_scaled(&mut of_weight[output * size..][..size], delta, state);
                of_bias[output] += delta;
            }
        }
        Judged {
            loss: tensor(vec![loss], [1]),
            output: tensor(output, [sizes.places(), outputs]),
            of_hidden: tensor(of_hidden, [batch, last, size]),
            of_weights: tensor(of_weights, [sizes.own()]),
        }
    }

    fn head_outputs(hidden: Tensor, weights: Tensor, sizes: Sizes) -> Tensor {
        let [hidden, weights] = [hidden, weights].map(packed);
        let output = said(values(&hidden), values(&weights), sizes);
        tensor(output, [sizes.places(), sizes.outputs])
    }
}

/// The layer's weight and bias, at the end of `weights`.
fn own(weights: &[f32], sizes: Sizes) -> (&[f32], &[f32]) {
    weights[sizes.weights - sizes.own()..].split_at(sizes.outputs * sizes.size)
}

/// The outputs of every place.
fn said(hidden: &[f32], weights: &[f32], sizes: Sizes) -> Vec<f32> {
    let (weight, bias) = own(weights, sizes);
    let mut output = Vec::with_capacity(sizes.places() * sizes.outputs);
    for state in states(hidden, sizes) {
        let rows = weight.chunks_exact(sizes.size).zip(bias);
        output.extend(rows.map(|(row, bias)| dot(row, state) + bias));
    }
    output
}

/// The hidden states that have outputs.
fn states(hidden: &[f32], sizes: Sizes) -> impl Iterator<Item = &[f32]> {
    let Sizes {
        time, size, last, ..
    } = sizes;
    let ends = (hidden.chunks_exact(time * size)).map(move |all| &all[(time - last) * size..]);
    ends.flat_map(move |end| end.chunks_exact(size))
}

/// The mean loss, and its gradient with respect to every logit. A label holds for `last` places.
fn cross_entropy(logits: &[f32], labels: &[f32], classes: usize, last: usize) -> (f32, Vec<f32>) {
    let mean = 1.0 / (labels.len() * last) as f32;
    let mut loss = 0.0;
    let mut delta = Vec::with_capacity(logits.len());
    for (place, logits) in logits.chunks_exact(classes).enumerate() {
        let label = labels[place / last];
        let is_class = label >= 0.0 && label < classes as f32 && label.fract() == 0.0;
        assert!(is_class, "label {label} of {classes} classes");
        let label = label as usize;
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers = logits.iter().map(|logit| (logit - top).exp());
        let sum: f32 = powers.clone().sum();
        loss += f64::from(sum.ln() - (logits[label] - top));
        let first = delta.len();
        delta.extend(powers.map(|power| power / sum * mean));
        delta[first + label] -= mean;
    }
    ((loss * f64::from(mean)) as f32, delta)
}

/// The mean loss, and its gradient with respect to every value.
fn squared_error(found: &[f32], target: &[f32]) -> (f32, Vec<f32>) {
    let errors = found
        .iter()
        .zip(target)
        .map(|(found, target)| found - target);
    let count = found.len() as f32;
    let sum: f64 = errors.clone().map(|error| f64::from(error * error)).sum();
    let delta = errors.map(|error| 2.0 * error / count).collect();
    ((sum / f64::from(count)) as f32, delta)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sum = Lanes::ZERO;
    for (a, b) in a.chunks(WIDTH).zip(b.chunks(WIDTH)) {
        sum = mul_add(load(a), load(b), sum);
    }
    sum.reduce_add()
}

/// `sum += factor * values`
fn add_scaled(sum: &mut [f32], factor: f32, values: &[f32]) {
    let factor = Lanes::splat(factor);
    for (sum, values) in sum.chunks_mut(WIDTH).zip(values.chunks(WIDTH)) {
        store(mul_add(factor, load(values), load(sum)), sum);
    }
}
