//! Unroll: two recurrent networks that learn while you watch.
//!
//! Data flows one way: [`data`] is what a network reads, [`recurrent`] the recurrent sequence as
//! one operator, [`head`] the output layer with its loss as another, [`model`] the two networks, [`training`] a lesson as a session of steps. All of
//! that is free of the browser and runs natively in tests; `worker` is the only part that knows it
//! lives in one.

#[cfg(feature = "webgpu")]
mod cube;
pub mod data;
pub mod device;
pub mod fault;
#[cfg(feature = "cpu")]
mod flex;
pub mod head;
#[cfg(feature = "cpu")]
mod lanes;
pub mod model;
pub mod portrait;
pub mod recurrent;
pub mod training;
#[cfg(target_arch = "wasm32")]
pub mod worker;
