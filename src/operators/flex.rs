//! Flex tensors as slices and back, for the operators' CPU kernels.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{Shape, TensorData};

pub type Tensor = FloatTensor<Flex>;

/// The same values, row-major.
pub fn packed(tensor: Tensor) -> Tensor {
    tensor.to_contiguous()
}

/// The values of a [`packed`] tensor.
pub fn values(tensor: &Tensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous f32 tensor")
}

pub fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> Tensor {
    Tensor::from_data(TensorData::new(values, shape))
}
