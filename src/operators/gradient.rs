//! What the operators' gradients have in common.

use burn::backend::Backend;
use burn::backend::autodiff::{NodeId, grads::Gradients};
use burn::backend::tensor::FloatTensor;

/// Hands each parent its gradient; a parent that nobody tracks gets none.
pub fn register<B: Backend, const N: usize>(
    parents: [Option<NodeId>; N],
    of_parents: [FloatTensor<B>; N],
    gradients: &mut Gradients,
) {
    for (parent, gradient) in parents.into_iter().zip(of_parents) {
        if let Some(parent) = parent {
            gradients.register::<B>(parent, gradient);
        }
    }
}
