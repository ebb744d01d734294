//! Reads a command out of what a page sent.
//!
//! By hand, because serde's reader of tagged enums would be a fifth of what a visitor downloads.
//! Anything may arrive: a list within a list without end is never looked into.

use super::arrays::Element;
use super::command::{Command, Drawing, List, Pixels, SharedDigits};
use crate::device::{Adapter, Found, Measured};
use crate::lessons::options::{Choice, Patch, Value};
use crate::numbers::Numbers;
use crate::training::Hold;
use js_sys::{Array, Float32Array, Object, Reflect, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::*;

/// A property of an object, `undefined` where there is none.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The command called `name` with these parameters.
///
/// # Errors
/// What is wrong with them, as the end of a sentence.
pub fn command(name: &str, params: &JsValue) -> Result<Command, String> {
    let p = Params(params);
    Ok(match name {
        "choose" => Command::Choose {
            lesson: p.text("lesson")?,
            asked: p.choice("asked")?,
            found: found(&get(params, "found")),
            measured: measured(&get(params, "measured")),
        },
        "open" => Command::Open {
            backend: p.choice("backend")?,
            lesson: p.text("lesson")?,
            seed: p.number("seed")?,
            options: p.patch("options")?,
            run: p.number("run")?,
        },
        "load" => Command::Load {
            message: get(params, "message").as_string(),
        },
        "loadFiles" => Command::LoadFiles {
            train_images: p.array("trainImages")?,
            train_labels: p.array("trainLabels")?,
            test_images: p.array("testImages")?,
            test_labels: p.array("testLabels")?,
            source: p.optional("source", Params::choice)?,
        },
        "shareDigits" => Command::ShareDigits {},
        "takeDigits" => Command::TakeDigits(SharedDigits {
            train_images: p.array("trainImages")?,
            train_labels: p.array("trainLabels")?,
            test_images: p.array("testImages")?,
            test_labels: p.array("testLabels")?,
            source: p.choice("source")?,
        }),
        "play" => Command::Play {},
        "pause" => Command::Pause {},
        "step" => Command::Step { n: p.number("n")? },
        "reset" => Command::Reset {
            seed: p.optional("seed", Params::number)?,
        },
        "set" => Command::Set {
            options: p.patch("options")?,
        },
        "state" => Command::State {},
        "evaluate" => Command::Evaluate { n: p.number("n")? },
        "predict" => Command::Predict {
            pixels: pixels(&get(params, "pixels")),
        },
        "inspect" => Command::Inspect {
            pixels: pixels(&get(params, "pixels")),
        },
        "unroll" => Command::Unroll {
            inputs: pixels(&get(params, "inputs")),
            held: p.optional("held", Params::holds)?,
        },
        "rowGradients" => Command::RowGradients {},
        "scanOrder" => Command::ScanOrder {},
        "gradientReach" => Command::GradientReach {},
        "outputLayer" => Command::OutputLayer {
            states: p.list("states"),
        },
        "portrait" => Command::Portrait {
            states: p.list("states"),
            hidden_size: p.number("hiddenSize")?,
            frame: p.optional("frame", Params::array)?,
        },
        "compare" => Command::Compare {
            variants: p.patches("variants")?,
            steps: p.number("steps")?,
        },
        "time" => Command::Time {
            steps: p.number("steps")?,
        },
        "stopComparison" => Command::StopComparison {},
        "follow" => Command::Follow {
            inputs: p.list("inputs"),
        },
        "generate" => Command::Generate {
            inputs: p.list("inputs"),
            more: p.number("more")?,
            by: p.number("by")?,
        },
        "classifyDrawing" => Command::ClassifyDrawing {
            drawing: drawing(&get(params, "drawing")),
        },
        "digit" => Command::Digit {
            set: p.choice("set")?,
            index: p.number("index")?,
        },
        "saveWeights" => Command::SaveWeights {},
        "loadWeights" => Command::LoadWeights {
            bytes: p.array("bytes")?,
        },
        "handOver" => Command::HandOver {},
        "carryOn" => Command::CarryOn {},
        "resume" => Command::Resume {
            bytes: p.array("bytes")?,
        },
        _ => return Err("there is no such command".to_owned()),
    })
}

/// The parameters of a command, by name.
struct Params<'a>(&'a JsValue);

