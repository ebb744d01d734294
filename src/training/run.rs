//! One run of training: a lesson, a network, its optimiser, and results not yet read.

use super::checkpoint;
use super::optimizer::Adam;
use super::parts::{Step, parts_of};
use crate::data::DataSet;
use crate::device;
use crate::fault::Fault;
use crate::lessons::options::{Options, Patch};
use crate::lessons::{
    Batch, Definition, Lesson, Mnist, Position, Segments, SinCos, Start, WORKERS, wrong,
};
use crate::model::weights::{self, File, Named};
use crate::model::{Network, NetworkShape};
use crate::operators::clip;
use crate::operators::head::Objective;
use crate::operators::limits::{Limits, Sizes};
use burn::tensor::{Device, Tensor, Transaction};
use std::any::Any;

/// What came of the steps since the last collection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// The 1-based number of the step that `losses[0]` belongs to.
    pub first_step: u64,
    /// One per step.
    pub losses: Vec<f32>,
    /// The curves of the same steps, where the lesson has curves.
    pub segments: Option<Segments>,
}

impl Progress {
    /// Appends `later`.
    pub fn append(&mut self, later: Progress) {
        if self.losses.is_empty() {
            *self = later;
            return;
        }
        self.losses.extend(later.losses);
        if let (Some(segments), Some(later)) = (&mut self.segments, later.segments) {
            segments.append(later);
        }
    }
}

/// Which weights a run began with.
#[derive(Clone)]
pub(super) enum Initial {
    /// Drawn from the run's seed.
    Seed,
    /// Loaded from a file.
    File(Vec<Named>),
}

/// A run under way.
pub struct Run {
    pub(super) definition: &'static Definition,
    pub(super) device: Device,
    pub(super) seed: u64,
    pub(super) options: Options,
    pub(super) lesson: Box<dyn Lesson>,
    pub(super) network: Network,
    pub(super) adam: Adam,
    pub(super) initial: Initial,
    /// Steps done.
    pub(super) step: u64,
    /// Of the last step that was collected.
    pub(super) loss: Option<f32>,
    /// Of the last evaluation that counts, 0 to 1.
    pub(super) accuracy: Option<f64>,
    /// The first step from which on loss or weights are no longer numbers.
    pub(super) diverged: Option<u64>,
    /// What each step since the last collection left to read, the loss first.
    unread: Vec<Vec<Tensor<1>>>,
}

impl Run {
    /// A run of the lesson `definition` on `device`, with the tutorial's options except those in `patch`.
    ///
    /// # Errors
    /// Those of [`Options::patched`]; `device-limit` where the device is too small for them.
    pub fn new(
        definition: &'static Definition,
        device: Device,
        seed: u64,
        patch: &Patch,
    ) -> Result<Self, Fault> {
        let options = definition.defaults().patched(patch)?;
        let shape = (definition.network)(&options);
        check_limits(definition, &options, &device)?;
        let start = Start {
            device: &device,
            seed,
            options: &options,
        };
        let lesson = (definition.begin)(&start);
        let network = Network::new(shape, seed, &device);
        Ok(Run::assembled(
            definition,
            device,
            seed,
            options,
            lesson,
            network,
            Initial::Seed,
        ))
    }

    pub(super) fn assembled(
        definition: &'static Definition,
        device: Device,
        seed: u64,
        options: Options,
        lesson: Box<dyn Lesson>,
        network: Network,
        initial: Initial,
    ) -> Self {
        Run {
            definition,
            device,
            seed,
            options,
            lesson,
            network,
            adam: Adam::default(),
            initial,
            step: 0,
            loss: None,
            accuracy: None,
            diverged: None,
            unread: Vec::new(),
        }
    }

    /// Another run from its beginning, of the same seed, on the same data, with this one's options
    /// except those in `patch`.
    ///
    /// # Errors
    /// As [`Run::new`].
    pub fn variant(&self, patch: &Patch) -> Result<Self, Fault> {
        let options = self.options.patched(patch)?;
        let shape = (self.definition.network)(&options);
        check_limits(self.definition, &options, &self.device)?;
        Ok(self.another(
            self.seed,
            options,
            Network::new(shape, self.seed, &self.device),
            Initial::Seed,
        ))
    }

