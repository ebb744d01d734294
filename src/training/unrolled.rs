//! A sequence taken apart on the host: every sum, gate and state of every time step, with gates held if somebody
//! asks what would be without them.

use super::evaluation::softmax;
use super::run::Run;
use crate::fault::{Fault, short};
use crate::lessons::{LONGEST, Lesson};
use crate::model::Network;
use crate::model::weights::{self, Named};
use crate::numbers::Numbers;
use crate::operators::recurrent::{Cell, Held, HostWeights, product, unroll, unroll_from};
use serde::Serialize;

/// The most gates that are held at once.
const MOST_HELD: usize = 100;

/// A gate that somebody holds: all of its units have this value.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Hold {
    /// `input`, `forget`, `cell` or `output` of the LSTM; `reset`, `update` or `new` of the GRU.
    pub gate: String,
    /// From 0 to 1; of `cell` and `new` from -1.
    pub value: f64,
    /// The first time step, from 0.
    pub from: f64,
    /// The last one.
    pub to: f64,
}

/// A sequence, unrolled.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Unrolled {
    /// `[time, I]`: x, what was read at every time step.
    pub inputs: Numbers<f32>,
    /// `[time, G*H]`: `weight_ih x[t] + bias_ih`, of every gate and hidden unit.
    pub from_input: Numbers<f32>,
    /// `[time, G*H]`: `weight_hh h[t-1] + bias_hh`.
    pub from_state: Numbers<f32>,
    /// `[time, G*H]`: the activated gates, as of `inspect`. Empty for the RNN, which has none.
    pub gates: Numbers<f32>,
    /// `[time, H]`: h, which PyTorch calls `r_out`.
    pub hidden: Numbers<f32>,
    /// `[time, H]`: c. Empty for the RNN and the GRU, which have none.
    pub cell_state: Numbers<f32>,
    /// `[states, H]`: the state after the last time step, `h_n` and for the LSTM `c_n`.
    pub last: Numbers<f32>,
    /// `[time, O]`: what the output layer makes of every hidden state.
    pub outputs: Numbers<f32>,
    /// `[time, O]`: the outputs as probabilities. Empty where there is one output, which is a value.
    pub beliefs: Numbers<f32>,
    /// Hidden units, `H`.
    pub hidden_size: usize,
    /// After how many steps of training.
    pub step: u64,
}

/// A wave that the network goes on with by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Generated {
    /// What it read: what it was given, then what was made of its own outputs.
    pub inputs: Numbers<f32>,
    /// One per input.
    pub predictions: Numbers<f32>,
    /// `[inputs, H]`
    pub hidden: Numbers<f32>,
    /// Hidden units, `H`.
    pub hidden_size: usize,
    /// After how many steps of training.
    pub step: u64,
}

/// The parameters of a network, read back.
struct OnHost {
    cell: Cell,
    size: usize,
    tensors: Vec<Named>,
}

impl OnHost {
    /// # Errors
    /// `read-back`
    async fn of(network: &Network) -> Result<Self, Fault> {
        Ok(OnHost {
            cell: network.shape.cell,
            size: network.shape.hidden,
            tensors: weights::read_back(network).await?,
        })
    }

    fn tensor(&self, name: &str) -> &[f32] {
        let found = self.tensors.iter().find(|tensor| tensor.name == name);
        &found.expect("a network has it").values
    }

    fn layer(&self) -> HostWeights<'_> {
        HostWeights {
            cell: self.cell,
            size: self.size,
            weight_ih: self.tensor("rnn.weight_ih_l0"),
            weight_hh: self.tensor("rnn.weight_hh_l0"),
            bias_ih: self.tensor("rnn.bias_ih_l0"),
            bias_hh: self.tensor("rnn.bias_hh_l0"),
        }
    }

    /// `[O]`: what the output layer makes of a hidden state.
    fn output(&self, h: &[f32]) -> Vec<f32> {
        product(self.tensor("out.weight"), h, self.tensor("out.bias"))
    }
}

