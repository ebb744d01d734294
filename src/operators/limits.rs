//! Whether a device can run a training step of given sizes, asked before the step.
//!
//! WebGPU refuses a buffer that is larger than the adapter binds, and a workgroup that needs more
//! memory or invocations than it has. Both end the device. So every kernel's needs are computed from
//! the sizes, by the same functions that start it.

use super::adam;
use super::clip;
use super::gather;
use super::head::{self, Objective};
use super::launch::Launch;
use super::recurrent::{self, Cell};
use burn::tensor::Device;
use std::fmt;

/// The sizes of a training step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// What the recurrent layer is made of.
    pub cell: Cell,
    /// Samples.
    pub batch: usize,
    /// Time steps of a sample.
    pub time: usize,
    /// Values read at a time step.
    pub inputs: usize,
    /// Hidden units, `H`.
    pub hidden: usize,
    /// Outputs of the output layer.
    pub outputs: usize,
    /// What the loss is made of.
    pub objective: Objective,
}

/// What a device gives a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the largest tensor that it can be given.
    pub tensor_bytes: u64,
    /// Tensors that it can be given.
    pub tensors: u32,
    /// Bytes of memory that a workgroup has.
    pub workgroup_bytes: u64,
    /// Invocations of a workgroup.
    pub invocations: u32,
    /// Workgroups along each dimension.
    pub workgroups: u32,
    /// Invocations that it computes in step at most, the SIMD width of WGSL's subgroups: no limit, but what the
    /// work is shared out by.
    pub lanes: u32,
}

/// One of the [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::tensor_bytes`]
    TensorBytes,
    /// [`Limits::tensors`]
    Tensors,
    /// [`Limits::workgroup_bytes`]
    WorkgroupBytes,
    /// [`Limits::invocations`]
    Invocations,
    /// [`Limits::workgroups`]
    Workgroups,
}

/// A kernel needs more than the device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitExceeded {
    /// The kernel.
    pub kernel: &'static str,
    /// Of what it needs more.
    pub limit: Limit,
    /// How much it needs, in the limit's unit.
    pub needed: u64,
    /// How much the device has.
    pub available: u64,
}

/// The least lanes that a GPU computes in step; a software adapter has those of the processor's vectors.
const LANES_OF_A_GPU: u32 = 16;

/// Whether a device that computes so many lanes in step is a GPU.
pub(super) fn is_gpu(lanes: u32) -> bool {
    lanes >= LANES_OF_A_GPU
}

impl Limits {
    /// Whether it is a GPU, which has more lanes than a batch has work, and not a processor that passes for one.
    pub fn is_gpu(&self) -> bool {
        is_gpu(self.lanes)
    }

    /// What WebGPU guarantees on every adapter: 128 MiB to a tensor, eight tensors to a kernel, of
    /// which CubeCL keeps one for itself, 16 KiB and 256 invocations to a workgroup.
    pub const GUARANTEED: Self = Limits {
        tensor_bytes: 128 << 20,
        tensors: 7,
        workgroup_bytes: 16 << 10,
        invocations: 256,
        workgroups: 65_535,
        lanes: 32,
    };

    /// Those of `device`; `None` for the CPU, which has none.
    pub fn of(device: &Device) -> Option<Self> {
        #[cfg(feature = "webgpu")]
        if let Some(device) = super::cube::device(device) {
            return Some(Self::of_client(&device.client()));
        }
        let _ = device;
        None
    }

    /// Those of a device that is already open.
    #[cfg(feature = "webgpu")]
    pub(super) fn of_client(client: &burn::cubecl::client::Client) -> Self {
        let properties = client.properties();
        let hardware = &properties.hardware;
        let (x, y, z) = hardware.max_cube_count;
        Limits {
            tensor_bytes: properties.memory.max_page_size,
            tensors: hardware.max_bindings,
            workgroup_bytes: hardware.max_shared_memory_size as u64,
            invocations: hardware.max_units_per_cube,
            workgroups: x.min(y).min(z),
            lanes: hardware.plane_size_max,
        }
    }

