//! The update on the CPU, for Burn's Flex backend, natively and in wasm alike.

use super::{AdamOps, BETA_1, BETA_2, EPSILON, Scale, Updated};
use crate::operators::flex::{Tensor, packed, tensor, values};
use crate::operators::lanes::{Lanes, WIDTH, load, store};
use burn::backend::{Flex, TensorMetadata};

impl AdamOps for Flex {
    fn adam_update(
        parameters: Tensor,
        gradient: Tensor,
        first: Tensor,
        second: Tensor,
        scale: Scale,
    ) -> Updated<Self> {
        let shape = parameters.shape();
        let [parameters, gradient] = [parameters, gradient].map(packed);
        let [first, second] = [first, second].map(packed);
        let mut parameters = values(&parameters).to_vec();
        let mut firsts = values(&first).to_vec();
        let mut seconds = values(&second).to_vec();
        let old = (parameters.chunks_mut(WIDTH))
            .zip(firsts.chunks_mut(WIDTH))
            .zip(seconds.chunks_mut(WIDTH));
        for (((parameter, first), second), gradient) in old.zip(values(&gradient).chunks(WIDTH)) {
            let gradient = load(gradient);
            let mean = load(first);
            // Towards the gradient by a part: rounds as PyTorch does. With 0.9 as an f32 the mean
            // would settle 2e-7 off, and a run of sixty steps visibly so.
            let mean = mean + (gradient - mean) * (1.0 - BETA_1) as f32;
            let square = load(second) * BETA_2 as f32 + gradient * gradient * (1.0 - BETA_2) as f32;
            let denominator = square.sqrt() / scale.root_correction + EPSILON as f32;
            let change: Lanes = mean / denominator * scale.step_size;
            store(mean, first);
            store(square, second);
            store(load(parameter) - change, parameter);
        }
        Updated {
            parameters: tensor(parameters, shape.clone()),
            first: tensor(firsts, shape.clone()),
            second: tensor(seconds, shape),
        }
    }
}
