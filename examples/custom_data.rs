//! Data of your own: a GRU learns to repeat the bit that it saw three time steps ago.
//!
//! ```sh
//! cargo run --release --example custom_data
//! ```
//!
//! A lesson is not needed for it: a network learns from tensors, `[batch, time, feature]` in and one value per time
//! step to compare with.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use unroll::model::{Network, NetworkShape};
use unroll::operators::adam::{Moments, Scale, update};
use unroll::operators::head::Objective;
use unroll::operators::recurrent::Cell;

const TIME: usize = 40;
const LAG: usize = 3;
const STEPS: u32 = 600;
const LEARNING_RATE: f64 = 0.01;

fn main() {
    let device = Device::flex();
    let shape = NetworkShape {
        cell: Cell::Gru,
        inputs: 1,
        hidden: 24,
        outputs: 1,
    };
    let mut network = Network::new(shape, 1, &device);
    println!("{}", shape.architecture());
    let zeros = || Tensor::zeros([shape.count()], &device);
    let mut moments = Moments {
        first: zeros(),
        second: zeros(),
    };
    let mut rng = Pcg32::seed_from_u64(1);
    for step in 1..=STEPS {
        let (bits, target) = sequence(&mut rng, &device);
        let learned = network.learn(Objective::Values, bits, network.zero(1), target);
        let scale = Scale::new(LEARNING_RATE, step);
        (network.parameters, moments) =
            update(network.parameters, learned.gradient, moments, scale);
        if step % 100 == 0 {
            let loss: f32 = learned.loss.into_scalar();
            println!("step {step:3} | loss {loss:.5}");
        }
    }
    let (bits, target) = sequence(&mut rng, &device);
    let (outputs, _) = network.read(bits.clone());
    let row = |data: TensorData| -> Vec<i32> {
        let values = data.try_into_vec::<f32>().expect("they are f32");
        values.iter().map(|value| value.round() as i32).collect()
    };
    println!("seen     {:?}", row(bits.into_data()));
    println!("expected {:?}", row(target.into_data()));
    println!("answered {:?}", row(outputs.into_data()));
}

/// Random bits `[1, time, 1]`, and for each the one of [`LAG`] steps before, `[time]`.
fn sequence(rng: &mut Pcg32, device: &Device) -> (Tensor<3>, Tensor<1>) {
    let bits: Vec<f32> = (0..TIME).map(|_| (rng.next_u32() >> 31) as f32).collect();
    let before: Vec<f32> = (0..TIME)
        .map(|at| at.checked_sub(LAG).map_or(0.0, |at| bits[at]))
        .collect();
    let target = Tensor::from_data(TensorData::new(before, [TIME]), device);
    (
        Tensor::from_data(TensorData::new(bits, [1, TIME, 1]), device),
        target,
    )
}
