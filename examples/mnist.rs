//! The second lesson on the command line: an LSTM reads handwritten digits row by row.
//!
//! ```sh
//! scripts/mnist data/mnist                              # once: MNIST's four files
//! cargo run --release --example mnist -- data/mnist
//! ```
//!
//! It prints what PyTorch's tutorial prints: the network, loss and accuracy every 50 steps, and the first ten test
//! digits beside what it takes them for. Without a folder it writes its own, synthetic digits.

use burn::tensor::Device;
use std::path::Path;
use unroll::data::{DataSet, mnist, synthetic};
use unroll::fault::Fault;
use unroll::lessons::MNIST;
use unroll::lessons::options::Patch;
use unroll::training::{CHUNK, Evaluation, Run};

/// Steps between two accuracies, and test digits that each is of: the tutorial's.
const EVERY: u64 = 50;
const IMAGES: f64 = 2_000.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digits = match std::env::args().nth(1) {
        Some(folder) => read(Path::new(&folder))?,
        None => {
            println!("No folder was given: these digits are synthetic.");
            synthetic::data_set(30_000, 2_000, 1)
        }
    };
    Ok(pollster::block_on(train(digits))?)
}

fn read(folder: &Path) -> Result<DataSet, Box<dyn std::error::Error>> {
    let file = |name: &str| {
        let path = folder.join(format!("{name}.gz"));
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (set, _) = mnist::read(mnist::Files {
        train_images: &file("train-images-idx3-ubyte")?,
        train_labels: &file("train-labels-idx1-ubyte")?,
        test_images: &file("t10k-images-idx3-ubyte")?,
        test_labels: &file("t10k-labels-idx1-ubyte")?,
    })
    .map_err(Fault::from)?;
    Ok(set)
}

async fn train(digits: DataSet) -> Result<(), Fault> {
    let mut run = Run::new(&MNIST, Device::flex(), 1, &Patch::new())?;
    run.give(digits)?;
    println!("{}", run.architecture());
    while !run.position().finished {
        let due = run.steps().is_multiple_of(EVERY);
        run.step()?;
        if !due {
            continue;
        }
        let losses = run.collect().await?.losses;
        let loss = losses.last().copied().unwrap_or(f32::NAN);
        let Evaluation { accuracy, .. } = evaluate(&run).await?;
        let epoch = run.position().epoch;
        println!("Epoch: {epoch:2} | train loss: {loss:.4} | test accuracy: {accuracy:.2}");
    }
    let evaluation = evaluate(&run).await?;
    println!(
        "after {} steps, test accuracy: {:.4}",
        run.steps(),
        evaluation.accuracy
    );
    println!("{:?} prediction number", &evaluation.predictions[..10]);
    println!("{:?} real number", &evaluation.labels[..10]);
    Ok(())
}

async fn evaluate(run: &Run) -> Result<Evaluation, Fault> {
    let mut evaluator = run.evaluate(IMAGES)?;
    while evaluator.advance(CHUNK) {}
    evaluator.finish().await
}
