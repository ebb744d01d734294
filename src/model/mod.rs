//! The network of the lessons, as a Burn module that PyTorch would recognise.
//!
//! Fields carry PyTorch's `state_dict` names and tensors PyTorch's layout, so that [`weights`]
//! needs no table of names and no transposition. Nothing here knows how a network is trained.

pub mod init;
mod layers;
mod network;
pub mod weights;

pub use layers::{Linear, Recurrent};
pub use network::{Network, NetworkShape};
