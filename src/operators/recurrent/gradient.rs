//! The operator's gradient, registered with Burn's autodiff.
//!
//! Knows which tensors are parents of the result and what must be kept for the backward pass;
//! the arithmetic of both passes is the inner backend's.

use super::{Cell, Forward, Recorded, RecurrentGradient, RecurrentOps, Wanted};
use crate::operators::gradient::register;
use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

/// Back-propagation through time; its parents are `x`, `weight_ih`, `weight_hh`, `bias`, `initial`.
#[derive(Debug)]
struct ThroughTime;

impl<B: RecurrentGradient> Backward<B, 5> for ThroughTime {
    type State = (Recorded<B>, Cell);

    fn backward(
        self,
        ops: Ops<Self::State, 5>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = gradients.consume::<B>(&ops.node);
        let parents = ops.parents.map(|parent| parent.map(|node| node.id));
        let wanted = Wanted {
            x: parents[0].is_some(),
            initial: parents[4].is_some(),
        };
        let (recorded, cell) = ops.state;
        let of = B::recurrent_backward(recorded, grad, cell, wanted);
        let of = [of.x, of.weight_ih, of.weight_hh, of.bias, of.initial];
        register::<B, 5>(parents, of, gradients);
    }
}

impl<B: RecurrentGradient, C: CheckpointStrategy> RecurrentOps for Autodiff<B, C> {
    fn recurrent_forward(
        x: FloatTensor<Self>,
        weight_ih: FloatTensor<Self>,
        weight_hh: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        initial: FloatTensor<Self>,
        cell: Cell,
        _traced: bool,
    ) -> Forward<Self> {
        let (x, of_x) = x.into_parts();
        let (weight_ih, of_weight_ih) = weight_ih.into_parts();
        let (weight_hh, of_weight_hh) = weight_hh.into_parts();
        let (bias, of_bias) = bias.into_parts();
        let (initial, of_initial) = initial.into_parts();
        let parents = [of_x, of_weight_ih, of_weight_hh, of_bias, of_initial];

        let Forward { hidden, trace } = B::recurrent_forward(
            x.clone(),
            weight_ih.clone(),
            weight_hh.clone(),
            bias,
            initial.clone(),
            cell,
            true,
        );
        let tracked = match ThroughTime.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let recorded = Recorded {
                    x,
                    weight_ih,
                    weight_hh,
                    initial,
                    hidden: hidden.clone(),
                    trace: trace.clone(),
                };
                prep.finish((recorded, cell), hidden)
            }
            OpsKind::UnTracked(prep) => prep.finish(hidden),
        };
        Forward {
            hidden: tracked,
            trace: FloatTensor::<Self>::new(trace),
        }
    }
}
