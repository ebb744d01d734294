//! Points of many coordinates drawn in a plane: their first two principal components, in a frame that
//! does not turn from one picture to the next.
//!
//! Two components span a plane, but which way is right and which is up in it is anybody's choice, and
//! where both vary alike the choice would jump about while a network trains. So a frame is turned
//! within its plane until it lies as near as it can to the frame before.

use crate::numbers::Numbers;
use serde::Serialize;

/// Points seen in the plane in which they vary most.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Portrait {
    /// `[points, 2]`, around their mean.
    pub points: Numbers<f32>,
    /// `[2, H]`, orthonormal: what is right, and what is up. Given to the next portrait, that one
    /// is not turned against this one.
    pub frame: Numbers<f32>,
    /// The share of all variance that lies in the plane, 0 to 1.
    pub explained: f32,
}

/// The most rounds of the power iteration; each shrinks what does not belong by the ratio of the variances.
const ROUNDS: usize = 200;
/// A round that turns the plane by less than this, squared, is the last one.
const SETTLED: f64 = 1e-14;

/// Draws `states [points, size]`, near to `frame [2, size]` where there was one before.
pub fn portrait(states: &[f32], size: usize, frame: Option<&[f32]>) -> Portrait {
    let count = (states.len() / size) as f64;
    let mut mean = vec![0.0f64; size];
    for (k, &value) in states.iter().enumerate() {
        mean[k % size] += f64::from(value) / count;
    }
    let mut centred = vec![0.0f64; states.len()];
    for (k, &value) in states.iter().enumerate() {
        centred[k] = f64::from(value) - mean[k % size];
    }
    let mut covariance = vec![0.0f64; size * size];
    for state in centred.chunks_exact(size) {
        for (row, &value) in covariance.chunks_exact_mut(size).zip(state) {
            add(row, value / count, state);
        }
    }

    let usable =
        |frame: &&[f32]| frame.len() == 2 * size && frame.iter().all(|value| value.is_finite());
    let before = frame.filter(usable);
    let mut from = [vec![0.0f64; size], vec![0.0; size]];
    for k in 0..2 * size {
        // Where there is no frame yet: anything that no symmetry of the units is at right angles to.
        from[k / size][k % size] = match before {
            Some(frame) => f64::from(frame[k]),
            None => ((k / size + 1) as f64 * (k % size + 1) as f64).cos(),
        };
    }
    let mut axes = from.clone();
    orthonormal(&mut axes, &from);
    let from = axes.clone();
    for _ in 0..ROUNDS {
        let old = axes.clone();
        for axis in &mut axes {
            let next = product(&covariance, axis);
            // A direction without variance must not vanish before it is orthonormal again.
            if dot(&next, &next) > 1e-24 {
                *axis = next;
            }
        }
        orthonormal(&mut axes, &from);
        let mut turned = 0.0f64;
        for axis in &axes {
            turned = turned.max(1.0 - dot(axis, &old[0]).powi(2) - dot(axis, &old[1]).powi(2));
        }
        // Without a frame before, the axes themselves must settle: to the first component and the second.
        if turned < SETTLED && before.is_some() {
            break;
        }
    }
    if before.is_some() {
        turn(&mut axes, &from);
    }

    let mut total = 0.0;
    for k in 0..size {
        total += covariance[k * size + k];
    }
    let mut inside = 0.0;
    for axis in &axes {
        inside += dot(&product(&covariance, axis), axis);
    }
    let mut points = Vec::with_capacity(2 * states.len() / size);
    for state in centred.chunks_exact(size) {
        for axis in &axes {
            points.push(dot(state, axis) as f32);
        }
    }
    let mut frame = Vec::with_capacity(2 * size);
    for k in 0..2 * size {
        frame.push(axes[k / size][k % size] as f32);
    }
    let explained = if total > 0.0 { inside / total } else { 1.0 };
    Portrait {
        points: points.into(),
        frame: frame.into(),
        explained: explained as f32,
    }
}

// Small rather than fast, all of these: a picture is drawn a few times a second.

#[inline(never)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `share` times `other` to `to`.
#[inline(never)]
fn add(to: &mut [f64], share: f64, other: &[f64]) {
    for (to, &other) in to.iter_mut().zip(other) {
        *to += share * other;
    }
}

/// `matrix [n, n]` times `axis`.
#[inline(never)]
fn product(matrix: &[f64], axis: &[f64]) -> Vec<f64> {
    let rows = matrix.chunks_exact(axis.len());
    rows.map(|row| dot(row, axis)).collect()
}

/// Gram and Schmidt; where an axis is nothing but the other one, `instead` helps out.
#[inline(never)]
fn orthonormal(axes: &mut [Vec<f64>; 2], instead: &[Vec<f64>; 2]) {
    let [first, second] = axes;
    normalise(first, &instead[0]);
    let mut spare = instead[1].clone();
    for axis in [&mut *second, &mut spare] {
        let along = dot(first, axis);
        add(axis, -along, first);
    }
    normalise(second, &spare);
}

