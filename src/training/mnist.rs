//! The MNIST lesson: an LSTM, or an RNN, reads digits row by row, a shuffled batch at a time, and any
//! drawing in between.

use super::batches::{Batches, Reading};
use super::checkpoint::{self, Cursor};
use super::evaluation::{Evaluator, argmax, softmax};
use super::insight::{self, Inspection, RowGradients};
use super::options::{Options, TrainOn};
use super::run::{Run, diverged_at};
use super::{LessonName, Progress, Standing};
use crate::data::order::Order;
use crate::data::{DataSet, Digits};
use crate::fault::Fault;
use crate::model::{Classifier, DIGITS, ROWS, weights};
use crate::operators::head::Objective;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use std::rc::Rc;

/// Training images whose gradients are looked at: the tutorial's batch.
const LOOKED_AT: usize = 64;

/// What the network makes of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    pub digit: u8,
    /// 10
    pub probabilities: Vec<f32>,
    /// `[28, 10]`: what it would say after every row.
    pub beliefs: Vec<f32>,
    /// After how many steps of training.
    pub step: u64,
}

/// The lesson's session.
pub struct Mnist {
    run: Run<Classifier>,
    data: Option<Place>,
    reading: Reading,
    accuracy: Option<f64>,
    /// The states before the first row, kept from step to step.
    zero: Option<Tensor<3>>,
}

/// The digits, and how far the run has read them.
struct Place {
    batches: Rc<Batches>,
    order: Order,
}

impl Mnist {
    pub(super) fn new(device: Device, seed: u64, options: Options) -> Self {
        let model = blank(&options, seed, &device);
        Mnist {
            reading: Reading::new(options.scan, &device),
            run: Run::new(device, seed, options, model),
            data: None,
            accuracy: None,
            zero: None,
        }
    }

    /// The digits to train on and to test with. The run goes on at the beginning of an epoch.
    pub fn give(&mut self, set: DataSet) {
        self.read_from(Rc::new(Batches::new(set, &self.run.device)));
    }

    fn read_from(&mut self, batches: Rc<Batches>) {
        let count = batches.set.train.len();
        let order = Order::new(count, self.run.seed, self.run.options.shuffle);
        self.data = Some(Place { batches, order });
    }

    /// Another run on the same digits, from its beginning.
    pub(super) fn rival(&self, options: Options) -> Self {
        let mut rival = Mnist::new(self.run.device.clone(), self.run.seed, options);
        if let Some(place) = &self.data {
            rival.read_from(place.batches.clone());
        }
        rival
    }

    pub(super) fn options(&self) -> &Options {
        &self.run.options
    }

    pub(super) fn finished(&self) -> bool {
        let at_end = |place: &Place| place.order.cursor() == place.batches.set.train.len();
        self.data.as_ref().is_some_and(at_end)
    }

    pub(super) fn standing(&self) -> Standing {
        let lesson = LessonName::Mnist;
        let batch = self.run.options.batch_size;
        let finished = self.finished();
        let (begun, images, cursor) = match &self.data {
            Some(place) => (
                place.order.epoch(),
                place.batches.set.train.len(),
                place.order.cursor(),
            ),
            None => (0, 60_000, 0),
        };
        let steps_per_epoch = images.div_ceil(batch) as u64;
        Standing {
            lesson,
            finished,
            step: self.run.step,
            epoch: begun + u64::from(finished),
            steps_per_epoch,
            epoch_step: cursor.div_ceil(batch) as u64,
            loss: self.run.loss,
            accuracy: self.accuracy,
            seed: self.run.seed,
            options: self.run.options.to_patch(lesson),
            parameters: self.run.model.num_params(),
            architecture: Classifier::architecture(
                self.run.options.cell,
                self.run.options.hidden_size,
            ),
        }
    }

    pub(super) fn step(&mut self) -> Result<(), Fault> {
        let place = self.data.as_mut().ok_or_else(no_data)?;
        let batch = place.order.next_batch(self.run.options.batch_size);
        let device = &self.run.device;
        let (images, labels) = place.batches.train(&batch, &self.reading, device);
        let options = &self.run.options;
        let shape = [options.cell.states(), batch.len(), options.hidden_size];
        let zero = match self.zero.take() {
            Some(zero) if zero.dims() == shape => zero,
            _ => self.run.model.rnn.zero(batch.len(), device),
        };
        self.zero = Some(zero.clone());
        let goal = goal(&self.run.options);
        let loss = self.run.model.judge(goal, images, labels, zero).loss;
        self.run.learn(loss, Vec::new());
        Ok(())
    }

