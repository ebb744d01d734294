//! Clipped gradients against their statement in tensor operations, and runs against PyTorch's
//! (`tests/reference/clip.py`).

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use support::{clip, lessons};

#[test]
fn gradients_are_the_references() {
    clip::assert_kernels_are_the_reference(&Device::flex(), &Device::flex());
    clip::assert_edges_hold(&Device::flex());
}

#[test]
fn losses_are_pytorchs() {
    lessons::sin_cos_clipped(&Device::flex(), 30);
}
