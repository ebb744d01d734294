//! The output layer's operator with all its inputs, and its kernels held against its statement in
//! tensor operations.
#![allow(dead_code)] // Every test file uses its own part.

use super::recurrent::{tolerance, wide};
use super::{assert_close, values};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use unroll::operators::head::{HeadOutput, Objective, loss, reference};

/// One call: its sizes and the values of all its inputs.
pub struct Case {
    objective: Objective,
    batch: usize,
    time: usize,
    hidden: usize,
    outputs: usize,
    pub values: [Vec<f32>; 4],
}

pub const NAMES: [&str; 3] = ["hidden", "weight", "bias"];

pub const OBJECTIVES: [Objective; 3] = [
    Objective::LastClass,
    Objective::EveryClass,
    Objective::Values,
];

pub type Judge = fn(Objective, Tensor<3>, Tensor<2>, Tensor<1>, Tensor<1>) -> HeadOutput;

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
        let target = match objective {
            Objective::LastClass => (0..batch).map(|b| (b * 7 % outputs) as f32).collect(),
            Objective::EveryClass => (0..batch * time)
                .map(|k| (k * 7 % outputs) as f32)
                .collect(),
            Objective::Values => draw(batch * time * outputs),
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
            values,
        }
    }

    /// The loss, the outputs, and the gradients of three times the loss.
    pub fn run(&self, device: &Device, loss: Judge) -> (f32, Vec<f32>, [Vec<f32>; 3]) {
        let device = device.clone().autodiff();
        let data = |k: usize| self.values[k].clone();
        let hidden = TensorData::new(data(0), [self.batch, self.time, self.hidden]);
        let hidden = Tensor::<3>::from_data(hidden, &device).require_grad();
        let weight = TensorData::new(data(1), [self.outputs, self.hidden]);
        let weight = Tensor::<2>::from_data(weight, &device).require_grad();
        let bias = TensorData::new(data(2), [self.outputs]);
        let bias = Tensor::<1>::from_data(bias, &device).require_grad();
        let target = TensorData::new(data(3), [self.values[3].len()]);
        let target = Tensor::<1>::from_data(target, &device);
        let out = loss(
            self.objective,
            hidden.clone(),
            weight.clone(),
            bias.clone(),
            target,
        );
        let grads = (out.loss.clone() * 3.0).backward();
        let gradients = [
            values(hidden.grad(&grads).unwrap()),
            values(weight.grad(&grads).unwrap()),
            values(bias.grad(&grads).unwrap()),
        ];
        let loss = values(out.loss)[0];
        (loss, values(out.output), gradients)
    }
}

/// Fails unless the kernels of `device` give what the reference gives on `other`.
pub fn assert_kernels_are_the_reference(case: &Case, device: &Device, other: &Device) {
    let (loss, output, gradients) = case.run(device, loss);
    let expected = case.run(other, reference::loss);
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
        for input in 0..NAMES.len() {
            let mut case = Case::new(objective, 3, 4, 5, 3);
            // The last time step, which every objective looks at.
            let at = if input == 0 { 3 * 5 } else { 0 };
            case.values[input][at] = f32::NAN;
            let (loss, output, _) = case.run(device, loss);
            assert!(loss.is_nan(), "{objective:?} {}", NAMES[input]);
            assert!(output.iter().any(|y| y.is_nan()));
        }
    }
}
