//! What a network makes of its inputs and what happens inside it, read back as numbers.
//!
//! Asked now and then and never part of a step: a run that nobody looks into pays nothing for it.

use super::evaluation::{argmax, softmax};
use super::run::Run;
use crate::fault::Fault;
use crate::lessons::{Batch, DIGITS, LONGEST, Lesson, ROWS};
use crate::model::{Network, weights};
use crate::numbers::Numbers;
use crate::operators::head::Objective;
use crate::operators::recurrent::Cell;
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use serde::Serialize;

/// What the network makes of one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Prediction {
    /// The most probable digit.
    pub digit: u8,
    /// 10
    pub probabilities: Numbers<f32>,
    /// `[28, 10]`: the probabilities after every row.
    pub beliefs: Numbers<f32>,
    /// After how many steps of training.
    pub step: u64,
}

/// What happens in the network while it reads one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Inspection {
    /// `[28, 10]`: the probabilities after every row.
    pub beliefs: Numbers<f32>,
    /// `[28, G*H]`: the activated gates of every row, i, f, g, o of the LSTM or r, z, n of the GRU. Empty
    /// for the RNN, which has none.
    pub gates: Numbers<f32>,
    /// `[28, H]`
    pub hidden: Numbers<f32>,
    /// `[28, H]`. Empty for the RNN and the GRU, which have none.
    pub cell_state: Numbers<f32>,
    /// Hidden units, `H`.
    pub hidden_size: usize,
    /// After how many steps of training.
    pub step: u64,
}

/// How much of the gradient reaches every row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RowGradients {
    /// 28: the Euclidean norm, over images and hidden units, of
    /// [the loss's gradient](Network::state_gradients) with respect to the hidden state after each row.
    pub norms: Numbers<f32>,
    /// After how many steps of training.
    pub step: u64,
}

/// How much of the gradient reaches every earlier time step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reach {
    /// One per time step: the Euclidean norm, over hidden units, of
    /// [the gradient](Network::state_gradients) with respect to the hidden state after it.
    pub norms: Numbers<f32>,
    /// After how many steps of training.
    pub step: u64,
}

/// What the output layer makes of hidden states, computed in both of the tutorial's ways.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Outputs {
    /// One per state, from a loop over them.
    pub looped: Numbers<f32>,
    /// One per state, from all of them as one matrix.
    pub reshaped: Numbers<f32>,
    /// `[H]`
    pub weight: Numbers<f32>,
    /// The output layer's only bias.
    pub bias: f32,
    /// After how many steps of training.
    pub step: u64,
}

/// What the network makes of a sequence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Following {
    /// One per input.
    pub predictions: Numbers<f32>,
    /// `[inputs, H]`
    pub hidden: Numbers<f32>,
    /// Hidden units, `H`.
    pub hidden_size: usize,
    /// After how many steps of training.
    pub step: u64,
}

impl Run {
    /// What the network makes of one image: 784 pixels in [0, 1], row-major, white on black.
    ///
    /// # Errors
    /// `wrong-lesson`, `pixels-count`, `pixels-value`, `read-back`
    pub async fn predict(&self, pixels: &[f32]) -> Result<Prediction, Fault> {
        let image = self.mnist("predict")?.image("predict", pixels)?;
        predict(&self.network, image, self.step).await
    }

    /// What happens inside the network while it reads one image, given as to
    /// [`predict`](Self::predict).
    ///
    /// # Errors
    /// `wrong-lesson`, `pixels-count`, `pixels-value`, `read-back`
    pub async fn inspect(&self, pixels: &[f32]) -> Result<Inspection, Fault> {
        let image = self.mnist("inspect")?.image("inspect", pixels)?;
        inspect(&self.network, image, self.step).await
    }

