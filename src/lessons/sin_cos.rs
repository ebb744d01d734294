//! The sin-cos lesson: an RNN, an LSTM or a GRU predicts cos from sin, segment by segment, and carries
//! its states from one to the next.

use super::options::{Choice, DefaultValue, Kind, Options, Row, rows};
use super::{Batch, Definition, Lesson, Luggage, Position, Start, garbage};
use crate::data::wave::{Endpoint, Segment, segment};
use crate::fault::Fault;
use crate::model::{Network, NetworkShape};
use crate::numbers::Numbers;
use crate::operators::head::Objective;
use crate::operators::recurrent::Sequence;
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use std::collections::VecDeque;

/// The most inputs of a sequence that somebody gives.
pub const LONGEST: usize = 2_000;
/// Segments after which the tutorial stops.
const EPOCH: u64 = 100;
/// Segments that [`SinCos::last_segments`] are, and as many before them for the state to settle.
const LOOKED_BACK: u64 = 4;

const STATE: &str = "carried";
const WINDOW: &str = "window";

/// The lesson's row in the table of lessons.
pub(super) const DEFINITION: Definition = Definition {
    name: "sin-cos",
    options: &[
        rows::learning_rate(0.02),
        rows::hidden_size(32),
        rows::cell("rnn"),
        rows::clip_norm(),
        Row {
            name: "timeStep",
            kind: Kind::Integer {
                least: 2,
                most: 200,
            },
            default: DefaultValue::Number(10.0),
            network: false,
        },
        Row {
            name: "endpoint",
            kind: Kind::choice::<Endpoint>(),
            default: DefaultValue::Text("inclusive"),
            network: false,
        },
        Row {
            name: "stateMode",
            kind: Kind::choice::<StateMode>(),
            default: DefaultValue::Text("carry"),
            network: false,
        },
        Row {
            name: "segmentsBack",
            kind: Kind::Integer { least: 1, most: 8 },
            default: DefaultValue::Number(2.0),
            network: false,
        },
        rows::speed(DefaultValue::Number(20.0)),
    ],
    small_steps: true,
    cut: |_| false,
    network: |options| NetworkShape {
        cell: options.cell(),
        inputs: 1,
        hidden: options.hidden_size(),
        outputs: 1,
    },
    batch: |options| {
        let settings = Settings::of(options);
        [1, settings.time_step * settings.window()]
    },
    begin: |start| Box::new(SinCos::new(start)),
};

/// What happens to the states between two segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateMode {
    /// Carried, gradient cut (detached), as in the tutorial.
    Carry,
    /// Zero at the start of every segment.
    Reset,
    /// Carried with its history over the last few segments: truncated back-propagation through
    /// time.
    Truncated,
}

impl Choice for StateMode {
    const ALL: &'static [(&'static str, Self)] = &[
        ("carry", StateMode::Carry),
        ("reset", StateMode::Reset),
        ("truncated", StateMode::Truncated),
    ];
}

impl Choice for Endpoint {
    const ALL: &'static [(&'static str, Self)] = &[
        ("inclusive", Endpoint::Inclusive),
        ("exclusive", Endpoint::Exclusive),
    ];
}

/// The curves of consecutive segments, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Segments {
    /// Points of each segment.
    pub lengths: Numbers<u32>,
    /// In radians.
    pub times: Numbers<f32>,
    /// sin
    pub inputs: Numbers<f32>,
    /// cos
    pub targets: Numbers<f32>,
    /// One per point.
    pub predictions: Numbers<f32>,
    /// `[points, H]`: the hidden state after each point.
    pub hidden: Numbers<f32>,
}

impl Segments {
    /// Appends `later`.
    pub fn append(&mut self, later: Segments) {
        self.lengths.extend(later.lengths.0);
        self.times.extend(later.times.0);
        self.inputs.extend(later.inputs.0);
        self.targets.extend(later.targets.0);
        self.predictions.extend(later.predictions.0);
        self.hidden.extend(later.hidden.0);
    }
}

/// The options that a step reads.
#[derive(Clone, Copy)]
struct Settings {
    time_step: usize,
    endpoint: Endpoint,
    state_mode: StateMode,
    segments_back: usize,
}

impl Settings {
    fn of(options: &Options) -> Self {
        Settings {
            time_step: options.integer("timeStep"),
            endpoint: options.choice("endpoint"),
            state_mode: options.choice("stateMode"),
            segments_back: options.integer("segmentsBack"),
        }
    }

    /// Segments that the gradient flows back through.
    fn window(&self) -> usize {
        match self.state_mode {
            StateMode::Truncated => self.segments_back,
            StateMode::Carry | StateMode::Reset => 1,
        }
    }
}

/// The lesson under way.
pub struct SinCos {
    device: Device,
    settings: Settings,
    /// The shape of the states, `[states, 1, H]`.
    shape: [usize; 3],
    /// The states before the first segment of the window, without their history.
    before: Tensor<3>,
    /// The inputs of the latest segments, through which the next one's gradient flows back.
    window: VecDeque<Vec<f32>>,
    /// The segments whose predictions were not read yet.
    unread: Vec<Segment>,
}

impl SinCos {
    fn new(start: &Start) -> Self {
        let options = start.options;
        let shape = [options.cell().states(), 1, options.hidden_size()];
        SinCos {
            device: start.device.clone(),
            settings: Settings::of(options),
            shape,
            before: Tensor::zeros(shape, start.device),
            window: VecDeque::new(),
            unread: Vec::new(),
        }
    }

