//! The network of the sin-cos lesson: RNN (tanh) 1 -> H, then Linear H -> 1 at every time step.

use super::init::Init;
use super::layers::{Linear, Recurrent};
use crate::operators::head::{HeadOutput, Objective};
use crate::operators::recurrent::Cell;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Predicts one value per time step from one value per time step.
#[derive(Module, Debug)]
pub struct Regressor {
    pub rnn: Recurrent,
    pub out: Linear,
}

impl Regressor {
    pub fn new(hidden: usize, seed: u64, device: &Device) -> Self {
        let mut init = Init::new(seed);
        Regressor {
            rnn: Recurrent::new(Cell::Rnn, 1, hidden, &mut init, device),
            out: Linear::new(hidden, 1, &mut init, device),
        }
    }

    /// From `x [1, time, 1]` and `state [1, 1, H]` the predictions `[last, 1]` of the last time steps, how
    /// far they are from `target [last]`, and every hidden state `[1, time, H]`.
    ///
    /// The output layer is applied to all time steps at once; one by one in a loop, as the
    /// tutorial first writes it, gives the same numbers.
    pub fn judge(
        &self,
        x: Tensor<3>,
        state: Tensor<3>,
        target: Tensor<1>,
    ) -> (HeadOutput, Tensor<3>) {
        let hidden = self.rnn.forward(x, state);
        (self.judge_last(hidden.clone(), target), hidden)
    }

    fn judge_last(&self, hidden: Tensor<3>, target: Tensor<1>) -> HeadOutput {
        let [_, time, _] = hidden.dims();
        let [last] = target.dims();
        let hidden = if last < time {
            hidden.narrow(1, time - last, last)
        } else {
            hidden
        };
        self.out.judge(Objective::Values, hidden, target)
    }

    /// The gradient of how far the last predictions are from `target [last]` with respect to the hidden
    /// state after every time step of `x [1, time, 1]`: `[1, time, H]`, as
    /// [`Recurrent::state_gradients`] defines it.
    pub fn step_gradients(&self, x: Tensor<3>, target: Tensor<1>) -> Tensor<3> {
        let loss = |hidden| self.judge_last(hidden, target.clone()).loss;
        self.rnn.state_gradients(x, &loss)
    }

    /// Runs freely over `x [1, time, 1]` from the zero state: the predictions `[time, 1]` and the hidden
    /// states `[time, H]`.
    pub fn follow(&self, x: Tensor<3>) -> (Tensor<2>, Tensor<2>) {
        let zero = self.rnn.zero(1, &x.device());
        let hidden = self.rnn.forward(x, zero);
        let [_, time, size] = hidden.dims();
        let hidden = hidden.reshape([time, size]);
        (self.out.forward(hidden.clone()), hidden)
    }

    /// As PyTorch prints it.
    pub fn architecture(hidden: usize) -> String {
        format!(
            "RNN(\n  (rnn): RNN(1, {hidden}, batch_first=True)\n  \
             (out): Linear(in_features={hidden}, out_features=1, bias=True)\n)"
        )
    }
}
