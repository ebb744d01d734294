//! Adam's update against PyTorch's (`tests/reference/adam.py`) and against its statement in tensor
//! operations.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use support::adam;

#[test]
fn a_thousand_updates_are_pytorchs() {
    adam::assert_kernels_are_pytorchs(&Device::flex());
}

#[test]
fn updates_are_the_references() {
    adam::assert_kernels_are_the_reference(&Device::flex(), &Device::flex());
}

#[test]
fn a_device_without_kernels_computes_the_reference() {
    // Burn's autodiff, of which nothing is asked, is such a device.
    adam::assert_kernels_are_the_reference(&Device::flex().autodiff(), &Device::flex());
}

#[test]
#[should_panic(expected = "gradient is [20], not [21]")]
fn a_gradient_of_another_size_is_refused() {
    adam::with_a_gradient_of_another_size(&Device::flex());
}
