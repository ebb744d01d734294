//! One dispatch of a WebGPU kernel: what it is started with, and what it needs of a device.
//!
//! A function of the sizes alone, so that a call that a device cannot run is refused before anything
//! is allocated. The kernels are started with these very numbers.

/// Invocations that every browser allows in a workgroup.
pub const WORKGROUP: u32 = 256;

/// One dispatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The kernel's name.
    pub kernel: &'static str,
    /// How many values each tensor has that it is given, in the order of its arguments.
    pub tensors: Vec<usize>,
    /// Values of workgroup memory.
    pub shared: usize,
    /// Invocations of a workgroup along x and y.
    pub workgroup: [u32; 2],
    /// Workgroups along x, y and z.
    pub workgroups: [usize; 3],
}

impl Launch {
    /// A kernel without workgroup memory that gives every one of `items` an invocation.
    pub fn cover(kernel: &'static str, items: usize, tensors: Vec<usize>) -> Self {
        Launch {
            kernel,
            tensors,
            shared: 0,
            workgroup: [WORKGROUP, 1],
            workgroups: [items.div_ceil(WORKGROUP as usize), 1, 1],
        }
    }

    /// Bytes of the largest tensor.
    pub fn largest(&self) -> u64 {
        4 * self.tensors.iter().copied().max().unwrap_or(0) as u64
    }
}
