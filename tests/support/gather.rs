//! Batches gathered on a device, held against the same on the host.
#![allow(dead_code)] // Every test file uses its own part.

use super::{assert_close, values};
use burn::tensor::Device;
use unroll::data::scan::Scan;
use unroll::data::{Digits, PIXELS};
use unroll::operators::gather::{Order, Store, reference};

fn digits(count: usize) -> Digits {
    let pixel = |at: usize| (at * 2_654_435_761 >> 7) as u8;
    Digits {
        images: (0..count * PIXELS).map(pixel).collect(),
        labels: (0..count).map(|k| (k % 10) as u8).collect(),
    }
}

/// Every order, batches of one and of many, a digit twice, the first and the last.
pub fn assert_kernel_is_the_reference(device: &Device) {
    let digits = digits(300);
    let cpu = Device::flex();
    let store = Store::new(&digits, device);
    for scan in [Scan::Down, Scan::Up, Scan::Columns, Scan::Permuted] {
        let all: Vec<usize> = (0..300).rev().collect();
        for indices in [&[7][..], &[299, 0, 5, 5, 131], &all] {
            let order = Order::new(scan.order(), device);
            let (images, labels) = store.gather(&digits, indices, &order, device);
            let order = Order::new(scan.order(), &cpu);
            let expected = reference::gather(&digits, indices, &order, &cpu);
            assert_eq!(images.dims(), expected.0.dims());
            let wide: Vec<f64> = values(expected.0).into_iter().map(f64::from).collect();
            // Drivers divide within 2.5 ulp.
            assert_close("pixel", &values(images), &wide, 2e-7);
            assert_eq!(values(labels), values(expected.1));
        }
    }
}
