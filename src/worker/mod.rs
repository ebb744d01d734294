//! The browser boundary: the only part of the core that knows it lives in a worker.
//!
//! [`protocol`] is the messages, [`desk`] answers commands with a session, [`serve`](mod@serve) is
//! the loop that lets commands in between two turns of training, [`event_loop`] its clock.

mod contest;
mod desk;
mod event_loop;
mod protocol;
mod serve;

use futures_channel::mpsc::{UnboundedSender, unbounded};
use js_sys::Function;
use protocol::{Outbox, Request};
use std::panic;
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
#[wasm_bindgen]
pub struct Core {
    requests: UnboundedSender<Request>,
}

#[wasm_bindgen]
impl Core {
    /// `post(message)` is called with every reply and event.
    #[wasm_bindgen(constructor)]
    pub fn new(post: Function) -> Core {
        let outbox = Outbox::new(post);
        let last_words = outbox.clone();
        panic::set_hook(Box::new(move |info| {
            console_error_panic_hook::hook(info);
            last_words.crashed(&info.to_string());
        }));
        let (requests, inbox) = unbounded();
        spawn_local(serve::serve(inbox, outbox));
        Core { requests }
    }

    /// Takes one request; its reply comes through `post`.
    pub fn handle(&self, request: JsValue) {
        // The loop holds the other end for as long as the module lives.
        let _ = self.requests.unbounded_send(Request::new(request));
    }
}