impl Run {
    /// Unrolls `inputs`, as the lesson takes them, from the zero state and with gates held.
    ///
    /// # Errors
    /// What the lesson says of the inputs; `hold` for a gate that cannot be held so; `read-back`
    pub async fn unroll(&self, inputs: &[f32], held: &[Hold]) -> Result<Unrolled, Fault> {
        let inputs = self.lesson.sequence("unroll", inputs)?;
        let network = &self.network;
        let (cell, size) = (network.shape.cell, network.shape.hidden);
        let features = network.shape.inputs;
        let time = inputs.len() / features;
        if held.len() > MOST_HELD {
            let message = format!("At most {MOST_HELD} gates can be held at once.");
            return Err(Fault::new("hold", message));
        }
        let held = (held.iter().map(|hold| checked(hold, cell, time)))
            .collect::<Result<Vec<_>, Fault>>()?;
        let host = OnHost::of(network).await?;
        let all = unroll(host.layer(), &inputs, &held);
        let states = all.hidden.chunks_exact(size);
        let outputs: Vec<f32> = states.flat_map(|h| host.output(h)).collect();
        let beliefs = match network.shape.outputs {
            1 => Vec::new(),
            classes => outputs.chunks_exact(classes).flat_map(softmax).collect(),
        };
        Ok(Unrolled {
            inputs: inputs.into(),
            from_input: all.from_input.into(),
            from_state: all.from_state.into(),
            gates: all.gates.into(),
            hidden: all.hidden.into(),
            cell_state: all.cell_state.into(),
            last: all.last.into(),
            outputs: outputs.into(),
            beliefs: beliefs.into(),
            hidden_size: size,
            step: self.step,
        })
    }

    /// Reads `inputs`, as [`follow`](Self::follow), then `more` points that it makes for itself (a closed loop):
    /// if an input x is the sine of an angle and the output y its cosine, as the network learned, the sine of
    /// an angle that is larger by `by` is `x cos(by) + y sin(by)`.
    ///
    /// # Errors
    /// As of [`follow`](Self::follow); `inputs-count` for more than 2,000 points in all, `inputs-value` for an
    /// angle that is not finite.
    pub async fn generate(&self, inputs: &[f32], more: f64, by: f64) -> Result<Generated, Fault> {
        let given = self.sin_cos("generate")?.sequence("generate", inputs)?;
        let most = LONGEST - given.len();
        if more.fract() != 0.0 || !(0.0..=most as f64).contains(&more) {
            let message = format!(
                "generate cannot go on for {more} points after {}: it must be a whole number from 0 to {most}.",
                given.len()
            );
            return Err(Fault::new("inputs-count", message)
                .with("found", more)
                .with("most", most));
        }
        if !by.is_finite() {
            let message = format!(
                "generate cannot turn by {by}: it needs an angle in radians, a finite number."
            );
            return Err(Fault::new("inputs-value", message).with("value", by));
        }
        let host = OnHost::of(&self.network).await?;
        let (cos, sin) = (by.cos() as f32, by.sin() as f32);
        let length = given.len() + more as usize;
        let (mut inputs, mut predictions) = (given.clone(), Vec::with_capacity(length));
        let size = host.size;
        let all = unroll_from(host.layer(), &[], |so_far| {
            if let Some(h) = so_far.hidden.rchunks_exact(size).next() {
                predictions.extend(host.output(h));
            }
            let t = predictions.len();
            if t == length {
                return None;
            }
            if t >= given.len() {
                inputs.push(inputs[t - 1] * cos + predictions[t - 1] * sin);
            }
            Some(vec![inputs[t]])
        });
        Ok(Generated {
            inputs: inputs.into(),
            predictions: predictions.into(),
            hidden: all.hidden.into(),
            hidden_size: size,
            step: self.step,
        })
    }
}

/// Whether `cell` has such a gate, and `time` such time steps.
fn checked(hold: &Hold, cell: Cell, time: usize) -> Result<Held, Fault> {
    let Hold {
        gate,
        value,
        from,
        to,
    } = hold;
    let fault = |message: String| Fault::new("hold", message).with("gate", short(gate));
    let names = cell.gate_names();
    let Some(at) = names.iter().position(|name| name == gate) else {
        let (gate, known) = (short(gate), names.join(", "));
        return Err(fault(match names.len() {
            0 => format!("The gate {gate} cannot be held: an RNN has no gates."),
            _ => format!("There is no gate {gate} here. There are {known}."),
        }));
    };
    let least = if cell.candidate() == Some(at) {
        -1.0
    } else {
        0.0
    };
    if !(least..=1.0).contains(value) {
        let message =
            format!("The gate {gate} cannot be held at {value}: it lies between {least} and 1.");
        return Err(fault(message));
    }
    let last = (time - 1) as f64;
    if from.fract() != 0.0 || to.fract() != 0.0 || !(0.0 <= *from && from <= to && *to <= last) {
        let message = format!(
            "The gate {gate} cannot be held from time step {from} to {to}: they are whole numbers from 0 to {last}."
        );
        return Err(fault(message));
    }
    Ok(Held {
        gate: at,
        value: *value as f32,
        steps: *from as usize..*to as usize + 1,
    })
}
