//! The operator on the CPU, for Burn's Flex backend, natively and in wasm alike.
//!
//! Samples do not depend on each other. So four at a time go through all of their time steps, and what
//! they need stays in the cache. [`forward`] and [`backward`] are the two passes. They use the recurrent
//! product in registers ([`product`]), the input's product over the pixels that are not zero ([`input`])
//! and the gates as polynomials over eight units ([`gates`]); leading time steps that samples share
//! run once ([`leading`]). Only this file knows about tensors.

mod backward;
mod forward;
mod gates;
mod input;
mod layout;
mod leading;
mod product;

use super::{Cell, Forward, Of, RecurrentOps, Sizes};
use crate::operators::flex::{Tensor, packed, tensor, values};
use burn::backend::Flex;
use std::cell::RefCell;

thread_local! {
    static FORWARD: RefCell<forward::Scratch> = RefCell::default();
    static BACKWARD: RefCell<backward::Scratch> = RefCell::default();
}

/// The weights by themselves, row-major.
#[derive(Clone, Copy)]
struct Weights<'a> {
    ih: &'a [f32],
    hh: &'a [f32],
    /// `bias_ih` and `bias_hh`.
    biases: [&'a [f32]; 2],
}

impl<'a> Weights<'a> {
    /// Those at the beginning of `all`.
    fn of(all: &'a [f32], sizes: Sizes) -> Self {
        let rows = sizes.rows();
        let (ih, all) = all.split_at(rows * sizes.inputs);
        let (hh, all) = all.split_at(rows * sizes.size);
        let (bias_ih, all) = all.split_at(rows);
        Weights {
            ih,
            hh,
            biases: [bias_ih, &all[..rows]],
        }
    }
}

impl RecurrentOps for Flex {
    fn recurrent_forward(
        x: Tensor,
        weights: Tensor,
        initial: Tensor,
        cell: Cell,
        traced: bool,
    ) -> Forward<Self> {
        let sizes = Sizes::of_primitives::<Self>(&x, &weights, &initial, cell);
        let [x, weights, initial] = [x, weights, initial].map(packed);
        let weights = Weights::of(values(&weights), sizes);
        let run = FORWARD.with_borrow_mut(|scratch| {
            forward::forward(
                sizes,
                values(&x),
                weights,
                values(&initial),
                traced,
                scratch,
            )
        });
        let Sizes {
            batch, time, size, ..
        } = sizes;
        let hidden = tensor(run.hidden, [batch, time, size]);
        let trace = match cell {
            Cell::Rnn => hidden.clone(),
            _ if traced => tensor(run.trace, [batch, time, cell.traced() * size]),
            _ => tensor(run.trace, [0, 0, 0]),
        };
        Forward { hidden, trace }
    }

    fn recurrent_weight_gradients(
        x: Tensor,
        weights: Tensor,
        initial: Tensor,
        hidden: Tensor,
        trace: Tensor,
        grad: Tensor,
        rest: Tensor,
        cell: Cell,
    ) -> Tensor {
        let sizes = Sizes::of_primitives::<Self>(&x, &weights, &initial, cell);
        let given = [x, weights, initial, hidden, trace, grad];
        let mut gradient = backward(sizes, given, None);
        gradient.extend_from_slice(values(&packed(rest)));
        tensor(gradient, [sizes.weights])
    }

    fn recurrent_step_gradients(
        x: Tensor,
        weights: Tensor,
        initial: Tensor,
        hidden: Tensor,
        trace: Tensor,
        grad: Tensor,
        cell: Cell,
        of: Of,
    ) -> Tensor {
        let sizes = Sizes::of_primitives::<Self>(&x, &weights, &initial, cell);
        let given = [x, weights, initial, hidden, trace, grad];
        let gradients = backward(sizes, given, Some(of));
        tensor(gradients, [sizes.batch, sizes.time, sizes.kept(of)])
    }
}

/// The gradient of the layer's weights, or at every time step `of` something; from `x`, `weights`, `initial`, `hidden`,
/// `trace` and `grad`.
fn backward(sizes: Sizes, given: [Tensor; 6], of: Option<Of>) -> Vec<f32> {
    let given = given.map(packed);
    let [x, weights, initial, hidden, trace, grad] = given.each_ref().map(values);
    let recorded = backward::Recorded {
        x,
        weight_hh: Weights::of(weights, sizes).hh,
        initial,
        hidden,
        trace,
        grad,
        last: grad.len() / (sizes.batch * sizes.size),
    };
    BACKWARD.with_borrow_mut(|scratch| backward::backward(sizes, recorded, of, scratch))
}