#[inline(never)]
fn normalise(axis: &mut [f64], instead: &[f64]) {
    if dot(axis, axis) < 1e-24 {
        axis.copy_from_slice(instead);
    }
    let norm = dot(axis, axis).sqrt();
    if norm > 0.0 {
        axis.iter_mut().for_each(|value| *value /= norm);
    }
}

/// Turns `axes`, and mirrors them where that is nearer, within their plane towards `before`: the
/// orthogonal Procrustes problem (Schönemann, 1966), which in two dimensions is one angle.
fn turn(axes: &mut [Vec<f64>; 2], before: &[Vec<f64>; 2]) {
    let [a, b] = [0, 1].map(|k| dot(&axes[0], &before[k]));
    let [c, d] = [0, 1].map(|k| dot(&axes[1], &before[k]));
    let [kept, mirrored] = [(a + d, b - c), (a - d, b + c)];
    let length = |(x, y): (f64, f64)| (x * x + y * y).sqrt();
    let ((x, y), sign) = if length(kept) >= length(mirrored) {
        (kept, 1.0)
    } else {
        (mirrored, -1.0)
    };
    let norm = length((x, y));
    if norm == 0.0 {
        return;
    }
    let (cos, sin) = (x / norm, y / norm);
    let old = axes.clone();
    for (axis, [of_first, of_second]) in
        axes.iter_mut().zip([[cos, -sin * sign], [sin, cos * sign]])
    {
        axis.fill(0.0);
        add(axis, of_first, &old[0]);
        add(axis, of_second, &old[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ellipse of half axes 3 and 1 in a plane of five dimensions, turned by `angle` in it, and a
    /// little of a third direction.
    fn ellipse(angle: f64) -> Vec<f32> {
        let (sin, cos) = angle.sin_cos();
        (0..200)
            .flat_map(|k| {
                let t = f64::from(k) * std::f64::consts::TAU / 200.0;
                let (long, short) = (3.0 * t.cos(), t.sin());
                let (x, y) = (cos * long - sin * short, sin * long + cos * short);
                [x, 0.1 * (3.0 * t).cos(), y, 0.0, 0.0].map(|v| v as f32 + 0.5)
            })
            .collect()
    }

    #[test]
    fn the_plane_is_that_of_most_variance() {
        let drawn = portrait(&ellipse(0.4), 5, None);
        let [right, up] = [&drawn.frame[..5], &drawn.frame[5..]];
        assert!((right[0].abs() - 0.4f32.cos()).abs() < 1e-4, "{right:?}");
        assert!((right[2].abs() - 0.4f32.sin()).abs() < 1e-4, "{right:?}");
        assert!((up[0].abs() - 0.4f32.sin()).abs() < 1e-4, "{up:?}");
        let widest = (0..200)
            .map(|k| drawn.points[2 * k].abs())
            .fold(0.0, f32::max);
        assert!((widest - 3.0).abs() < 1e-3);
        assert!((drawn.explained - 5.0 / 5.005).abs() < 1e-4);
    }

    #[test]
    fn the_frame_does_not_turn_with_what_it_shows() {
        let mut frame = portrait(&ellipse(0.0), 5, None).frame;
        let first = frame.clone();
        for k in 1..40 {
            frame = portrait(&ellipse(0.1 * f64::from(k)), 5, Some(&frame)).frame;
            for (a, b) in frame.iter().zip(&first) {
                assert!((a - b).abs() < 1e-3, "{frame:?}");
            }
        }
    }

    #[test]
    fn a_mirrored_frame_stays_mirrored() {
        let first = portrait(&ellipse(0.3), 5, None).frame;
        let mirrored: Vec<f32> = first
            .iter()
            .enumerate()
            .map(|(k, &v)| if k < 5 { -v } else { v })
            .collect();
        let next = portrait(&ellipse(0.3), 5, Some(&mirrored)).frame;
        for (a, b) in next.iter().zip(&mirrored) {
            assert!((a - b).abs() < 1e-3);
        }
    }

    #[test]
    fn points_that_do_not_vary_are_drawn_as_one() {
        for size in [1, 2, 5] {
            let drawn = portrait(&vec![0.25; 3 * size], size, None);
            assert!(drawn.points.iter().all(|v| v.abs() < 1e-6));
            assert!(drawn.frame.iter().all(|v| v.is_finite()));
        }
        let one_unit: Vec<f32> = (0..10).map(|k| k as f32).collect();
        let drawn = portrait(&one_unit, 1, None);
        assert!(drawn.points.iter().all(|v| v.is_finite()));
        assert!((drawn.explained - 1.0).abs() < 1e-6);
    }
}
