//! The functions that gates are made of ([`tanh`](crate::operators::tanh)), eight values at a time and
//! free of branches.

use crate::operators::lanes::{Lanes, mul_add};
use crate::operators::tanh::{BOUND, DENOMINATOR, NUMERATOR};
use std::hint::black_box;

/// What [`tanh`] is made of.
pub struct Gates {
    bound: f32,
    one: f32,
    half: f32,
    numerator: [f32; 6],
    denominator: [f32; 5],
}

static GATES: Gates = Gates {
    bound: BOUND,
    one: 1.0,
    half: 0.5,
    numerator: NUMERATOR,
    denominator: DENOMINATOR,
};

impl Gates {
    /// Hidden from the compiler, so that it loads the coefficients. If it knows them it builds each from
    /// immediates, three instructions at every use.
    #[inline(always)]
    pub fn new() -> &'static Self {
        black_box(&GATES)
    }

    /// The logistic function, `(1 + tanh(x/2)) / 2`.
    #[inline(always)]
    pub fn sigmoid(&self, x: Lanes) -> Lanes {
        let half = Lanes::splat(self.half);
        mul_add(self.tanh(x * half), half, half)
    }

    /// The hyperbolic tangent.
    #[inline(always)]
    pub fn tanh(&self, x: Lanes) -> Lanes {
        let x = within(x, self.bound);
        let z = x * x;
        let y = x * polynomial(z, &self.numerator) / polynomial(z, &self.denominator);
        within(y, self.one)
    }
}

/// `x` between `-bound` and `bound`; what is not a number stays one.
#[inline(always)]
fn within(x: Lanes, bound: f32) -> Lanes {
    let (low, high) = (Lanes::splat(-bound), Lanes::splat(bound));
    // wasm's pseudo-minimum keeps its first operand if either is not a number; others differ.
    if cfg!(target_arch = "wasm32") {
        return x.fast_min(high).fast_max(low);
    }
    let x = high.simd_lt(x).select(high, x);
    x.simd_lt(low).select(low, x)
}

/// Horner's rule, the highest power first.
#[inline(always)]
fn polynomial<const N: usize>(x: Lanes, coefficients: &[f32; N]) -> Lanes {
    let mut sum = Lanes::splat(coefficients[0]);
    for coefficient in &coefficients[1..] {
        sum = mul_add(sum, x, Lanes::splat(*coefficient));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::lanes::WIDTH;

    fn tanh(x: Lanes) -> Lanes {
        Gates::new().tanh(x)
    }

    fn sigmoid(x: Lanes) -> Lanes {
        Gates::new().sigmoid(x)
    }

    /// `[x, f(x)]` for x from -100 to 100.
    fn tabulated(f: fn(Lanes) -> Lanes) -> impl Iterator<Item = [f32; 2]> {
        (-25_000..=25_000).flat_map(move |k| {
            let x: [f32; WIDTH] = std::array::from_fn(|i| (k * 8 + i as i32) as f32 * 5e-4);
            let y = f(Lanes::new(x)).to_array();
            std::array::from_fn::<_, WIDTH, _>(|i| [x[i], y[i]])
        })
    }

    #[test]
    fn tanh_is_within_six_and_a_half_ulp() {
        for [x, found] in tabulated(tanh) {
            let exact = f64::from(x).tanh();
            let ulp = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
            let error = (f64::from(found) - exact).abs();
            assert!(error <= 6.5 * ulp, "tanh({x}): {found}, not {exact}");
        }
    }

    /// An ulp is that of 1: near 0 its relative error is larger, as nothing there depends on it.
    #[test]
    fn sigmoid_is_within_two_ulp_of_one() {
        for [x, found] in tabulated(sigmoid) {
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            let error = (f64::from(found) - exact).abs();
            assert!(
                error <= 2.0 * f64::from(f32::EPSILON),
                "sigmoid({x}): {found}, not {exact}"
            );
        }
    }

    #[test]
    fn saturated_gates_are_exactly_so() {
        for [x, y] in tabulated(tanh) {
            assert!((-1.0..=1.0).contains(&y), "tanh({x}) is {y}");
            assert!(x.abs() < 8.75 || y == x.signum(), "tanh({x}) is {y}");
        }
        for [x, y] in tabulated(sigmoid) {
            assert!((0.0..=1.0).contains(&y), "sigmoid({x}) is {y}");
            let saturated = if x > 0.0 { 1.0 } else { 0.0 };
            assert!(x.abs() < 17.5 || y == saturated, "sigmoid({x}) is {y}");
        }
    }

    #[test]
    fn gates_are_off_to_neither_side() {
        let bias = |f: fn(Lanes) -> Lanes, exact: fn(f64) -> f64| {
            let positive = tabulated(f).filter(|[x, _]| (0.001..1.0).contains(x));
            let errors: Vec<f64> = positive
                .map(|[x, found]| f64::from(found) / exact(f64::from(x)) - 1.0)
                .collect();
            errors.iter().sum::<f64>() / errors.len() as f64 / f64::from(f32::EPSILON)
        };
        let of_tanh = bias(tanh, f64::tanh);
        assert!(of_tanh.abs() < 0.05, "tanh: {of_tanh} ulp");
        let of_sigmoid = bias(sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        assert!(of_sigmoid.abs() < 0.05, "sigmoid: {of_sigmoid} ulp");
    }

    #[test]
    fn not_a_number_stays_one() {
        let nan = Lanes::splat(f32::NAN);
        let all = |lanes: Lanes| lanes.to_array().iter().all(|value| value.is_nan());
        assert!(all(sigmoid(nan)) && all(tanh(nan)));
    }
}
