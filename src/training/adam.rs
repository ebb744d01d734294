//! Adam, as `torch.optim.Adam` computes it.
//!
//! Burn has one, but reads its state back synchronously, which a browser's GPU does not allow, and
//! a run must take its moments along when it changes the backend.

use crate::fault::Fault;
use crate::model::weights::{self, Named};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData, Transaction};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The optimiser's state: the moments of every parameter, flat, in the order the module declares
/// them; none before the first step.
#[derive(Default)]
pub struct Adam {
    steps: u32,
    moments: Vec<Moments>,
}

struct Moments {
    /// Running mean of the gradient.
    first: Tensor<1>,
    /// Running mean of its square.
    second: Tensor<1>,
}

impl Adam {
    /// Moves `module`'s parameters against `gradients`: Kingma and Ba, algorithm 1.
    pub fn step<M: Module>(&mut self, module: M, gradients: &mut Gradients, rate: f64) -> M {
        self.steps += 1;
        let steps = self.steps as i32;
        module.map(&mut Update {
            moments: &mut self.moments,
            parameter: 0,
            gradients,
            step_size: rate / (1.0 - BETA_1.powi(steps)),
            root_correction: (1.0 - BETA_2.powi(steps)).sqrt(),
        })
    }

    /// Steps done, which the bias correction depends on.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Reads the moments back, `PREFIX.0.first`, `PREFIX.0.second`, `PREFIX.1.first`, ...
    pub async fn read_back(&self, prefix: &str) -> Result<Vec<Named>, Fault> {
        let mut names = Vec::new();
        let mut transaction = Transaction::default();
        for (k, moments) in self.moments.iter().enumerate() {
            names.push(format!("{prefix}.{k}.first"));
            names.push(format!("{prefix}.{k}.second"));
            transaction = transaction
                .register(moments.first.clone())
                .register(moments.second.clone());
        }
        weights::read_transaction(names, transaction).await
    }

    /// The state after `steps` steps, from what [`read_back`](Self::read_back) gave for `module`.
    ///
    /// # Errors
    /// `checkpoint-garbage` where a moment is missing or does not fit its parameter.
    pub fn restore<M: Module>(
        steps: u32,
        prefix: &str,
        file: &mut weights::File,
        module: &M,
        device: &Device,
    ) -> Result<Self, Fault> {
        if steps == 0 {
            return Ok(Adam::default());
        }
        let mut sizes = Sizes::default();
        module.visit(&mut sizes);
        let mut moment = |name: String, size: usize| match file.take(&name) {
            Some(tensor) if tensor.values.len() == size => Ok(Tensor::<1>::from_data(
                TensorData::new(tensor.values, [size]),
                device,
            )),
            _ => Err(Fault::new(
                "checkpoint-garbage",
                format!("The checkpoint's {name} is missing or of the wrong size."),
            )),
        };
        let moments = (sizes.0.into_iter().enumerate())
            .map(|(k, size)| {
                Ok(Moments {
                    first: moment(format!("{prefix}.{k}.first"), size)?,
                    second: moment(format!("{prefix}.{k}.second"), size)?,
                })
            })
            .collect::<Result<_, Fault>>()?;
        Ok(Adam { steps, moments })
    }
}

struct Update<'a> {
    moments: &'a mut Vec<Moments>,
    parameter: usize,
    gradients: &'a mut Gradients,
    step_size: f64,
    root_correction: f64,
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let k = self.parameter;
        self.parameter += 1;
        param.map(|value| {
            let shape = value.shape();
            let gradient = value
                .grad_remove(self.gradients)
                .expect("every parameter takes part in the loss")
                .reshape([-1]);
            let (first, second) = match self.moments.get(k) {
                Some(moments) => (
                    lerp(moments.first.clone(), gradient.clone(), 1.0 - BETA_1),
                    moments.second.clone() * BETA_2 + gradient.clone() * gradient * (1.0 - BETA_2),
                ),
                None => (
                    gradient.clone() * (1.0 - BETA_1),
                    gradient.clone() * gradient * (1.0 - BETA_2),
                ),
            };
            let denominator = second.clone().sqrt() / self.root_correction + EPSILON;
            let change = first.clone() / denominator * self.step_size;
            let moments = Moments { first, second };
            match self.moments.get_mut(k) {
                Some(old) => *old = moments,
                None => self.moments.push(moments),
            }
            (value.inner() - change.reshape(shape))
                .autodiff()
                .require_grad()
        })
    }
}

/// `from` a part of the way `to` another. Rounds as PyTorch's does: with `from * (1 - part)` in f32
/// the moment would settle 2e-7 off, and a run of sixty steps visibly so.
fn lerp(from: Tensor<1>, to: Tensor<1>, part: f64) -> Tensor<1> {
    from.clone() + (to - from) * part
}

#[derive(Default)]
struct Sizes(Vec<usize>);

impl ModuleVisitor for Sizes {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.shape().num_elements());
    }
}
