//! What several native tests need: the reference files, MNIST, and running an async call.
#![allow(dead_code)] // Every test file uses its own part.

pub mod adam;
pub mod case;
pub mod clip;
pub mod gather;
pub mod head;
pub mod idx;
pub mod insight;
pub mod lessons;
pub mod mutate;
pub mod network;
pub mod recall;
pub mod recurrent;

use std::path::{Path, PathBuf};
use unroll::data::{DataSet, mnist};
use unroll::lessons::options::{Patch, Value};

/// PyTorch's answers, as `tests/reference/NAME.json` and the weights it names.
pub fn reference(name: &str) -> (serde_json::Value, Vec<u8>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let json = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect(name);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let weights = std::fs::read(folder.join(json["weights"].as_str().unwrap())).expect(name);
    (json, weights)
}

/// The real digits, from `MNIST_DIR` or beside the checkout; `None`, loudly, where they are missing.
pub fn real_digits() -> Option<DataSet> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/mnist");
    let folder = std::env::var_os("MNIST_DIR").map_or_else(beside, PathBuf::from);
    let read = |name: &str| std::fs::read(folder.join(format!("{name}.gz"))).ok();
    let files = (
        read("train-images-idx3-ubyte"),
        read("train-labels-idx1-ubyte"),
        read("t10k-images-idx3-ubyte"),
        read("t10k-labels-idx1-ubyte"),
    );
    let (Some(train_images), Some(train_labels), Some(test_images), Some(test_labels)) = files
    else {
        eprintln!("SKIPPED: no MNIST in {}", folder.display());
        return None;
    };
    let files = mnist::Files {
        train_images: &train_images,
        train_labels: &train_labels,
        test_images: &test_images,
        test_labels: &test_labels,
    };
    Some(mnist::read(files).expect("MNIST is whole").0)
}

/// Options by name and number.
pub fn options<const N: usize>(options: [(&str, Value); N]) -> Patch {
    options
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Waits for `future`.
pub fn wait<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}

/// The values of a tensor.
pub fn values<const D: usize>(tensor: burn::tensor::Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// The numbers of a JSON array.
pub fn numbers(json: &serde_json::Value) -> Vec<f64> {
    let array = json.as_array().expect("an array");
    array
        .iter()
        .map(|v| v.as_f64().expect("a number"))
        .collect()
}

/// Fails unless every value is within `tolerance` of what is expected; says which is not. Returns how
/// far the worst is off.
#[track_caller]
pub fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) -> f64 {
    assert_eq!(found.len(), expected.len(), "{what}");
    let mut worst = 0.0f64;
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs();
        assert!(
            error <= tolerance,
            "{what}[{k}] is {found}, not {expected}: off by {error:e}"
        );
        worst = worst.max(error);
    }
    worst
}

/// A WebGPU device, native; `None`, loudly, where there is no adapter.
#[cfg(feature = "webgpu")]
pub fn webgpu() -> Option<burn::tensor::Device> {
    use std::sync::OnceLock;
    static DEVICE: OnceLock<Option<burn::tensor::Device>> = OnceLock::new();
    let start = || match burn::tensor::Device::wgpu_options().init() {
        Ok(device) => Some(device),
        Err(error) => {
            eprintln!("SKIPPED: no WebGPU adapter: {error}");
            None
        }
    };
    DEVICE.get_or_init(start).clone()
}
