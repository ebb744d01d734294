//! Weights in and out as safetensors, with PyTorch's `state_dict` names and layout.
//!
//! Reading a tensor back is asynchronous everywhere, because a browser's GPU allows nothing else.

use super::{Network, NetworkShape};
use crate::fault::{Fault, short};
use burn::tensor::{Device, TensorData, Transaction};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;

/// A named f32 tensor on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// As PyTorch's `state_dict` calls it.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Vec<f32>,
}

/// Reads every parameter of `network` back, in the order in which they lie.
///
/// # Errors
/// `read-back`
pub async fn read_back(network: &Network) -> Result<Vec<Named>, Fault> {
    let transaction = Transaction::default().register(network.parameters.clone());
    let all = read_transaction(vec!["parameters".to_owned()], transaction).await?;
    let mut values = all.into_iter().flat_map(|tensor| tensor.values);
    let parameters = network.shape.parameters().into_iter();
    let named = parameters.map(|(name, shape)| Named {
        name: name.to_owned(),
        values: values.by_ref().take(shape.iter().product()).collect(),
        shape,
    });
    Ok(named.collect())
}

/// The tensors of a transaction on their way to the host.
pub type Reading = Pin<Box<dyn Future<Output = Result<Vec<TensorData>, Fault>>>>;

/// Reads the tensors of `transaction` back, in one go. Boxed, so that there is one of it and not one
/// for everybody who reads.
///
/// # Errors
/// `read-back`
pub fn read(transaction: Transaction) -> Reading {
    Box::pin(async { transaction.execute_async().await.map_err(unreadable) })
}

/// Reads the f32 tensors of `transaction` back, in one go, and names them.
///
/// # Errors
/// `read-back`
pub async fn read_transaction(
    names: Vec<String>,
    transaction: Transaction,
) -> Result<Vec<Named>, Fault> {
    let data = read(transaction).await?;
    names.into_iter().zip(data).map(named).collect()
}

/// What it means when the device does not give a tensor back.
pub fn unreadable(error: impl std::fmt::Display) -> Fault {
    let error = error.to_string();
    let reason = error.lines().next().unwrap_or_default();
    let message = format!("The device did not give its results back: {reason}");
    Fault::new("read-back", message).with("reason", reason)
}

fn named((name, data): (String, TensorData)) -> Result<Named, Fault> {
    let shape = data.shape().to_vec();
    let values = data
        .try_into_vec::<f32>()
        .map_err(|error| Fault::new("read-back", format!("{name} is not f32: {error:?}")))?;
    Ok(Named {
        name,
        shape,
        values,
    })
}

/// Writes tensors, and text under `metadata`, as a safetensors file.
pub fn write(tensors: &[Named], metadata: Option<HashMap<String, String>>) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|t| t.values.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes);
        (&tensor.name, view.expect("as many bytes as the shape says"))
    });
    safetensors::serialize(views, metadata).expect("names and sizes are ours")
}

/// A safetensors file that has been read and checked for itself, but for no module yet.
pub struct File {
    tensors: BTreeMap<String, Named>,
    metadata: HashMap<String, String>,
}

