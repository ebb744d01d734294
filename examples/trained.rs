//! Trains the LSTM whose weights come with the page, and writes them as the module that the page loads.
//!
//! ```text
//! cargo run --profile bench --example trained -- MNIST_FOLDER www/trained/mnist.js
//! ```
//!
//! Three epochs of the lesson as the page runs it, at a falling learning rate, on what every row says:
//! a belief tape is of use from its first rows on then.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use burn::tensor::Device;
use std::path::Path;
use std::{env, error, fs};
use unroll::data::{DataSet, mnist};
use unroll::lessons::MNIST;
use unroll::lessons::options::{Patch, Value};
use unroll::training::Run;

const SEED: u64 = 1;
const RATES: [f64; 3] = [0.01, 0.003, 0.001];

fn main() -> Result<(), Box<dyn error::Error>> {
    let [_, folder, target] = &env::args().collect::<Vec<_>>()[..] else {
        return Err("usage: trained MNIST_FOLDER TARGET.js".into());
    };
    let digits = read(Path::new(folder))?;
    let (images, test_images) = (digits.train.len(), digits.test.len());
    let every = Value::Text("every".to_owned());
    let options = Patch::from([("trainOn".to_owned(), every)]);
    let mut run = Run::new(&MNIST, Device::flex(), SEED, &options)?;
    run.give(digits)?;
    for rate in RATES {
        run.set(&Patch::from([(
            "learningRate".to_owned(),
            Value::Number(rate),
        )]))?;
        loop {
            run.step()?;
            let position = run.position();
            if position.epoch_step % 100 == 0 || position.finished {
                pollster::block_on(run.collect())?;
                let (epoch, step) = (position.epoch, position.epoch_step);
                println!(
                    "epoch {epoch}, step {step}: loss {:.4}",
                    run.loss().unwrap_or(f32::NAN)
                );
            }
            if position.finished {
                break;
            }
        }
    }
    let mut evaluator = run.evaluate(test_images as f64)?;
    while evaluator.advance(usize::MAX) {}
    let accuracy = pollster::block_on(evaluator.finish())?.accuracy;
    println!("accuracy on {test_images} test images: {accuracy}");
    let weights = STANDARD.encode(pollster::block_on(run.save_weights())?);
    let epochs = RATES.len();
    let module = format!(
        "\
/**
 * The weights of an LSTM that was trained here, as examples/trained.rs wrote them.
 *
 * @module
 */

/** @type {{import('../lessons/manifest.js').Trained}} */
export const trained = {{
  options: {{ trainOn: 'every' }},
  epochs: {epochs},
  images: {images},
  accuracy: {accuracy},
  weights:
    '{weights}',
}};
"
    );
    fs::write(target, module)?;
    Ok(())
}

fn read(folder: &Path) -> Result<DataSet, Box<dyn error::Error>> {
    let file = |name: mnist::Name| fs::read(folder.join(format!("{}.gz", name.published())));
    let (train_images, train_labels) = (
        file(mnist::Name::TrainImages)?,
        file(mnist::Name::TrainLabels)?,
    );
    let (test_images, test_labels) = (
        file(mnist::Name::TestImages)?,
        file(mnist::Name::TestLabels)?,
    );
    let files = mnist::Files {
        train_images: &train_images,
        train_labels: &train_labels,
        test_images: &test_images,
        test_labels: &test_labels,
    };
    let (digits, verified) = mnist::read(files)?;
    match verified {
        true => Ok(digits),
        false => Err("these files are not MNIST's own".into()),
    }
}
