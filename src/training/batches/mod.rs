//! Digits as the tensors of a batch, gathered where they lie.
//!
//! On the CPU that is the data set itself, whose bytes become numbers a batch at a time. A GPU keeps a
//! copy, four pixels to a word, so that what crosses to it in a step are 64 numbers and not 50,000.

use crate::data::scan::Scan;
use crate::data::{DataSet, Digits, SIDE};
use burn::tensor::{Device, Tensor, TensorData};
use std::rc::Rc;

#[cfg(feature = "webgpu")]
mod webgpu;

/// A data set, to be read in batches.
pub(super) struct Batches {
    pub set: Rc<DataSet>,
    train: Store,
    test: Store,
}

/// Where digits are gathered.
enum Store {
    Host,
    #[cfg(feature = "webgpu")]
    Device(Box<webgpu::Resident>),
}

/// An order of reading, ready for use.
#[derive(Clone)]
pub(super) struct Reading {
    scan: Scan,
    /// None for the order that pixels lie in.
    order: Option<Rc<[u16]>>,
    #[cfg(feature = "webgpu")]
    on_device: Option<webgpu::Order>,
}

impl Reading {
    #[cfg_attr(not(feature = "webgpu"), allow(unused_variables))]
    pub fn new(scan: Scan, device: &Device) -> Self {
        Reading {
            scan,
            order: (scan != Scan::Down).then(|| scan.order().into()),
            #[cfg(feature = "webgpu")]
            on_device: webgpu::is_gpu(device).then(|| webgpu::Order::new(scan, device)),
        }
    }

    pub fn scan(&self) -> Scan {
        self.scan
    }

    /// The values of a digit's pixels as they are read.
    pub fn read(&self, pixels: &[f32]) -> Vec<f32> {
        match &self.order {
            None => pixels.to_vec(),
            Some(order) => order.iter().map(|&at| pixels[usize::from(at)]).collect(),
        }
    }
}

/// Images `[batch, 28, 28]` from 0 to 1 as they are read, time step by time step, and their labels as numbers `[batch]`.
pub(super) type Batch = (Tensor<3>, Tensor<1>);

impl Batches {
    pub fn new(set: DataSet, device: &Device) -> Self {
        Batches {
            train: Store::of(&set.train, device),
            test: Store::of(&set.test, device),
            set: Rc::new(set),
        }
    }

    /// The training digits of those indices.
    pub fn train(&self, indices: &[usize], reading: &Reading, device: &Device) -> Batch {
        self.train.gather(&self.set.train, indices, reading, device)
    }

    /// The test digits of those indices.
    pub fn test(&self, indices: &[usize], reading: &Reading, device: &Device) -> Batch {
        self.test.gather(&self.set.test, indices, reading, device)
    }
}

impl Store {
    #[cfg_attr(not(feature = "webgpu"), allow(unused_variables))]
    fn of(digits: &Digits, device: &Device) -> Self {
        #[cfg(feature = "webgpu")]
        if webgpu::is_gpu(device) {
            return Store::Device(Box::new(webgpu::Resident::new(digits, device)));
        }
        Store::Host
    }

    fn gather(
        &self,
        digits: &Digits,
        indices: &[usize],
        reading: &Reading,
        device: &Device,
    ) -> Batch {
        match self {
            Store::Host => {
                let mut pixels = Vec::new();
                digits.gather(indices, reading.order.as_deref(), &mut pixels);
                let labels = indices.iter().map(|&k| f32::from(digits.labels[k]));
                let labels: Vec<f32> = labels.collect();
                let images = TensorData::new(pixels, [indices.len(), SIDE, SIDE]);
                let labels = TensorData::new(labels, [indices.len()]);
                (
                    Tensor::from_data(images, device),
                    Tensor::from_data(labels, device),
                )
            }
            #[cfg(feature = "webgpu")]
            Store::Device(resident) => {
                let order = reading.on_device.as_ref().expect("made for a GPU");
                resident.gather(indices, order, device)
            }
        }
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::data::PIXELS;

    #[test]
    fn a_batch_is_the_digits_asked_for() {
        let digits = || Digits {
            images: [[0; PIXELS], [51; PIXELS], [255; PIXELS]].concat(),
            labels: vec![3, 1, 4],
        };
        let set = DataSet {
            train: digits(),
            test: digits(),
        };
        let device = Device::flex();
        let batches = Batches::new(set, &device);
        let reading = Reading::new(Scan::Columns, &device);
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
