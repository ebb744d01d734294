//! The MNIST lesson: an LSTM, an RNN or a GRU reads digits row by row, a shuffled batch at a time, and
//! any drawing in between.

use super::batches::{Batches, ReadingOrder};
use super::options::{AUTO, Choice, DefaultValue, Kind, Options, Row, rows};
use super::{Batch, Definition, Lesson, Luggage, Position, Start, garbage};
use crate::data::order::Order;
use crate::data::scan::Scan;
use crate::data::{DataSet, Digits, PIXELS};
use crate::fault::Fault;
use crate::model::{Network, NetworkShape};
use crate::operators::head::Objective;
use crate::operators::recurrent::Sequence;
use burn::tensor::{Device, Tensor, TensorData};
use std::rc::Rc;

/// Rows of an image, read as time steps, and pixels of a row, read as features.
pub const ROWS: usize = 28;
/// Classes.
pub const DIGITS: usize = 10;

/// The option that says how many workers share a step on the CPU.
pub const WORKERS: &str = "workers";

/// The option by which a batch begins with the states that the one before ended with, as in the first lesson,
/// though its images have nothing to do with those.
const CARRY: &str = "carryState";
/// Those states, in a checkpoint.
const STATES: &str = "carried";

/// Images of the largest batch.
const MOST_IMAGES: usize = 1024;
/// Training images whose gradients are looked at: the tutorial's batch.
const LOOKED_AT: usize = 64;
/// What an epoch is taken to be before the digits have come.
const IMAGES: usize = 60_000;

/// The lesson's row in the table of lessons.
pub(super) const DEFINITION: Definition = Definition {
    name: "mnist",
    options: &[
        rows::learning_rate(0.01),
        rows::hidden_size(64),
        rows::cell("lstm"),
        rows::clip_norm(),
        Row {
            name: "trainOn",
            kind: Kind::choice::<TrainOn>(),
            default: DefaultValue::Text("last"),
            network: false,
        },
        Row {
            name: "batchSize",
            kind: Kind::Integer {
                least: 1,
                most: MOST_IMAGES,
            },
            default: DefaultValue::Number(64.0),
            network: false,
        },
        Row {
            name: "scan",
            kind: Kind::choice::<Scan>(),
            default: DefaultValue::Text("down"),
            network: false,
        },
        Row {
            name: "shuffle",
            kind: Kind::Flag,
            default: DefaultValue::Flag(true),
            network: false,
        },
        Row {
            name: CARRY,
            kind: Kind::Flag,
            default: DefaultValue::Flag(false),
            network: false,
        },
        Row {
            name: WORKERS,
            kind: Kind::IntegerOrAuto { least: 1, most: 8 },
            default: DefaultValue::Text(AUTO),
            network: false,
        },
        rows::speed(DefaultValue::Nothing),
    ],
    small_steps: false,
    cut: |options| !options.flag(CARRY),
    network: |options| NetworkShape {
        cell: options.cell(),
        inputs: ROWS,
        hidden: options.hidden_size(),
        outputs: DIGITS,
    },
    batch: |options| [options.integer("batchSize"), ROWS],
    begin: |start| Box::new(Mnist::new(start, None)),
};

/// The rows after which the loss is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainOn {
    /// The last, as in the tutorial.
    Last,
    /// All of them.
    Every,
}

impl TrainOn {
    fn objective(self) -> Objective {
        match self {
            TrainOn::Last => Objective::LastClass,
            TrainOn::Every => Objective::EveryClass,
        }
    }
}

impl Choice for TrainOn {
    const ALL: &'static [(&'static str, Self)] =
        &[("last", TrainOn::Last), ("every", TrainOn::Every)];
}

impl Choice for Scan {
    const ALL: &'static [(&'static str, Self)] = &[
        ("down", Scan::Down),
        ("up", Scan::Up),
        ("columns", Scan::Columns),
        ("permuted", Scan::Permuted),
    ];
}

/// The lesson under way.
pub struct Mnist {
    device: Device,
    seed: u64,
    batch_size: usize,
    train_on: TrainOn,
    shuffle: bool,
    reading: ReadingOrder,
    data: Option<Data>,
    /// Where a run stood that goes on before its digits have come.
    pending: Option<(u64, usize)>,
    carry: bool,
    /// States and hidden units of the network.
    state: [usize; 2],
    /// The states before the first row, kept from step to step: zeros, or what the last batch ended with. A batch
    /// of another size begins with zeros.
    before: Option<Tensor<3>>,
}

/// The digits, and how far the run has read them.
struct Data {
    batches: Rc<Batches>,
    order: Order,
}