    /// Whether they allow every kernel of a training step of those sizes.
    ///
    /// # Errors
    /// The first kernel and the limit that it exceeds.
    pub fn fit(&self, sizes: &Sizes) -> Result<(), LimitExceeded> {
        launches(sizes, self.lanes)
            .iter()
            .try_for_each(|launch| self.allow(launch))
    }

    /// Whether they allow batches out of so many digits, each of so many that a training step
    /// [fits](Self::fit).
    ///
    /// # Errors
    /// As [`Limits::fit`].
    pub fn keep(&self, digits: usize) -> Result<(), LimitExceeded> {
        self.allow(&gather::launch::gather(digits, 1))
    }

    /// Whether they allow one dispatch.
    pub(super) fn allow(&self, launch: &Launch) -> Result<(), LimitExceeded> {
        let [width, height] = launch.workgroup;
        let workgroups = launch.workgroups.into_iter().max().unwrap_or(0);
        let needs = [
            (Limit::TensorBytes, launch.largest(), self.tensor_bytes),
            (
                Limit::Tensors,
                launch.tensors.len() as u64,
                self.tensors.into(),
            ),
            (
                Limit::WorkgroupBytes,
                4 * launch.shared as u64,
                self.workgroup_bytes,
            ),
            (
                Limit::Invocations,
                (width * height).into(),
                self.invocations.into(),
            ),
            (Limit::Workgroups, workgroups as u64, self.workgroups.into()),
        ];
        for (limit, needed, available) in needs {
            if needed > available {
                return Err(LimitExceeded {
                    kernel: launch.kernel,
                    limit,
                    needed,
                    available,
                });
            }
        }
        Ok(())
    }
}

#[cfg(feature = "webgpu")]
#[doc(hidden)]
pub use super::cube::pretend_lanes;

/// Whether `device` can run a training step of those sizes. The CPU always can.
///
/// # Errors
/// The first kernel and the limit that it exceeds.
pub fn check(device: &Device, sizes: &Sizes) -> Result<(), LimitExceeded> {
    Limits::of(device).map_or(Ok(()), |limits| limits.fit(sizes))
}

/// Every dispatch of a training step, from the batch's images to the new weights.
fn launches(sizes: &Sizes, lanes: u32) -> Vec<Launch> {
    let mut head = head::Sizes {
        batch: sizes.batch,
        time: sizes.time,
        size: sizes.hidden,
        outputs: sizes.outputs,
        last: match sizes.objective {
            Objective::LastClass => 1,
            Objective::EveryClass | Objective::Values => sizes.time,
        },
        objective: sizes.objective,
        weights: 0,
    };
    let mut recurrent = recurrent::Sizes {
        batch: sizes.batch,
        time: sizes.time,
        inputs: sizes.inputs,
        size: sizes.hidden,
        cell: sizes.cell,
        weights: 0,
    };
    let weights = recurrent.own() + head.own();
    (recurrent.weights, head.weights) = (weights, weights);
    let mut launches = recurrent::launch::all(recurrent, lanes, head.last);
    launches.extend(head::launch::all(head));
    launches.push(clip::launch::share(weights));
    launches.push(clip::launch::scale(weights));
    launches.push(adam::launch::update(weights));
    launches
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.limit {
            Limit::TensorBytes => "bytes in one tensor",
            Limit::Tensors => "tensors",
            Limit::WorkgroupBytes => "bytes of workgroup memory",
            Limit::Invocations => "invocations in a workgroup",
            Limit::Workgroups => "workgroups along one dimension",
        };
        let LimitExceeded {
            kernel,
            needed,
            available,
            ..
        } = self;
        write!(
            f,
            "The kernel {kernel} needs {needed} {what}; this device allows {available}."
        )
    }
}

