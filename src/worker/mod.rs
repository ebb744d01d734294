//! The boundary to a page: what it can ask, what it is told, and when the work is done.
//!
//! [`command`] and [`event`] are the messages, and `www/worker/protocol.d.ts` is made of them;
//! [`core`](mod@core) answers commands with a run that is open, and works a short turn at a time.
//! All of that runs natively in tests; `browser` alone knows that it lives in a worker.

mod arrays;
#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod command;
mod comparison;
pub mod core;
pub mod crew;
pub mod event;
#[cfg(target_arch = "wasm32")]
mod event_loop;
#[cfg(target_arch = "wasm32")]
mod helpers;
pub mod host;
mod open;
mod pace;
mod parameters;
#[cfg(target_arch = "wasm32")]
mod reader;
mod sharing;
mod turn;
#[cfg(test)]
mod typescript;