impl File {
    /// # Errors
    /// `weights-garbage` for what is no safetensors file or claims more than it holds,
    /// `weights-dtype` for tensors that are not f32.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let garbage = |error: safetensors::SafeTensorError| {
            let message = format!(
                "This is not a complete safetensors file ({error}). Choose a file that was saved \
                 here or by PyTorch's safetensors."
            );
            Fault::new("weights-garbage", message).with("reason", error)
        };
        let file = SafeTensors::deserialize(bytes).map_err(garbage)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(garbage)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            if view.dtype() != Dtype::F32 {
                let (name, dtype) = (short(&name), format!("{:?}", view.dtype()));
                let message = format!(
                    "The tensor {name} holds {dtype}, but the network's weights are F32. Save the \
                     file again in float32."
                );
                let fault = Fault::new("weights-dtype", message);
                return Err(fault.with("name", name).with("dtype", dtype));
            }
            let values = view
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect();
            let shape = view.shape().to_vec();
            tensors.insert(
                name.clone(),
                Named {
                    name,
                    shape,
                    values,
                },
            );
        }
        Ok(File {
            tensors,
            metadata: header.metadata().clone().unwrap_or_default(),
        })
    }

    /// The text stored under `key`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// A file of these tensors.
    pub fn of(tensors: Vec<Named>) -> Self {
        let mut file = File {
            tensors: BTreeMap::new(),
            metadata: HashMap::new(),
        };
        for tensor in tensors {
            file.tensors.insert(tensor.name.clone(), tensor);
        }
        file
    }

    /// A copy of its tensors.
    pub fn tensors(&self) -> Vec<Named> {
        self.tensors.values().cloned().collect()
    }

    /// Takes the tensor called `name` out of the file.
    pub fn take(&mut self, name: &str) -> Option<Named> {
        self.tensors.remove(name)
    }

    /// Takes the tensors whose names begin with `prefix` out of the file; it is cut from the names.
    pub fn take_all(&mut self, prefix: &str) -> Vec<Named> {
        let names = self.tensors.keys();
        let begin: Vec<String> = names.filter(|n| n.starts_with(prefix)).cloned().collect();
        let mut taken = Vec::new();
        for name in begin {
            if let Some(mut tensor) = self.tensors.remove(&name) {
                tensor.name.drain(..prefix.len());
                taken.push(tensor);
            }
        }
        taken
    }

    /// A network of that `shape`, on `device`, with the file's weights.
    ///
    /// # Errors
    /// `weights-missing`, `weights-extra`, `weights-shape` and `weights-value` name the tensor.
    pub fn fill(self, shape: NetworkShape, device: &Device) -> Result<Network, Fault> {
        self.fits(&shape)?;
        self.finite()?;
        Ok(self.place(shape, device))
    }

    /// The same, with values that need not be finite: a run that diverged is taken up as it is.
    ///
    /// # Errors
    /// `weights-missing`, `weights-extra` and `weights-shape` name the tensor.
    pub fn fill_unchecked(self, shape: NetworkShape, device: &Device) -> Result<Network, Fault> {
        self.fits(&shape)?;
        Ok(self.place(shape, device))
    }

    fn place(mut self, shape: NetworkShape, device: &Device) -> Network {
        let names = shape.parameters().into_iter();
        let tensors = names.filter_map(|(name, _)| self.tensors.remove(name));
        let values = tensors.flat_map(|tensor| tensor.values).collect();
        Network::of(shape, values, device)
    }

    /// Whether the file has the parameters of a network of that `shape` and no others.
    fn fits(&self, shape: &NetworkShape) -> Result<(), Fault> {
        let parameters = shape.parameters();
        for (name, shape) in &parameters {
            self.check(name, shape)?;
        }
        let known = |name: &str| parameters.iter().any(|(known, _)| *known == name);
        if let Some(name) = self.tensors.keys().find(|name| !known(name)) {
            let name = short(name);
            let message = format!(
                "The file holds a tensor {name} that this lesson's network does not have. Load a \
                 file saved from the same lesson."
            );
            return Err(Fault::new("weights-extra", message).with("name", name));
        }
        Ok(())
    }

    fn finite(&self) -> Result<(), Fault> {
        for Named { name, values, .. } in self.tensors.values() {
            let Some(value) = values.iter().find(|value| !value.is_finite()) else {
                continue;
            };
            let message = format!(
                "The tensor {name} holds {value}. A network with such a weight predicts nothing; \
                 load a file from before its training went wrong."
            );
            let fault = Fault::new("weights-value", message).with("name", name);
            return Err(fault.with("value", value));
        }
        Ok(())
    }

    fn check(&self, name: &str, shape: &[usize]) -> Result<(), Fault> {
        let Some(tensor) = self.tensors.get(name) else {
            let message = format!(
                "The file has no tensor {name}, which this lesson's network needs with shape \
                 {shape:?}. Load a file saved from the same lesson."
            );
            let fault = Fault::new("weights-missing", message).with("name", name);
            return Err(fault.with("expected", format!("{shape:?}")));
        };
        if tensor.shape != shape {
            let found = short(&format!("{:?}", tensor.shape));
            let message = format!(
                "The tensor {name} has shape {found}, but the network needs {shape:?}. Load a \
                 file of the same lesson, cell and hidden size, or set those first."
            );
            let fault = Fault::new("weights-shape", message).with("name", name);
            return Err(fault
                .with("found", found)
                .with("expected", format!("{shape:?}")));
        }
        Ok(())
    }
}
