//! The operator's gradient, registered with Burn's autodiff.
//!
//! Knows which tensors are parents of the result and what must be kept for the backward pass;
//! the arithmetic of both passes is the inner backend's.

use super::{Asked, Backward, Cell, Forward, RecurrentOps};
use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward as BackwardStep, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

/// What the backward pass needs besides the incoming gradient, in the order of
/// [`RecurrentOps::recurrent_backward`].
#[derive(Debug, Clone)]
struct Saved<B: RecurrentOps> {
    x: FloatTensor<B>,
    weight_ih: FloatTensor<B>,
    weight_hh: FloatTensor<B>,
    initial: FloatTensor<B>,
    hidden: FloatTensor<B>,
    trace: FloatTensor<B>,
    cell: Cell,
}

#[derive(Debug)]
struct ThroughTime;

impl<B: RecurrentOps> BackwardStep<B, 5> for ThroughTime {
    type State = Saved<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 5>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let saved = ops.state;
        let asked = Asked {
            x: ops.parents[0].is_some(),
            initial: ops.parents[4].is_some(),
        };
        let grads_of = B::recurrent_backward(
            saved.x,
            saved.weight_ih,
            saved.weight_hh,
            saved.initial,
            saved.hidden,
            saved.trace,
            grad,
            saved.cell,
            asked,
        );
        let of_parents = [
            grads_of.x,
            grads_of.weight_ih,
            grads_of.weight_hh,
            grads_of.bias,
            grads_of.initial,
        ];
        for (parent, grad) in ops.parents.into_iter().zip(of_parents) {
            if let Some(parent) = parent {
                grads.register::<B>(parent.id, grad);
            }
        }
    }
}

impl<B: RecurrentOps, C: CheckpointStrategy> RecurrentOps for Autodiff<B, C> {
    fn recurrent_forward(
        x: FloatTensor<Self>,
        weight_ih: FloatTensor<Self>,
        weight_hh: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        cell: Cell,
        _traced: bool,
    ) -> Forward<Self> {
        let (x, x_node) = x.into_parts();
        let (weight_ih, weight_ih_node) = weight_ih.into_parts();
        let (weight_hh, weight_hh_node) = weight_hh.into_parts();
        let (bias, bias_node) = bias.into_parts();
        let (initial, initial_node) = initial.into_parts();

        let Forward { hidden, trace } = B::recurrent_forward(
            x.clone(),
            weight_ih.clone(),
            weight_hh.clone(),
            bias,
            initial.clone(),
            cell,
            true,
        );
        let parents = [
            x_node,
            weight_ih_node,
            weight_hh_node,
            bias_node,
            initial_node,
        ];
        let tracked = match ThroughTime.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let saved = Saved {
                    x,
                    weight_ih,
                    weight_hh,
                    initial,
                    hidden: hidden.clone(),
                    trace: trace.clone(),
                    cell,
                };
                prep.finish(saved, hidden)
            }
            OpsKind::UnTracked(prep) => prep.finish(hidden),
        };
        Forward {
            hidden: tracked,
            trace: FloatTensor::<Self>::new(trace),
        }
    }

    fn recurrent_backward(
        x: FloatTensor<Self>,
        weight_ih: FloatTensor<Self>,
        weight_hh: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        trace: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        cell: Cell,
        asked: Asked,
    ) -> Backward<Self> {
        let grads = B::recurrent_backward(
            x.into_primitive(),
            weight_ih.into_primitive(),
            weight_hh.into_primitive(),
            initial.into_primitive(),
            hidden.into_primitive(),
            trace.into_primitive(),
            grad.into_primitive(),
            cell,
            asked,
        );
        let constant = FloatTensor::<Self>::new;
        Backward {
            x: constant(grads.x),
            weight_ih: constant(grads.weight_ih),
            weight_hh: constant(grads.weight_hh),
            bias: constant(grads.bias),
            initial: constant(grads.initial),
        }
    }
}
