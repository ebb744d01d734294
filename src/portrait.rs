//! Points of many coordinates drawn in a plane: their first two principal components, in a frame that
//! does not turn from one picture to the next.
//!
//! Two components span a plane, but which way is right and which is up in it is anybody's choice, and
//! where both vary alike the choice would jump about while a network trains. So a frame is turned
//! within its plane until it lies as near as it can to the frame before.

/// Points seen in the plane in which they vary most.
#[derive(Debug, Clone, PartialEq)]
pub struct Portrait {
    /// `[points, 2]`, around their mean.
    pub points: Vec<f32>,
    /// `[2, H]`, orthonormal: what is right, and what is up.
    pub frame: Vec<f32>,
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
    for state in states.chunks_exact(size) {
        for (mean, &value) in mean.iter_mut().zip(state) {
            *mean += f64::from(value) / count;
        }
    }
    let centred: Vec<Vec<f64>> = states
        .chunks_exact(size)
        .map(|state| {
            (state.iter().zip(&mean))
                .map(|(&v, m)| f64::from(v) - m)
                .collect()
        })
        .collect();
    let mut covariance = vec![0.0f64; size * size];
    for state in &centred {
        for (row, &a) in covariance.chunks_exact_mut(size).zip(state) {
            for (entry, &b) in row.iter_mut().zip(state) {
                *entry += a * b / count;
            }
        }
    }

    let before = frame.filter(|frame| frame.len() == 2 * size);
    let mut axes: [Vec<f64>; 2] = match before {
        Some(frame) => {
            let (right, up) = frame.split_at(size);
            [right, up].map(|axis| axis.iter().map(|&v| f64::from(v)).collect())
        }
        // Anything that no symmetry of the units is at right angles to.
        None => [1.0, 2.0].map(|speed| {
            (0..size)
                .map(|k| (speed * k as f64 + speed).cos())
                .collect()
        }),
    };
    let seed = axes.clone();
    orthonormal(&mut axes, &seed);
    let from = axes.clone();
    for _ in 0..ROUNDS {
        let next = axes.each_ref().map(|axis| {
            let mut product: Vec<f64> = covariance
                .chunks_exact(size)
                .map(|row| dot(row, axis))
                .collect();
            // A direction without variance must not vanish before it is orthonormal again.
            let norm = dot(&product, &product).sqrt();
            if norm < 1e-12 {
                product.clone_from(axis);
            }
            product
        });
        let old = std::mem::replace(&mut axes, next);
        orthonormal(&mut axes, &from);
        let outside =
            |axis: &Vec<f64>| 1.0 - dot(axis, &old[0]).powi(2) - dot(axis, &old[1]).powi(2);
        if axes.iter().all(|axis| outside(axis) < SETTLED) {
            break;
        }
    }
    let axes = match before {
        Some(_) => turned(&axes, &from),
        None => by_variance(&axes, &covariance, size),
    };

    let total: f64 = (0..size).map(|k| covariance[k * size + k]).sum();
    let inside: f64 = axes
        .iter()
        .map(|axis| variance(axis, &covariance, size))
        .sum();
    Portrait {
        points: centred
            .iter()
            .flat_map(|state| [0, 1].map(|k| dot(state, &axes[k]) as f32))
            .collect(),
        frame: axes.concat().into_iter().map(|v| v as f32).collect(),
        explained: if total > 0.0 {
            (inside / total) as f32
        } else {
            1.0
        },
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn variance(axis: &[f64], covariance: &[f64], size: usize) -> f64 {
    let product: Vec<f64> = covariance
        .chunks_exact(size)
        .map(|row| dot(row, axis))
        .collect();
    dot(&product, axis)
}

/// Gram and Schmidt; where an axis is nothing but the other one, `instead` helps out.
fn orthonormal(axes: &mut [Vec<f64>; 2], instead: &[Vec<f64>; 2]) {
    let [first, second] = axes;
    normalise(first, &instead[0]);
    let along = dot(first, second);
    second
        .iter_mut()
        .zip(&*first)
        .for_each(|(v, f)| *v -= along * f);
    let mut spare = instead[1].clone();
    let along = dot(first, &spare);
    spare
        .iter_mut()
        .zip(&*first)
        .for_each(|(v, f)| *v -= along * f);
    normalise(second, &spare);
}

fn normalise(axis: &mut [f64], instead: &[f64]) {
    if dot(axis, axis).sqrt() < 1e-12 {
        axis.copy_from_slice(instead);
    }
    let norm = dot(axis, axis).sqrt();
    if norm > 0.0 {
        axis.iter_mut().for_each(|v| *v /= norm);
    }
}

/// `axes` turned, and mirrored where that is nearer, within their plane towards `before`: the orthogonal
/// Procrustes problem (Schönemann, 1966), which in two dimensions is one angle.
fn turned(axes: &[Vec<f64>; 2], before: &[Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let [[a, b], [c, d]] = axes
        .each_ref()
        .map(|axis| before.each_ref().map(|old| dot(axis, old)));
    let (turn, mirror) = ((b - c).atan2(a + d), (b + c).atan2(a - d));
    let kept = (a + d).hypot(b - c) >= (a - d).hypot(b + c);
    let (angle, sign) = if kept { (turn, 1.0) } else { (mirror, -1.0) };
    let (sin, cos) = angle.sin_cos();
    let mix = |x: f64, y: f64| -> Vec<f64> {
        (axes[0].iter().zip(&axes[1]))
            .map(|(u, v)| x * u + y * v)
            .collect()
    };
    [mix(cos, -sin * sign), mix(sin, cos * sign)]
}

/// `axes` turned within their plane so that the first varies most.
fn by_variance(axes: &[Vec<f64>; 2], covariance: &[f64], size: usize) -> [Vec<f64>; 2] {
    let [first, second] = axes.each_ref().map(|axis| variance(axis, covariance, size));
    let product: Vec<f64> = covariance
        .chunks_exact(size)
        .map(|row| dot(row, &axes[1]))
        .collect();
    let angle = 0.5 * (2.0 * dot(&product, &axes[0])).atan2(first - second);
    let (sin, cos) = angle.sin_cos();
    let mix = |x: f64, y: f64| -> Vec<f64> {
        (axes[0].iter().zip(&axes[1]))
            .map(|(u, v)| x * u + y * v)
            .collect()
    };
    [mix(cos, sin), mix(-sin, cos)]
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
