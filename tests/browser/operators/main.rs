//! The recurrent operator's kernels in a browser, to be held against the reference there: a module of
//! its own, built with one backend, so that the site's modules carry nothing for tests.

#[cfg(target_arch = "wasm32")]
#[path = "../../support/case.rs"]
mod case;

#[cfg(target_arch = "wasm32")]
mod exported {
    use super::case::Case;
    use burn::tensor::Device;
    use js_sys::{Array, Float32Array};
    use unroll::device::{self, Backend};
    use unroll::lessons::options::Choice;
    use unroll::operators::recurrent::Cell;
    use wasm_bindgen::prelude::*;

    /// The hidden states, the trace, the gradients of `weight_ih`, `weight_hh` and the biases, and the hidden
    /// states untraced.
    #[wasm_bindgen]
    pub async fn kernels(
        cell: &str,
        batch: usize,
        time: usize,
        inputs: usize,
        hidden: usize,
        leading_zeros: bool,
    ) -> Result<Array, String> {
        let case = case_of(cell, batch, time, inputs, hidden, leading_zeros);
        let backend = if cfg!(feature = "webgpu") {
            Backend::Webgpu
        } else {
            Backend::Cpu
        };
        let device = start(backend).await?;
        Ok(arrays(case.run(&device).await, case.read(&device).await))
    }

    /// The same, by tensor operations on the CPU.
    #[wasm_bindgen]
    pub async fn reference(
        cell: &str,
        batch: usize,
        time: usize,
        inputs: usize,
        hidden: usize,
        leading_zeros: bool,
    ) -> Result<Array, String> {
        let case = case_of(cell, batch, time, inputs, hidden, leading_zeros);
        let device = start(Backend::Cpu).await?;
        Ok(arrays(
            case.expected(&device).await,
            case.read(&device).await,
        ))
    }

    fn case_of(
        cell: &str,
        batch: usize,
        time: usize,
        inputs: usize,
        hidden: usize,
        leading_zeros: bool,
    ) -> Case {
        let cell = Cell::named(cell).expect("a cell");
        let case = Case::new(cell, batch, time, inputs, hidden);
        match leading_zeros {
            true => case.with_leading_zeros(),
            false => case,
        }
    }

    async fn start(backend: Backend) -> Result<Device, String> {
        let device = device::start(backend).await;
        device.map_err(|fault| fault.message)
    }

    fn arrays(
        (hidden, trace, gradients): (Vec<f32>, Vec<f32>, [Vec<f32>; 3]),
        untraced: Vec<f32>,
    ) -> Array {
        let all = [hidden, trace].into_iter().chain(gradients);
        let all = all.chain([untraced]);
        all.map(|values| Float32Array::from(&values[..])).collect()
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    unroll::worker::browser::construct();
}
