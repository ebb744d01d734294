//! The output layer's operator with all its inputs, and its kernels held against its statement in
//! tensor operations.
#![allow(dead_code)] // Every test file uses its own part.

use super::recurrent::{tolerance, wide};
use super::{assert_close, values};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use unroll::operators::head::{Objective, loss, outputs, reference};

/// One call: its sizes and the values of all its inputs.
pub struct Case {
    objective: Objective,
    batch: usize,
    time: usize,
    hidden: usize,
    outputs: usize,
    /// Time steps that have outputs.
    last: usize,
    /// The hidden states, the weight, the bias and the target.
    pub values: [Vec<f32>; 4],
}

pub const NAMES: [&str; 3] = ["hidden", "weight", "bias"];

pub const OBJECTIVES: [Objective; 3] = [
    Objective::LastClass,
    Objective::EveryClass,
    Objective::Values,
];

/// What comes before the layer's weights in their tensor.
const BEFORE: usize = 3;

impl Case {
    pub fn new(
        objective: Objective,
        batch: usize,
        time: usize,
        hidden: usize,
        outputs: usize,
    ) -> Self {
        let mut random = Pcg32::seed_from_u64((batch * 31 + time * 7 + hidden + outputs) as u64);
        let mut draw = |count: usize| -> Vec<f32> {
            let unit = |bits: u32| bits as f32 / u32::MAX as f32 * 2.0 - 1.0;
            (0..count).map(|_| unit(random.next_u32())).collect()
        };
        let last = match objective {
            Objective::LastClass => 1,
            Objective::EveryClass => time,
            Objective::Values => 1 + (batch + hidden) % time,
        };
        let target = match objective {
            Objective::LastClass | Objective::EveryClass => {
                (0..batch).map(|b| (b * 7 % outputs) as f32).collect()
            }
            Objective::Values => draw(batch * last * outputs),
        };
        let values = [
            draw(batch * time * hidden),
            draw(outputs * hidden),
            draw(outputs),
            target,
        ];
        Case {
            objective,
            batch,
            time,
            hidden,
            outputs,
            last,
            values,
        }
    }

    fn tensors(&self, device: &Device) -> (Tensor<3>, Tensor<1>, Tensor<1>) {
        let flat = |values: Vec<f32>| {
            let count = values.len();
            Tensor::<1>::from_data(TensorData::new(values, [count]), device)
        };
        let hidden = flat(self.values[0].clone()).reshape([self.batch, self.time, self.hidden]);
        let before = [5.0; BEFORE];
        let weights = [&before[..], &self.values[1], &self.values[2]].concat();
        (hidden, flat(weights), flat(self.values[3].clone()))
    }

    /// The loss, the outputs, and the loss's gradients.
    pub fn run(&self, device: &Device) -> (f32, Vec<f32>, [Vec<f32>; 3]) {
        let (hidden, weights, target) = self.tensors(device);
        let out = loss(
            self.objective,
            hidden.clone(),
            weights.clone(),
            self.outputs,
            target,
        );
        let output = values(out.output);
        let said = outputs(hidden, weights, self.outputs, self.last);
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&values(said)), bits(&output));
        // The states before have no gradient.
        let mut of_hidden = Vec::new();
        for of_sample in values(out.of_hidden).chunks_exact(self.last * self.hidden) {
            let before = (self.time - self.last) * self.hidden;
            of_hidden.extend(vec![0.0; before]);
            of_hidden.extend(of_sample);
        }
        let mut of_weight = values(out.of_weights);
        let of_bias = of_weight.split_off(self.outputs * self.hidden);
        let gradients = [of_hidden, of_weight, of_bias];
        (values(out.loss)[0], output, gradients)
    }

    /// The same, by tensor operations and Burn's own gradient.
    pub fn expected(&self, device: &Device) -> (f32, Vec<f32>, [Vec<f32>; 3]) {
        let (hidden, weights, target) = self.tensors(&device.clone().autodiff());
        let (hidden, weights) = (hidden.require_grad(), weights.require_grad());
        let (loss, output) = reference::loss(
            self.objective,
            hidden.clone(),
            weights.clone(),
            self.outputs,
            target,
        );
        let gradients = loss.clone().backward();
        let mut of_weight = values(weights.grad(&gradients).unwrap()).split_off(BEFORE);
        let of_bias = of_weight.split_off(self.outputs * self.hidden);
        let of_hidden = values(hidden.grad(&gradients).unwrap());
        let gradients = [of_hidden, of_weight, of_bias];
        (values(loss)[0], values(output), gradients)
    }
}

/// Fails unless the kernels of `device` give what the reference gives on `other`.
pub fn assert_kernels_are_the_reference(case: &Case, device: &Device, other: &Device) {
    let (loss, output, gradients) = case.run(device);
    let expected = case.expected(other);
    let what = format!(
        "{:?} {} x {} x {} -> {}",
        case.objective, case.batch, case.time, case.hidden, case.outputs
    );
    assert_close(
        &format!("{what} loss"),
        &[loss],
        &[f64::from(expected.0)],
        1e-5,
    );
    assert_close(&format!("{what} output"), &output, &wide(&expected.1), 2e-5);
    for ((name, found), expected) in NAMES.iter().zip(gradients).zip(expected.2) {
        let what = format!("{what} {name}");
        assert_close(&what, &found, &wide(&expected), tolerance(&expected));
    }
}

/// As many as `count` says, of sizes drawn at random.
pub fn random(count: usize) -> impl Iterator<Item = Case> {
    let mut random = Pcg32::seed_from_u64(count as u64);
    let mut below = move |most: usize| 1 + random.next_u32() as usize % most;
    (0..count).map(move |k| {
        Case::new(
            OBJECTIVES[k % 3],
            below(20),
            below(12),
            below(80),
            below(12),
        )
    })
}

/// Sizes that no kernel likes, and those of the lessons.
pub fn cases() -> impl Iterator<Item = Case> {
    let sizes = [
        (1, 10, 32, 1),
        (64, 28, 64, 10),
        (1, 1, 1, 1),
        (3, 5, 7, 2),
        (2, 100, 100, 3),
        (300, 2, 13, 10),
    ];
    sizes
        .into_iter()
        .flat_map(|(batch, time, hidden, outputs)| {
            [
                Objective::LastClass,
                Objective::EveryClass,
                Objective::Values,
            ]
            .map(|objective| Case::new(objective, batch, time, hidden, outputs))
        })
}

/// What is not a number shows in the loss, wherever it comes in.
pub fn assert_nan_shows(device: &Device) {
    for objective in OBJECTIVES {
        for (input, name) in NAMES.iter().enumerate() {
            let mut case = Case::new(objective, 3, 4, 5, 3);
            // The last time step, which every objective looks at.
            let at = if input == 0 { 3 * 5 } else { 0 };
            case.values[input][at] = f32::NAN;
            let (loss, output, _) = case.run(device);
            assert!(loss.is_nan(), "{objective:?} {name}");
            assert!(output.iter().any(|y| y.is_nan()));
        }
    }
}
