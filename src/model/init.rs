//! Initial weights as PyTorch draws them, from a seed, on the host.
//!
//! Backends have random generators of their own that do not agree; drawn here, the same seed gives
//! the same network on every one of them.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// Draws initial weights in the order they are asked for.
pub struct Init(Pcg32);

impl Init {
    /// A generator that begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Init(Pcg32::seed_from_u64(seed))
    }

    /// Appends `count` numbers, uniform in ±1/sqrt(`fan`): `torch.nn.RNNBase.reset_parameters` with the
    /// hidden size for every weight and bias, and `torch.nn.Linear.reset_parameters` with the number of
    /// inputs.
    pub fn uniform(&mut self, count: usize, fan: usize, values: &mut Vec<f32>) {
        let bound = 1.0 / (fan as f32).sqrt();
        let drawn = (0..count).map(|_| (2.0 * unit(self.0.next_u32()) - 1.0) * bound);
        values.extend(drawn);
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
        let mut values = Vec::new();
        Init::new(1).uniform(10_000, 64, &mut values);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let square = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
        assert!(values.iter().all(|v| v.abs() <= 0.125));
        assert!(mean.abs() < 0.003, "mean {mean}");
        assert!((square - 0.125f32.powi(2) / 3.0).abs() < 1e-4, "{square}");
    }

    #[test]
    fn a_seed_is_a_network() {
        let draw = |seed| {
            let mut values = Vec::new();
            Init::new(seed).uniform(16, 4, &mut values);
            values
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
