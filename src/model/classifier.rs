//! The network of the MNIST lesson: LSTM (or RNN) 28 -> H over the rows of an image, then Linear
//! H -> 10 on the last one.

use super::init::Init;
use super::layers::{Linear, Recurrent};
use crate::operators::head::{HeadOutput, Objective};
use crate::operators::recurrent::{Cell, Sequence};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Rows of an image, read as time steps, and pixels of a row, read as features.
pub const ROWS: usize = 28;
/// Classes.
pub const DIGITS: usize = 10;

/// Reads an image row by row and says which digit it is.
#[derive(Module, Debug)]
pub struct Classifier {
    pub rnn: Recurrent,
    pub out: Linear,
}

impl Classifier {
    pub fn new(cell: Cell, hidden: usize, seed: u64, device: &Device) -> Self {
        let mut init = Init::new(seed);
        Classifier {
            rnn: Recurrent::new(cell, ROWS, hidden, &mut init, device),
            out: Linear::new(hidden, DIGITS, &mut init, device),
        }
    }

    /// How wrong it reads `images [batch, 28, 28]` that show the digits `labels [batch]`, from the
    /// states `zero` ([`Recurrent::zero`]): mean cross-entropy, after the last row for [`Objective::LastClass`]
    /// and over all rows for [`Objective::EveryClass`].
    pub fn judge(
        &self,
        goal: Objective,
        images: Tensor<3>,
        labels: Tensor<1>,
        zero: Tensor<3>,
    ) -> HeadOutput {
        let hidden = self.rnn.forward(images, zero);
        self.judge_states(goal, hidden, labels)
    }

    fn judge_states(&self, goal: Objective, hidden: Tensor<3>, labels: Tensor<1>) -> HeadOutput {
        let target = match goal {
            Objective::EveryClass => {
                let each: Tensor<2> = labels.unsqueeze_dim(1);
                each.repeat_dim(1, hidden.dims()[1]).flatten(0, 1)
            }
            _ => labels,
        };
        self.out.judge(goal, hidden, target)
    }

    /// One image `[1, 28, 28]` to logits `[28, 10]`: the output layer applied after every row,
    /// though it may have been trained on the last one alone.
    pub fn beliefs(&self, image: Tensor<3>) -> Tensor<2> {
        let zero = self.rnn.zero(1, &image.device());
        self.after_every_row(self.rnn.forward(image, zero))
    }

    /// The same with what happened inside.
    pub fn inspect(&self, image: Tensor<3>) -> (Tensor<2>, Sequence) {
        let zero = self.rnn.zero(1, &image.device());
        let sequence = self.rnn.traced(image, zero);
        (self.after_every_row(sequence.hidden.clone()), sequence)
    }

    fn after_every_row(&self, hidden: Tensor<3>) -> Tensor<2> {
        let [_, time, size] = hidden.dims();
        self.out.forward(hidden.reshape([time, size]))
    }

    /// The gradient of the loss with respect to the hidden state after every row, `[batch, 28, H]`, as
    /// [`Recurrent::state_gradients`] defines it.
    pub fn row_gradients(
        &self,
        goal: Objective,
        images: Tensor<3>,
        labels: Tensor<1>,
    ) -> Tensor<3> {
        let loss = |hidden| self.judge_states(goal, hidden, labels.clone()).loss;
        self.rnn.state_gradients(images, &loss)
    }

    /// As PyTorch prints it.
    pub fn architecture(cell: Cell, hidden: usize) -> String {
        let name = match cell {
            Cell::Rnn => "RNN",
            Cell::Lstm => "LSTM",
        };
        format!(
            "RNN(\n  (rnn): {name}({ROWS}, {hidden}, batch_first=True)\n  \
             (out): Linear(in_features={hidden}, out_features={DIGITS}, bias=True)\n)"
        )
    }
}
