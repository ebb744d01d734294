//! Time steps that samples have in common.
//!
//! MNIST's digits begin about five rows below the top of the image. Samples that began in the same state
//! stay in the same state as long as they read only zeros, and back-propagation is linear in the
//! gradients that it carries. So these time steps run once for all samples: a sixth of the work.

use super::Sizes;

/// How many of its first time steps every sample shares with the others.
#[derive(Default)]
pub struct Leading {
    steps: Vec<usize>,
    /// The samples by their number of shared steps, the most last.
    order: Vec<usize>,
}

impl Leading {
    /// Looks at `x [batch, time, inputs]` and `initial [states, batch, size]`.
    pub fn find(&mut self, sizes: Sizes, x: &[f32], initial: &[f32]) {
        let Sizes {
            batch,
            time,
            inputs,
            size,
            ..
        } = sizes;
        self.forget(batch);
        let alike = |states: &[f32]| {
            let (first, rest) = states.split_at(size);
            rest.chunks_exact(size).all(|state| state == first)
        };
        if batch == 1 || !initial.chunks_exact(batch * size).all(alike) {
            return;
        }
        for (steps, x) in self.steps.iter_mut().zip(x.chunks_exact(time * inputs)) {
            let first = x.iter().position(|value| *value != 0.0);
            *steps = first.map_or(time, |first| first / inputs);
        }
        let steps = &self.steps;
        self.order.sort_by_key(|sample| steps[*sample]);
    }

    /// No sample shares anything.
    pub fn forget(&mut self, batch: usize) {
        self.steps.clear();
        self.steps.resize(batch, 0);
        self.order.clear();
        self.order.extend(0..batch);
    }

    /// The samples, those that share about as many steps side by side.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The steps that all of these share.
    pub fn shared<const S: usize>(&self, samples: [usize; S]) -> usize {
        samples
            .map(|sample| self.steps[sample])
            .into_iter()
            .min()
            .unwrap_or(0)
    }

    /// The sample that shares the most steps, and how many.
    pub fn longest(&self) -> (usize, usize) {
        let sample = self.order[self.order.len() - 1];
        (sample, self.steps[sample])
    }
}
