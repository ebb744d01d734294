//! The WebGPU module's entry point: everything is in the library's `worker::browser`.

fn main() {
    #[cfg(target_arch = "wasm32")]
    unroll::worker::browser::construct();
}
