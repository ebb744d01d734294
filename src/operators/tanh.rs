//! The hyperbolic tangent that every gate is made of, as a rational function.
//!
//! ```text
//! tanh(x) = x P(x^2) / Q(x^2)          for |x| <= BOUND, where it is +-1
//! sigmoid(x) = 1/2 + tanh(x/2) / 2
//! ```
//!
//! The CPU and WebGPU compute it from the same coefficients, because drivers differ in how far and how
//! well their own goes.

/// Where it ends: `x` is brought between `-BOUND` and `BOUND` first.
pub const BOUND: f32 = 7.9;

/// `P`, the highest power first.
pub const NUMERATOR: [f32; 6] = [
    -1.479_494_5e-11,
    3.386_895_7e-8,
    2.931_966e-5,
    3.932_114_7e-3,
    1.373_054e-1,
    1.0,
];

/// `Q`, the highest power first.
pub const DENOMINATOR: [f32; 5] = [
    1.380_634e-6,
    4.051_934_5e-4,
    2.747_836e-2,
    4.706_387_2e-1,
    1.0,
];