impl Data {
    fn at_end(&self) -> bool {
        self.order.cursor() == self.batches.set.train.len()
    }

    /// Epochs completed.
    fn completed(&self) -> u64 {
        self.order.epoch() + u64::from(self.at_end())
    }
}

impl Mnist {
    fn new(start: &Start, batches: Option<Rc<Batches>>) -> Self {
        let options = start.options;
        let mut lesson = Mnist {
            device: start.device.clone(),
            seed: start.seed,
            batch_size: options.integer("batchSize"),
            train_on: options.choice("trainOn"),
            shuffle: options.flag("shuffle"),
            reading: ReadingOrder::new(options.choice("scan"), start.device),
            data: None,
            pending: None,
            carry: options.flag(CARRY),
            state: [options.cell().states(), options.hidden_size()],
            before: None,
        };
        if let Some(batches) = batches {
            lesson.read_from(batches, 0, 0);
        }
        lesson
    }

    fn read_from(&mut self, batches: Rc<Batches>, epoch: u64, cursor: usize) {
        let mut order = Order::new(batches.set.train.len(), self.seed, self.shuffle);
        order.seek(epoch, cursor);
        self.data = Some(Data { batches, order });
    }

    fn data(&self) -> Result<&Data, Fault> {
        self.data.as_ref().ok_or_else(no_data)
    }

    /// Where its digits are gathered.
    ///
    /// # Errors
    /// `no-data`
    pub fn batches(&self) -> Result<&Rc<Batches>, Fault> {
        Ok(&self.data()?.batches)
    }

    /// The digits it trains on and is tested with.
    ///
    /// # Errors
    /// `no-data`
    pub fn digits(&self) -> Result<&DataSet, Fault> {
        Ok(&self.data()?.batches.set)
    }

    /// The order in which a digit's pixels are read.
    pub fn reading(&self) -> &ReadingOrder {
        &self.reading
    }

    /// One digit of the training or the test set: its pixels and its label.
    ///
    /// # Errors
    /// `no-data`, `digit-index`
    pub fn digit(&self, of_training: bool, index: f64) -> Result<([u8; PIXELS], u8), Fault> {
        let set = self.digits()?;
        let digits: &Digits = if of_training { &set.train } else { &set.test };
        let count = digits.len();
        if index.fract() != 0.0 || !(0.0..count as f64).contains(&index) {
            let message = format!("There is no digit {index}: the last one is {}.", count - 1);
            return Err(Fault::new("digit-index", message).with("index", index));
        }
        let index = index as usize;
        Ok((digits.image(index), digits.labels[index]))
    }

    /// The pixels that `what` was given, 784 values in [0, 1], row-major, white on black, as an
    /// image `[1, 28, 28]` in the order of reading.
    ///
    /// # Errors
    /// `pixels-count`, `pixels-value`
    pub fn image(&self, what: &str, pixels: &[f32]) -> Result<Tensor<3>, Fault> {
        let image = TensorData::new(self.sequence(what, pixels)?, [1, ROWS, ROWS]);
        Ok(Tensor::from_data(image, &self.device))
    }

    /// The first 64 training images, or all of them where there are fewer, as a batch to learn
    /// from.
    ///
    /// # Errors
    /// `no-data`
    pub fn first_batch(&self, network: &Network) -> Result<Batch, Fault> {
        let batches = &self.data()?.batches;
        let images: Vec<usize> = (0..batches.set.train.len().min(LOOKED_AT)).collect();
        let (inputs, target) = batches.train(&images, &self.reading, &self.device);
        Ok(Batch {
            inputs,
            target,
            initial: network.zero(images.len()),
            objective: self.train_on.objective(),
        })
    }
}

impl Lesson for Mnist {
    fn next(&mut self, _step: u64, network: &Network) -> Result<Batch, Fault> {
        let data = self.data.as_mut().ok_or_else(no_data)?;
        let images = data.order.next_batch(self.batch_size);
        let (inputs, target) = data.batches.train(&images, &self.reading, &self.device);
        let shape = network.state_shape(images.len());
        let initial = match self.before.take() {
            Some(before) if before.dims() == shape => before,
            _ => network.zero(images.len()),
        };
        self.before = Some(initial.clone());
        Ok(Batch {
            inputs,
            target,
            initial,
            objective: self.train_on.objective(),
        })
    }

    fn learned(&mut self, _output: Tensor<2>, sequence: Sequence) -> Vec<Tensor<1>> {
        if self.carry {
            self.before = Some(sequence.states(ROWS - 1));
        }
        Vec::new()
    }

