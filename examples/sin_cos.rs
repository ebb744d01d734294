//! The first lesson on the command line: an RNN predicts cos from sin.
//!
//! ```sh
//! cargo run --release --example sin_cos
//! ```
//!
//! It prints the network, the loss of every tenth segment, and the last segment beside what it should have been.

use burn::tensor::Device;
use unroll::fault::Fault;
use unroll::lessons::SIN_COS;
use unroll::lessons::options::Patch;
use unroll::training::Run;

fn main() -> Result<(), Fault> {
    pollster::block_on(train())
}

async fn train() -> Result<(), Fault> {
    let mut run = Run::new(&SIN_COS, Device::flex(), 1, &Patch::new())?;
    println!("{}", run.architecture());
    let mut segments = None;
    while !run.position().finished {
        for _ in 0..10 {
            run.step()?;
        }
        let progress = run.collect().await?;
        let loss = progress.losses.last().copied().unwrap_or(f32::NAN);
        println!("segment {:3} | loss {loss:.4}", run.steps());
        segments = progress.segments;
    }
    let Some(last) = segments else { return Ok(()) };
    let points = last.lengths.last().map_or(0, |&length| length as usize);
    println!("\n    sin      cos   predicted");
    for at in last.inputs.len() - points..last.inputs.len() {
        let (input, target) = (last.inputs[at], last.targets[at]);
        println!("{input:7.3}  {target:7.3}  {:9.3}", last.predictions[at]);
    }
    Ok(())
}
