//! What happens inside a network, read back as numbers for whoever wants to see it.
//!
//! Asked now and then and never part of a step: a run that nobody looks into pays nothing for it.

use crate::fault::Fault;
use crate::model::{Classifier, DIGITS, ROWS, Regressor, weights};
use crate::operators::head::Objective;
use crate::operators::recurrent::Cell;
use crate::training::evaluation::softmax;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData, Transaction};

/// The most time steps that [`follow`] runs.
const LONGEST: usize = 2_000;

/// What a classifier does while it reads one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// `[28, 10]`: the probabilities it would name after every row.
    pub beliefs: Vec<f32>,
    /// `[28, 4*H]`: the activated gates i, f, g, o of every row. Empty for the RNN, which has none.
    pub gates: Vec<f32>,
    /// `[28, H]`
    pub hidden: Vec<f32>,
    /// `[28, H]`. Empty for the RNN, which has none.
    pub cell_state: Vec<f32>,
    pub hidden_size: usize,
    /// After how many steps of training.
    pub step: u64,
}

/// How much of the gradient reaches every row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowGradients {
    /// 28: the Euclidean norm, over images and hidden units, of
    /// [the loss's gradient](Classifier::row_gradients) with respect to the hidden state after each row.
    pub norms: Vec<f32>,
    /// After how many steps of training.
    pub step: u64,
}

/// How much of the gradient reaches every earlier time step.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// One per time step: the Euclidean norm, over hidden units, of
    /// [the gradient](Regressor::step_gradients) with respect to the hidden state after it.
    pub norms: Vec<f32>,
    /// After how many steps of training.
    pub step: u64,
}

/// What a regressor's output layer makes of hidden states, computed in both of the tutorial's ways.
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs {
    /// One per state, from a loop over them.
    pub looped: Vec<f32>,
    /// One per state, from all of them as one matrix.
    pub reshaped: Vec<f32>,
    /// `[H]`
    pub weight: Vec<f32>,
    pub bias: f32,
    /// After how many steps of training.
    pub step: u64,
}

/// What a regressor makes of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Following {
    /// One per input.
    pub predictions: Vec<f32>,
    /// `[inputs, H]`
    pub hidden: Vec<f32>,
    pub hidden_size: usize,
    /// After how many steps of training.
    pub step: u64,
}

/// Looks into `model` while it reads `image [1, 28, 28]`.
///
/// # Errors
/// `read-back`
pub async fn inspect(model: &Classifier, image: Tensor<3>, step: u64) -> Result<Inspection, Fault> {
    let (logits, sequence) = model.valid().inspect(image);
    let transaction = Transaction::default()
        .register(logits)
        .register(sequence.hidden)
        .register(sequence.trace);
    let mut read = read(&["logits", "hidden", "trace"], transaction).await?;
    let (logits, hidden, trace) = (next(&mut read), next(&mut read), next(&mut read));
    let size = model.rnn.hidden_size();
    let (mut gates, mut cell_state) = (Vec::new(), Vec::new());
    if model.rnn.cell == Cell::Lstm {
        for row in trace.chunks_exact(Cell::Lstm.traced() * size) {
            let (of_gates, of_cell) = row.split_at(Cell::Lstm.gates() * size);
            gates.extend(of_gates);
            cell_state.extend(of_cell);
        }
    }
    Ok(Inspection {
        beliefs: logits.chunks_exact(DIGITS).flat_map(softmax).collect(),
        gates,
        hidden,
        cell_state,
        hidden_size: size,
        step,
    })
}

/// How much of the gradient of the loss on `images` reaches every row of `model`.
///
/// # Errors
/// `read-back`
pub async fn row_gradients(
    model: &Classifier,
    goal: Objective,
    (images, labels): (Tensor<3>, Tensor<1>),
    step: u64,
) -> Result<RowGradients, Fault> {
    let gradients = model.row_gradients(goal, images, labels);
    let transaction = Transaction::default().register(gradients);
    let gradients = next(&mut read(&["gradients"], transaction).await?);
    Ok(RowGradients {
        norms: norms(&gradients, ROWS, model.rnn.hidden_size()),
        step,
    })
}

/// How much of the gradient of the last points' loss, `target [last]`, reaches every point of `inputs`.
///
/// # Errors
/// `read-back`
pub async fn reach(
    model: &Regressor,
    inputs: Vec<f32>,
    target: Vec<f32>,
    step: u64,
    device: &Device,
) -> Result<Reach, Fault> {
    let (time, last) = (inputs.len(), target.len());
    let x = Tensor::from_data(TensorData::new(inputs, [1, time, 1]), device);
    let target = Tensor::from_data(TensorData::new(target, [last]), device);
    let gradients = model.step_gradients(x, target);
    let transaction = Transaction::default().register(gradients);
    let gradients = next(&mut read(&["gradients"], transaction).await?);
    Ok(Reach {
        norms: norms(&gradients, time, model.rnn.hidden_size()),
        step,
    })
}

