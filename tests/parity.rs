//! Training on the CPU from PyTorch's initial weights gives what PyTorch got: losses and predictions.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use support::lessons::{SEEDS, mnist, sin_cos};

#[test]
fn sin_cos_losses_are_pytorchs() {
    for seed in SEEDS {
        sin_cos(seed, Device::flex(), 100, 1e-4);
    }
}

#[test]
fn mnist_losses_are_pytorchs() {
    for seed in SEEDS {
        mnist(seed, Device::flex(), 60, 1e-3);
    }
}
