//! The operator on WebGPU, as a CubeCL kernel for Burn's CubeCL backend.

use super::{Batch, launch};
use crate::data::{Digits, PIXELS, SIDE};
use crate::operators::cube::{CubeTensor, like, packed, start};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn::tensor::{Device, Int, TensorData};
use burn_wgpu::CubeBackend;

/// Pixels in a word, the first in its lowest byte.
const PACKED: usize = 4;

/// A reading order on a device: `[784]`.
#[derive(Clone)]
pub struct Order(burn::tensor::Tensor<1, Int>);

impl Order {
    pub fn new(order: &[u16], device: &Device) -> Self {
        Order(integers(order.iter().map(|&k| i32::from(k)), device))
    }
}

/// Digits on a device.
pub struct Resident {
    /// `[digit * 784 / 4]`
    words: burn::tensor::Tensor<1, Int>,
    /// `[digit]`
    labels: burn::tensor::Tensor<1>,
}

impl Resident {
    pub fn new(digits: &Digits, device: &Device) -> Self {
        let labels: Vec<f32> = digits.labels.iter().map(|&label| label.into()).collect();
        let count = labels.len();
        Resident {
            words: integers(digits.images.iter().flat_map(words), device),
            labels: burn::tensor::Tensor::from_data(TensorData::new(labels, [count]), device),
        }
    }

    pub fn gather(&self, indices: &[usize], order: &Order, device: &Device) -> Batch {
        let indices = integers(indices.iter().map(|&k| k as i32), device);
        let Gathered { images, labels } = Dispatch::gather_digits(
            self.words.clone().into_dispatch(),
            self.labels.clone().into_dispatch(),
            indices.into_dispatch(),
            order.0.clone().into_dispatch(),
        );
        (
            burn::tensor::Tensor::from_dispatch(images),
            burn::tensor::Tensor::from_dispatch(labels),
        )
    }
}

/// An image's pixels, [`PACKED`] to a word.
fn words(image: [u8; PIXELS]) -> impl Iterator<Item = i32> {
    (0..PIXELS / PACKED).map(move |k| {
        let pixels = image.as_chunks::<PACKED>().0[k];
        i32::from_le_bytes(pixels)
    })
}

fn integers(values: impl Iterator<Item = i32>, device: &Device) -> burn::tensor::Tensor<1, Int> {
    let values: Vec<i32> = values.collect();
    let count = values.len();
    burn::tensor::Tensor::from_data(TensorData::new(values, [count]), device)
}

/// A batch, as the backend's own tensors.
#[derive(ExtensionType)]
pub(crate) struct Gathered<B: Backend> {
    /// `[batch, 28, 28]`
    images: FloatTensor<B>,
    /// `[batch]`
    labels: FloatTensor<B>,
}

/// Only a GPU has it: the host reads its own memory.
#[backend_extension(Cube)]
pub(crate) trait GatherOps: Backend {
    /// The digits that `indices [batch]` name, from `words` and `labels` as in [`Resident`], their
    /// pixels in `order` as in [`Order`].
    fn gather_digits(
        words: IntTensor<Self>,
        labels: FloatTensor<Self>,
        indices: IntTensor<Self>,
        order: IntTensor<Self>,
    ) -> Gathered<Self>;
}

impl GatherOps for CubeBackend {
    fn gather_digits(
        words: CubeTensor,
        labels: CubeTensor,
        indices: CubeTensor,
        order: CubeTensor,
    ) -> Gathered<Self> {
        let [words, labels, indices, order] = [words, labels, indices, order].map(packed);
        let batch = indices.shape().num_elements();
        let images = like(&labels, [batch, SIDE, SIDE]);
        let batch_labels = like(&labels, [batch]);
        let (workgroups, workgroup) = start(
            &launch::gather(labels.shape().num_elements(), batch),
            [&words, &labels, &indices, &order, &images, &batch_labels],
        );
        gather::launch(
            &images.client,
            workgroups,
            workgroup,
            words.into_tensor_arg(),
            labels.into_tensor_arg(),
            indices.into_tensor_arg(),
            order.into_tensor_arg(),
            images.clone().into_tensor_arg(),
            batch_labels.clone().into_tensor_arg(),
        );
        Gathered {
            images,
            labels: batch_labels,
        }
    }
}

/// One pixel per invocation.
#[cube(launch)]
fn gather(
    words: &Tensor<u32>,
    labels: &Tensor<f32>,
    indices: &Tensor<u32>,
    order: &Tensor<u32>,
    images: &mut Tensor<f32>,
    batch_labels: &mut Tensor<f32>,
) {
    let at = ABSOLUTE_POS_X as usize;
    if at >= images.len() {
        terminate!();
    }
    let place = at / PIXELS;
    let read = at % PIXELS;
    let pixel = order[read] as usize;
    let digit = indices[place] as usize;
    let word = words[digit * comptime!(PIXELS / PACKED) + pixel / PACKED];
    let grey = (word >> (8 * (pixel % PACKED) as u32)) & 255;
    images[at] = grey as f32 / 255.0f32;
    if read == 0 {
        batch_labels[place] = labels[digit];
    }
}