    pub(super) async fn collect(&mut self) -> Result<Progress, Fault> {
        let (first_step, steps) = self.run.read().await?;
        let losses: Vec<f32> = steps.iter().map(|step| step[0]).collect();
        Ok(Progress {
            first_step,
            diverged_at: diverged_at(first_step, &losses),
            losses,
            segments: None,
        })
    }

    pub(super) fn set(&mut self, options: Options) {
        let old = std::mem::replace(&mut self.run.options, options);
        let options = &self.run.options;
        if options.scan != self.reading.scan() {
            self.reading = Reading::new(options.scan, &self.run.device);
        }
        if !options.same_network(&old) {
            self.reset(self.run.seed);
        } else if options.shuffle != old.shuffle
            && let Some(place) = &mut self.data
        {
            let epoch = place.order.epoch();
            let count = place.batches.set.train.len();
            place.order = Order::new(count, self.run.seed, options.shuffle);
            place.order.seek(epoch, 0);
        }
    }

    pub(super) fn reset(&mut self, seed: u64) {
        let model = blank(&self.run.options, seed, &self.run.device);
        self.begin(seed, model);
    }

    fn begin(&mut self, seed: u64, model: Classifier) {
        self.run = self.run.fresh(seed, model);
        self.accuracy = None;
        let shuffle = self.run.options.shuffle;
        if let Some(place) = &mut self.data {
            place.order = Order::new(place.batches.set.train.len(), seed, shuffle);
        }
    }

    pub(super) async fn save_weights(&self) -> Result<Vec<u8>, Fault> {
        Ok(weights::write(
            &weights::read_back(&self.run.model).await?,
            None,
        ))
    }

    pub(super) fn load_weights(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let model = weights::File::parse(bytes)?.fill(self.run.model.clone())?;
        self.begin(self.run.seed, model);
        Ok(())
    }

    pub(super) async fn save_checkpoint(&self) -> Result<Vec<u8>, Fault> {
        let cursor = match &self.data {
            Some(place) => Cursor {
                epoch: place.order.epoch(),
                image: place.order.cursor(),
            },
            None => Cursor::default(),
        };
        checkpoint::save(LessonName::Mnist, &self.run, cursor, None).await
    }

    pub(super) fn load_checkpoint(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let device = self.run.device.clone();
        let opened = checkpoint::open(LessonName::Mnist, bytes)?;
        let blank = blank(opened.options(), 0, &device);
        let (run, cursor, _) = opened.restore(blank, &device)?;
        self.reading = Reading::new(run.options.scan, &device);
        self.run = run;
        self.accuracy = None;
        let (seed, shuffle) = (self.run.seed, self.run.options.shuffle);
        if let Some(place) = &mut self.data {
            place.order = Order::new(place.batches.set.train.len(), seed, shuffle);
            place.order.seek(cursor.epoch, cursor.image);
        }
        Ok(())
    }

    /// Begins to evaluate the first `images` test images.
    ///
    /// # Errors
    /// `no-data`, and `evaluate-count` for a number that the test set does not have.
    pub fn evaluate(&self, images: f64) -> Result<Evaluator, Fault> {
        let batches = self.batches()?.clone();
        let count = batches.set.test.len();
        if images.fract() != 0.0 || !(1.0..=count as f64).contains(&images) {
            let message = format!(
                "evaluate cannot read {images} images: it must be a whole number from 1 to {count}."
            );
            return Err(Fault::new("evaluate-count", message)
                .with("value", images)
                .with("count", count));
        }
        let device = self.run.device.clone();
        let step = self.run.step;
        Ok(Evaluator::new(
            &self.run.model,
            device,
            batches,
            self.reading.clone(),
            step,
            images as usize,
        ))
    }

    /// Keeps the accuracy of an evaluation as this run's latest.
    pub fn evaluated(&mut self, accuracy: f64) {
        self.accuracy = Some(accuracy);
    }

