//! The operator's gradient, registered with Burn's autodiff.
//!
//! Knows which tensors are parents of the loss and what must be kept for the backward pass; the
//! arithmetic of both passes is the inner backend's.

use super::{Forward, HeadGradient, HeadOps, Objective};
use crate::operators::gradient::register;
use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

/// What the backward pass needs besides the incoming gradient.
#[derive(Debug, Clone)]
struct Recorded<B: HeadOps> {
    hidden: FloatTensor<B>,
    weight: FloatTensor<B>,
    delta: FloatTensor<B>,
    objective: Objective,
}

/// From the loss back; its parents are `hidden`, `weight`, `bias`.
#[derive(Debug)]
struct FromLoss;

impl<B: HeadGradient> Backward<B, 3> for FromLoss {
    type State = Recorded<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = gradients.consume::<B>(&ops.node);
        let parents = ops.parents.map(|parent| parent.map(|node| node.id));
        let Recorded {
            hidden,
            weight,
            delta,
            objective,
        } = ops.state;
        let of = B::head_backward(hidden, weight, delta, grad, objective);
        register::<B, 3>(parents, [of.hidden, of.weight, of.bias], gradients);
    }
}

impl<B: HeadGradient, C: CheckpointStrategy> HeadOps for Autodiff<B, C> {
    fn head_forward(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        target: FloatTensor<Self>,
        objective: Objective,
    ) -> Forward<Self> {
        let (hidden, of_hidden) = hidden.into_parts();
        let (weight, of_weight) = weight.into_parts();
        let (bias, of_bias) = bias.into_parts();
        let parents = [of_hidden, of_weight, of_bias];

        let Forward {
            loss,
            output,
            delta,
        } = B::head_forward(
            hidden.clone(),
            weight.clone(),
            bias,
            target.into_primitive(),
            objective,
        );
        let tracked = match FromLoss.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let recorded = Recorded {
                    hidden,
                    weight,
                    delta: delta.clone(),
                    objective,
                };
                prep.finish(recorded, loss)
            }
            OpsKind::UnTracked(prep) => prep.finish(loss),
        };
        let constant = FloatTensor::<Self>::new;
        Forward {
            loss: tracked,
            output: constant(output),
            delta: constant(delta),
        }
    }
}
