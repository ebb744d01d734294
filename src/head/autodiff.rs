//! The operator's gradient, registered with Burn's autodiff.
//!
//! Knows which tensors are parents of the loss and what must be kept for the backward pass; the
//! arithmetic of both passes is the inner backend's.

use super::{Goal, HeadGradients, HeadOps, Judged};
use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward as BackwardStep, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

/// What the backward pass needs besides the incoming gradient.
#[derive(Debug, Clone)]
struct Saved<B: HeadOps> {
    hidden: FloatTensor<B>,
    weight: FloatTensor<B>,
    delta: FloatTensor<B>,
    goal: Goal,
}

#[derive(Debug)]
struct FromLoss;

impl<B: HeadOps> BackwardStep<B, 3> for FromLoss {
    type State = Saved<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let saved = ops.state;
        let grads_of = B::head_backward(saved.hidden, saved.weight, saved.delta, grad, saved.goal);
        let of_parents = [grads_of.hidden, grads_of.weight, grads_of.bias];
        for (parent, grad) in ops.parents.into_iter().zip(of_parents) {
            if let Some(parent) = parent {
                grads.register::<B>(parent.id, grad);
            }
        }
    }
}

impl<B: HeadOps, C: CheckpointStrategy> HeadOps for Autodiff<B, C> {
    fn head_forward(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        target: FloatTensor<Self>,
        goal: Goal,
    ) -> Judged<Self> {
        let (hidden, hidden_node) = hidden.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let (bias, bias_node) = bias.into_parts();
        let Judged {
            loss,
            output,
            delta,
        } = B::head_forward(
            hidden.clone(),
            weight.clone(),
            bias,
            target.into_primitive(),
            goal,
        );
        let parents = [hidden_node, weight_node, bias_node];
        let loss = match FromLoss.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let saved = Saved {
                    hidden,
                    weight,
                    delta: delta.clone(),
                    goal,
                };
                prep.finish(saved, loss)
            }
            OpsKind::UnTracked(prep) => prep.finish(loss),
        };
        let constant = FloatTensor::<Self>::new;
        Judged {
            loss,
            output: constant(output),
            delta: constant(delta),
        }
    }

    fn head_backward(
        hidden: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        delta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        goal: Goal,
    ) -> HeadGradients<Self> {
        let grads = B::head_backward(
            hidden.into_primitive(),
            weight.into_primitive(),
            delta.into_primitive(),
            grad.into_primitive(),
            goal,
        );
        let constant = FloatTensor::<Self>::new;
        HeadGradients {
            hidden: constant(grads.hidden),
            weight: constant(grads.weight),
            bias: constant(grads.bias),
        }
    }
}
