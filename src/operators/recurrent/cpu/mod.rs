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

use super::{
    Cell, Forward, Gradients, Recorded, RecurrentGradient, RecurrentOps, Sizes, StateGradientOps,
    Wanted,
};
use crate::operators::flex::{Tensor, packed, tensor, values};
use burn::backend::Flex;
use std::cell::RefCell;

thread_local! {
    static FORWARD: RefCell<forward::Scratch> = RefCell::default();
    static BACKWARD: RefCell<backward::Scratch> = RefCell::default();
}

impl RecurrentOps for Flex {
    fn recurrent_forward(
        x: Tensor,
        weight_ih: Tensor,
        weight_hh: Tensor,
        bias: Tensor,
        initial: Tensor,
        cell: Cell,
        traced: bool,
    ) -> Forward<Self> {
        let sizes = Sizes::of::<Self>(&x, &weight_hh, cell);
        let [x, weight_ih, weight_hh] = [x, weight_ih, weight_hh].map(packed);
        let [bias, initial] = [bias, initial].map(packed);
        let run = FORWARD.with_borrow_mut(|scratch| {
            forward::forward(
                sizes,
                values(&x),
                values(&weight_ih),
                values(&weight_hh),
                values(&bias),
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
}

impl RecurrentGradient for Flex {
    fn recurrent_backward(
        recorded: Recorded<Self>,
        grad: Tensor,
        cell: Cell,
        wanted: Wanted,
    ) -> Gradients<Self> {
        let sizes = Sizes::of::<Self>(&recorded.x, &recorded.weight_hh, cell);
        let [x, weight_ih, weight_hh] =
            [recorded.x, recorded.weight_ih, recorded.weight_hh].map(packed);
        let [initial, hidden, trace, grad] =
            [recorded.initial, recorded.hidden, recorded.trace, grad].map(packed);
        let recorded = backward::Recorded {
            x: values(&x),
            weight_ih: values(&weight_ih),
            weight_hh: values(&weight_hh),
            initial: values(&initial),
            hidden: values(&hidden),
            trace: values(&trace),
            grad: values(&grad),
        };
        let of = backward::Wanted {
            x: wanted.x,
            initial: wanted.initial,
            states: false,
        };
        let gradients =
            BACKWARD.with_borrow_mut(|scratch| backward::backward(sizes, recorded, of, scratch));
        let Sizes {
            batch,
            time,
            inputs,
            size,
            ..
        } = sizes;
        let rows = sizes.rows();
        let if_wanted = |wanted: bool, shape: [usize; 3]| if wanted { shape } else { [0; 3] };
        Gradients {
            x: tensor(gradients.x, if_wanted(wanted.x, [batch, time, inputs])),
            weight_ih: tensor(gradients.weight_ih, [rows, inputs]),
            weight_hh: tensor(gradients.weight_hh, [rows, size]),
            bias: tensor(gradients.bias, [sizes.biases()]),
            initial: tensor(
                gradients.initial,
                if_wanted(wanted.initial, [cell.states(), batch, size]),
            ),
        }
    }
}

impl StateGradientOps for Flex {
    fn recurrent_state_gradients(
        weight_hh: Tensor,
        initial: Tensor,
        hidden: Tensor,
        trace: Tensor,
        grad: Tensor,
        cell: Cell,
    ) -> Tensor {
        let sizes = Sizes::of_states::<Self>(&hidden, cell);
        let [weight_hh, initial] = [weight_hh, initial].map(packed);
        let [hidden, trace, grad] = [hidden, trace, grad].map(packed);
        let recorded = backward::Recorded {
            x: &[],
            weight_ih: &[],
            weight_hh: values(&weight_hh),
            initial: values(&initial),
            hidden: values(&hidden),
            trace: values(&trace),
            grad: values(&grad),
        };
        let wanted = backward::Wanted {
            x: false,
            initial: false,
            states: true,
        };
        let gradients = BACKWARD
            .with_borrow_mut(|scratch| backward::backward(sizes, recorded, wanted, scratch));
        tensor(gradients.states, [sizes.batch, sizes.time, sizes.size])
    }
}
