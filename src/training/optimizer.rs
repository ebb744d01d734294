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
    steps: u64,
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
            scale: Scale::new(rate, settled(self.steps)),
        })
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
    /// Where the run is `sound`, moments are finite and those of squares not negative.
    ///
    /// # Errors
    /// `checkpoint-garbage` where a moment is missing or does not fit its parameter.
    pub fn restore<M: Module>(
        steps: u64,
        prefix: &str,
        file: &mut weights::File,
        module: &M,
        device: &Device,
        sound: bool,
    ) -> Result<Self, Fault> {
        if steps == 0 {
            return Ok(Adam::default());
        }
        let mut sizes = Sizes::default();
        module.visit(&mut sizes);
        let mut moment = |name: String, size: usize, least: f32| {
            let fits = |tensor: &Named| {
                let values = &tensor.values;
                let mut sane = values.iter().map(|v| v.is_finite() && *v >= least);
                values.len() == size && (!sound || sane.all(|sane| sane))
            };
            let tensor = file.take(&name).filter(fits).ok_or_else(|| {
                let message = format!("The checkpoint's {name} is missing or does not fit.");
                Fault::new("checkpoint-garbage", message)
            })?;
            let data = TensorData::new(tensor.values, [size]);
            Ok::<Tensor<1>, Fault>(Tensor::from_data(data, device))
        };
        let mut moments = Vec::new();
        for (k, size) in sizes.0.into_iter().enumerate() {
            moments.push(Moments {
                first: moment(format!("{prefix}.{k}.first"), size, f32::MIN)?,
                second: moment(format!("{prefix}.{k}.second"), size, 0.0)?,
            });
        }
        Ok(Adam { steps, moments })
    }
}

/// The step that the bias correction is of: after a million steps both corrections are 1.
fn settled(step: u64) -> u32 {
    step.min(1_000_000) as u32
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
