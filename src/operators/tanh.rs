//! The hyperbolic tangent that every gate is made of, as a rational function.
//!
//! ```text
//! tanh(x) = x P(x^2) / Q(x^2), cut off at -1 and 1     |x| <= BOUND
//! sigmoid(x) = 1/2 + tanh(x/2) / 2
//! ```
//!
//! Fitted to the relative error (`tests/reference/tanh.py`), 2.5e-9 at most. What f32 rounds away
//! leaves it within 6.5 ulp, and on average as often above as below: what gates lose to one side at
//! every step shows in the loss after sixty of them.
//!
//! Near `BOUND` the fit exceeds 1, so that a saturated gate is exactly 1, -1 or 0: tanh from 8.75 on,
//! sigmoid from 17.5 on. Its gradient is then exactly 0.
//!
//! The CPU and WebGPU compute it from the same coefficients, because drivers differ in how far and how
//! well their own goes.

/// `x` is brought between `-BOUND` and `BOUND` first.
pub const BOUND: f32 = 8.9;

/// `P`, the highest power first.
pub const NUMERATOR: [f32; 6] = [
    -9.870_034_9e-12,
    2.788_224_28e-8,
    2.698_441_79e-5,
    3.819_853_22e-3,
    1.364_172_29e-1,
    1.0,
];

/// `Q`, the highest power first.
pub const DENOMINATOR: [f32; 5] = [
    1.212_959_92e-6,
    3.851_679_05e-4,
    2.707_005_76e-2,
    4.697_505_52e-1,
    1.0,
];