    /// How much of the gradient reaches every row: of the loss as it is trained, on the first 64
    /// training images (all of them where there are fewer), with the weights as they are.
    ///
    /// # Errors
    /// `wrong-lesson`, `no-data`, `read-back`
    pub async fn row_gradients(&self) -> Result<RowGradients, Fault> {
        let batch = (self.mnist("rowGradients")?).first_batch(&self.network)?;
        row_gradients(&self.network, batch, self.step).await
    }

    /// How much of the gradient of the latest segment's loss reaches every point of the last four
    /// segments, if nothing were detached: with the weights as they are, from a state that has
    /// settled over the four before. At the beginning of a run the first segments stand in for
    /// those that are not there.
    ///
    /// # Errors
    /// `wrong-lesson`, `read-back`
    pub async fn reach(&self) -> Result<Reach, Fault> {
        let segments = (self.sin_cos("gradientReach")?).last_segments(self.step);
        reach(&self.network, segments, self.step, &self.device).await
    }

    /// What the output layer makes of `states [time, H]`, in both of the tutorial's ways.
    ///
    /// # Errors
    /// `wrong-lesson`, `states-count`, `read-back`
    pub async fn outputs(&self, states: &[f32]) -> Result<Outputs, Fault> {
        self.sin_cos("outputLayer")?;
        outputs(&self.network, states, self.step, &self.device).await
    }

    /// Runs the network as it is over `inputs`, from 1 to 2,000 finite numbers, from the zero
    /// state. The run's own state stays what it was.
    ///
    /// # Errors
    /// `wrong-lesson`, `inputs-count`, `inputs-value`, `read-back`
    pub async fn follow(&self, inputs: &[f32]) -> Result<Following, Fault> {
        let inputs = self.sin_cos("follow")?.sequence("follow", inputs)?;
        follow(&self.network, inputs, self.step, &self.device).await
    }
}

/// What `network` makes of `image [1, 28, 28]`.
///
/// # Errors
/// `read-back`
pub async fn predict(network: &Network, image: Tensor<3>, step: u64) -> Result<Prediction, Fault> {
    let (logits, _) = network.read(image);
    let transaction = Transaction::default().register(logits);
    let logits = next(&mut read(&["logits"], transaction).await?);
    let beliefs: Numbers<f32> = logits.chunks_exact(DIGITS).flat_map(softmax).collect();
    let probabilities = beliefs[(ROWS - 1) * DIGITS..].to_vec();
    Ok(Prediction {
        digit: argmax(&probabilities) as u8,
        probabilities: probabilities.into(),
        beliefs,
        step,
    })
}

/// Looks into `network` while it reads `image [1, 28, 28]`.
///
/// # Errors
/// `read-back`
pub async fn inspect(network: &Network, image: Tensor<3>, step: u64) -> Result<Inspection, Fault> {
    let (logits, sequence) = network.read(image);
    let transaction = Transaction::default()
        .register(logits)
        .register(sequence.hidden)
        .register(sequence.trace);
    let mut read = read(&["logits", "hidden", "trace"], transaction).await?;
    let (logits, hidden, trace) = (next(&mut read), next(&mut read), next(&mut read));
    let size = network.shape.hidden;
    let cell = network.shape.cell;
    let (mut gates, mut cell_state) = (Vec::new(), Vec::new());
    if cell != Cell::Rnn {
        for row in trace.chunks_exact(cell.traced() * size) {
            let (of_gates, others) = row.split_at(cell.gates() * size);
            gates.extend(of_gates);
            if cell == Cell::Lstm {
                cell_state.extend(others);
            }
        }
    }
    Ok(Inspection {
        beliefs: logits.chunks_exact(DIGITS).flat_map(softmax).collect(),
        gates: gates.into(),
        hidden: hidden.into(),
        cell_state: cell_state.into(),
        hidden_size: size,
        step,
    })
}