    /// Detaches the segments that the next one's gradient no longer flows back through: the states
    /// after them are computed once more, without history.
    fn detach(&mut self, network: &Network) {
        while self.window.len() >= self.settings.window() {
            let first: VecDeque<_> = self.window.pop_front().into_iter().collect();
            let x = sequence(&first, &self.device);
            let [_, time, _] = x.dims();
            let sequence = network.run(x, self.before.clone());
            self.before = sequence.states(time - 1);
        }
    }

    /// The inputs of the last four segments before step `steps` and of as many before those, and
    /// the targets of the last one; and how many points to leave out at the front. At the beginning
    /// of a run the first segments stand in for those that are not there.
    pub fn last_segments(&self, steps: u64) -> (Vec<f32>, Vec<f32>, usize) {
        let Settings {
            time_step,
            endpoint,
            ..
        } = self.settings;
        let end = steps.max(2 * LOOKED_BACK);
        let (mut inputs, mut target) = (Vec::new(), Vec::new());
        for k in end - 2 * LOOKED_BACK..end {
            let segment = segment(k, time_step, endpoint);
            inputs.extend(segment.inputs);
            target = segment.targets;
        }
        (inputs, target, LOOKED_BACK as usize * time_step)
    }
}

impl Lesson for SinCos {
    fn next(&mut self, step: u64, network: &Network) -> Result<Batch, Fault> {
        let Settings {
            time_step,
            endpoint,
            state_mode,
            ..
        } = self.settings;
        if state_mode == StateMode::Reset {
            self.before = Tensor::zeros(self.shape, &self.device);
            self.window.clear();
        }
        self.detach(network);
        let segment = segment(step, time_step, endpoint);
        self.window.push_back(segment.inputs.clone());
        let target = TensorData::new(segment.targets.clone(), [time_step]);
        self.unread.push(segment);
        Ok(Batch {
            inputs: sequence(&self.window, &self.device),
            target: Tensor::from_data(target, &self.device),
            initial: self.before.clone(),
            objective: Objective::Values,
        })
    }

    fn learned(&mut self, output: Tensor<2>, sequence: Sequence) -> Vec<Tensor<1>> {
        let (time, [_, end, _]) = (self.settings.time_step, sequence.hidden.dims());
        if self.window.len() == self.settings.window() {
            let first = self.window.pop_front().map_or(0, |inputs| inputs.len());
            self.before = sequence.states(first - 1);
        }
        let hidden = sequence.hidden.narrow(1, end - time, time);
        vec![output.reshape([time]), hidden.flatten::<1>(0, 2)]
    }

    fn read(&mut self, steps: &[&[f32]]) -> Option<Segments> {
        let mut segments = Segments::default();
        for (segment, read) in self.unread.drain(..).zip(steps) {
            segments.lengths.push(segment.times.len() as u32);
            segments.times.extend(segment.times);
            segments.inputs.extend(segment.inputs);
            let (predictions, hidden) = read.split_at(segment.targets.len());
            segments.targets.extend(segment.targets);
            segments.predictions.extend(predictions);
            segments.hidden.extend(hidden);
        }
        Some(segments)
    }

    fn sequence(&self, what: &str, inputs: &[f32]) -> Result<Vec<f32>, Fault> {
        let found = inputs.len();
        if !(1..=LONGEST).contains(&found) {
            let message =
                format!("{what} takes from 1 to {LONGEST} inputs, but was given {found}.");
            let fault = Fault::new("inputs-count", message).with("found", found);
            return Err(fault.with("most", LONGEST));
        }
        if let Some(k) = inputs.iter().position(|input| !input.is_finite()) {
            let value = inputs[k];
            let message = format!("Input {k} of {what} is {value}; inputs are finite numbers.");
            let fault = Fault::new("inputs-value", message).with("value", value);
            return Err(fault.with("index", k));
        }
        Ok(inputs.to_vec())
    }

    fn position(&self, steps: u64) -> Position {
        Position::after(steps, EPOCH)
    }

    fn set(&mut self, options: &Options) {
        self.settings = Settings::of(options);
    }

    fn begin(&self, start: &Start) -> Box<dyn Lesson> {
        Box::new(SinCos::new(start))
    }

    fn save(&self) -> Luggage {
        let mut tensors = vec![(STATE.to_owned(), self.before.clone().flatten(0, 2))];
        for (k, inputs) in self.window.iter().enumerate() {
            let data = TensorData::new(inputs.clone(), [inputs.len()]);
            let inputs = Tensor::from_data(data, &self.device);
            tensors.push((format!("{WINDOW}.{k}"), inputs));
        }
        Luggage {
            tensors,
            ..Luggage::default()
        }
    }

    fn resume(
        &mut self,
        _luggage: &Luggage,
        take: &mut dyn FnMut(&str) -> Option<Vec<f32>>,
    ) -> Result<(), Fault> {
        let state = match take(STATE) {
            Some(state) if state.len() == self.shape.iter().product::<usize>() => state,
            _ => return Err(garbage("its carried states are missing or of another size")),
        };
        let mut window = VecDeque::new();
        while let Some(inputs) = take(&format!("{WINDOW}.{}", window.len())) {
            if !(2..=200).contains(&inputs.len()) || window.len() == 8 {
                return Err(garbage("a segment of its window is too short or too long"));
            }
            window.push_back(inputs);
        }
        let state = TensorData::new(state, self.shape);
        self.before = Tensor::from_data(state, &self.device);
        self.window = window;
        Ok(())
    }
}

/// Segments joined into one sequence, `[1, time, 1]`.
fn sequence(segments: &VecDeque<Vec<f32>>, device: &Device) -> Tensor<3> {
    let inputs: Vec<f32> = segments.iter().flatten().copied().collect();
    let time = inputs.len();
    Tensor::from_data(TensorData::new(inputs, [1, time, 1]), device)
}
