//! Batches gathered on WebGPU, as a CubeCL kernel for Burn's CubeCL backend.

use super::Batch;
use crate::cube::{CubeTensor, WORKGROUP, cover, packed};
use crate::data::scan::Scan;
use crate::data::{Digits, PIXELS, SIDE};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{
    Backend, Dispatch, DispatchDevice, ExtensionType, TensorMetadata, backend_extension,
};
use burn::cubecl;
use burn::cubecl::prelude::*;
use burn::tensor::{Device, FloatDType, Int, Shape, TensorData};
use burn_wgpu::CubeBackend;

/// Pixels in a word, the first in its lowest byte.
const PACKED: usize = 4;

/// Whether tensors of `device` live on a GPU.
pub fn is_gpu(device: &Device) -> bool {
    matches!(device.as_dispatch(), DispatchDevice::Cube(_))
}

/// A [`Scan`]'s order on a device: `[784]`.
#[derive(Clone)]
pub struct Order(burn::tensor::Tensor<1, Int>);

impl Order {
    pub fn new(scan: Scan, device: &Device) -> Self {
        let order: Vec<i32> = scan.order().into_iter().map(i32::from).collect();
        let data = TensorData::new(order, [PIXELS]);
        Order(burn::tensor::Tensor::from_data(data, device))
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
        let (words, _) = digits.images.as_chunks::<PACKED>();
        let words: Vec<i32> = words.iter().map(|&word| i32::from_le_bytes(word)).collect();
        let labels: Vec<f32> = digits
            .labels
            .iter()
            .map(|&label| f32::from(label))
            .collect();
        let [word_count, label_count] = [words.len(), labels.len()];
        Resident {
            words: burn::tensor::Tensor::from_data(TensorData::new(words, [word_count]), device),
            labels: burn::tensor::Tensor::from_data(TensorData::new(labels, [label_count]), device),
        }
    }

    pub fn gather(&self, indices: &[usize], order: &Order, device: &Device) -> Batch {
        let indices: Vec<i32> = indices.iter().map(|&k| k as i32).collect();
        let count = indices.len();
        let indices =
            burn::tensor::Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), device);
        let Gathered { images, labels } = Dispatch::gather(
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

/// A batch, as the backend's own tensors.
#[derive(ExtensionType)]
pub struct Gathered<B: Backend> {
    /// `[batch, 28, 28]`
    images: FloatTensor<B>,
    /// `[batch]`
    labels: FloatTensor<B>,
}

#[backend_extension(Cube)]
pub trait GatherOps: Backend {
    /// The digits that `indices [batch]` name, from `words` and `labels` as in [`Resident`], their
    /// pixels in `order` as in [`Order`].
    fn gather(
        words: IntTensor<Self>,
        labels: FloatTensor<Self>,
        indices: IntTensor<Self>,
        order: IntTensor<Self>,
    ) -> Gathered<Self>;
}

impl GatherOps for CubeBackend {
    fn gather(
        words: CubeTensor,
        labels: CubeTensor,
        indices: CubeTensor,
        order: CubeTensor,
    ) -> Gathered<Self> {
        let count = indices.shape().num_elements();
        let new = |shape: Shape| Self::float_empty(shape, &labels.device, FloatDType::F32);
        let gathered = Gathered::<Self> {
            images: new(Shape::from([count, SIDE, SIDE])),
            labels: new(Shape::from([count])),
        };
        read::launch(
            &gathered.images.client,
            cover(count * PIXELS),
            CubeDim::new_1d(WORKGROUP),
            packed(words).into_tensor_arg(),
            packed(labels).into_tensor_arg(),
            packed(indices).into_tensor_arg(),
            packed(order).into_tensor_arg(),
            gathered.images.clone().into_tensor_arg(),
            gathered.labels.clone().into_tensor_arg(),
        );
        gathered
    }
}

/// One pixel per invocation.
#[cube(launch)]
fn read(
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
