//! A sequence taken apart on the host: every sum, gate and state of every time step, with gates held if somebody
//! asks what would be without them.

use super::evaluation::softmax;
use super::run::Run;
use crate::fault::{Fault, short};
use crate::model::weights;
use crate::numbers::Numbers;
use crate::operators::recurrent::{Cell, Held, HostWeights, product, unroll};
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
        let tensors = weights::read_back(network).await?;
        let of = |name: &str| {
            let found = tensors.iter().find(|tensor| tensor.name == name);
            &found.expect("a network has it").values[..]
        };
        let layer = HostWeights {
            cell,
            size,
            weight_ih: of("rnn.weight_ih_l0"),
            weight_hh: of("rnn.weight_hh_l0"),
            bias_ih: of("rnn.bias_ih_l0"),
            bias_hh: of("rnn.bias_hh_l0"),
        };
        let all = unroll(layer, &inputs, &held);
        let (weight, bias) = (of("out.weight"), of("out.bias"));
        let states = all.hidden.chunks_exact(size);
        let outputs: Vec<f32> = states.flat_map(|h| product(weight, h, bias)).collect();
        let beliefs = match bias.len() {
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
