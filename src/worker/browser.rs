//! The core in a browser's worker: requests in, messages out, and turns in between.

use super::core::Core;
use super::crew::Crew;
use super::event::{Event, Message};
use super::event_loop::{Yield, now, sleep};
use super::helpers::Helpers;
use super::host::{Host, Next};
use super::reader::{self, get};
use crate::fault::{Fault, short};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::future::{Either, select};
use futures_util::stream::StreamExt;
use js_sys::{Function, Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use std::panic;
use std::pin::pin;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Runs the module's constructors, in which CubeCL fills its registries; what an entry point does
/// first, and once.
///
/// The linker makes `__wasm_call_ctors`. Where nobody calls it, the linker has every exported
/// function call it, every time: with CubeCL's registries 200 ms a training step.
pub fn construct() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: nothing has run yet that the constructors could disturb.
    unsafe { __wasm_call_ctors() }
}

/// What a worker's JavaScript sees of this module: it passes requests in, and everything that
/// comes out goes through the function it gave.
#[wasm_bindgen(js_name = Core)]
pub struct Inbox {
    requests: UnboundedSender<JsValue>,
}

#[wasm_bindgen(js_class = Core)]
impl Inbox {
    /// `post(message)` is called with every reply and event; `helpers` compute beside this worker.
    #[wasm_bindgen(constructor)]
    pub fn new(post: Function, helpers: Helpers) -> Inbox {
        let (post, helpers) = (Rc::new(post), Rc::new(helpers));
        let outbox = Outbox { post, helpers };
        let last_words = outbox.clone();
        panic::set_hook(Box::new(move |info| {
            console_error_panic_hook::hook(info);
            last_words.fatal(
                "crashed",
                &format!("The training core stopped unexpectedly: {info}"),
            );
        }));
        #[cfg(feature = "webgpu")]
        shader_errors::report_to(outbox.clone());
        let (requests, inbox) = unbounded();
        spawn_local(serve(inbox, outbox));
        Inbox { requests }
    }

    /// Takes one request; its reply comes through `post`.
    pub fn handle(&self, request: JsValue) {
        // The loop holds the other end for as long as the module lives.
        let _ = self.requests.unbounded_send(request);
    }
}

/// Serves `inbox` for as long as the worker lives: commands, then a turn of work, then whatever
/// else waits in the event loop.
async fn serve(mut inbox: UnboundedReceiver<JsValue>, outbox: Outbox) {
    let others = Yield::new();
    let mut core = Core::new(outbox);
    loop {
        let request = match inbox.try_recv() {
            Ok(request) => Some(request),
            Err(_) => match core.turn().await {
                Next::AtOnce => {
                    others.first().await;
                    None
                }
                Next::After(milliseconds) => {
                    let waited = pin!(sleep(milliseconds));
                    match select(inbox.next(), waited).await {
                        Either::Left((request, _)) => request,
                        Either::Right(_) => None,
                    }
                }
                Next::Command => match inbox.next().await {
                    Some(request) => Some(request),
                    None => return,
                },
            },
        };
        if let Some(request) = request {
            answer(&mut core, request).await;
        }
    }
}

/// Reads `{id, command, params}` and has it answered.
async fn answer(core: &mut Core<Outbox>, request: JsValue) {
    let id = get(&request, "id").as_f64().unwrap_or(f64::NAN);
    let name = get(&request, "command").as_string().unwrap_or_default();
    match reader::command(&name, &get(&request, "params")) {
        Ok(command) => core.handle(id, command).await,
        Err(reason) => {
            let name = short(&name);
            let message = format!("{name} was called with parameters it cannot read: {reason}.");
            let answer = Err(Fault::new("bad-request", message).with("command", name));
            core.host().send(Message::Reply { id, answer });
        }
    }
}

/// Where messages go, and who computes beside this worker.
#[derive(Clone)]
struct Outbox {
    post: Rc<Function>,
    helpers: Rc<Helpers>,
}

// SAFETY: a panic hook must be Send and Sync, and this module's only thread is the worker's.
unsafe impl Send for Outbox {}
unsafe impl Sync for Outbox {}

impl Host for Outbox {
    fn now(&self) -> f64 {
        now()
    }

    fn crew(&self) -> Option<&dyn Crew> {
        Some(&*self.helpers)
    }

    fn send(&self, message: Message) {
        let written = match message {
            Message::Event(event) => plain(&event),
            Message::Reply { id, answer } => {
                let reply = Object::new();
                let put = |name: &str, value: &JsValue| {
                    let _ = Reflect::set(&reply, &name.into(), value);
                };
                put("id", &id.into());
                put("ok", &answer.is_ok().into());
                let value = match &answer {
                    Ok(value) => plain(value).map(|value| put("value", &value)),
                    Err(fault) => plain(fault).map(|fault| put("error", &fault)),
                };
                value.map(|()| reply.into())
            }
        };
        match written {
            Ok(message) => {
                let _ = self.post.call1(&JsValue::NULL, &message);
            }
            Err(error) => self.fatal(
                "crashed",
                &format!("A message could not be written: {error}"),
            ),
        }
    }
}

impl Outbox {
    /// The last words of a module that cannot go on.
    fn fatal(&self, code: &'static str, message: &str) {
        let error = Fault::new(code, message).with("reason", message);
        if let Ok(message) = plain(&Event::Fault { error, fatal: true }) {
            let _ = self.post.call1(&JsValue::NULL, &message);
        }
    }
}

/// A value as plain JavaScript data.
fn plain(value: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&Serializer::json_compatible())
}

/// Shaders that the device refuses leave wrong numbers behind and are only logged: here they end
/// the worker, so that the page hears of them.
#[cfg(feature = "webgpu")]
mod shader_errors {
    use super::Outbox;
    use log::{Level, LevelFilter, Log, Metadata, Record};

    struct Reporter(Outbox);

    impl Log for Reporter {
        fn enabled(&self, metadata: &Metadata) -> bool {
            let compiles = metadata.target().starts_with("cubecl_wgpu::backend");
            compiles && metadata.level() == Level::Error
        }

        fn log(&self, record: &Record) {
            if self.enabled(record.metadata()) {
                // The shader's whole source follows.
                let reason: String = record.args().to_string().chars().take(300).collect();
                let message = format!("The graphics device refused its work: {reason}");
                self.0.fatal("gpu-error", &message);
            }
        }

        fn flush(&self) {}
    }

    /// Has errors that are logged sent through `outbox`.
    pub fn report_to(outbox: Outbox) {
        if log::set_logger(Box::leak(Box::new(Reporter(outbox)))).is_ok() {
            log::set_max_level(LevelFilter::Error);
        }
    }
}
