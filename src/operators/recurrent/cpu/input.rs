//! The input's side of the weights. Four fifths of MNIST's pixels are zero, so both its products go
//! over the other fifth alone, unless a weight is not finite: 0 times that is not a number.

use super::layout::Layout;
use crate::operators::lanes::{Lanes, mul_add};

/// `weight_ih` transposed, `[inputs, lanes]`.
#[derive(Default)]
pub struct Input {
    weights: Vec<Lanes>,
    finite: bool,
    /// The inputs at hand that count, and what they are.
    inputs: Vec<(usize, f32)>,
}

impl Input {
    pub fn pack(&mut self, layout: Layout, weight_ih: &[f32], inputs: usize) {
        let finite = |all: bool, weight: &f32| all & weight.is_finite();
        self.finite = weight_ih.iter().fold(true, finite);
        self.weights.clear();
        for i in 0..inputs {
            let lanes =
                (0..layout.lanes()).map(|at| layout.gather(at, |row| weight_ih[row * inputs + i]));
            self.weights.extend(lanes);
        }
    }

    /// `z = weight_ih x + bias`
    pub fn product(&mut self, x: &[f32], bias: &[Lanes], z: &mut [Lanes]) {
        self.inputs.clear();
        match self.finite {
            true => self.inputs.extend(nonzero(x)),
            false => self.inputs.extend(x.iter().copied().enumerate()),
        }
        let mut at = 0;
        while at + 4 <= z.len() {
            self.lanes::<4>(at, bias, z);
            at += 4;
        }
        for at in at..z.len() {
            self.lanes::<1>(at, bias, z);
        }
    }

    /// `P` lanes of the product from `at` on, summed in registers.
    #[inline(always)]
    fn lanes<const P: usize>(&self, at: usize, bias: &[Lanes], z: &mut [Lanes]) {
        let mut sums = [Lanes::ZERO; P];
        sums.copy_from_slice(&bias[at..at + P]);
        for &(i, value) in &self.inputs {
            let weights = &self.weights[i * bias.len() + at..][..P];
            for p in 0..P {
                sums[p] = mul_add(Lanes::splat(value), weights[p], sums[p]);
            }
        }
        z[at..][..P].copy_from_slice(&sums);
    }
}

/// Which values are not zero, and what they are.
pub fn nonzero(x: &[f32]) -> impl Iterator<Item = (usize, f32)> {
    let pairs = x.iter().copied().enumerate();
    pairs.filter(|(_, value)| *value != 0.0)
}