    /// Another run on the same data.
    pub(super) fn another(
        &self,
        seed: u64,
        options: Options,
        network: Network,
        initial: Initial,
    ) -> Self {
        let lesson = self.lesson.begin(&Start {
            device: &self.device,
            seed,
            options: &options,
        });
        Run::assembled(
            self.definition,
            self.device.clone(),
            seed,
            options,
            lesson,
            network,
            initial,
        )
    }

    /// The name of its lesson.
    pub fn lesson(&self) -> &'static str {
        self.definition.name
    }

    /// What its initial weights and the order of its examples are drawn from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Its options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Steps done.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The loss of the last step that was collected.
    pub fn loss(&self) -> Option<f32> {
        self.loss
    }

    /// The accuracy of the last evaluation that [counts](Self::evaluated), 0 to 1.
    pub fn accuracy(&self) -> Option<f64> {
        self.accuracy
    }

    /// The step since which loss or weights are no longer numbers, where that is so.
    pub fn diverged(&self) -> Option<u64> {
        self.diverged
    }

    /// Whether its weights have learned nothing: no step was done, and they are of no file.
    pub fn untrained(&self) -> bool {
        self.step == 0 && matches!(self.initial, Initial::Seed)
    }

    /// How far it has come.
    pub fn position(&self) -> Position {
        self.lesson.position(self.step)
    }

    /// The number of its trainable parameters.
    pub fn parameters(&self) -> usize {
        self.shape().count()
    }

    /// Its network as PyTorch prints it.
    pub fn architecture(&self) -> String {
        self.shape().architecture()
    }

    fn shape(&self) -> NetworkShape {
        (self.definition.network)(&self.options)
    }

    /// Whether it can do a step.
    ///
    /// # Errors
    /// `no-data`, `nan-loss`
    pub fn ready(&self) -> Result<(), Fault> {
        match self.diverged {
            Some(step) => Err(diverged(step)),
            None => self.lesson.ready(),
        }
    }

    /// Whether there is something to learn from.
    ///
    /// # Errors
    /// `no-data`
    pub fn has_data(&self) -> Result<(), Fault> {
        self.lesson.ready()
    }

    /// Whether its steps are cut into parts, which others can share.
    pub fn is_cut(&self) -> bool {
        (self.definition.cut)(&self.options) && device::is_cpu(&self.device)
    }

    /// The parts of a step: one where it is not cut.
    pub fn parts(&self) -> usize {
        match self.is_cut() {
            true => parts_of((self.definition.batch)(&self.options)[0]),
            false => 1,
        }
    }

    /// How many workers should share a step, where somebody asked for a number.
    pub fn workers_asked(&self) -> Option<usize> {
        self.options
            .has(WORKERS)
            .then(|| self.options.integer_or_auto(WORKERS))?
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Enqueues one step.
    ///
    /// # Errors
    /// `no-data`, `nan-loss`
    pub fn step(&mut self) -> Result<(), Fault> {
        let step = self.begin_step()?;
        if self.is_cut() {
            let parts = step.done(&self.network, 0..step.parts());
            self.end_step(&step, &parts);
            return Ok(());
        }
        let Batch {
            inputs,
            target,
            initial,
            objective,
        } = step.batch;
        let learned = self.network.learn(objective, inputs, initial, target);
        let mut unread = vec![learned.loss];
        unread.extend(self.lesson.learned(learned.output, learned.sequence));
        self.learned(learned.gradient, unread);
        Ok(())
    }

    /// Begins a step; [`end_step`](Self::end_step) ends it, with what came of all its parts.
    ///
    /// # Errors
    /// `no-data`, `nan-loss`
    pub fn begin_step(&mut self) -> Result<Step, Fault> {
        self.ready()?;
        let batch = self.lesson.next(self.step, &self.network)?;
        Ok(Step { batch })
    }

    /// Ends a step that [is cut](Self::is_cut): `parts` is what [`Step::done`] or a [`Work`] gave of each, in
    /// their order.
    ///
    /// [`Work`]: super::Work
    pub fn end_step(&mut self, step: &Step, parts: &[f32]) {
        let (loss, gradient) = step.sum(&self.network, parts);
        self.learned(gradient, vec![loss]);
    }

    fn learned(&mut self, gradient: Tensor<1>, unread: Vec<Tensor<1>>) {
        let rate = self.options.learning_rate();
        let gradient = match self.options.clip_norm() {
            Some(most) => clip::to_norm(gradient, most),
            None => gradient,
        };
        self.adam.step(&mut self.network, gradient, rate);
        self.step += 1;
        self.unread.push(unread);
    }

    /// Waits for the device and reads what came of every step since the last time. A loss that is
    /// not a finite number is the last one.
    ///
    /// # Errors
    /// `read-back`: the device is gone.
    pub async fn collect(&mut self) -> Result<Progress, Fault> {
        let unread = std::mem::take(&mut self.unread);
        let first_step = self.step - unread.len() as u64 + 1;
        let steps = read_all(unread).await?;
        let losses: Vec<f32> = steps.iter().map(|values| values[0]).collect();
        if let Some(loss) = losses.last() {
            self.loss = Some(*loss);
        }
        if let Some(at) = losses.iter().position(|loss| !loss.is_finite()) {
            self.diverged.get_or_insert(first_step + at as u64);
        }
        let also: Vec<&[f32]> = steps.iter().map(|values| &values[1..]).collect();
        Ok(Progress {
            first_step,
            losses,
            segments: self.lesson.read(&also),
        })
    }

    /// Changes options in the middle of a run. Returns whether a fresh run began, because they need
    /// another network.
    ///
    /// # Errors
    /// As [`Run::new`]; then nothing has changed.
    pub fn set(&mut self, patch: &Patch) -> Result<bool, Fault> {
        let options = self.options.patched(patch)?;
        let shape = (self.definition.network)(&options);
        check_limits(self.definition, &options, &self.device)?;
        let fresh = !options.same_network(&self.options);
        if fresh {
            let network = Network::new(shape, self.seed, &self.device);
            *self = self.another(self.seed, options, network, Initial::Seed);
        } else {
            self.lesson.set(&options);
            self.options = options;
        }
        Ok(fresh)
    }

    /// A fresh run: with the initial weights of `seed`, or without one with those that this run
    /// began with.
    ///
    /// # Errors
    /// None that a run's own weights could cause; they fit it.
    pub fn reset(&mut self, seed: Option<u64>) -> Result<(), Fault> {
        *self = match (seed, &self.initial) {
            (None, Initial::File(tensors)) => {
                let network = File::of(tensors.clone()).fill(self.shape(), &self.device)?;
                self.another(
                    self.seed,
                    self.options.clone(),
                    network,
                    self.initial.clone(),
                )
            }
            (seed, _) => {
                let seed = seed.unwrap_or(self.seed);
                let network = Network::new(self.shape(), seed, &self.device);
                self.another(seed, self.options.clone(), network, Initial::Seed)
            }
        };
        Ok(())
    }

    /// Takes digits to read; the run goes on at the beginning of an epoch.
    ///
    /// # Errors
    /// `wrong-lesson` where the lesson reads none; `device-limit` where the device cannot keep so many. Then
    /// nothing has changed.
    pub fn give(&mut self, digits: DataSet) -> Result<(), Fault> {
        check_digits(&digits, &self.device)?;
        self.lesson.give(digits)
    }

    /// The weights as safetensors, with PyTorch's names.
    ///
    /// # Errors
    /// `read-back`
    pub async fn save_weights(&self) -> Result<Vec<u8>, Fault> {
        let tensors = weights::read_back(&self.network).await?;
        Ok(weights::write(&tensors, None))
    }

    /// A fresh run from the weights in a safetensors file.
    ///
    /// # Errors
    /// Those of [`File::parse`] and [`File::fill`]; then nothing has changed.
    pub fn load_weights(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let file = File::parse(bytes)?;
        let tensors = file.tensors();
        let network = file.fill(self.shape(), &self.device)?;
        let initial = Initial::File(tensors);
        *self = self.another(self.seed, self.options.clone(), network, initial);
        Ok(())
    }

    /// Everything that continues this run elsewhere, as safetensors.
    ///
    /// # Errors
    /// `read-back`
    pub async fn save_checkpoint(&mut self) -> Result<Vec<u8>, Fault> {
        checkpoint::save(self).await
    }

    /// Continues the run that `bytes` were saved from, with the data that this one has.
    ///
    /// # Errors
    /// `checkpoint-garbage`, `wrong-lesson`, `device-limit`, those of [`File::parse`]; then nothing
    /// has changed.
    pub fn resume(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        *self = checkpoint::resume(self, bytes)?;
        Ok(())
    }

    /// The lesson, for what only that one can do.
    fn as_lesson<L: Lesson>(&self, what: &str, owner: &str) -> Result<&L, Fault> {
        let lesson: &dyn Any = self.lesson.as_ref();
        lesson.downcast_ref().ok_or_else(|| wrong(what, owner))
    }

    /// The MNIST lesson, for what only that one can do.
    ///
    /// # Errors
    /// `wrong-lesson`
    pub fn mnist(&self, what: &str) -> Result<&Mnist, Fault> {
        self.as_lesson(what, "mnist")
    }

    /// The sin-cos lesson, for what only that one can do.
    ///
    /// # Errors
    /// `wrong-lesson`
    pub fn sin_cos(&self, what: &str) -> Result<&SinCos, Fault> {
        self.as_lesson(what, "sin-cos")
    }
}