    fn sequence(&self, what: &str, pixels: &[f32]) -> Result<Vec<f32>, Fault> {
        let expected = ROWS * ROWS;
        if pixels.len() != expected {
            let found = pixels.len();
            let message =
                format!("{what} needs {expected} pixels, 28 rows of 28, but was given {found}.");
            return Err(Fault::new("pixels-count", message).with("found", found));
        }
        let range = 0.0..=1.0;
        if let Some(k) = pixels.iter().position(|pixel| !range.contains(pixel)) {
            let value = pixels[k];
            let message = format!(
                "Pixel {k} is {value}; pixels are whole numbers from 0 to 255 or, as f32, numbers \
                 from 0 to 1."
            );
            let fault = Fault::new("pixels-value", message).with("value", value);
            return Err(fault.with("index", k));
        }
        Ok(self.reading.arrange(pixels))
    }

    fn position(&self, _steps: u64) -> Position {
        let (completed, images, cursor, finished) = match &self.data {
            Some(data) => {
                let images = data.batches.set.train.len();
                (data.completed(), images, data.order.cursor(), data.at_end())
            }
            None => {
                let (epoch, cursor) = self.pending.unwrap_or_default();
                (epoch, IMAGES, cursor.min(IMAGES), false)
            }
        };
        Position {
            epoch: completed,
            steps_per_epoch: images.div_ceil(self.batch_size) as u64,
            epoch_step: cursor.div_ceil(self.batch_size) as u64,
            finished,
        }
    }

    /// Another `shuffle` starts the epoch afresh; at the end of one it starts the next.
    fn set(&mut self, options: &Options) {
        self.batch_size = options.integer("batchSize");
        self.train_on = options.choice("trainOn");
        let scan = options.choice("scan");
        if scan != self.reading.scan() {
            self.reading = ReadingOrder::new(scan, &self.device);
        }
        let carry = options.flag(CARRY);
        if carry != self.carry {
            self.carry = carry;
            self.before = None;
        }
        let shuffle = options.flag("shuffle");
        if shuffle != self.shuffle {
            self.shuffle = shuffle;
            if let Some(data) = self.data.take() {
                self.read_from(data.batches.clone(), data.completed(), 0);
            }
        }
    }

    fn begin(&self, start: &Start) -> Box<dyn Lesson> {
        let batches = self.data.as_ref().map(|data| data.batches.clone());
        Box::new(Mnist::new(start, batches))
    }

    fn ready(&self) -> Result<(), Fault> {
        self.data().map(|_| ())
    }

    /// The run goes on at the beginning of an epoch; where it came from a checkpoint and waited for
    /// its digits, where it stood.
    fn give(&mut self, digits: DataSet) -> Result<(), Fault> {
        let completed = self.data.as_ref().map(|data| (data.completed(), 0));
        let (epoch, cursor) = self.pending.take().or(completed).unwrap_or_default();
        let batches = Rc::new(Batches::new(digits, &self.device));
        self.read_from(batches, epoch, cursor);
        Ok(())
    }

    fn save(&self) -> Luggage {
        let (epoch, cursor) = match &self.data {
            Some(data) => (data.order.epoch(), data.order.cursor()),
            None => self.pending.unwrap_or_default(),
        };
        let states = self.before.iter().filter(|_| self.carry);
        let flat = |states: &Tensor<3>| (STATES.to_owned(), states.clone().flatten(0, 2));
        Luggage {
            epoch,
            cursor,
            tensors: states.map(flat).collect(),
        }
    }

    fn resume(
        &mut self,
        luggage: &Luggage,
        take: &mut dyn FnMut(&str) -> Option<Vec<f32>>,
    ) -> Result<(), Fault> {
        let [states, hidden] = self.state;
        let before = match take(STATES) {
            Some(values) if self.carry => {
                let batch = values.len() / (states * hidden);
                if !(1..=MOST_IMAGES).contains(&batch) || values.len() != states * batch * hidden {
                    return Err(garbage("its carried states are of another size"));
                }
                let values = TensorData::new(values, [states, batch, hidden]);
                Some(Tensor::from_data(values, &self.device))
            }
            _ => None,
        };
        self.before = before;
        let (epoch, cursor) = (luggage.epoch, luggage.cursor);
        match self.data.take() {
            Some(data) => self.read_from(data.batches, epoch, cursor),
            None => self.pending = Some((epoch, cursor)),
        }
        Ok(())
    }
}

fn no_data() -> Fault {
    let message =
        "The lesson has no digits yet. Wait until they are loaded, or choose synthetic ones.";
    Fault::new("no-data", message)
}
