//! What the operators' WebGPU kernels share: tensors to write to, and how many workgroups to start.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::cubecl::CubeCount;
use burn::tensor::{FloatDType, Shape};
use burn_wgpu::CubeBackend;

pub type CubeTensor = FloatTensor<CubeBackend>;

/// Invocations that every browser allows in a workgroup.
pub const WORKGROUP: u32 = 256;

/// Workgroups along one dimension that every browser allows.
const MOST_WORKGROUPS: u32 = 65_535;

/// An uninitialised f32 tensor on the device of `other`.
pub fn like<const D: usize>(other: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    CubeBackend::float_empty(Shape::from(shape), &other.device, FloatDType::F32)
}

/// The kernels read rows one after the other.
pub fn packed(tensor: CubeTensor) -> CubeTensor {
    match tensor.is_contiguous() {
        true => tensor,
        false => tensor.copy(),
    }
}

/// As many workgroups of [`WORKGROUP`] as give every one of `items` an invocation.
pub fn cover(items: usize) -> CubeCount {
    let workgroups = (items as u32).div_ceil(WORKGROUP);
    assert!(
        workgroups <= MOST_WORKGROUPS,
        "{items} are too many for one dispatch"
    );
    CubeCount::Static(workgroups, 1, 1)
}
