//! The optimiser: Adam's moments of every parameter of a network.
//!
//! Burn has one, but it reads its state back synchronously, which a browser's GPU does not allow, and
//! a run must take its moments along when it changes the backend. The update itself is an operator,
//! [`adam`](crate::operators::adam).

use crate::fault::Fault;
use crate::model::weights::{self, Named};
use crate::model::{Network, NetworkShape};
use crate::operators::adam::{Moments, Scale, update};
use burn::tensor::{Device, Tensor, TensorData, Transaction};

/// The optimiser's state: the moments of all parameters, laid out as they are; none before the first
/// step.
#[derive(Default)]
pub struct Adam {
    steps: u64,
    moments: Option<Moments>,
}

impl Adam {
    /// Moves `network`'s parameters against `gradient`: Kingma and Ba, algorithm 1.
    pub fn step(&mut self, network: &mut Network, gradient: Tensor<1>, rate: f64) {
        self.steps += 1;
        let parameters = network.parameters.clone();
        let moments = self.moments.take().unwrap_or_else(|| {
            // Not one tensor twice: a kernel must not be given one buffer under two names.
            let zeros = || Tensor::zeros(parameters.shape(), &parameters.device());
            Moments {
                first: zeros(),
                second: zeros(),
            }
        });
        let scale = Scale::new(rate, settled(self.steps));
        let (parameters, moments) = update(parameters, gradient, moments, scale);
        network.parameters = parameters;
        self.moments = Some(moments);
    }

    /// Reads the moments back, those of the parameters of `shape` one by one: `PREFIX.0.first`,
    /// `PREFIX.0.second`, `PREFIX.1.first`, ...
    ///
    /// # Errors
    /// `read-back`
    pub async fn read_back(&self, prefix: &str, shape: &NetworkShape) -> Result<Vec<Named>, Fault> {
        let Some(Moments { first, second }) = self.moments.clone() else {
            return Ok(Vec::new());
        };
        let names = vec!["first".to_owned(), "second".to_owned()];
        let transaction = Transaction::default().register(first).register(second);
        let mut moments = Vec::new();
        for Named { name, values, .. } in weights::read_transaction(names, transaction).await? {
            let mut values = values.into_iter();
            for (k, size) in sizes(shape).enumerate() {
                moments.push(Named {
                    name: format!("{prefix}.{k}.{name}"),
                    shape: vec![size],
                    values: values.by_ref().take(size).collect(),
                });
            }
        }
        Ok(moments)
    }

    /// The state after `steps` steps, from what [`read_back`](Self::read_back) gave for a network of that
    /// `shape`. Where the run is `sound`, moments are finite and those of squares not negative.
    ///
    /// # Errors
    /// `checkpoint-garbage` where a moment is missing or does not fit its parameter.
    pub fn restore(
        steps: u64,
        prefix: &str,
        file: &mut weights::File,
        shape: &NetworkShape,
        device: &Device,
        sound: bool,
    ) -> Result<Self, Fault> {
        if steps == 0 {
            return Ok(Adam::default());
        }
        let mut moment = |moment: &str, least: f32| {
            let mut all = Vec::with_capacity(shape.count());
            for (k, size) in sizes(shape).enumerate() {
                let name = format!("{prefix}.{k}.{moment}");
                let fits = |tensor: &Named| {
                    let values = &tensor.values;
                    let mut sane = values.iter().map(|v| v.is_finite() && *v >= least);
                    values.len() == size && (!sound || sane.all(|sane| sane))
                };
                let tensor = file.take(&name).filter(fits).ok_or_else(|| {
                    let message = format!("The checkpoint's {name} is missing or does not fit.");
                    Fault::new("checkpoint-garbage", message)
                })?;
                all.extend(tensor.values);
            }
            let data = TensorData::new(all, [shape.count()]);
            Ok::<Tensor<1>, Fault>(Tensor::from_data(data, device))
        };
        let moments = Moments {
            first: moment("first", f32::MIN)?,
            second: moment("second", 0.0)?,
        };
        Ok(Adam {
            steps,
            moments: Some(moments),
        })
    }
}

/// The values of each parameter.
fn sizes(shape: &NetworkShape) -> impl Iterator<Item = usize> {
    let parameters = shape.parameters().into_iter();
    parameters.map(|(_, shape)| shape.iter().product())
}

/// The step that the bias correction is of: after a million steps both corrections are 1.
fn settled(step: u64) -> u32 {
    step.min(1_000_000) as u32
}