impl std::error::Error for LimitExceeded {}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(cell: Cell, batch: usize, time: usize, inputs: usize, hidden: usize) -> Sizes {
        Sizes {
            cell,
            batch,
            time,
            inputs,
            hidden,
            outputs: 10,
            objective: Objective::EveryClass,
        }
    }

    /// Everything but the size and number of what there is to do, which the options may exceed.
    const OF_KERNELS: Limits = Limits {
        tensor_bytes: u64::MAX,
        workgroups: u32::MAX,
        ..Limits::GUARANTEED
    };

    #[test]
    fn every_option_keeps_to_what_webgpu_guarantees_a_kernel() {
        for cell in [Cell::Rnn, Cell::Lstm, Cell::Gru] {
            for hidden in 1..=256 {
                for batch in [1, 2, 3, 64, 100, 250, 1000, 1024] {
                    for (time, inputs) in [(1, 1), (10, 1), (28, 28), (100, 1), (784, 1)] {
                        let sizes = sizes(cell, batch, time, inputs, hidden);
                        for lanes in [4, 32] {
                            let limits = Limits {
                                lanes,
                                ..OF_KERNELS
                            };
                            limits.fit(&sizes).unwrap();
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_lessons_fit_everywhere() {
        let mnist = sizes(Cell::Lstm, 64, 28, 28, 64);
        Limits::GUARANTEED.fit(&mnist).unwrap();
        let sin_cos = Sizes {
            outputs: 1,
            objective: Objective::Values,
            ..sizes(Cell::Rnn, 1, 10, 1, 32)
        };
        Limits::GUARANTEED.fit(&sin_cos).unwrap();
    }

    #[test]
    fn a_trace_of_147_megabytes_needs_more_than_is_guaranteed() {
        let largest = sizes(Cell::Lstm, 1024, 28, 28, 256);
        let trace = 4 * 1024 * 28 * 5 * 256;
        let exceeded = LimitExceeded {
            kernel: "recurrent forward",
            limit: Limit::TensorBytes,
            needed: trace,
            available: 128 << 20,
        };
        assert_eq!(Limits::GUARANTEED.fit(&largest), Err(exceeded));
        assert_eq!(
            exceeded.to_string(),
            "The kernel recurrent forward needs 146800640 bytes in one tensor; this device allows 134217728."
        );
        let more = Limits {
            tensor_bytes: trace,
            ..Limits::GUARANTEED
        };
        assert_eq!(more.fit(&largest), Ok(()));
    }

    #[test]
    fn each_limit_is_asked() {
        let mnist = sizes(Cell::Lstm, 64, 28, 28, 64);
        let all = Limits::GUARANTEED;
        let cases = [
            (
                Limit::TensorBytes,
                Limits {
                    tensor_bytes: 1 << 20,
                    ..all
                },
            ),
            (Limit::Tensors, Limits { tensors: 6, ..all }),
            (
                Limit::WorkgroupBytes,
                Limits {
                    workgroup_bytes: 1024,
                    ..all
                },
            ),
            (
                Limit::Invocations,
                Limits {
                    invocations: 128,
                    ..all
                },
            ),
            (
                Limit::Workgroups,
                Limits {
                    workgroups: 8,
                    ..all
                },
            ),
        ];
        for (limit, limits) in cases {
            assert_eq!(limits.fit(&mnist).unwrap_err().limit, limit);
        }
    }

    #[test]
    fn what_is_guaranteed_keeps_171_196_digits() {
        assert_eq!(Limits::GUARANTEED.keep(171_196), Ok(()));
        let exceeded = Limits::GUARANTEED.keep(171_197).unwrap_err();
        assert_eq!(
            (exceeded.kernel, exceeded.limit),
            ("gather", Limit::TensorBytes)
        );
    }

    #[cfg(feature = "cpu")]
    #[test]
    fn the_cpu_runs_everything() {
        let largest = sizes(Cell::Lstm, 1024, 784, 28, 256);
        assert_eq!(Limits::of(&Device::flex()), None);
        assert_eq!(check(&Device::flex(), &largest), Ok(()));
    }
}
