//! Unroll: two recurrent networks that learn while you watch.
//!
//! Data flows one way: [`data`] is what a network reads, [`operators`] what this project exists
//! for, a recurrent layer over a whole sequence above all; [`model`] is a network made of them,
//! [`lessons`] what it is taught, [`training`] a run of any lesson. All of that is free of the
//! browser and runs natively in tests; [`worker`] is the boundary to a page.
#![warn(missing_docs)]

pub mod data;
pub mod device;
pub mod fault;
pub mod lessons;
pub mod model;
pub mod numbers;
pub mod operators;
pub mod portrait;
pub mod training;
pub mod worker;
