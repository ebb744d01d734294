//! Unroll: two recurrent networks that learn while you watch.
//!
//! Data flows one way: [`data`] is what a network reads, [`operators`] whole layers with their
//! kernels, [`model`] the two networks, [`training`] a lesson as a session of steps. All of that is
//! free of the browser and runs natively in tests; `worker` is the only part that knows it lives in
//! one.

pub mod data;
pub mod device;
pub mod fault;
pub mod model;
pub mod operators;
pub mod portrait;
pub mod training;
#[cfg(target_arch = "wasm32")]
pub mod worker;