/// Whether `device` can run a training step of `definition` with these options.
///
/// # Errors
/// `device-limit` says what is too large, and how large it may be.
pub(super) fn check_limits(
    definition: &Definition,
    options: &Options,
    device: &Device,
) -> Result<(), Fault> {
    let Some(limits) = Limits::of(device) else {
        return Ok(());
    };
    let shape = (definition.network)(options);
    let [batch, time] = (definition.batch)(options);
    let sizes = Sizes {
        cell: shape.cell,
        batch,
        time,
        inputs: shape.inputs,
        hidden: shape.hidden,
        outputs: shape.outputs,
        objective: Objective::EveryClass,
    };
    limits.fit(&sizes).map_err(|exceeded| {
        let message = format!(
            "The graphics device is too small for a batch of {batch} with {} hidden units: \
             {exceeded}. Choose fewer, or the CPU.",
            shape.hidden
        );
        Fault::new("device-limit", message)
            .with("batch", batch)
            .with("hidden", shape.hidden)
    })
}

/// Whether `device` can keep so many digits.
///
/// # Errors
/// `device-limit` says how many there are.
fn check_digits(DataSet { train, test }: &DataSet, device: &Device) -> Result<(), Fault> {
    let Some(limits) = Limits::of(device) else {
        return Ok(());
    };
    let digits = train.len().max(test.len());
    limits.keep(digits).map_err(|exceeded| {
        let message = format!(
            "The graphics device is too small for {digits} digits: {exceeded}. Give it fewer, or choose the CPU."
        );
        Fault::new("device-limit", message).with("digits", digits)
    })
}

/// What it means when loss or weights are no longer numbers since `step`.
pub fn diverged(step: u64) -> Fault {
    let message = format!(
        "The loss is no longer a number since step {step}, so training stopped. Reset with a \
         smaller learning rate."
    );
    Fault::new("nan-loss", message).with("step", step)
}

/// The values of all tensors of each step, in one go.
async fn read_all(unread: Vec<Vec<Tensor<1>>>) -> Result<Vec<Vec<f32>>, Fault> {
    if unread.is_empty() {
        return Ok(Vec::new());
    }
    let counts: Vec<usize> = unread.iter().map(Vec::len).collect();
    let mut transaction = Transaction::default();
    for tensor in unread.into_iter().flatten() {
        transaction = transaction.register(tensor);
    }
    let mut read = weights::read(transaction).await?.into_iter();
    let mut steps = Vec::with_capacity(counts.len());
    for count in counts {
        let mut step = Vec::new();
        for values in read.by_ref().take(count) {
            step.extend(values.try_into_vec::<f32>().map_err(weights::unreadable)?);
        }
        steps.push(step);
    }
    Ok(steps)
}
