//! The two networks of the lessons, as Burn modules that PyTorch would recognise.
//!
//! Fields carry PyTorch's `state_dict` names and tensors PyTorch's layout, so that [`weights`]
//! needs no table of names and no transposition. Nothing here knows how a network is trained.

mod classifier;
pub mod init;
mod layers;
mod regressor;
pub mod weights;

pub use classifier::{Classifier, DIGITS, ROWS};
pub use layers::{Linear, Recurrent};
pub use regressor::Regressor;
