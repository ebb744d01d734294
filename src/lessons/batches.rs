//! Digits as the tensors of a batch, gathered where they lie.

use crate::data::DataSet;
use crate::data::scan::Scan;
use crate::operators::gather::{Batch, Order, Store};
use burn::tensor::Device;
use std::rc::Rc;

/// A data set, to be read in batches.
pub struct Batches {
    /// The digits themselves.
    pub set: Rc<DataSet>,
    train: Store,
    test: Store,
}

/// An order of reading, ready for use.
#[derive(Clone)]
pub struct ReadingOrder {
    scan: Scan,
    order: Order,
}

impl ReadingOrder {
    /// The order of `scan`, for tensors of `device`.
    pub fn new(scan: Scan, device: &Device) -> Self {
        ReadingOrder {
            scan,
            order: Order::new(scan.order(), device),
        }
    }

    /// Which order it is.
    pub fn scan(&self) -> Scan {
        self.scan
    }

    /// The values of a digit's pixels as they are read.
    pub fn arrange(&self, pixels: &[f32]) -> Vec<f32> {
        match self.order.host() {
            None => pixels.to_vec(),
            Some(order) => order.iter().map(|&at| pixels[usize::from(at)]).collect(),
        }
    }
}

impl Batches {
    /// Puts `set` where `device` gathers digits.
    pub fn new(set: DataSet, device: &Device) -> Self {
        Batches {
            train: Store::new(&set.train, device),
            test: Store::new(&set.test, device),
            set: Rc::new(set),
        }
    }

    /// The training digits of those indices.
    pub fn train(&self, indices: &[usize], reading: &ReadingOrder, device: &Device) -> Batch {
        (self.train).gather(&self.set.train, indices, &reading.order, device)
    }

    /// The test digits of those indices.
    pub fn test(&self, indices: &[usize], reading: &ReadingOrder, device: &Device) -> Batch {
        (self.test).gather(&self.set.test, indices, &reading.order, device)
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::data::{Digits, PIXELS, SIDE};

    #[test]
    fn a_batch_is_the_digits_asked_for() {
        let digits = || Digits {
            images: [[0; PIXELS], [51; PIXELS], [255; PIXELS]]
                .into_iter()
                .flatten()
                .collect(),
            labels: vec![3, 1, 4],
        };
        let set = DataSet {
            train: digits(),
            test: digits(),
        };
        let device = Device::flex();
        let batches = Batches::new(set, &device);
        let reading = ReadingOrder::new(Scan::Columns, &device);
        for (images, labels) in [
            batches.train(&[2, 0, 1, 1], &reading, &device),
            batches.test(&[2, 0, 1, 1], &reading, &device),
        ] {
            assert_eq!(images.dims(), [4, SIDE, SIDE]);
            let images: Vec<f32> = images.into_data().try_into_vec().unwrap();
            for (image, grey) in images.chunks(PIXELS).zip([1.0, 0.0, 0.2, 0.2]) {
                assert!(image.iter().all(|&pixel| pixel == grey));
            }
            let labels: Vec<f32> = labels.into_data().try_into_vec().unwrap();
            assert_eq!(labels, [4.0, 3.0, 1.0, 1.0]);
        }
    }
}
