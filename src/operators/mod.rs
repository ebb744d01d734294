//! What a training step is made of: whole layers as single operators, each with its own kernels.
//!
//! A framework builds a recurrent step from a dozen tensor operations, and a sequence of 28 steps
//! from thousands. Here the whole sequence is one operator, so that each backend sees all time steps
//! at once and may run them as it likes.
//!
//! Every operator has a folder, all laid out alike:
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | the contract: equations, shapes, the public functions that check them |
//! | `reference.rs` | the same in plain tensor operations; the kernels are tested against it, and devices without kernels run it |
//! | `cpu.rs` | the kernels for Burn's Flex, natively and in wasm |
//! | `launch.rs` | what each WebGPU kernel is started with and needs, a function of the sizes alone |
//! | `webgpu.rs` | the kernels for WebGPU, in CubeCL |
//!
//! Gradients are functions of an operator like others: what kernels compute is not tracked. Tensors of a device
//! without kernels, which Burn's autodiff is too, are computed by the references, and those are: so an operator is
//! part of a larger network that autodiff trains, only slower. In tests the kernels' gradients are held against
//! those that autodiff finds.
//!
//! The kernels trust their sizes. So the traits that each backend implements are private to the
//! crate: only the functions that check every shape can be called from outside. [`limits`] tells
//! before a call whether a device can run it.

#![warn(missing_docs)]

pub mod adam;
pub mod clip;
pub mod gather;
pub mod head;
pub mod limits;
pub mod recurrent;

#[cfg(feature = "webgpu")]
mod cube;
#[cfg(feature = "cpu")]
mod flex;
#[cfg(feature = "cpu")]
mod lanes;
mod launch;
mod tanh;

use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// Whether the operators have kernels for `device`; what lies elsewhere is given to their references.
fn has_kernels(device: &Device) -> bool {
    match device.as_dispatch() {
        #[cfg(feature = "cpu")]
        DispatchDevice::Flex(_) => true,
        #[cfg(feature = "webgpu")]
        DispatchDevice::Cube(_) => true,
        #[allow(unreachable_patterns)] // Which backends there are depends on Burn's features.
        _ => false,
    }
}

/// A wrong shape is a bug of the caller.
#[track_caller]
fn assert_shape<const D: usize>(name: &str, found: [usize; D], expected: [usize; D]) {
    assert!(found == expected, "{name} is {found:?}, not {expected:?}");
}
