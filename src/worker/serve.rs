//! The loop: commands, then a turn of training, then whatever else waits in the event loop.

use super::desk::{Desk, Next};
use super::event_loop::{Turnstile, sleep};
use super::protocol::{Outbox, Request};
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::future::{Either, select};
use futures_util::stream::StreamExt;
use std::pin::pin;

/// Serves `inbox` for as long as the worker lives.
pub async fn serve(mut inbox: UnboundedReceiver<Request>, outbox: Outbox) {
    let turnstile = Turnstile::new();
    let mut desk = Desk::new(outbox);
    loop {
        while let Ok(request) = inbox.try_recv() {
            desk.answer(request).await;
        }
        match desk.work().await {
            Next::AtOnce => turnstile.pass().await,
            Next::After(milliseconds) => {
                let waited = pin!(sleep(milliseconds));
                match select(inbox.next(), waited).await {
                    Either::Left((Some(request), _)) => desk.answer(request).await,
                    Either::Left((None, _)) => return,
                    Either::Right(_) => {}
                }
            }
            Next::Asked => match inbox.next().await {
                Some(request) => desk.answer(request).await,
                None => return,
            },
        }
    }
}
