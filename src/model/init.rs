//! Initial weights as PyTorch draws them, from a seed, on the host.
//!
//! Backends have random generators of their own that do not agree; drawn here, the same seed gives
//! the same network on every one of them.

use burn::tensor::{Shape, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// Draws initial weights in the order the layers ask for them.
pub struct Init(Pcg32);

impl Init {
    /// A generator that begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Init(Pcg32::seed_from_u64(seed))
    }

    /// Uniform in ±1/sqrt(`fan`): `torch.nn.RNNBase.reset_parameters` with the hidden size for
    /// every weight and bias, and `torch.nn.Linear.reset_parameters` with the number of inputs.
    pub fn uniform<const D: usize>(&mut self, shape: [usize; D], fan: usize) -> TensorData {
        let bound = 1.0 / (fan as f32).sqrt();
        let values = (0..shape.iter().product())
            .map(|_| (2.0 * unit(self.0.next_u32()) - 1.0) * bound)
            .collect::<Vec<f32>>();
        TensorData::new(values, Shape::from(shape))
    }
}

/// 24 random bits as a number in [0, 1).
fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 / (1 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_fill_the_bound_evenly() {
        let data = Init::new(1).uniform([100, 100], 64);
        let values = data.as_slice::<f32>().unwrap();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let square = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
        assert!(values.iter().all(|v| v.abs() <= 0.125));
        assert!(mean.abs() < 0.003, "mean {mean}");
        assert!((square - 0.125f32.powi(2) / 3.0).abs() < 1e-4, "{square}");
    }

    #[test]
    fn a_seed_is_a_network() {
        let draw = |seed| Init::new(seed).uniform([4, 4], 4);
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
