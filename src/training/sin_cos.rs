//! The sin-cos lesson: an RNN predicts cos from sin, segment by segment, and carries its hidden
//! state from one to the next.

use super::checkpoint::{self, Carried, Cursor};
use super::insight::{self, Following, Outputs, Reach};
use super::options::{Options, StateMode};
use super::run::{Run, diverged_at};
use super::{LessonName, Progress, Standing};
use crate::data::wave::{Segment, segment};
use crate::fault::Fault;
use crate::model::{Regressor, weights};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::VecDeque;

/// Segments after which the tutorial stops.
const LENGTH: u64 = 100;
/// Segments that [`SinCos::reach`] looks back over, and as many before them for the state to settle.
const LOOKED_BACK: u64 = 4;

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
    /// `[points, H]`: the hidden state after each point.
    pub hidden: Vec<f32>,
}

impl Segments {
    /// Puts `later` behind these.
    pub(super) fn append(&mut self, later: Segments) {
        self.lengths.extend(later.lengths);
        self.times.extend(later.times);
        self.inputs.extend(later.inputs);
        self.targets.extend(later.targets);
        self.predictions.extend(later.predictions);
        self.hidden.extend(later.hidden);
    }
}

/// The lesson's session.
pub struct SinCos {
    run: Run<Regressor>,
    carried: Carried,
    /// The segments whose predictions were not read yet.
    unread: Vec<Segment>,
}

impl SinCos {
    pub(super) fn new(device: Device, seed: u64, options: Options) -> Self {
        let model = Regressor::new(options.hidden_size, seed, &device.clone().autodiff());
        let carried = nothing(options.hidden_size, &device);
        SinCos {
            run: Run::new(device, seed, options, model),
            carried,
            unread: Vec::new(),
        }
    }

    /// Another run, from its beginning.
    pub(super) fn rival(&self, options: Options) -> Self {
        SinCos::new(self.run.device.clone(), self.run.seed, options)
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
        let segments_back = match options.state_mode {
            StateMode::Carry => 1,
            StateMode::Truncated => options.segments_back,
            StateMode::Reset => {
                self.carried = nothing(options.hidden_size, &self.run.device);
                1
            }
        };
        self.settle(segments_back);
        let time = segment.times.len();
        let device = &self.run.device;
        let Carried { before, window } = &mut self.carried;
        window.push_back(segment.inputs.clone());
        let target = TensorData::new(segment.targets.clone(), [time]);
        let (judgement, hidden) = self.run.model.judge(
            sequence(window, device),
            before.clone(),
            Tensor::from_data(target, device),
        );
        let hidden = hidden.inner();
        let end = hidden.dims()[1];
        if window.len() == segments_back {
            let first = window.pop_front().map_or(0, |inputs| inputs.len());
            *before = hidden.clone().narrow(1, first - 1, 1);
        }
        let output = judgement.output.inner().reshape([time]);
        let states = hidden.narrow(1, end - time, time).flatten::<1>(0, 2);
        self.run.learn(judgement.loss, vec![output, states]);
        self.unread.push(segment);
        Ok(())
    }

    /// Lets go of the segments that the next one's gradient no longer flows back through, where that are
    /// now fewer than before.
    fn settle(&mut self, segments_back: usize) {
        let Carried { before, window } = &mut self.carried;
        while window.len() >= segments_back {
            let first: VecDeque<_> = window.pop_front().into_iter().collect();
            let x = sequence(&first, &self.run.device);
            let [_, time, _] = x.dims();
            let hidden = self.run.model.valid().rnn.forward(x, before.clone());
            *before = hidden.narrow(1, time - 1, 1);
        }
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
            let (predictions, hidden) = read[1..].split_at(segment.targets.len());
            segments.targets.extend(segment.targets);
            segments.predictions.extend(predictions);
            segments.hidden.extend(hidden);
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
        self.carried = nothing(self.run.options.hidden_size, &self.run.device);
        self.unread.clear();
        Ok(())
    }

    pub(super) async fn save_checkpoint(&self) -> Result<Vec<u8>, Fault> {
        checkpoint::save(
            LessonName::SinCos,
            &self.run,
            Cursor::default(),
            Some(&self.carried),
        )
        .await
    }

    pub(super) fn load_checkpoint(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let device = &self.run.device;
        let opened = checkpoint::open(LessonName::SinCos, bytes)?;
        let hidden = opened.options().hidden_size;
        let blank = Regressor::new(hidden, 0, &device.clone().autodiff());
        let (run, _, carried) = opened.restore(blank, device)?;
        self.carried = carried.unwrap_or_else(|| nothing(hidden, device));
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

    /// How much of the gradient of the latest segment's loss reaches every point of the last four segments,
    /// were nothing detached: with the weights as they are, from a state that has settled over the four
    /// before. At the beginning of a run the first segments stand in for those that are not there.
    ///
    /// # Errors
    /// `read-back`
    pub async fn reach(&self) -> Result<Reach, Fault> {
        let Options {
            time_step,
            endpoint,
            ..
        } = self.run.options;
        let end = self.run.step.max(2 * LOOKED_BACK);
        let segments = (end - 2 * LOOKED_BACK..end).map(|k| segment(k, time_step, endpoint));
        let (mut inputs, mut target) = (Vec::new(), Vec::new());
        for segment in segments {
            inputs.extend(segment.inputs);
            target = segment.targets;
        }
        let Run { model, device, .. } = &self.run;
        let mut reach = insight::reach(model, inputs, target, self.run.step, device).await?;
        reach.norms.drain(..LOOKED_BACK as usize * time_step);
        Ok(reach)
    }

    /// What the output layer makes of `states [time, H]`, in both of the tutorial's ways.
    ///
    /// # Errors
    /// `states-count`, `read-back`
    pub async fn outputs(&self, states: &[f32]) -> Result<Outputs, Fault> {
        let Run { model, device, .. } = &self.run;
        insight::outputs(model, states, self.run.step, device).await
    }
}

/// The beginning of a run: the zero state, and nothing before it.
fn nothing(hidden: usize, device: &Device) -> Carried {
    Carried {
        before: Tensor::zeros([1, 1, hidden], device),
        window: VecDeque::new(),
    }
}

/// Segments joined into one sequence, `[1, time, 1]`.
fn sequence(segments: &VecDeque<Vec<f32>>, device: &Device) -> Tensor<3> {
    let inputs: Vec<f32> = segments.iter().flatten().copied().collect();
    let time = inputs.len();
    Tensor::from_data(TensorData::new(inputs, [1, time, 1]), device)
}