/// How much of the gradient of the loss of `batch` reaches every row of its images.
///
/// # Errors
/// `read-back`
pub async fn row_gradients(
    network: &Network,
    batch: Batch,
    step: u64,
) -> Result<RowGradients, Fault> {
    let gradients = network.state_gradients(batch.objective, batch.inputs, batch.target);
    let transaction = Transaction::default().register(gradients);
    let gradients = next(&mut read(&["gradients"], transaction).await?);
    Ok(RowGradients {
        norms: norms(&gradients, ROWS, network.shape.hidden),
        step,
    })
}

/// How much of the gradient of the loss of the last points, `target`, reaches every one of `inputs`
/// but the first `left_out`.
///
/// # Errors
/// `read-back`
pub async fn reach(
    network: &Network,
    (inputs, target, left_out): (Vec<f32>, Vec<f32>, usize),
    step: u64,
    device: &Device,
) -> Result<Reach, Fault> {
    let (time, last) = (inputs.len(), target.len());
    let x = Tensor::from_data(TensorData::new(inputs, [1, time, 1]), device);
    let target = Tensor::from_data(TensorData::new(target, [last]), device);
    let gradients = network.state_gradients(Objective::Values, x, target);
    let transaction = Transaction::default().register(gradients);
    let gradients = next(&mut read(&["gradients"], transaction).await?);
    let mut norms = norms(&gradients, time, network.shape.hidden);
    norms.drain(..left_out);
    Ok(Reach { norms, step })
}

/// The norm of `gradients [batch, time, size]` at every time step, over batch and units.
fn norms(gradients: &[f32], time: usize, size: usize) -> Numbers<f32> {
    // A vanishing gradient's squares vanish in f32 long before it does.
    let mut squares = vec![0.0f64; time];
    for (k, of_step) in gradients.chunks_exact(size).enumerate() {
        squares[k % time] += of_step.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>();
    }
    squares.into_iter().map(|sum| sum.sqrt() as f32).collect()
}

/// Applies `network`'s output layer to `states [time, H]` in both ways.
///
/// # Errors
/// `states-count`, `read-back`
pub async fn outputs(
    network: &Network,
    states: &[f32],
    step: u64,
    device: &Device,
) -> Result<Outputs, Fault> {
    let size = network.shape.hidden;
    check_states(states, size)?;
    let outputs = |states: &[f32]| {
        let time = states.len() / size;
        let data = TensorData::new(states.to_vec(), [1, time, size]);
        network.outputs(Tensor::from_data(data, device), time)
    };
    let mut names = Vec::new();
    let mut transaction = Transaction::default();
    for state in states.chunks_exact(size) {
        transaction = transaction.register(outputs(state));
        names.push("looped");
    }
    names.extend(["reshaped", "parameters"]);
    let transaction = transaction
        .register(outputs(states))
        .register(network.parameters.clone());
    let mut read = read(&names, transaction).await?;
    let mut looped = Vec::new();
    for _ in 2..names.len() {
        looped.extend(next(&mut read));
    }
    let (reshaped, mut parameters) = (next(&mut read), next(&mut read));
    // The last of them: the weight of the only output, and its bias.
    let bias = parameters.split_off(parameters.len() - 1)[0];
    let weight = parameters.split_off(parameters.len() - size);
    Ok(Outputs {
        looped: looped.into(),
        reshaped: reshaped.into(),
        weight: weight.into(),
        bias,
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

/// Runs `network` over `inputs` from the zero state.
///
/// # Errors
/// `read-back`
pub async fn follow(
    network: &Network,
    inputs: Vec<f32>,
    step: u64,
    device: &Device,
) -> Result<Following, Fault> {
    let time = inputs.len();
    let x = TensorData::new(inputs, [1, time, 1]);
    let (predictions, sequence) = network.read(Tensor::from_data(x, device));
    let transaction = Transaction::default()
        .register(predictions)
        .register(sequence.hidden);
    let mut read = read(&["predictions", "hidden"], transaction).await?;
    let (predictions, hidden) = (next(&mut read), next(&mut read));
    Ok(Following {
        predictions: predictions.into(),
        hidden: hidden.into(),
        hidden_size: network.shape.hidden,
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
