//! A third lesson, which exists in the tests alone: repeat the bit that was seen `lag` steps ago.
//! One file, one row; nothing in the library knows of it.
#![allow(dead_code)] // Every test file uses its own part.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use std::cell::RefCell;
use unroll::fault::Fault;
use unroll::lessons::options::{DefaultValue, Kind, Options, Row, rows};
use unroll::lessons::{Batch, Definition, Lesson, Luggage, Position, Start};
use unroll::model::{Network, NetworkShape};
use unroll::operators::head::Objective;
use unroll::operators::recurrent::Cell;

const TIME: usize = 12;
const EPOCH: u64 = 60;

pub static RECALL: Definition = Definition {
    name: "recall",
    options: &[
        rows::learning_rate(0.02),
        rows::hidden_size(12),
        Row {
            name: "lag",
            kind: Kind::Integer { least: 0, most: 4 },
            default: DefaultValue::Number(1.0),
            network: false,
        },
        rows::speed(DefaultValue::Nothing),
    ],
    small_steps: true,
    cut: |_| false,
    network: |options| NetworkShape {
        cell: Cell::Lstm,
        inputs: 1,
        hidden: options.hidden_size(),
        outputs: 1,
    },
    batch: |_| [1, TIME],
    begin: |start| Box::new(Recall::new(start)),
};

/// What happens to a lesson's next steps, for tests that want it to.
#[derive(Default)]
pub struct Weather {
    /// Milliseconds that a step takes, and the time it is.
    pub cost: f64,
    pub now: f64,
    /// The device is gone.
    pub lost: bool,
    /// The next targets are no numbers.
    pub diverges: bool,
}

thread_local! {
    pub static WEATHER: RefCell<Weather> = RefCell::default();
}

struct Recall {
    device: Device,
    seed: u64,
    lag: usize,
    hidden: usize,
}

impl Recall {
    fn new(start: &Start) -> Self {
        Recall {
            device: start.device.clone(),
            seed: start.seed,
            lag: start.options.integer("lag"),
            hidden: start.options.hidden_size(),
        }
    }
}

impl Lesson for Recall {
    fn next(&mut self, step: u64, network: &Network) -> Result<Batch, Fault> {
        let diverges = WEATHER.with_borrow_mut(|weather| {
            weather.now += weather.cost * self.hidden as f64 / 12.0;
            match weather.lost {
                true => Err(Fault::new("read-back", "The device is gone.")),
                false => Ok(std::mem::take(&mut weather.diverges)),
            }
        })?;
        let mut rng = Pcg32::seed_from_u64(self.seed.wrapping_mul(1_000_003).wrapping_add(step));
        let bits: Vec<f32> = (0..TIME).map(|_| (rng.next_u32() >> 31) as f32).collect();
        let seen = |at: usize| at.checked_sub(self.lag).map_or(0.0, |at| bits[at]);
        let target: Vec<f32> = match diverges {
            true => vec![f32::NAN; TIME],
            false => (0..TIME).map(seen).collect(),
        };
        let tensor =
            |values, shape| Tensor::<3>::from_data(TensorData::new(values, shape), &self.device);
        Ok(Batch {
            inputs: tensor(bits, [1, TIME, 1]),
            target: Tensor::from_data(TensorData::new(target, [TIME]), &self.device),
            initial: network.zero(1),
            objective: Objective::Values,
        })
    }

    fn sequence(&self, _what: &str, inputs: &[f32]) -> Result<Vec<f32>, Fault> {
        Ok(inputs.to_vec())
    }

    fn position(&self, steps: u64) -> Position {
        Position::after(steps, EPOCH)
    }

    fn set(&mut self, options: &Options) {
        self.lag = options.integer("lag");
    }

    fn begin(&self, start: &Start) -> Box<dyn Lesson> {
        Box::new(Recall::new(start))
    }

    fn save(&self) -> Luggage {
        Luggage::default()
    }
}
