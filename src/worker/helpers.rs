//! Workers beside this one: work goes out to them as plain arrays, and comes in there as such.

use super::crew::{Crew, Pending};
use super::event_loop::sleep;
#[cfg(feature = "cpu")]
use super::reader::get;
use crate::model::NetworkShape;
use crate::operators::head::Objective;
use crate::operators::recurrent::Cell;
use crate::training::{Task, Work};
use js_sys::{Float32Array, Object, Promise, Reflect, Uint32Array};
use std::pin::Pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// `Crew` of `www/worker/crew.js`.
    pub type Helpers;
    #[wasm_bindgen(method, getter)]
    fn cores(this: &Helpers) -> usize;
    #[wasm_bindgen(method, getter)]
    fn free(this: &Helpers) -> usize;
    #[wasm_bindgen(method)]
    fn want(this: &Helpers, helpers: usize);
    #[wasm_bindgen(method)]
    fn give(this: &Helpers, work: Object) -> Promise;
}

impl Crew for Helpers {
    fn cores(&self) -> usize {
        self.cores()
    }

    fn want(&self, helpers: usize) {
        self.want(helpers);
    }

    fn free(&self) -> usize {
        self.free()
    }

    fn give(&self, work: Work) -> Pending {
        let found = JsFuture::from(self.give(written(&work)));
        Box::pin(async {
            let found: Float32Array = found.await.ok()?.dyn_into().ok()?;
            Some(found.to_vec())
        })
    }

    fn wait(&self, milliseconds: f64) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(sleep(milliseconds))
    }
}

const CELLS: [Cell; 3] = [Cell::Rnn, Cell::Lstm, Cell::Gru];
/// What work can be: to read, or to learn by one of these objectives.
const OBJECTIVES: [Option<Objective>; 3] = [
    None,
    Some(Objective::LastClass),
    Some(Objective::EveryClass),
];

fn written(work: &Work) -> Object {
    let (objective, target) = match &work.task {
        Task::Read => (None, &[][..]),
        Task::Learn { objective, target } => (Some(*objective), &target[..]),
    };
    let NetworkShape {
        cell,
        inputs,
        hidden,
        outputs,
    } = work.shape;
    let at = |found: Option<usize>| found.expect("all there are") as u32;
    let sizes = [
        at(CELLS.iter().position(|one| *one == cell)),
        inputs as u32,
        hidden as u32,
        outputs as u32,
        work.samples as u32,
        at(OBJECTIVES.iter().position(|one| *one == objective)),
    ];
    let object = Object::new();
    let put = |name: &str, value: JsValue| {
        let _ = Reflect::set(&object, &name.into(), &value);
    };
    put("sizes", Uint32Array::from(&sizes[..]).into());
    put(
        "parameters",
        Float32Array::from(&work.parameters[..]).into(),
    );
    put("inputs", Float32Array::from(&work.inputs[..]).into());
    put("target", Float32Array::from(target).into());
    object
}

/// What a helper does: work that another worker of this module gave away.
///
/// # Errors
/// Where it is none.
#[cfg(feature = "cpu")]
#[wasm_bindgen]
pub fn help(work: &JsValue) -> Result<Float32Array, JsValue> {
    let work = read(work).ok_or("this is no work of this module")?;
    Ok(Float32Array::from(&work.done()[..]))
}

#[cfg(feature = "cpu")]
fn read(work: &JsValue) -> Option<Work> {
    let array = |name: &str| get(work, name).dyn_into::<Float32Array>().ok();
    let sizes = get(work, "sizes").dyn_into::<Uint32Array>().ok()?.to_vec();
    let sizes: [usize; 6] = sizes
        .iter()
        .map(|n| *n as usize)
        .collect::<Vec<_>>()
        .try_into()
        .ok()?;
    let [cell, inputs, hidden, outputs, samples, objective] = sizes;
    Some(Work {
        shape: NetworkShape {
            cell: *CELLS.get(cell)?,
            inputs,
            hidden,
            outputs,
        },
        parameters: array("parameters")?.to_vec(),
        inputs: array("inputs")?.to_vec(),
        samples,
        task: match *OBJECTIVES.get(objective)? {
            None => Task::Read,
            Some(objective) => Task::Learn {
                objective,
                target: array("target")?.to_vec(),
            },
        },
    })
}
