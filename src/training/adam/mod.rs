//! Adam, as `torch.optim.Adam` computes it.
//!
//! Burn has one, but reads its state back synchronously, which a browser's GPU does not allow, is
//! fifteen small kernels per parameter, and a run must take its moments along when it changes the
//! backend. Here the update of a parameter is one operator.

use crate::fault::Fault;
use crate::model::weights::{self, Named};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData, Transaction};

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod webgpu;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// What the update of one parameter yields, as the backend's own tensors.
#[derive(ExtensionType)]
pub(super) struct Updated<B: Backend> {
    parameter: FloatTensor<B>,
    first: FloatTensor<B>,
    second: FloatTensor<B>,
}

/// The factors that a step number comes to: `rate / (1 - beta_1^t)` and `sqrt(1 - beta_2^t)`.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    step_size: f32,
    root_correction: f32,
}

/// The update, as each backend implements it. All tensors are f32; `first` and `second` are flat,
/// the gradient is of the parameter's shape.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"))]
pub(super) trait AdamOps: Backend {
    /// Kingma and Ba, algorithm 1, as `torch.optim.Adam` writes it: moves the moments towards the
    /// gradient, and the parameter by `step_size * first / (sqrt(second) / root_correction + eps)`.
    fn adam(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        scale: Scale,
    ) -> Updated<Self>;
}

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
            scale: Scale {
                step_size: (rate / (1.0 - BETA_1.powi(steps))) as f32,
                root_correction: (1.0 - BETA_2.powi(steps)).sqrt() as f32,
            },
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
            let moments = &mut self.moments[k];
            let updated = Dispatch::adam(
                value.into_dispatch(),
                gradient.into_dispatch(),
                moments.first.clone().into_dispatch(),
                moments.second.clone().into_dispatch(),
                self.scale,
            );
            *moments = Moments {
                first: Tensor::from_dispatch(updated.first),
                second: Tensor::from_dispatch(updated.second),
            };
            let value: Tensor<D> = Tensor::from_dispatch(updated.parameter);
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
