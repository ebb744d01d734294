//! The messages, as `www/worker/protocol.js` describes them: requests in, replies and events out.
//!
//! Arrays of numbers cross as typed arrays, everything else as plain objects in camelCase.

use crate::device::Backend;
use crate::fault::Fault;
use crate::portrait::Portrait;
use crate::training::{
    Evaluation, Following, Inspection, Outputs, Prediction, Progress, Reach, RowGradients,
    Segments, Standing,
};
use js_sys::{Array, Float32Array, Function, Object, Reflect, Uint8Array, Uint32Array};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::{Serializer, preserve};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A command from the page, with its parameters not yet read.
pub struct Request {
    pub id: JsValue,
    pub command: String,
    params: JsValue,
}

impl Request {
    pub fn new(message: JsValue) -> Self {
        let field = |name: &str| get(&message, name);
        Request {
            id: field("id"),
            command: field("command").as_string().unwrap_or_default(),
            params: field("params"),
        }
    }

    /// The parameters as the command expects them.
    ///
    /// # Errors
    /// `bad-request`
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_wasm_bindgen::from_value(self.params.clone())
            .map_err(|error| self.bad_params(&error.to_string()))
    }

    /// One parameter as it came.
    pub fn param(&self, name: &str) -> JsValue {
        get(&self.params, name)
    }

    /// What it means when the parameters are not what the command expects.
    pub fn bad_params(&self, reason: &str) -> Fault {
        let command = &self.command;
        let message = format!("{command} was called with parameters it cannot read: {reason}.");
        Fault::new("bad-request", message).with("command", command)
    }
}

/// A property of an object, `undefined` where there is none.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Where the digits came from.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataSource {
    pub source: Source,
    pub synthetic: bool,
    pub verified: bool,
    pub train: usize,
    pub test: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Beside,
    Mirror,
    Cache,
    /// The caller's own files.
    Files,
    Synthetic,
}

/// A worker's whole visible state.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    #[serde(flatten)]
    pub standing: Standing,
    pub backend: Backend,
    pub running: bool,
    pub steps_per_second: f64,
    pub data: Option<DataSource>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    first_step: u64,
    #[serde(with = "preserve")]
    losses: Float32Array,
    segments: Option<SegmentArrays>,
    state: State,
}

impl Metrics {
    pub fn new(progress: &Progress, state: State) -> Self {
        Metrics {
            first_step: progress.first_step,
            losses: Float32Array::from(&progress.losses[..]),
            segments: progress.segments.as_ref().map(SegmentArrays::from),
            state,
        }
    }
}

#[derive(Serialize)]
struct SegmentArrays {
    #[serde(with = "preserve")]
    lengths: Uint32Array,
    #[serde(with = "preserve")]
    times: Float32Array,
    #[serde(with = "preserve")]
    inputs: Float32Array,
    #[serde(with = "preserve")]
    targets: Float32Array,
    #[serde(with = "preserve")]
    predictions: Float32Array,
    #[serde(with = "preserve")]
    hidden: Float32Array,
}

impl From<&Segments> for SegmentArrays {
    fn from(segments: &Segments) -> Self {
        SegmentArrays {
            lengths: Uint32Array::from(&segments.lengths[..]),
            times: Float32Array::from(&segments.times[..]),
            inputs: Float32Array::from(&segments.inputs[..]),
            targets: Float32Array::from(&segments.targets[..]),
            predictions: Float32Array::from(&segments.predictions[..]),
            hidden: Float32Array::from(&segments.hidden[..]),
        }
    }
}

#[derive(Serialize)]
pub struct EvaluationArrays {
    step: u64,
    images: usize,
    loss: f64,
    #[serde(with = "preserve")]
    losses: Float32Array,
    accuracy: f64,
    #[serde(with = "preserve")]
    confusion: Uint32Array,
    #[serde(with = "preserve")]
    predictions: Uint8Array,
    #[serde(with = "preserve")]
    labels: Uint8Array,
}

