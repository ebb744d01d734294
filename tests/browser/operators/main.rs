//! The recurrent operator's kernels in a browser, to be held against the reference there: a module of
//! its own, built with one backend, so that the site's modules carry nothing for tests.

#[cfg(target_arch = "wasm32")]
#[path = "../../support/case.rs"]
mod case;

#[cfg(target_arch = "wasm32")]
mod exported {
    use super::case::{Case, Run};
    use js_sys::{Array, Float32Array};
    use unroll::device::{self, Backend};
    use unroll::lessons::options::Choice;
    use unroll::operators::recurrent::{Cell, reference, traced};
    use wasm_bindgen::prelude::*;

    /// The hidden states, the trace, the gradients of `x`, `weight_ih`, `weight_hh`, `bias` and `initial`,
    /// and the hidden states untraced.
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
        run(backend, &case, traced).await
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
        run(Backend::Cpu, &case, reference::traced).await
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

    async fn run(backend: Backend, case: &Case, run: Run) -> Result<Array, String> {
        let device = device::start(backend).await;
        let device = device.map_err(|fault| fault.message)?;
        let (hidden, trace, gradients) = case.run(&device, run).await;
        let untraced = case.read(&device).await;
        let all = [hidden, trace]
            .into_iter()
            .chain(gradients)
            .chain([untraced]);
        Ok(all.map(|values| Float32Array::from(&values[..])).collect())
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    unroll::worker::browser::construct();
}
