//! The sin-cos lesson: an RNN predicts cos from sin, segment by segment, and carries its hidden
//! state from one to the next.

use super::checkpoint::{self, Cursor};
use super::insight::{self, Following};
use super::options::{Options, StateMode};
use super::run::{Run, diverged_at};
use super::{LessonName, Progress, Standing};
use crate::data::wave::{Segment, segment};
use crate::fault::Fault;
use crate::model::{Regressor, weights};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

/// Segments after which the tutorial stops.
const LENGTH: u64 = 100;

/// The curves of consecutive segments, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Segments {
    /// Points of each segment.
    pub lengths: Vec<u32>,
    /// In radians.
    pub times: Vec<f32>,
    /// sin
    pub inputs: Vec<f32>,
    /// cos
    pub targets: Vec<f32>,
    pub predictions: Vec<f32>,
}

impl Segments {
    /// Puts `later` behind these.
    pub(super) fn append(&mut self, later: Segments) {
        self.lengths.extend(later.lengths);
        self.times.extend(later.times);
        self.inputs.extend(later.inputs);
        self.targets.extend(later.targets);
        self.predictions.extend(later.predictions);
    }
}

/// The lesson's session.
pub struct SinCos {
    run: Run<Regressor>,
    /// The hidden state after the last segment, `[1, 1, H]`, without its history.
    state: Tensor<3>,
    /// The segments whose predictions were not read yet.
    unread: Vec<Segment>,
}

impl SinCos {
    pub(super) fn new(device: Device, seed: u64, options: Options) -> Self {
        let model = Regressor::new(options.hidden_size, seed, &device.clone().autodiff());
        let state = zero_state(options.hidden_size, &device);
        SinCos {
            run: Run::new(device, seed, options, model),
            state,
            unread: Vec::new(),
        }
    }

    pub(super) fn options(&self) -> &Options {
        &self.run.options
    }

    pub(super) fn finished(&self) -> bool {
        self.run.step > 0 && self.run.step.is_multiple_of(LENGTH)
    }

    pub(super) fn standing(&self) -> Standing {
        let lesson = LessonName::SinCos;
        let finished = self.finished();
        let in_length = self.run.step % LENGTH;
        Standing {
            lesson,
            finished,
            step: self.run.step,
            epoch: self.run.step / LENGTH,
            steps_per_epoch: LENGTH,
            epoch_step: if finished { LENGTH } else { in_length },
            loss: self.run.loss,
            accuracy: None,
            seed: self.run.seed,
            options: self.run.options.to_patch(lesson),
            parameters: self.run.model.num_params(),
            architecture: Regressor::architecture(self.run.options.hidden_size),
        }
    }

    pub(super) fn step(&mut self) -> Result<(), Fault> {
        let options = &self.run.options;
        let segment = segment(self.run.step, options.time_step, options.endpoint);
        let time = segment.times.len();
        let device = &self.run.device;
        let x = TensorData::new(segment.inputs.clone(), [1, time, 1]);
        let target = TensorData::new(segment.targets.clone(), [time]);
        let initial = match options.state_mode {
            StateMode::Carry => self.state.clone(),
            StateMode::Reset => zero_state(options.hidden_size, device),
        };
        let (x, target) = (
            Tensor::from_data(x, device),
            Tensor::from_data(target, device),
        );
        let (judgement, hidden) = self.run.model.judge(x, initial, target);
        self.state = hidden.inner().narrow(1, time - 1, 1);
        self.run.learn(
            judgement.loss,
            Some(judgement.output.inner().reshape([time])),
        );
        self.unread.push(segment);
        Ok(())
    }

    pub(super) async fn collect(&mut self) -> Result<Progress, Fault> {
        let (first_step, steps) = self.run.read().await?;
        let mut losses = Vec::with_capacity(steps.len());
        let mut segments = Segments::default();
        for (segment, read) in self.unread.drain(..).zip(&steps) {
            losses.push(read[0]);
            segments.lengths.push(segment.times.len() as u32);
            segments.times.extend(segment.times);
            segments.inputs.extend(segment.inputs);
            segments.targets.extend(segment.targets);
            segments.predictions.extend(&read[1..]);
        }
        Ok(Progress {
            first_step,
            diverged_at: diverged_at(first_step, &losses),
            losses,
            segments: Some(segments),
        })
    }

    pub(super) fn set(&mut self, options: Options) {
        let resized = options.hidden_size != self.run.options.hidden_size;
        self.run.options = options;
        if resized {
            self.reset(self.run.seed);
        }
    }

    pub(super) fn reset(&mut self, seed: u64) {
        *self = SinCos::new(self.run.device.clone(), seed, self.run.options.clone());
    }

    pub(super) async fn save_weights(&self) -> Result<Vec<u8>, Fault> {
        Ok(weights::write(
            &weights::read_back(&self.run.model).await?,
            None,
        ))
    }

    pub(super) fn load_weights(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let model = weights::File::parse(bytes)?.fill(self.run.model.clone())?;
        self.run = self.run.fresh(self.run.seed, model);
        self.state = zero_state(self.run.options.hidden_size, &self.run.device);
        self.unread.clear();
        Ok(())
    }

    pub(super) async fn save_checkpoint(&self) -> Result<Vec<u8>, Fault> {
        checkpoint::save(
            LessonName::SinCos,
            &self.run,
            Cursor::default(),
            Some(&self.state),
        )
        .await
    }

    pub(super) fn load_checkpoint(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let device = &self.run.device;
        let opened = checkpoint::open(LessonName::SinCos, bytes)?;
        let hidden = opened.options().hidden_size;
        let blank = Regressor::new(hidden, 0, &device.clone().autodiff());
        let (run, _, state) = opened.restore(blank, device)?;
        self.state = state.unwrap_or_else(|| zero_state(hidden, device));
        self.run = run;
        self.unread.clear();
        Ok(())
    }

    /// Runs the network as it is over `inputs`, from 1 to 2,000 finite numbers, from the zero state.
    /// The run's own state stays what it was.
    ///
    /// # Errors
    /// `inputs-count`, `inputs-value`, `read-back`
    pub async fn follow(&self, inputs: &[f32]) -> Result<Following, Fault> {
        insight::follow(&self.run.model, inputs, self.run.step, &self.run.device).await
    }
}

fn zero_state(hidden: usize, device: &Device) -> Tensor<3> {
    Tensor::zeros([1, 1, hidden], device)
}
