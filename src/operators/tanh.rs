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
    2.788_224_2e-8,
    2.698_441_9e-5,
    3.819_853_3e-3,
    1.364_172_3e-1,
    1.0,
];

/// `Q`, the highest power first.
pub const DENOMINATOR: [f32; 5] = [
    1.212_959_9e-6,
    3.851_679e-4,
    2.707_005_9e-2,
    4.697_505_5e-1,
    1.0,
];

/// The hyperbolic tangent of one number on the host.
pub fn tanh(x: f32) -> f32 {
    let x = x.clamp(-BOUND, BOUND);
    let horner = |z: f32, powers: &[f32]| powers.iter().fold(0.0, |sum, power| sum * z + power);
    let z = x * x;
    (x * horner(z, &NUMERATOR) / horner(z, &DENOMINATOR)).clamp(-1.0, 1.0)
}

/// The logistic function of one number on the host.
pub fn sigmoid(x: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * x)
}