    /// Reads one image: 784 pixels in [0, 1], row-major, white on black.
    ///
    /// # Errors
    /// `pixels-count`, `pixels-value`, `read-back`
    pub async fn predict(&self, pixels: &[f32]) -> Result<Prediction, Fault> {
        let step = self.run.step;
        let image = self.image("predict", pixels)?;
        let beliefs = self.run.model.valid().beliefs(image);
        let beliefs = beliefs
            .into_data_async()
            .await
            .map_err(weights::unreadable)?;
        let beliefs = beliefs.as_slice::<f32>().map_err(weights::unreadable)?;
        let beliefs: Vec<f32> = beliefs.chunks_exact(DIGITS).flat_map(softmax).collect();
        let probabilities = beliefs[(ROWS - 1) * DIGITS..].to_vec();
        Ok(Prediction {
            digit: argmax(&probabilities) as u8,
            probabilities,
            beliefs,
            step,
        })
    }

    /// Looks inside while the network reads one image, given as to [`predict`](Self::predict).
    ///
    /// # Errors
    /// `pixels-count`, `pixels-value`, `read-back`
    pub async fn inspect(&self, pixels: &[f32]) -> Result<Inspection, Fault> {
        let image = self.image("inspect", pixels)?;
        insight::inspect(&self.run.model, image, self.run.step).await
    }

    /// How much of the gradient reaches every row: of the loss as it is trained, on the first 64 training
    /// images (all of them where there are fewer), with the weights as they are.
    ///
    /// # Errors
    /// `no-data`, `read-back`
    pub async fn row_gradients(&self) -> Result<RowGradients, Fault> {
        let batches = self.batches()?;
        let images: Vec<usize> = (0..batches.set.train.len().min(LOOKED_AT)).collect();
        let batch = batches.train(&images, &self.reading, &self.run.device);
        insight::row_gradients(
            &self.run.model,
            goal(&self.run.options),
            batch,
            self.run.step,
        )
        .await
    }

    /// The pixels that `what` was given, as an image `[1, 28, 28]`.
    fn image(&self, what: &str, pixels: &[f32]) -> Result<Tensor<3>, Fault> {
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
        let image = TensorData::new(self.reading.read(pixels), [1, ROWS, ROWS]);
        Ok(Tensor::from_data(image, &self.run.device))
    }

    /// Which pixel of a digit, row-major, is read at each of the 784 places.
    pub fn scan_order(&self) -> Vec<u16> {
        self.reading.scan().order()
    }

    /// The digits it trains on and is tested with.
    ///
    /// # Errors
    /// `no-data`
    pub fn set_of_digits(&self) -> Result<&DataSet, Fault> {
        Ok(&self.batches()?.set)
    }

    fn batches(&self) -> Result<&Rc<Batches>, Fault> {
        let place = self.data.as_ref().ok_or_else(no_data)?;
        Ok(&place.batches)
    }

    /// One digit of the training or the test set: its pixels and its label.
    ///
    /// # Errors
    /// `no-data`, `digit-index`
    pub fn digit(&self, of_training: bool, index: f64) -> Result<(&[u8], u8), Fault> {
        let set = self.set_of_digits()?;
        let digits: &Digits = if of_training { &set.train } else { &set.test };
        let count = digits.len();
        if index.fract() != 0.0 || !(0.0..count as f64).contains(&index) {
            let message = format!("There is no digit {index}: the last one is {}.", count - 1);
            return Err(Fault::new("digit-index", message).with("index", index));
        }
        let index = index as usize;
        Ok((digits.image(index), digits.labels[index]))
    }
}

/// What the network learns to say, and after which rows.
fn goal(options: &Options) -> Objective {
    match options.train_on {
        TrainOn::Last => Objective::LastClass,
        TrainOn::Every => Objective::EveryClass,
    }
}

/// A network as `options` ask for it, ready to learn.
fn blank(options: &Options, seed: u64, device: &Device) -> Classifier {
    let device = device.clone().autodiff();
    Classifier::new(options.cell, options.hidden_size, seed, &device)
}

fn no_data() -> Fault {
    let message =
        "The lesson has no digits yet. Wait until they are loaded, or choose synthetic ones.";
    Fault::new("no-data", message)
}
