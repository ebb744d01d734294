//! Digits gathered into a batch, where they lie.
//!
//! On the CPU that is the data set itself, whose bytes become numbers a batch at a time. A GPU keeps a
//! copy, four pixels to a word, so that what crosses to it in a step are 64 numbers and not 50,000.
//! An operator without a gradient. [`mod@reference`] states it on the host, and is what the CPU runs.
//!
//! # Equations
//!
//! ```text
//! images[b, place] = pixels[indices[b], order[place]] / 255
//! labels[b]        = labels[indices[b]]
//! ```

use crate::data::{Digits, PIXELS};
use burn::tensor::{Device, Tensor};
use std::rc::Rc;

pub(super) mod launch;
pub mod reference;
#[cfg(feature = "webgpu")]
mod webgpu;

/// Images `[batch, 28, 28]` from 0 to 1, and their labels as numbers, `[batch]`.
pub type Batch = (Tensor<3>, Tensor<1>);

/// In which order a digit's pixels are read, on the host and on a device.
#[derive(Clone)]
pub struct Order {
    /// `None` for the order that they lie in.
    host: Option<Rc<[u16]>>,
    #[cfg(feature = "webgpu")]
    device: Option<webgpu::Order>,
}

impl Order {
    /// Which of its 784 pixels is read at each place.
    ///
    /// # Panics
    /// If they are not 784 numbers below 784.
    pub fn new(order: Vec<u16>, device: &Device) -> Self {
        assert_eq!(order.len(), PIXELS, "places of an order");
        let known = |pixel: &u16| usize::from(*pixel) < PIXELS;
        assert!(order.iter().all(known), "an order names no pixel");
        let _ = device;
        Order {
            #[cfg(feature = "webgpu")]
            device: super::cube::device(device).map(|_| webgpu::Order::new(&order, device)),
            host: (!order.iter().copied().eq(0..PIXELS as u16)).then(|| order.into()),
        }
    }

    /// On the host; `None` for the order that the pixels lie in.
    pub fn host(&self) -> Option<&[u16]> {
        self.host.as_deref()
    }
}

/// Where digits are gathered.
pub struct Store(Kind);

enum Kind {
    Host,
    #[cfg(feature = "webgpu")]
    Device(Box<webgpu::Resident>),
}

impl Store {
    /// Takes a copy of `digits` to `device` if that is a GPU.
    pub fn new(digits: &Digits, device: &Device) -> Self {
        #[cfg(feature = "webgpu")]
        if super::cube::device(device).is_some() {
            return Store(Kind::Device(Box::new(webgpu::Resident::new(
                digits, device,
            ))));
        }
        let _ = (digits, device);
        Store(Kind::Host)
    }

    /// The digits of those `indices`, as a batch on `device`. `digits` and `device` are those that the
    /// store was made for.
    ///
    /// # Panics
    /// If there are no indices, or one is not below the number of digits.
    pub fn gather(
        &self,
        digits: &Digits,
        indices: &[usize],
        order: &Order,
        device: &Device,
    ) -> Batch {
        assert!(!indices.is_empty(), "a batch of no digits");
        let most = indices.iter().copied().max().unwrap_or(0);
        assert!(most < digits.len(), "digit {most} of {}", digits.len());
        match &self.0 {
            Kind::Host => reference::gather(digits, indices, order, device),
            #[cfg(feature = "webgpu")]
            Kind::Device(resident) => {
                let order = order.device.as_ref().expect("an order of this device");
                resident.gather(indices, order, device)
            }
        }
    }
}