impl From<&Evaluation> for EvaluationArrays {
    fn from(evaluation: &Evaluation) -> Self {
        EvaluationArrays {
            step: evaluation.step,
            images: evaluation.labels.len(),
            loss: evaluation.loss,
            losses: Float32Array::from(&evaluation.losses[..]),
            accuracy: evaluation.accuracy,
            confusion: Uint32Array::from(&evaluation.confusion[..]),
            predictions: Uint8Array::from(&evaluation.predictions[..]),
            labels: Uint8Array::from(&evaluation.labels[..]),
        }
    }
}

#[derive(Serialize)]
pub struct PredictionArrays {
    digit: u8,
    #[serde(with = "preserve")]
    probabilities: Float32Array,
    #[serde(with = "preserve")]
    beliefs: Float32Array,
    step: u64,
    /// The 784 pixels that the network was fed, where it was not the caller who gave them.
    #[serde(skip_serializing_if = "JsValue::is_undefined", with = "preserve")]
    pixels: JsValue,
}

impl PredictionArrays {
    pub fn new(prediction: &Prediction, pixels: Option<&[u8]>) -> Self {
        PredictionArrays {
            digit: prediction.digit,
            probabilities: Float32Array::from(&prediction.probabilities[..]),
            beliefs: Float32Array::from(&prediction.beliefs[..]),
            step: prediction.step,
            pixels: pixels.map_or(JsValue::UNDEFINED, |pixels| Uint8Array::from(pixels).into()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectionArrays {
    #[serde(with = "preserve")]
    beliefs: Float32Array,
    #[serde(with = "preserve")]
    gates: Float32Array,
    #[serde(with = "preserve")]
    hidden: Float32Array,
    #[serde(with = "preserve")]
    cell_state: Float32Array,
    hidden_size: usize,
    step: u64,
}

impl From<&Inspection> for InspectionArrays {
    fn from(inspection: &Inspection) -> Self {
        InspectionArrays {
            beliefs: Float32Array::from(&inspection.beliefs[..]),
            gates: Float32Array::from(&inspection.gates[..]),
            hidden: Float32Array::from(&inspection.hidden[..]),
            cell_state: Float32Array::from(&inspection.cell_state[..]),
            hidden_size: inspection.hidden_size,
            step: inspection.step,
        }
    }
}

#[derive(Serialize)]
pub struct RowGradientArrays {
    #[serde(with = "preserve")]
    norms: Float32Array,
    step: u64,
}

impl From<&RowGradients> for RowGradientArrays {
    fn from(gradients: &RowGradients) -> Self {
        RowGradientArrays {
            norms: Float32Array::from(&gradients.norms[..]),
            step: gradients.step,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowingArrays {
    #[serde(with = "preserve")]
    predictions: Float32Array,
    #[serde(with = "preserve")]
    hidden: Float32Array,
    hidden_size: usize,
    step: u64,
}

impl From<&Following> for FollowingArrays {
    fn from(following: &Following) -> Self {
        FollowingArrays {
            predictions: Float32Array::from(&following.predictions[..]),
            hidden: Float32Array::from(&following.hidden[..]),
            hidden_size: following.hidden_size,
            step: following.step,
        }
    }
}

impl From<&Reach> for RowGradientArrays {
    fn from(reach: &Reach) -> Self {
        RowGradientArrays {
            norms: Float32Array::from(&reach.norms[..]),
            step: reach.step,
        }
    }
}

#[derive(Serialize)]
pub struct OutputArrays {
    #[serde(with = "preserve")]
    looped: Float32Array,
    #[serde(with = "preserve")]
    reshaped: Float32Array,
    #[serde(with = "preserve")]
    weight: Float32Array,
    bias: f32,
    step: u64,
}

impl From<&Outputs> for OutputArrays {
    fn from(outputs: &Outputs) -> Self {
        OutputArrays {
            looped: Float32Array::from(&outputs.looped[..]),
            reshaped: Float32Array::from(&outputs.reshaped[..]),
            weight: Float32Array::from(&outputs.weight[..]),
            bias: outputs.bias,
            step: outputs.step,
        }
    }
}

#[derive(Serialize)]
pub struct PortraitArrays {
    #[serde(with = "preserve")]
    points: Float32Array,
    #[serde(with = "preserve")]
    frame: Float32Array,
    explained: f32,
}

impl From<&Portrait> for PortraitArrays {
    fn from(portrait: &Portrait) -> Self {
        PortraitArrays {
            points: Float32Array::from(&portrait.points[..]),
            frame: Float32Array::from(&portrait.frame[..]),
            explained: portrait.explained,
        }
    }
}

/// What came of runs that train side by side, since the last time.
#[derive(Serialize)]
pub struct ComparisonArrays {
    /// Steps that each has done.
    pub step: u64,
    pub runs: Vec<RunArrays>,
}

#[derive(Serialize)]
pub struct RunArrays {
    #[serde(with = "preserve")]
    losses: Float32Array,
    /// Null where there are no rows.
    #[serde(with = "preserve")]
    norms: JsValue,
}

impl RunArrays {
    pub fn new(losses: &[f32], norms: Option<&[f32]>) -> Self {
        RunArrays {
            losses: Float32Array::from(losses),
            norms: norms.map_or(JsValue::NULL, |norms| Float32Array::from(norms).into()),
        }
    }
}

#[derive(Serialize)]
pub struct Digit {
    index: f64,
    label: u8,
    #[serde(with = "preserve")]
    pixels: Uint8Array,
}

impl Digit {
    pub fn new(index: f64, (pixels, label): (&[u8], u8)) -> Self {
        Digit {
            index,
            label,
            pixels: Uint8Array::from(pixels),
        }
    }
}

/// What the worker says without being asked.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event<'a> {
    Metrics {
        metrics: Metrics,
    },
    Evaluation {
        evaluation: EvaluationArrays,
        state: State,
    },
    Comparison {
        comparison: ComparisonArrays,
    },
    Checkpoint {
        #[serde(with = "preserve")]
        bytes: Uint8Array,
    },
    Stopped {
        state: State,
    },
    Fault {
        error: &'a Fault,
        fatal: bool,
    },
}

/// Where replies and events go.
#[derive(Clone)]
pub struct Outbox {
    post: Rc<Function>,
}

// SAFETY: a panic hook must be Send and Sync, and this module's only thread is the worker's.
unsafe impl Send for Outbox {}
unsafe impl Sync for Outbox {}

impl Outbox {
    pub fn new(post: Function) -> Self {
        Outbox {
            post: Rc::new(post),
        }
    }

    pub fn event(&self, event: Event) {
        match plain(&event) {
            Ok(message) => self.send(&message),
            Err(error) => self.crashed(&format!("an event could not be written: {error}")),
        }
    }

    /// Answers the request `id` with a value or a fault.
    pub fn reply(&self, id: &JsValue, answer: Result<JsValue, Fault>) {
        let reply = Object::new();
        let put = |name: &str, value: &JsValue| {
            let _ = Reflect::set(&reply, &name.into(), value);
        };
        put("id", id);
        match answer {
            Ok(value) => {
                put("ok", &JsValue::TRUE);
                put("value", &value);
            }
            Err(fault) => {
                put("ok", &JsValue::FALSE);
                put("error", &plain(&fault).unwrap_or(JsValue::NULL));
            }
        }
        self.send(&reply);
    }

    /// The last words of a module that cannot go on.
    pub fn crashed(&self, reason: &str) {
        let message = format!("The training core stopped unexpectedly: {reason}");
        let error = Fault::new("crashed", message).with("reason", reason);
        if let Ok(message) = plain(&Event::Fault {
            error: &error,
            fatal: true,
        }) {
            self.send(&message);
        }
    }

    fn send(&self, message: &JsValue) {
        let _ = self.post.call1(&JsValue::NULL, message);
    }
}

/// A value as plain JavaScript data.
pub fn plain(value: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&Serializer::json_compatible())
}

/// A list of strokes, or nothing where the value is no such list.
pub fn strokes(value: &JsValue) -> Option<Vec<Vec<[f32; 2]>>> {
    Array::is_array(value).then(|| serde_wasm_bindgen::from_value(value.clone()).ok())?
}
