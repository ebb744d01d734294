//! Training on the CPU from PyTorch's initial weights gives what PyTorch got.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use support::lessons::{MNIST_RUNS, SIN_COS_RUNS, mnist, sin_cos};
use support::network;
use unroll::operators::recurrent::Cell;

#[test]
fn first_gradients_and_logits_are_pytorchs() {
    let cpu = Device::flex();
    network::first_step_of_mnist("mnist_lstm_seed1", Cell::Lstm, &cpu);
    network::first_step_of_mnist("mnist_lstm_seed2", Cell::Lstm, &cpu);
    network::first_step_of_mnist("mnist_gru_seed3", Cell::Gru, &cpu);
}

#[test]
fn the_operators_alone_train_as_pytorch_does() {
    let cpu = Device::flex();
    network::sin_cos("sin_cos_seed1", Cell::Rnn, &cpu, 100, 3e-5);
    network::sin_cos("sin_cos_lstm_seed3", Cell::Lstm, &cpu, 100, 3e-5);
    network::sin_cos("sin_cos_gru_seed4", Cell::Gru, &cpu, 100, 3e-5);
}

#[test]
fn sin_cos_losses_are_pytorchs() {
    for name in SIN_COS_RUNS {
        sin_cos(name, Device::flex(), 100);
    }
}

#[test]
fn mnist_losses_are_pytorchs() {
    for name in MNIST_RUNS {
        mnist(name, Device::flex(), 60);
    }
}
