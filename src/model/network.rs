//! The network of every lesson: a recurrent layer, and an output layer on its hidden states.

use super::init::Init;
use super::layers::{Linear, Recurrent};
use crate::operators::head::{HeadOutput, Objective};
use crate::operators::recurrent::{Cell, Sequence};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// The sizes of a [`Network`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkShape {
    /// What the recurrent layer is made of.
    pub cell: Cell,
    /// Features of a time step.
    pub inputs: usize,
    /// Hidden units, `H`.
    pub hidden: usize,
    /// Values of an output.
    pub outputs: usize,
}

impl NetworkShape {
    /// As PyTorch prints it.
    pub fn architecture(&self) -> String {
        let NetworkShape {
            cell,
            inputs,
            hidden,
            outputs,
        } = self;
        let name = match cell {
            Cell::Rnn => "RNN",
            Cell::Lstm => "LSTM",
            Cell::Gru => "GRU",
        };
        format!(
            "RNN(\n  (rnn): {name}({inputs}, {hidden}, batch_first=True)\n  \
             (out): Linear(in_features={hidden}, out_features={outputs}, bias=True)\n)"
        )
    }
}

/// A recurrent layer and an output layer; the fields carry the tutorial's names.
#[derive(Module, Debug)]
pub struct Network {
    /// The recurrent layer.
    pub rnn: Recurrent,
    /// The output layer.
    pub out: Linear,
}

impl Network {
    /// Initial weights as PyTorch draws them, from `seed`.
    pub fn new(shape: NetworkShape, seed: u64, device: &Device) -> Self {
        let NetworkShape {
            cell,
            inputs,
            hidden,
            outputs,
        } = shape;
        let mut init = Init::new(seed);
        Network {
            rnn: Recurrent::new(cell, inputs, hidden, &mut init, device),
            out: Linear::new(hidden, outputs, &mut init, device),
        }
    }

    /// The output layer on hidden states `[batch, time, H]`, and how far its outputs are from
    /// `target`.
    ///
    /// * [`Objective::LastClass`]: `target [batch]`, the class of each sequence, after its last time step
    /// * [`Objective::EveryClass`]: the same, after every time step
    /// * [`Objective::Values`]: `target [n]`, values of the last `n` time steps of a batch of one
    ///
    /// The output layer is applied to all time steps at once; one by one in a loop, as the
    /// tutorial first writes it, gives the same numbers.
    pub fn loss(&self, objective: Objective, hidden: Tensor<3>, target: Tensor<1>) -> HeadOutput {
        let [_, time, _] = hidden.dims();
        let (hidden, target) = match objective {
            Objective::LastClass => (hidden, target),
            Objective::EveryClass => {
                let each: Tensor<2> = target.unsqueeze_dim(1);
                (hidden, each.repeat_dim(1, time).flatten(0, 1))
            }
            Objective::Values => {
                let [last] = target.dims();
                let hidden = match time - last {
                    0 => hidden,
                    earlier => hidden.narrow(1, earlier, last),
                };
                (hidden, target)
            }
        };
        self.out.loss(objective, hidden, target)
    }

    /// Reads one sequence `[1, time, inputs]` from the zero state: the outputs `[time, outputs]`
    /// after every time step, though it may have been trained on the last one alone, and the hidden
    /// states `[time, H]`.
    pub fn read(&self, sequence: Tensor<3>) -> (Tensor<2>, Tensor<2>) {
        let zero = self.rnn.zero(1, &sequence.device());
        let states = states(self.rnn.forward(sequence, zero));
        (self.out.forward(states.clone()), states)
    }

    /// The same outputs, with what happened inside.
    pub fn traced(&self, sequence: Tensor<3>) -> (Tensor<2>, Sequence) {
        let zero = self.rnn.zero(1, &sequence.device());
        let sequence = self.rnn.traced(sequence, zero);
        let outputs = self.out.forward(states(sequence.hidden.clone()));
        (outputs, sequence)
    }

    /// The gradient of the [loss](Self::loss) of `inputs [batch, time, inputs]` with respect to the
    /// hidden state after every time step, `[batch, time, H]`, as [`Recurrent::state_gradients`]
    /// defines it.
    pub fn state_gradients(
        &self,
        objective: Objective,
        inputs: Tensor<3>,
        target: Tensor<1>,
    ) -> Tensor<3> {
        let loss = |hidden| self.loss(objective, hidden, target.clone()).loss;
        self.rnn.state_gradients(inputs, &loss)
    }
}

/// The hidden states `[1, time, H]` of one sequence as `[time, H]`.
fn states(hidden: Tensor<3>) -> Tensor<2> {
    let [_, time, size] = hidden.dims();
    hidden.reshape([time, size])
}
