//! The network of the lessons, its parameters named and laid out as PyTorch's `state_dict`.
//!
//! They lie one after the other in one tensor: an update is one operation then, and so is a copy to the
//! host. Nothing here knows of lessons or optimisers.

pub mod init;
mod network;
pub mod weights;

pub use network::{Learned, Network, NetworkShape};
