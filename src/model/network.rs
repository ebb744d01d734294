//! The network of every lesson: a recurrent layer, and an output layer on its hidden states.

use super::init::Init;
use crate::operators::head::{self, HeadOutput, Objective};
use crate::operators::recurrent::{self, Cell, Sequence};
use burn::tensor::{Device, Tensor, TensorData};

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
    /// Its parameters, as PyTorch names them, and their shapes, in the order in which they lie.
    pub fn parameters(&self) -> [(&'static str, Vec<usize>); 6] {
        let rows = self.cell.gates() * self.hidden;
        [
            ("rnn.weight_ih_l0", vec![rows, self.inputs]),
            ("rnn.weight_hh_l0", vec![rows, self.hidden]),
            ("rnn.bias_ih_l0", vec![rows]),
            ("rnn.bias_hh_l0", vec![rows]),
            ("out.weight", vec![self.outputs, self.hidden]),
            ("out.bias", vec![self.outputs]),
        ]
    }

    /// Values of all parameters.
    pub fn count(&self) -> usize {
        let parameters = self.parameters().into_iter();
        let sizes = parameters.map(|(_, shape)| shape.iter().product::<usize>());
        sizes.sum()
    }

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

/// A recurrent layer and an output layer.
#[derive(Debug, Clone)]
pub struct Network {
    /// Its sizes.
    pub shape: NetworkShape,
    /// [`NetworkShape::parameters`], row-major, one after the other: the recurrent layer's, as
    /// [`recurrent`](recurrent#weights) takes them, then the output layer's, as [`head`](head#weights) does.
    pub parameters: Tensor<1>,
}

/// What a batch teaches.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The loss, `[1]`.
    pub loss: Tensor<1>,
    /// The outputs, as [`HeadOutput`] has them.
    pub output: Tensor<2>,
    /// What happened inside.
    pub sequence: Sequence,
    /// The loss's gradient with respect to all parameters.
    pub gradient: Tensor<1>,
}

impl Network {
    /// Initial weights as PyTorch draws them, from `seed`.
    pub fn new(shape: NetworkShape, seed: u64, device: &Device) -> Self {
        let mut init = Init::new(seed);
        let mut values = Vec::with_capacity(shape.count());
        for (_, of) in shape.parameters() {
            // PyTorch's bound is of the hidden units for both layers: they are what the output layer reads.
            init.uniform(of.iter().product(), shape.hidden, &mut values);
        }
        Network::of(shape, values, device)
    }

    /// With these parameters.
    pub fn of(shape: NetworkShape, values: Vec<f32>, device: &Device) -> Self {
        let count = shape.count();
        Network {
            shape,
            parameters: Tensor::from_data(TensorData::new(values, [count]), device),
        }
    }

    /// Where it is.
    pub fn device(&self) -> Device {
        self.parameters.device()
    }

    /// The states before the first time step of `batch` sequences, `[states, batch, H]`: zeros.
    pub fn zero(&self, batch: usize) -> Tensor<3> {
        Tensor::zeros(self.state_shape(batch), &self.device())
    }

    /// The shape of the states of `batch` sequences, `[states, batch, H]`.
    pub fn state_shape(&self, batch: usize) -> [usize; 3] {
        [self.shape.cell.states(), batch, self.shape.hidden]
    }

    /// Runs over `x [batch, time, inputs]` from `initial [states, batch, H]`.
    pub fn run(&self, x: Tensor<3>, initial: Tensor<3>) -> Sequence {
        recurrent::traced(self.shape.cell, x, self.parameters.clone(), initial)
    }

    /// What a step learns from `inputs [batch, time, inputs]`, from `initial [states, batch, H]`.
    ///
    /// * [`Objective::LastClass`]: `target [batch]`, the class of each sequence, after its last time step
    /// * [`Objective::EveryClass`]: the same, after every time step
    /// * [`Objective::Values`]: `target [n]`, values of the last `n` time steps of a batch of one
    ///
    /// The output layer is applied to all time steps at once; one by one in a loop, as the
    /// tutorial first writes it, gives the same numbers.
    pub fn learn(
        &self,
        objective: Objective,
        inputs: Tensor<3>,
        initial: Tensor<3>,
        target: Tensor<1>,
    ) -> Learned {
        let sequence = self.run(inputs, initial);
        let HeadOutput {
            loss,
            output,
            of_hidden,
            of_weights,
        } = self.loss(objective, &sequence, target);
        let parameters = self.parameters.clone();
        let gradient = recurrent::weight_gradients(&sequence, parameters, of_hidden, of_weights);
        Learned {
            loss,
            output,
            sequence,
            gradient,
        }
    }

    fn loss(&self, objective: Objective, sequence: &Sequence, target: Tensor<1>) -> HeadOutput {
        let hidden = sequence.hidden.clone();
        let parameters = self.parameters.clone();
        head::loss(objective, hidden, parameters, self.shape.outputs, target)
    }

    /// What the output layer says of the `last` states of each sequence of `hidden [batch, time, H]`:
    /// `[batch * last, outputs]`.
    pub fn outputs(&self, hidden: Tensor<3>, last: usize) -> Tensor<2> {
        head::outputs(hidden, self.parameters.clone(), self.shape.outputs, last)
    }

    /// Reads `x [batch, time, inputs]` from the zero state: the outputs after its last time step,
    /// `[batch, outputs]`.
    pub fn classify(&self, x: Tensor<3>) -> Tensor<2> {
        let [batch, _, _] = x.dims();
        let (cell, parameters) = (self.shape.cell, self.parameters.clone());
        let hidden = recurrent::sequence(cell, x, parameters, self.zero(batch));
        self.outputs(hidden, 1)
    }

    /// Reads one sequence `[1, time, inputs]` from the zero state: the outputs `[time, outputs]`
    /// after every time step, though it may have been trained on the last one alone, and what happened
    /// inside.
    pub fn read(&self, x: Tensor<3>) -> (Tensor<2>, Sequence) {
        let [_, time, _] = x.dims();
        let sequence = self.run(x, self.zero(1));
        (self.outputs(sequence.hidden.clone(), time), sequence)
    }

    /// The gradient of the loss of `inputs [batch, time, inputs]`, from the zero state, with respect to the
    /// hidden state `h[t]` after every time step: `[batch, time, H]`.
    ///
    /// It is the total derivative through all later time steps, with the cell state `c[t]` held, as
    /// PyTorch's autograd gives it for `h[t]` where the sequence is unrolled cell by cell.
    pub fn state_gradients(
        &self,
        objective: Objective,
        inputs: Tensor<3>,
        target: Tensor<1>,
    ) -> Tensor<3> {
        let [batch, _, _] = inputs.dims();
        let sequence = self.run(inputs, self.zero(batch));
        let grad = self.loss(objective, &sequence, target).of_hidden;
        recurrent::state_gradients(&sequence, self.parameters.clone(), grad)
    }
}
