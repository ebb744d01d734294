//! The functions that gates are made of, eight values at a time and free of branches.
//!
//! The last half ulp matters: what gates lose to rounding the same way at every step shows in the
//! loss after sixty of them. So each is unbiased around zero, where its values mostly are.

use super::lanes::{Lanes, mul_add};
use wide::bytemuck::cast;
use wide::i32x8;

/// `e^x`, within 2 ulp for x in [-87, 88] and clamped outside: range reduction to
/// `x = n ln 2 + r`, then the degree-6 polynomial of Cephes' `expf`.
#[inline(always)]
fn exp(x: Lanes) -> Lanes {
    // Adding and subtracting 1.5 * 2^23 rounds to an integer, which the low bits then hold.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let (low, high) = (Lanes::splat(-87.0), Lanes::splat(88.0));
    // By comparison, which lets what is not a number pass.
    let x = x.simd_lt(low).select(low, x);
    let x = high.simd_lt(x).select(high, x);
    let shifted = mul_add(x, std::f32::consts::LOG2_E.into(), ROUND.into());
    let n = shifted - ROUND;
    let r = mul_add(n, (-LN_2_HIGH).into(), x);
    let r = mul_add(n, (-LN_2_LOW).into(), r);
    let p = polynomial(
        r,
        [
            1.987_569_1e-4,
            1.398_2e-3,
            8.333_452e-3,
            4.166_579_6e-2,
            1.666_666_5e-1,
            0.5,
        ],
    );
    let e = mul_add(p * r, r, r) + 1.0;
    let exponent = cast::<Lanes, i32x8>(shifted) << 23;
    cast(cast::<Lanes, i32x8>(e) + exponent)
}

/// The logistic function, `1 / (1 + e^-x)`, and around zero `(1 + tanh(x/2)) / 2`, which rounds
/// once where that rounds three times.
#[inline(always)]
pub fn sigmoid(x: Lanes) -> Lanes {
    let half = x * 0.5;
    let near = mul_add(tanh_near_zero(half), 0.5.into(), 0.5.into());
    let far = Lanes::ONE / (exp(-x) + 1.0);
    half.abs().simd_lt(Lanes::splat(NEAR)).select(near, far)
}

/// The hyperbolic tangent, `1 - 2 / (e^2x + 1)`, and around zero, where that would cancel, a
/// polynomial.
#[inline(always)]
pub fn tanh(x: Lanes) -> Lanes {
    let near = tanh_near_zero(x);
    let far = Lanes::ONE - Lanes::splat(2.0) / (exp(x + x) + 1.0);
    x.abs().simd_lt(Lanes::splat(NEAR)).select(near, far)
}

/// As far from zero as [`tanh_near_zero`] goes.
const NEAR: f32 = 0.625;

/// `x + x z P(z)` with `z = x^2`, `P` fitted to `(tanh(x) - x) / (x z)` by least squares at Chebyshev
/// nodes: within 0.8 ulp and, unlike shorter ones, off to neither side.
#[inline(always)]
fn tanh_near_zero(x: Lanes) -> Lanes {
    let z = x * x;
    let p = polynomial(
        z,
        [
            2.142_803_7e-3,
            -8.177_094e-3,
            2.170_050_1e-2,
            -5.394_670_3e-2,
            1.333_320_5e-1,
            -3.333_333e-1,
        ],
    );
    mul_add(p * z, x, x)
}

/// Horner's rule, the highest power first.
#[inline(always)]
fn polynomial<const N: usize>(x: Lanes, coefficients: [f32; N]) -> Lanes {
    let mut sum = Lanes::splat(coefficients[0]);
    for coefficient in &coefficients[1..] {
        sum = mul_add(sum, x, Lanes::splat(*coefficient));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::lanes::WIDTH;
    use super::*;

    /// `[x, f(x)]` for x from -100 to 100.
    fn tabulated(f: fn(Lanes) -> Lanes) -> impl Iterator<Item = [f32; 2]> {
        (-25_000..=25_000).flat_map(move |k| {
            let x: [f32; WIDTH] = std::array::from_fn(|i| (k * 8 + i as i32) as f32 * 5e-4);
            let y = f(Lanes::new(x)).to_array();
            std::array::from_fn::<_, WIDTH, _>(|i| [x[i], y[i]])
        })
    }

    #[test]
    fn exp_is_within_two_ulp() {
        for [x, found] in tabulated(exp).filter(|[x, _]| (-87.0..=88.0).contains(x)) {
            let exact = f64::from(x).exp();
            let error = (f64::from(found) - exact).abs() / exact;
            assert!(error < 2.0 * f64::from(f32::EPSILON), "exp({x}): {error:e}");
        }
    }

    fn assert_within_three_ulp(f: fn(Lanes) -> Lanes, exact: fn(f64) -> f64) {
        for [x, found] in tabulated(f).filter(|[x, _]| x.abs() < 80.0) {
            let exact = exact(f64::from(x));
            let error = (f64::from(found) - exact).abs();
            let bound = 3.0 * f64::from(f32::EPSILON) * exact.abs();
            assert!(error <= bound, "at {x}: {found}, not {exact}");
        }
    }

    #[test]
    fn gates_are_within_three_ulp() {
        assert_within_three_ulp(sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        assert_within_three_ulp(tanh, f64::tanh);
    }

    #[test]
    fn gates_are_off_to_neither_side() {
        for (f, exact) in [
            (
                sigmoid as fn(Lanes) -> Lanes,
                (|x: f64| 1.0 / (1.0 + (-x).exp())) as fn(f64) -> f64,
            ),
            (tanh, f64::tanh),
        ] {
            let near = tabulated(f).filter(|[x, _]| x.abs() < 1.0);
            let (mut sum, mut count) = (0.0, 0.0);
            for [x, found] in near {
                let exact = exact(f64::from(x));
                sum += (f64::from(found) - exact) / exact.abs().max(1e-3);
                count += 1.0;
            }
            let bias = sum / count / f64::from(f32::EPSILON);
            assert!(bias.abs() < 0.05, "{bias} ulp");
        }
    }

    #[test]
    fn not_a_number_stays_one() {
        let nan = Lanes::splat(f32::NAN);
        let all = |lanes: Lanes| lanes.to_array().iter().all(|value| value.is_nan());
        assert!(all(sigmoid(nan)) && all(tanh(nan)));
    }
}