/// The norm of `gradients [batch, time, size]` at every time step, over batch and units.
fn norms(gradients: &[f32], time: usize, size: usize) -> Vec<f32> {
    // A vanishing gradient's squares vanish in f32 long before it does.
    let mut squares = vec![0.0f64; time];
    for (k, of_step) in gradients.chunks_exact(size).enumerate() {
        squares[k % time] += of_step.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>();
    }
    squares.into_iter().map(|sum| sum.sqrt() as f32).collect()
}

/// Applies `model`'s output layer to `states [time, H]` in both ways.
///
/// # Errors
/// `states-count`, `read-back`
pub async fn outputs(
    model: &Regressor,
    states: &[f32],
    step: u64,
    device: &Device,
) -> Result<Outputs, Fault> {
    let size = model.rnn.hidden_size();
    check_states(states, size)?;
    let model = model.valid();
    let outputs = |states: &[f32]| {
        let data = TensorData::new(states.to_vec(), [states.len() / size, size]);
        model.out.forward(Tensor::from_data(data, device))
    };
    let mut names = Vec::new();
    let mut transaction = Transaction::default();
    for state in states.chunks_exact(size) {
        transaction = transaction.register(outputs(state));
        names.push("looped");
    }
    names.extend(["reshaped", "weight", "bias"]);
    let transaction = transaction
        .register(outputs(states))
        .register(model.out.weight.val())
        .register(model.out.bias.val());
    let mut read = read(&names, transaction).await?;
    let mut looped = Vec::new();
    for _ in 3..names.len() {
        looped.extend(next(&mut read));
    }
    let (reshaped, weight, bias) = (next(&mut read), next(&mut read), next(&mut read));
    Ok(Outputs {
        looped,
        reshaped,
        weight,
        bias: bias[0],
        step,
    })
}

/// Whether `states` are some whole states of `size` units, all finite.
///
/// # Errors
/// `states-count`
pub fn check_states(states: &[f32], size: usize) -> Result<(), Fault> {
    let most = LONGEST * size;
    let whole = !states.is_empty() && states.len().is_multiple_of(size) && states.len() <= most;
    if whole && states.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    let found = states.len();
    let message = format!(
        "{found} values are no hidden states: there must be from 1 to {LONGEST} states of {size} finite \
         values each."
    );
    Err(Fault::new("states-count", message)
        .with("found", found)
        .with("size", size))
}

/// Runs `model` over `inputs` from the zero state.
///
/// # Errors
/// `inputs-count`, `inputs-value`, `read-back`
pub async fn follow(
    model: &Regressor,
    inputs: &[f32],
    step: u64,
    device: &Device,
) -> Result<Following, Fault> {
    let time = inputs.len();
    if !(1..=LONGEST).contains(&time) {
        let message = format!("follow takes from 1 to {LONGEST} inputs, but was given {time}.");
        let fault = Fault::new("inputs-count", message).with("found", time);
        return Err(fault.with("most", LONGEST));
    }
    if let Some(k) = inputs.iter().position(|input| !input.is_finite()) {
        let value = inputs[k];
        let message = format!("Input {k} of follow is {value}; inputs are finite numbers.");
        let fault = Fault::new("inputs-value", message).with("value", value);
        return Err(fault.with("index", k));
    }
    let x = TensorData::new(inputs.to_vec(), [1, time, 1]);
    let (predictions, hidden) = model.valid().follow(Tensor::from_data(x, device));
    let transaction = Transaction::default()
        .register(predictions)
        .register(hidden);
    let mut read = read(&["predictions", "hidden"], transaction).await?;
    let (predictions, hidden) = (next(&mut read), next(&mut read));
    Ok(Following {
        predictions,
        hidden,
        hidden_size: model.rnn.hidden_size(),
        step,
    })
}

/// The tensors of `transaction`, in its order.
async fn read(
    names: &[&str],
    transaction: Transaction,
) -> Result<std::vec::IntoIter<Vec<f32>>, Fault> {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let tensors = weights::read_transaction(names, transaction).await?;
    let values: Vec<_> = tensors.into_iter().map(|tensor| tensor.values).collect();
    Ok(values.into_iter())
}

/// The next of what was [`read`], of which there are as many as were named.
fn next(tensors: &mut std::vec::IntoIter<Vec<f32>>) -> Vec<f32> {
    tensors.next().expect("one tensor per name")
}
