//! The CPU module's entry point: everything is in the library's `worker`.

use unroll as _;

fn main() {}