impl Params<'_> {
    fn text(&self, name: &str) -> Result<String, String> {
        let text = get(self.0, name).as_string();
        text.ok_or_else(|| format!("{name} is no text"))
    }

    fn number(&self, name: &str) -> Result<f64, String> {
        let number = get(self.0, name).as_f64();
        number.ok_or_else(|| format!("{name} is no number"))
    }

    fn choice<C: Choice>(&self, name: &str) -> Result<C, String> {
        let choice = self.text(name).ok().and_then(|text| C::named(&text));
        choice.ok_or_else(|| {
            let names: Vec<_> = C::ALL.iter().map(|(name, _)| *name).collect();
            format!("{name} is none of {}", names.join(", "))
        })
    }

    fn array<T: Element>(&self, name: &str) -> Result<Numbers<T>, String> {
        let numbers = T::from_js(&get(self.0, name)).map(Numbers);
        numbers.ok_or_else(|| format!("{name} is no {}", T::ARRAY))
    }

    /// None for a parameter that is not there.
    fn optional<T>(
        &self,
        name: &str,
        read: fn(&Self, &str) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        let value = get(self.0, name);
        let there = !value.is_undefined() && !value.is_null();
        there.then(|| read(self, name)).transpose()
    }

    fn list(&self, name: &str) -> List {
        let floats = f32::from_js(&get(self.0, name));
        floats.map_or(List::Other, |floats| List::Floats(Numbers(floats)))
    }

    fn patch(&self, name: &str) -> Result<Patch, String> {
        patch(&get(self.0, name)).ok_or_else(|| format!("{name} is no object"))
    }

    fn holds(&self, name: &str) -> Result<Vec<Hold>, String> {
        let list = get(self.0, name).dyn_into::<Array>();
        let list = list.map_err(|_| format!("{name} is no list of objects"))?;
        let hold = |one: JsValue| {
            let p = Params(&one);
            Ok(Hold {
                gate: p.text("gate")?,
                value: p.number("value")?,
                from: p.number("from")?,
                to: p.number("to")?,
            })
        };
        list.iter().map(hold).collect()
    }

    fn patches(&self, name: &str) -> Result<Vec<Patch>, String> {
        let list = get(self.0, name).dyn_into::<Array>().ok();
        let patches = list.and_then(|list| list.iter().map(|one| patch(&one)).collect());
        patches.ok_or_else(|| format!("{name} is no list of objects"))
    }
}

/// Options by name; nothing that is inside a value is looked at.
fn patch(value: &JsValue) -> Option<Patch> {
    if Array::is_array(value) {
        return None;
    }
    let entries = Object::entries(value.dyn_ref::<Object>()?);
    let mut patch = Patch::new();
    for entry in entries.iter() {
        let entry: Array = entry.unchecked_into();
        let value = entry.get(1);
        let value = if let Some(flag) = value.as_bool() {
            Value::Flag(flag)
        } else if let Some(number) = value.as_f64() {
            Value::Number(number)
        } else if let Some(text) = value.as_string() {
            Value::Text(text)
        } else if value.is_null() || value.is_undefined() {
            Value::Nothing
        } else {
            Value::Other
        };
        patch.insert(entry.get(0).as_string()?, value);
    }
    Some(patch)
}

fn found(value: &JsValue) -> Option<Found> {
    let webgpu = get(value, "webgpu").as_bool()?;
    let adapter = get(value, "adapter");
    let name = get(&adapter, "name").as_string();
    Some(Found {
        webgpu,
        adapter: name.map(|name| Adapter {
            name,
            fallback: get(&adapter, "fallback").is_truthy(),
            missing: (get(&adapter, "missing").dyn_into::<Array>())
                .map(|missing| missing.iter().filter_map(|name| name.as_string()).collect())
                .unwrap_or_default(),
        }),
    })
}

fn measured(value: &JsValue) -> Option<Measured> {
    Some(Measured {
        cpu: get(value, "cpu").as_f64()?,
        webgpu: get(value, "webgpu").as_f64()?,
    })
}

fn pixels(value: &JsValue) -> Pixels {
    if let Some(array) = value.dyn_ref::<Uint8Array>() {
        Pixels::Bytes(array.to_vec().into())
    } else if let Some(array) = value.dyn_ref::<Uint8ClampedArray>() {
        Pixels::Bytes(array.to_vec().into())
    } else if let Some(array) = value.dyn_ref::<Float32Array>() {
        Pixels::Floats(array.to_vec().into())
    } else {
        Pixels::Other
    }
}

fn drawing(value: &JsValue) -> Drawing {
    if let Some(list) = value.dyn_ref::<Array>() {
        let strokes: Option<_> = list.iter().map(|stroke| points(&stroke)).collect();
        return strokes.map_or(Drawing::Other, Drawing::Strokes);
    }
    let size = |name| get(value, name).as_f64().map(|size| size as usize);
    let data = get(value, "data").dyn_into::<Uint8ClampedArray>();
    match (size("width"), size("height"), data) {
        (Some(width), Some(height), Ok(data)) => Drawing::Image {
            width,
            height,
            data: data.to_vec().into(),
        },
        _ => Drawing::Other,
    }
}

/// The points of a stroke, each `[x, y]`.
fn points(stroke: &JsValue) -> Option<Vec<[f32; 2]>> {
    let point = |value: JsValue| {
        let point = value.dyn_into::<Array>().ok()?;
        let at = |k| point.get(k).as_f64().map(|v| v as f32);
        (point.length() == 2).then_some([at(0)?, at(1)?])
    };
    stroke.dyn_ref::<Array>()?.iter().map(point).collect()
}
