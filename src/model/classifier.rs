//! The network of the MNIST lesson: LSTM 28 -> H over the rows of an image, then Linear H -> 10 on
//! the last one.

use super::init::Init;
use super::layers::{Linear, Recurrent};
use crate::head::{Goal, Judgement};
use crate::recurrent::Cell;
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
    pub fn new(hidden: usize, seed: u64, device: &Device) -> Self {
        let mut init = Init::new(seed);
        Classifier {
            rnn: Recurrent::new(Cell::Lstm, ROWS, hidden, &mut init, device),
            out: Linear::new(hidden, DIGITS, &mut init, device),
        }
    }

    /// How wrong it reads `images [batch, 28, 28]` that show the digits `labels [batch]`, from the
    /// states [`zero`](Self::zero): mean cross-entropy.
    pub fn judge(&self, images: Tensor<3>, labels: Tensor<1>, zero: Tensor<3>) -> Judgement {
        let hidden = self.rnn.forward(Cell::Lstm, images, zero);
        self.out.judge(Goal::Class, hidden, labels)
    }

    /// The states before the first row, `[2, batch, H]`.
    pub fn zero(&self, batch: usize, device: &Device) -> Tensor<3> {
        Tensor::zeros([2, batch, self.rnn.hidden_size()], device)
    }

    /// One image `[1, 28, 28]` to logits `[28, 10]`: the output layer applied after every row,
    /// though it was trained on the last one alone.
    pub fn beliefs(&self, image: Tensor<3>) -> Tensor<2> {
        let zero = self.zero(1, &image.device());
        let hidden = self.rnn.forward(Cell::Lstm, image, zero);
        let [_, time, size] = hidden.dims();
        self.out.forward(hidden.reshape([time, size]))
    }

    /// As PyTorch prints it.
    pub fn architecture(hidden: usize) -> String {
        format!(
            "RNN(\n  (rnn): LSTM({ROWS}, {hidden}, batch_first=True)\n  \
             (out): Linear(in_features={hidden}, out_features={DIGITS}, bias=True)\n)"
        )
    }
}
