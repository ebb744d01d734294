//! The optimiser: Adam's moments of every parameter of a module.
//!
//! Burn has one, but it reads its state back synchronously, which a browser's GPU does not allow, and
//! a run must take its moments along when it changes the backend. The update of a parameter is an
//! operator, [`adam`](crate::operators::adam).

use crate::fault::Fault;
use crate::model::weights::{self, Named};
use crate::operators::adam::{Moments, Scale, update};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData, Transaction};

/// The optimiser's state: the moments of every parameter, flat, in the order the module declares
/// them; none before the first step.
#[derive(Default)]
pub struct Adam {
    steps: u32,
    moments: Vec<Moments>,
}

impl Adam {
    /// Moves `module`'s parameters against `gradients`: Kingma and Ba, algorithm 1.
    pub fn step<M: Module>(&mut self, module: M, gradients: &mut Gradients, rate: f64) -> M {
        self.steps += 1;
        module.map(&mut Update {
            moments: &mut self.moments,
            parameter: 0,
            gradients,
            scale: Scale::new(rate, self.steps),
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
    scale: Scale,
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let k = self.parameter;
        self.parameter += 1;
        param.map(|value| {
            let gradient = value
                .grad_remove(self.gradients)
                .expect("every parameter takes part in the loss");
            let value = value.inner();
            if self.moments.len() == k {
                // Not one tensor twice: a kernel must not be given one buffer under two names.
                let zeros = || Tensor::zeros([value.shape().num_elements()], &value.device());
                self.moments.push(Moments {
                    first: zeros(),
                    second: zeros(),
                });
            }
            let moments = self.moments[k].clone();
            let (value, moments) = update(value, gradient, moments, self.scale);
            self.moments[k] = moments;
            value.autodiff().require_grad()
        })
    }
}

#[derive(Default)]
struct Sizes(Vec<usize>);

impl ModuleVisitor for Sizes {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.shape().num_elements());
    }
}
