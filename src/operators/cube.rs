//! What the operators' WebGPU kernels share: tensors to write to, and a checked start.

use super::launch::Launch;
use super::limits::Limits;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{DispatchDevice, TensorMetadata};
use burn::cubecl::{CubeCount, CubeDim, Device as CubeDevice};
use burn::tensor::{Device, FloatDType, Shape};
use burn_wgpu::CubeBackend;
use std::cell::Cell;

pub type CubeTensor = FloatTensor<CubeBackend>;

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

/// Lanes that the device of `tensor` computes in step at most.
pub fn lanes(tensor: &CubeTensor) -> u32 {
    let pretended = PRETENDED.get();
    pretended.unwrap_or_else(|| Limits::of_client(&tensor.client).lanes)
}

thread_local! {
    static PRETENDED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// For tests: what this thread starts from now on is shared out as on a device with so many lanes, its own if `None`.
#[doc(hidden)]
pub fn pretend_lanes(lanes: Option<u32>) {
    PRETENDED.set(lanes);
}

/// What to start `launch` with: its workgroups and their invocations.
///
/// # Panics
/// If `tensors`, in the order of the kernel's arguments, are not of the sizes that `launch` was made
/// for or of numbers that are not four bytes long, or the device cannot run it. So whoever starts an unchecked kernel with what this returned
/// may rely on its sizes.
pub fn start<const N: usize>(launch: &Launch, tensors: [&CubeTensor; N]) -> (CubeCount, CubeDim) {
    let sizes = tensors.map(|tensor| tensor.shape().num_elements());
    assert_eq!(
        sizes[..],
        launch.tensors[..],
        "tensors of {}",
        launch.kernel
    );
    let long = |tensor: &CubeTensor| tensor.dtype().size() == 4;
    assert!(
        tensors.into_iter().all(long),
        "numbers of {}",
        launch.kernel
    );
    if let Err(limit) = Limits::of_client(&tensors[0].client).allow(launch) {
        panic!("{limit}");
    }
    let [x, y, z] = launch.workgroups.map(|count| count as u32);
    let [width, height] = launch.workgroup;
    (CubeCount::Static(x, y, z), CubeDim::new_2d(width, height))
}

/// The GPU of `device`; `None` for the CPU.
pub fn device(device: &Device) -> Option<&CubeDevice> {
    match device.as_dispatch() {
        DispatchDevice::Cube(device) => Some(device),
        #[allow(unreachable_patterns)]
        _ => None,
    }
}
