//! The sin-cos lesson's curves: what the network hears (sin) and what it should answer (cos).
//!
//! Segment `k` covers `[k*pi, (k+1)*pi]`. The times are rounded to f32 before the sine is taken,
//! as in the tutorial's `numpy.linspace(start, end, n, dtype=float32)`; the sine itself is computed
//! in f64, so that every platform gives the same f32, at most one unit in the last place from numpy's.
//!
//! That rounding grows with time: 0.008 from segment [`ROUNDED`] on, and half a point's distance after half a million
//! segments, which a run does within minutes. So from there on sine and cosine are those of the exact times, which are
//! those of the first two segments over and over.

use std::f64::consts::PI;

/// Consecutive points of the two curves, all three of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// In radians.
    pub times: Vec<f32>,
    /// sin of the times.
    pub inputs: Vec<f32>,
    /// cos of the times.
    pub targets: Vec<f32>,
}

/// Whether a segment's last point lies on its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// It does, and the next segment begins with that same point again: the tutorial's way.
    Inclusive,
    /// It lies one point before, so that points are evenly spaced across segments: the way of the
    /// tutorial's later version.
    Exclusive,
}

/// The first segment whose sine is not that of rounded times.
pub const ROUNDED: u64 = 32_768;

/// Segment `k`, of `time_step` points: `numpy.linspace` with its `endpoint` option, in f64 and then
/// rounded. A single point is the segment's start.
pub fn segment(k: u64, time_step: usize, endpoint: Endpoint) -> Segment {
    let times: Vec<f32> = (exact(k, time_step, endpoint).into_iter())
        .map(|time| time as f32)
        .collect();
    let heard = match k {
        ..ROUNDED => times.iter().map(|&time| f64::from(time)).collect(),
        // Two segments are a period.
        _ => exact(k % 2, time_step, endpoint),
    };
    Segment {
        inputs: heard.iter().map(|time| time.sin() as f32).collect(),
        targets: heard.iter().map(|time| time.cos() as f32).collect(),
        times,
    }
}

/// The times before they are rounded.
fn exact(k: u64, time_step: usize, endpoint: Endpoint) -> Vec<f64> {
    let start = k as f64 * PI;
    let end = (k as f64 + 1.0) * PI;
    let intervals = match endpoint {
        Endpoint::Inclusive => time_step.max(2) - 1,
        Endpoint::Exclusive => time_step,
    };
    let spacing = (end - start) / intervals as f64;
    let time = |point| match point {
        point if point == intervals => end,
        point => start + point as f64 * spacing,
    };
    (0..time_step).map(time).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2's own results, `np.sin` and `np.cos` of f32 times.
    #[test]
    fn points_are_numpys() {
        let same = |ours: &[f32], numpys: &[f32]| {
            assert_eq!(ours.len(), numpys.len());
            for (a, b) in ours.iter().zip(numpys) {
                assert!(
                    (a - b).abs() <= 1.2e-7 * b.abs(),
                    "{ours:?} against {numpys:?}"
                );
            }
        };
        let late = segment(99, 10, Endpoint::Inclusive);
        assert_eq!(
            late.times,
            [
                311.01767, 311.36673, 311.7158, 312.06488, 312.41394, 312.763, 313.11206,
                313.46112, 313.8102, 314.15927
            ]
        );
        same(
            &late.inputs,
            &[
                3.0276553e-06,
                -0.34201184,
                -0.6427764,
                -0.86603045,
                -0.9848085,
                -0.984808,
                -0.866029,
                -0.6427976,
                -0.3420092,
                5.881255e-06,
            ],
        );
        same(
            &late.targets,
            &[
                -1.0,
                -0.93969566,
                -0.76605386,
                -0.49999124,
                -0.17364392,
                0.17364673,
                0.4999937,
                0.7660361,
                0.9396966,
                1.0,
            ],
        );
        let open = segment(2, 3, Endpoint::Exclusive);
        assert_eq!(open.times, [6.2831855, 7.330383, 8.377581]);
        same(&open.inputs, &[1.7484555e-07, 0.8660254, 0.86602527]);
        same(&open.targets, &[1.0, 0.5, -0.50000024]);
    }

    #[test]
    fn segments_join() {
        let ends_meet = |k, endpoint| {
            let (one, two) = (segment(k, 10, endpoint), segment(k + 1, 10, endpoint));
            two.times[0] == one.times[9]
        };
        assert!((0..100).all(|k| ends_meet(k, Endpoint::Inclusive)));
        assert!(!(0..100).any(|k| ends_meet(k, Endpoint::Exclusive)));
    }

    #[test]
    fn late_segments_are_those_of_the_first_period() {
        for endpoint in [Endpoint::Inclusive, Endpoint::Exclusive] {
            let first = [0, 1].map(|k| segment(k, 10, endpoint));
            for k in [
                ROUNDED - 2,
                ROUNDED,
                ROUNDED + 1,
                700_001,
                u64::from(u32::MAX),
            ] {
                let late = segment(k, 10, endpoint);
                let most = if k < ROUNDED { 0.005 } else { 1e-6 };
                let first = &first[(k % 2) as usize];
                let pairs = (late.inputs.iter().chain(&late.targets))
                    .zip(first.inputs.iter().chain(&first.targets));
                for (a, b) in pairs {
                    assert!((a - b).abs() <= most, "{a} and {b} of segment {k}");
                }
            }
        }
    }

    #[test]
    fn few_points() {
        for endpoint in [Endpoint::Inclusive, Endpoint::Exclusive] {
            assert_eq!(segment(2, 1, endpoint).times, [2.0 * PI as f32]);
            assert!(segment(2, 0, endpoint).times.is_empty());
        }
        assert_eq!(segment(0, 2, Endpoint::Inclusive).times, [0.0, PI as f32]);
    }
}
