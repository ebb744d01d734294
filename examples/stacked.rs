//! Two layers, one upon the other: they learn whether the last four bits have an odd number of ones.
//!
//! ```sh
//! cargo run --release --example stacked
//! ```
//!
//! The lower layer's hidden states are what the upper one reads, and the gradient of what it reads
//! ([`input_gradients`]) is that of the lower layer's hidden states.

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use unroll::model::{Network, NetworkShape};
use unroll::operators::adam::{Moments, Scale, update};
use unroll::operators::head::{self, Objective};
use unroll::operators::recurrent::{Cell, input_gradients, traced, weight_gradients};

const CELL: Cell = Cell::Lstm;
const TIME: usize = 40;
const BITS: usize = 4;
const HIDDEN: usize = 16;
const STEPS: u32 = 1500;
const LEARNING_RATE: f64 = 0.01;

fn main() {
    let device = Device::flex();
    device.seed(1);
    // One input; as in PyTorch, uniform within 1 / sqrt(H).
    let count = CELL.gates() * HIDDEN * (1 + HIDDEN + 2);
    let bound = 1.0 / (HIDDEN as f64).sqrt();
    let mut lower = Tensor::<1>::random([count], Distribution::Uniform(-bound, bound), &device);
    let shape = NetworkShape {
        cell: CELL,
        inputs: HIDDEN,
        hidden: HIDDEN,
        outputs: 1,
    };
    let mut upper = Network::new(shape, 1, &device);
    let zeros = |count| Tensor::zeros([count], &device);
    let moments = |count| Moments {
        first: zeros(count),
        second: zeros(count),
    };
    let (mut of_lower, mut of_upper) = (moments(count), moments(shape.count()));
    let mut rng = Pcg32::seed_from_u64(1);
    for step in 1..=STEPS {
        let (bits, target) = sequence(&mut rng, &device);
        let below = traced(CELL, bits, lower.clone(), upper.zero(1));
        let above = upper.run(below.hidden.clone(), upper.zero(1));
        let output = head::loss(
            Objective::Values,
            above.hidden.clone(),
            upper.parameters.clone(),
            1,
            target,
        );
        let parameters = upper.parameters.clone();
        let of_hidden = input_gradients(&above, parameters.clone(), output.of_hidden.clone());
        let gradient = weight_gradients(&above, parameters, output.of_hidden, output.of_weights);
        let gradient_below = weight_gradients(&below, lower.clone(), of_hidden, zeros(0));
        let scale = Scale::new(LEARNING_RATE, step);
        (upper.parameters, of_upper) = update(upper.parameters, gradient, of_upper, scale);
        (lower, of_lower) = update(lower, gradient_below, of_lower, scale);
        if step % 250 == 0 {
            let loss: f32 = output.loss.into_scalar();
            println!("step {step:4} | loss {loss:.5}");
        }
    }
    let (bits, target) = sequence(&mut rng, &device);
    let below = traced(CELL, bits.clone(), lower, upper.zero(1));
    let (answers, _) = upper.read(below.hidden);
    let row = |data: TensorData| -> Vec<i32> {
        let values = data.try_into_vec::<f32>().expect("they are f32");
        values.iter().map(|value| value.round() as i32).collect()
    };
    println!("seen     {:?}", row(bits.into_data()));
    println!("expected {:?}", row(target.into_data()));
    println!("answered {:?}", row(answers.into_data()));
}

/// Random bits `[1, time, 1]`, and for each whether it and the three before have an odd number of ones,
/// `[time]`.
fn sequence(rng: &mut Pcg32, device: &Device) -> (Tensor<3>, Tensor<1>) {
    let bits: Vec<u32> = (0..TIME).map(|_| rng.next_u32() >> 31).collect();
    let odd = |at: usize| bits[(at + 1).saturating_sub(BITS)..=at].iter().sum::<u32>() % 2;
    let floats = |values: Vec<u32>| values.into_iter().map(|value| value as f32).collect();
    let target: Vec<f32> = floats((0..TIME).map(odd).collect());
    let bits: Vec<f32> = floats(bits);
    (
        Tensor::from_data(TensorData::new(bits, [1, TIME, 1]), device),
        Tensor::from_data(TensorData::new(target, [TIME]), device),
    )
}
