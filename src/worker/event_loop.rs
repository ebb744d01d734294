//! The worker's event loop, as the core needs it: what time it is, letting others run, waiting.

use futures_channel::oneshot;
use js_sys::{Function, Promise, global};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel};

fn scope() -> DedicatedWorkerGlobalScope {
    global().unchecked_into()
}

/// Milliseconds since the worker started.
pub fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}

/// Resolves after `milliseconds`.
pub async fn sleep(milliseconds: f64) {
    let mut set = |resolve: Function, _reject: Function| {
        let milliseconds = milliseconds.max(0.0) as i32;
        // It fails only for arguments that this one is not.
        let _ =
            scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    };
    let _ = JsFuture::from(Promise::new(&mut set)).await;
}

/// Lets pending messages in, at once: a message to oneself takes its place behind them, where a
/// time-out would wait for four milliseconds.
pub struct Yield {
    channel: MessageChannel,
    waiting: Rc<RefCell<Option<oneshot::Sender<()>>>>,
    _arrived: Closure<dyn FnMut()>,
}

impl Yield {
    pub fn new() -> Self {
        let channel = MessageChannel::new().expect("every worker has message channels");
        let waiting: Rc<RefCell<Option<oneshot::Sender<()>>>> = Rc::default();
        let waiter = waiting.clone();
        let arrived = Closure::new(move || {
            if let Some(sender) = waiter.borrow_mut().take() {
                let _ = sender.send(());
            }
        });
        let on_message = arrived.as_ref().unchecked_ref();
        channel.port1().set_onmessage(Some(on_message));
        Yield {
            channel,
            waiting,
            _arrived: arrived,
        }
    }

    pub async fn first(&self) {
        let (sender, arrived) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(sender);
        if self.channel.port2().post_message(&JsValue::NULL).is_ok() {
            let _ = arrived.await;
        }
    }
}
