//! The operator on the CPU, for Burn's Flex backend, natively and in wasm alike.

use super::{Forward, Gradients, HeadGradient, HeadOps, Objective, Sizes};
use crate::operators::flex::{Tensor, packed, tensor, values};
use crate::operators::lanes::{Lanes, WIDTH, load, mul_add, store};
use burn::backend::Flex;

impl HeadOps for Flex {
    fn head_forward(
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor,
        target: Tensor,
        objective: Objective,
    ) -> Forward<Self> {
        let sizes = Sizes::of::<Self>(&hidden, &weight, objective);
        let [hidden, weight, bias, target] = [hidden, weight, bias, target].map(packed);
        let (weight, bias, target) = (values(&weight), values(&bias), values(&target));
        let outputs = sizes.outputs;
        let mut output = Vec::with_capacity(sizes.places() * outputs);
        for state in states(values(&hidden), sizes) {
            let rows = weight.chunks_exact(sizes.size).zip(bias);
            output.extend(rows.map(|(row, bias)| dot(row, state) + bias));
        }
        let (loss, delta) = match objective {
            Objective::LastClass | Objective::EveryClass => cross_entropy(&output, target, outputs),
            Objective::Values => squared_error(&output, target),
        };
        let shape = [sizes.places(), outputs];
        Forward {
            loss: tensor(vec![loss], [1]),
            output: tensor(output, shape),
            delta: tensor(delta, shape),
        }
    }
}

impl HeadGradient for Flex {
    fn head_backward(
        hidden: Tensor,
        weight: Tensor,
        delta: Tensor,
        grad: Tensor,
        objective: Objective,
    ) -> Gradients<Self> {
        let sizes = Sizes::of::<Self>(&hidden, &weight, objective);
        let Sizes {
            batch,
            time,
            size,
            outputs,
            ..
        } = sizes;
        let [hidden, weight, delta] = [hidden, weight, delta].map(packed);
        let (weight, delta) = (values(&weight), values(&delta));
        let grad = values(&grad)[0];
        let mut of_hidden = vec![0.0; batch * time * size];
        let mut of_weight = vec![0.0; outputs * size];
        let mut of_bias = vec![0.0; outputs];
        let places = of_hidden.chunks_exact_mut(sizes.stride() * size);
        for ((state, delta), place) in states(values(&hidden), sizes)
            .zip(delta.chunks_exact(outputs))
            .zip(places)
        {
            let of_state = &mut place[(sizes.stride() - 1) * size..];
            for (output, delta) in delta.iter().enumerate() {
                let delta = delta * grad;
                add_scaled(of_state, delta, &weight[output * size..][..size]);
                add_scaled(&mut of_weight[output * size..][..size], delta, state);
                of_bias[output] += delta;
            }
        }
        Gradients {
            hidden: tensor(of_hidden, [batch, time, size]),
            weight: tensor(of_weight, [outputs, size]),
            bias: tensor(of_bias, [outputs]),
        }
    }
}

/// The hidden states that have outputs.
fn states(hidden: &[f32], sizes: Sizes) -> impl Iterator<Item = &[f32]> {
    let (size, stride) = (sizes.size, sizes.stride());
    (hidden.chunks_exact(stride * size)).map(move |place| &place[(stride - 1) * size..])
}

/// The mean loss, and its gradient with respect to every logit.
fn cross_entropy(logits: &[f32], labels: &[f32], classes: usize) -> (f32, Vec<f32>) {
    let mean = 1.0 / labels.len() as f32;
    let mut loss = 0.0;
    let mut delta = Vec::with_capacity(logits.len());
    for (logits, label) in logits.chunks_exact(classes).zip(labels) {
        let label = *label as usize;
        assert!(label < classes, "label {label} of {classes} classes");
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
