//! What a page can ask of the core. Read once, when it arrives; from here on a command is a value.

use crate::device::{Backend, BackendChoice, Found, Measured};
use crate::lessons::options::{Choice, Patch};
use crate::numbers::Numbers;
use crate::training::Hold;

/// A command with its parameters, as `{command, params}`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(tag = "command", content = "params"))]
#[cfg_attr(test, ts(rename_all = "camelCase", rename_all_fields = "camelCase"))]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Command {
    /// The backend a lesson should run on, and why. Null where that depends on what a probe finds,
    /// and `found` is null: ask again with it.
    Choose {
        lesson: String,
        asked: BackendChoice,
        found: Option<Found>,
        measured: Option<Measured>,
    },
    /// Starts the backend and a run, whose number is `run`. The first command of a worker.
    Open {
        backend: Backend,
        lesson: String,
        seed: f64,
        #[cfg_attr(test, ts(type = "Partial<Options>"))]
        options: Patch,
        run: f64,
    },
    /// mnist: synthetic digits, and why.
    Load {
        #[cfg_attr(test, ts(optional))]
        message: Option<String>,
    },
    /// mnist: digits from IDX files, gzip or plain.
    LoadFiles {
        train_images: Numbers<u8>,
        train_labels: Numbers<u8>,
        test_images: Numbers<u8>,
        test_labels: Numbers<u8>,
        #[cfg_attr(test, ts(optional))]
        source: Option<Source>,
    },
    /// mnist: the digits, for another worker, if they are verified: they need not be read twice.
    ShareDigits {},
    /// mnist: digits that another worker shared.
    TakeDigits(SharedDigits),
    /// Trains until paused or the end of the epoch; answered at once.
    Play {},
    /// Stops after the step under way.
    Pause {},
    /// Does `n` steps; answered when they are done.
    Step { n: f64 },
    /// A fresh run: from another seed, or as this one began.
    Reset {
        #[cfg_attr(test, ts(optional))]
        seed: Option<f64>,
    },
    /// Changes options; another cell or hidden size starts a fresh run.
    Set {
        #[cfg_attr(test, ts(type = "Partial<Options>"))]
        options: Patch,
    },
    /// What the run is like at the moment.
    State {},
    /// mnist: loss, accuracy and confusion matrix on the first `n` test images.
    Evaluate { n: f64 },
    /// mnist: what the network makes of 784 pixels.
    Predict { pixels: Pixels },
    /// mnist: what happens inside while it reads them.
    Inspect { pixels: Pixels },
    /// One sequence, an image of mnist or up to 2,000 inputs of sin-cos, taken apart: every sum, gate and
    /// state of every time step, and what they would be with gates held.
    Unroll {
        inputs: Pixels,
        #[cfg_attr(test, ts(optional))]
        held: Option<Vec<Hold>>,
    },
    /// mnist: how much of the gradient reaches each row.
    RowGradients {},
    /// mnist: which pixel, row-major, is read at each of the 784 places.
    ScanOrder {},
    /// sin-cos: how much of the gradient reaches each point of the last four segments.
    GradientReach {},
    /// sin-cos: what the output layer makes of hidden states, states x hiddenSize.
    OutputLayer { states: List },
    /// Hidden states in the plane in which they vary most; 1 to 2,000 of them.
    Portrait {
        states: List,
        hidden_size: f64,
        #[cfg_attr(test, ts(optional))]
        frame: Option<Numbers<f32>>,
    },
    /// Up to five runs side by side from the seed and the options of now except for each variant;
    /// answered when they are done. The lesson's own run stays what it is.
    Compare {
        #[cfg_attr(test, ts(type = "Array<Partial<Options>>"))]
        variants: Vec<Patch>,
        steps: f64,
    },
    /// How long a step of a run like this one takes, over so many, 1 to 100, or fewer where they take long.
    /// The core does nothing else meanwhile.
    Time { steps: f64 },
    /// Ends the comparison under way.
    StopComparison {},
    /// sin-cos: what the network makes of 1 to 2,000 finite inputs, from the zero state.
    Follow { inputs: List },
    /// sin-cos: the same, and then `more` points that the network makes for itself, each an angle of `by` radians
    /// after the one before.
    Generate { inputs: List, more: f64, by: f64 },
    /// mnist: what the network makes of a drawing, made MNIST-like.
    ClassifyDrawing { drawing: Drawing },
    /// mnist: one digit of the data.
    Digit { set: Set, index: f64 },
    /// The weights as safetensors, with PyTorch's names.
    SaveWeights {},
    /// A fresh run from the weights of a safetensors file.
    LoadWeights { bytes: Numbers<u8> },
    /// Everything that continues the run elsewhere. The core stands still until `carryOn`.
    HandOver {},
    /// Goes on after a `handOver` that came to nothing.
    CarryOn {},
    /// Continues the run that a checkpoint was made of, under the number of this one.
    Resume { bytes: Numbers<u8> },
}

/// Where the digits came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Source {
    /// Files beside the page.
    Beside,
    /// A public mirror.
    Mirror,
    /// The browser's cache.
    Cache,
    /// The caller's own files.
    Files,
    /// Nowhere: drawn by `synthetic.rs`.
    Synthetic,
}

/// Verified digits on their way from one worker to another.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct SharedDigits {
    /// As `Images` packs them.
    pub train_images: Numbers<u8>,
    /// One for each.
    pub train_labels: Numbers<u8>,
    /// As `Images` packs them.
    pub test_images: Numbers<u8>,
    /// One for each.
    pub test_labels: Numbers<u8>,
    /// Where they came from.
    pub source: Source,
}

/// Which digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "lowercase"))]
pub enum Set {
    /// Those it trains on.
    Train,
    /// Those it is tested with.
    Test,
}

impl Choice for Source {
    const ALL: &'static [(&'static str, Self)] = &[
        ("beside", Source::Beside),
        ("mirror", Source::Mirror),
        ("cache", Source::Cache),
        ("files", Source::Files),
        ("synthetic", Source::Synthetic),
    ];
}

impl Choice for Set {
    const ALL: &'static [(&'static str, Self)] = &[("train", Set::Train), ("test", Set::Test)];
}

/// Pixels of an image, white on black.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(untagged))]
pub enum Pixels {
    /// 0 to 255
    #[cfg_attr(test, ts(type = "Uint8Array | Uint8ClampedArray"))]
    Bytes(Numbers<u8>),
    /// 0 to 1
    Floats(Numbers<f32>),
    /// Something else.
    #[cfg_attr(test, ts(skip))]
    Other,
}

/// Numbers to compute with.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(untagged))]
pub enum List {
    /// As they should be.
    Floats(Numbers<f32>),
    /// Something else.
    #[cfg_attr(test, ts(skip))]
    Other,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(untagged))]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Drawing {
    /// Strokes, each a list of `[x, y]` in any one scale, y down.
    #[cfg_attr(test, ts(type = "Strokes"))]
    Strokes(Vec<Vec<[f32; 2]>>),
    /// An `ImageData`: red, green, blue and alpha of every pixel.
    #[cfg_attr(
        test,
        ts(type = "{width: number, height: number, data: Uint8ClampedArray}")
    )]
    Image {
        width: usize,
        height: usize,
        data: Numbers<u8>,
    },
    /// Something else.
    #[cfg_attr(test, ts(skip))]
    Other,
}
