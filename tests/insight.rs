//! What a lesson tells about the inside of its network is what PyTorch says about its own, and asking
//! changes nothing.

#![cfg(feature = "cpu")]

mod support;

use burn::tensor::Device;
use support::{assert_close, insight, numbers, options, wait};
use unroll::data::synthetic;
use unroll::lessons::options::{Patch, Value};
use unroll::lessons::{MNIST, SIN_COS};
use unroll::portrait::portrait;
use unroll::training::Run;

#[test]
fn the_lstm_is_pytorchs() {
    insight::lstm(&Device::flex());
}

#[test]
fn the_rnn_is_pytorchs() {
    insight::rnn(&Device::flex());
}

#[test]
fn what_follows_an_input_is_pytorchs() {
    insight::follow(&Device::flex());
}

#[test]
fn what_segments_hand_on_is_pytorchs() {
    insight::segments(&Device::flex());
}

#[test]
fn a_portrait_is_numpys() {
    let expected = insight::expected();
    let floats = |json| -> Vec<f32> { numbers(json).iter().map(|&v| v as f32).collect() };
    let drawn = portrait(&floats(&expected["follow"]["hidden"]), 32, None);
    let points: Vec<f32> = drawn.points.iter().map(|v| v.abs()).collect();
    let answer = &expected["portrait"];
    assert_close("point", &points, &numbers(&answer["points"]), 1e-4);
    let explained = answer["explained"].as_f64().unwrap();
    assert!((f64::from(drawn.explained) - explained).abs() < 1e-5);
}

/// A network that reads in another order is the same network on rearranged digits.
#[test]
fn a_scan_is_an_order_of_pixels() {
    let pixels: Vec<f32> = (0..784).map(|k| (k % 256) as f32 / 255.0).collect();
    let beliefs =
        |session: &mut Run, pixels: &[f32]| wait(session.predict(pixels)).unwrap().beliefs;
    let mut down = mnist(&Patch::new(), 20);
    for scan in ["down", "up", "columns", "permuted"] {
        let mut other = mnist(&options([("scan", Value::Text(scan.to_owned()))]), 20);
        let order = scan_order(&other);
        let read: Vec<f32> = order.iter().map(|&at| pixels[usize::from(at)]).collect();
        assert_eq!(
            beliefs(&mut other, &pixels),
            beliefs(&mut down, &read),
            "{scan}"
        );
        assert_eq!(scan == "down", read == pixels);
        other.step().unwrap();
        let loss = wait(other.collect()).unwrap().losses;
        let mut fresh = mnist(&Patch::new(), 20);
        fresh.step().unwrap();
        let of_down = wait(fresh.collect()).unwrap().losses;
        assert_eq!(scan == "down", loss == of_down, "{scan}");
        // In the middle of a run, and back.
        other
            .set(&options([("scan", Value::Text("down".to_owned()))]))
            .unwrap();
        assert_eq!(scan_order(&other)[1], 1);
    }
}

fn scan_order(run: &Run) -> Vec<u16> {
    run.mnist("scanOrder").unwrap().reading().scan().order()
}

fn mnist(patch: &Patch, images: usize) -> Run {
    let mut session = Run::new(&MNIST, Device::flex(), 1, patch).unwrap();
    let digits = synthetic::data_set(images, 20, 3);
    session.give(digits).unwrap();
    session
}

#[test]
fn looking_in_changes_nothing() {
    for cell in ["lstm", "rnn", "gru"] {
        let patch = options([
            ("cell", Value::Text(cell.to_owned())),
            ("hiddenSize", Value::Number(10.0)),
        ]);
        let mut session = mnist(&patch, 100);
        session.step().unwrap();
        wait(session.collect()).unwrap();
        let before = wait(session.save_checkpoint()).unwrap();
        assert_eq!(wait(session.inspect(&[0.5; 784])).unwrap().step, 1);
        assert_eq!(wait(session.row_gradients()).unwrap().step, 1);
        assert_eq!(wait(session.save_checkpoint()).unwrap(), before);
    }
}

#[test]
fn a_few_images_have_gradients_too() {
    let session = mnist(&Patch::new(), 5);
    let gradients = wait(session.row_gradients()).unwrap();
    assert_eq!(gradients.norms.len(), 28);
    assert!(gradients.norms.iter().all(|&norm| norm > 0.0));
}

#[test]
fn what_is_no_image_or_no_input_is_refused() {
    let session = mnist(&Patch::new(), 5);
    let fault = wait(session.inspect(&[0.0; 783])).unwrap_err();
    assert_eq!(fault.code, "pixels-count");
    assert!(fault.message.contains("inspect") && fault.message.contains("783"));
    let fault = wait(session.inspect(&[1.5; 784])).unwrap_err();
    assert_eq!(fault.code, "pixels-value");
    assert_eq!(
        session.sin_cos("follow").err().unwrap().code,
        "wrong-lesson"
    );

    let wave = Run::new(&SIN_COS, Device::flex(), 1, &Patch::new()).unwrap();
    for count in [0, 2001] {
        let fault = wait(wave.follow(&vec![0.5; count])).unwrap_err();
        assert_eq!(fault.code, "inputs-count");
        assert!(fault.message.contains(&count.to_string()));
    }
    for (input, name) in [(f32::NAN, "NaN"), (f32::NEG_INFINITY, "-inf")] {
        let fault = wait(wave.follow(&[0.0, 0.5, input])).unwrap_err();
        assert_eq!(fault.code, "inputs-value");
        assert_eq!(fault.detail["index"], "2");
        assert!(fault.message.contains("Input 2") && fault.message.contains(name));
    }
    let longest = wait(wave.follow(&[0.5; 2000])).unwrap();
    assert_eq!(longest.predictions.len(), 2000);
    assert_eq!(longest.hidden.len(), 2000 * 32);

    let empty = Run::new(&MNIST, Device::flex(), 1, &Patch::new()).unwrap();
    assert_eq!(wait(empty.row_gradients()).unwrap_err().code, "no-data");
}
