//! The CPU module's entry point: everything is in the library's `worker`.

fn main() {
    #[cfg(target_arch = "wasm32")]
    unroll::worker::construct();
}
