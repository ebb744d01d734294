//! Digits that need no download: written by a pen that follows templates with an unsteady hand.
//!
//! For when MNIST cannot be fetched. A lesson on these digits is a real lesson, and a network that
//! learned only from them reads most of MNIST's; but they are not MNIST, and whoever shows them
//! has to say so. They go through the same normalisation as a visitor's drawing.
//!
//! Only additions, products, quotients and square roots are used, which IEEE 754 rounds alike
//! everywhere, and 32-bit random integers: a seed is the same digits on every platform.

use super::drawing::draw;
use super::{DataSet, Digits, PIXELS};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// A point of a template in hundredths of the digit's height, x to the right and y down.
type Point = (i8, i8);

/// A way to write a digit: strokes, each a smooth curve through its points. Corners are where one
/// stroke ends and another begins.
type Template = &'static [&'static [Point]];

/// For every digit, the ways to write it and how often each is chosen, as relative weights.
#[rustfmt::skip]
static TEMPLATES: [&[(u32, Template)]; 10] = [
    &[
        (4, &[&[(35, 0), (13, 18), (3, 50), (12, 84), (35, 100), (58, 84), (67, 50), (58, 18), (37, 0)]]),
        (3, &[&[(52, 6), (30, 1), (9, 24), (2, 56), (14, 90), (38, 99), (61, 80), (66, 45), (54, 14), (34, 4), (24, 10)]]),
        (2, &[&[(28, 4), (8, 26), (3, 60), (16, 94), (40, 98), (60, 72), (64, 36), (52, 8), (36, 0)]]),
        (1, &[&[(60, -4), (34, 2), (10, 24), (2, 58), (16, 92), (40, 98), (62, 74), (64, 38), (50, 10), (30, 4)]]),
        (3, &[&[(46, 0), (20, 20), (4, 56), (10, 92), (30, 100), (56, 76), (70, 38), (62, 8), (42, 2)]]),
        (1, &[&[(22, 2), (4, 40), (10, 84), (36, 100), (62, 84), (70, 44), (56, 6)]]),
        (1, &[&[(70, 2), (20, 20), (0, 54), (24, 92), (76, 98), (122, 74), (126, 34), (96, 6), (60, 4)]]),
        (2, &[&[(46, 4), (14, 18), (2, 54), (20, 92), (52, 97), (84, 74), (88, 36), (66, 8), (40, 4)]]),
    ],
    &[
        (12, &[&[(34, 0), (30, 50), (26, 100)]]),
        (2, &[&[(16, 20), (24, 12), (32, 0)], &[(32, 0), (32, 100)]]),
        (1, &[&[(10, 22), (32, 0)], &[(32, 0), (32, 100)], &[(8, 100), (56, 100)]]),
    ],
    &[
        (4, &[&[(5, 22), (18, 5), (40, 0), (59, 14), (57, 38), (36, 66), (4, 98)], &[(4, 98), (34, 96), (70, 98)]]),
        (4, &[&[(4, 20), (20, 3), (42, 1), (58, 18), (51, 46), (30, 78), (12, 96), (2, 88), (14, 76), (38, 90), (72, 97)]]),
        (2, &[&[(8, 18), (24, 1), (46, 4), (54, 24), (44, 52), (22, 80), (4, 96)], &[(4, 96), (22, 86), (44, 94), (70, 90)]]),
        (3, &[&[(12, 24), (22, 6), (44, 2), (56, 20), (46, 52), (24, 84), (5, 92), (1, 78), (16, 70), (36, 84), (52, 100), (74, 92)]]),
        (2, &[&[(8, 22), (30, 2), (54, 14), (48, 46), (22, 82), (4, 90), (6, 76), (24, 74), (44, 88), (70, 88)]]),
        (2, &[&[(6, 16), (34, 4), (58, 12)], &[(58, 12), (40, 52), (6, 92)], &[(6, 92), (40, 91), (78, 98)]]),
        (2, &[&[(2, 30), (28, 10), (56, 18), (42, 50), (8, 86)], &[(8, 86), (48, 82), (92, 88)]]),
        (2, &[&[(12, 30), (24, 4), (48, 4), (56, 28), (42, 64), (18, 92), (2, 84), (12, 66), (36, 78), (66, 100)]]),
    ],
    &[
        (4, &[&[(6, 12), (26, 0), (50, 6), (54, 26), (42, 41), (24, 47)], &[(24, 47), (50, 53), (62, 73), (48, 94), (24, 100), (2, 90)]]),
        (2, &[&[(6, 3), (30, 2), (56, 3)], &[(56, 3), (28, 42)], &[(28, 42), (54, 50), (60, 74), (40, 97), (4, 92)]]),
        (3, &[&[(8, 10), (32, 0), (53, 12), (46, 36), (26, 47), (22, 42), (36, 44), (56, 58), (58, 82), (34, 100), (2, 92)]]),
        (2, &[&[(10, 8), (36, 0), (58, 16), (50, 38), (34, 47)], &[(34, 47), (56, 56), (58, 82), (36, 99), (12, 94), (4, 78)]]),
        (1, &[&[(2, 14), (24, 2), (50, 4), (46, 26), (26, 40)], &[(26, 40), (54, 44), (66, 66), (50, 92), (24, 100), (4, 96)]]),
    ],
    &[
        (5, &[&[(10, 4), (6, 28), (4, 50)], &[(4, 50), (34, 51), (62, 46)], &[(60, 0), (56, 50), (52, 100)]]),
        (1, &[&[(50, 0), (26, 32), (2, 62)], &[(2, 62), (36, 62), (70, 60)], &[(50, 0), (50, 50), (50, 100)]]),
        (3, &[&[(8, 2), (2, 32), (14, 50), (36, 46), (58, 30)], &[(62, 2), (57, 50), (52, 100)]]),
        (2, &[&[(20, 0), (10, 24), (2, 46)], &[(2, 46), (34, 46), (68, 40)], &[(50, 16), (42, 56), (34, 100)]]),
        (2, &[&[(18, 10), (2, 52)], &[(2, 52), (40, 54), (78, 46)], &[(58, 0), (46, 52), (38, 100)]]),
    ],
    &[
        (4, &[&[(14, 2), (10, 44)], &[(10, 44), (34, 37), (57, 52), (57, 80), (34, 100), (2, 92)], &[(14, 2), (38, 2), (64, 0)]]),
        (3, &[&[(64, 3), (42, 4), (20, 5)], &[(20, 5), (14, 42)], &[(14, 42), (38, 42), (54, 60), (46, 88), (24, 100), (2, 94)]]),
        (3, &[&[(64, 4), (38, 2), (18, 12), (16, 32), (36, 45), (52, 62), (46, 88), (22, 100), (2, 92)]]),
        (3, &[&[(20, 12), (12, 46)], &[(12, 46), (34, 42), (46, 58), (38, 84), (16, 100), (0, 92)], &[(20, 12), (50, 8), (86, 0)]]),
        (2, &[&[(40, 10), (22, 44)], &[(22, 44), (44, 52), (40, 80), (18, 100), (0, 94)], &[(40, 10), (66, 5), (92, 2)]]),
        (1, &[&[(12, 8), (10, 44)], &[(10, 44), (36, 38), (58, 56), (54, 84), (30, 100), (6, 92), (6, 76), (20, 72)], &[(22, 4), (44, 2), (62, 0)]]),
    ],
    &[
        (4, &[&[(48, 0), (22, 22), (5, 58), (10, 90), (32, 100), (53, 86), (52, 65), (33, 57), (14, 68), (7, 82)]]),
        (3, &[&[(32, 0), (12, 36), (3, 74), (20, 99), (46, 94), (54, 74), (38, 60), (16, 68), (6, 82)]]),
        (2, &[&[(58, 8), (42, 1), (20, 16), (4, 54), (10, 90), (34, 100), (56, 84), (50, 62), (28, 58), (8, 74)]]),
        (3, &[&[(40, 0), (14, 28), (2, 64), (14, 96), (44, 98), (66, 76), (54, 50), (26, 52), (8, 74)]]),
        (2, &[&[(20, 0), (6, 36), (4, 74), (26, 99), (56, 92), (66, 66), (46, 48), (22, 62), (16, 88)]]),
        (1, &[&[(50, 0), (24, 26), (6, 62), (8, 90), (28, 100), (44, 88), (42, 72), (26, 70), (12, 84)]]),
    ],
    &[
        (5, &[&[(2, 6), (30, 4), (62, 3)], &[(62, 3), (42, 46), (28, 100)]]),
        (2, &[&[(2, 6), (30, 4), (62, 3)], &[(62, 3), (42, 46), (28, 100)], &[(18, 52), (40, 50), (62, 48)]]),
        (2, &[&[(4, 22), (7, 5)], &[(7, 5), (34, 4), (60, 2)], &[(60, 2), (40, 46), (30, 100)]]),
        (2, &[&[(2, 12), (18, 3), (42, 8), (62, 3)], &[(62, 3), (44, 44), (34, 100)]]),
        (2, &[&[(2, 28), (10, 8), (34, 4), (56, 8), (54, 38), (44, 100)]]),
        (1, &[&[(2, 14), (28, 6), (56, 4), (60, 24), (44, 60), (22, 100)], &[(20, 54), (60, 50)]]),
    ],
    &[
        (5, &[&[(56, 10), (34, 0), (13, 10), (15, 32), (36, 48), (57, 68), (52, 93), (28, 100), (7, 89), (9, 68), (30, 50), (53, 30), (57, 11)]]),
        (2, &[&[(34, 0), (15, 12), (17, 35), (34, 46), (51, 35), (53, 12), (34, 0)], &[(34, 46), (10, 62), (10, 88), (34, 100), (57, 88), (57, 62), (34, 46)]]),
        (3, &[&[(60, 6), (40, 0), (16, 10), (16, 30), (36, 46), (52, 66), (46, 92), (24, 100), (7, 86), (16, 62), (42, 40), (64, 12)]]),
        (2, &[&[(54, 14), (34, 0), (12, 12), (17, 34), (38, 54), (47, 80), (28, 100), (10, 84), (20, 60), (48, 32), (56, 12)]]),
        (2, &[&[(46, 10), (32, 0), (21, 11), (25, 30), (46, 48), (63, 72), (50, 97), (22, 98), (5, 77), (18, 52), (40, 32), (48, 12)]]),
        (2, &[&[(70, 2), (42, 2), (17, 14), (20, 34), (40, 50), (54, 74), (40, 98), (18, 96), (10, 76), (30, 52), (54, 28), (76, 8)]]),
        (3, &[&[(64, 16), (46, 0), (22, 6), (16, 26), (36, 44), (46, 66), (38, 92), (18, 99), (6, 84), (18, 60), (44, 42), (60, 24), (62, 8)]]),
    ],
    &[
        (4, &[&[(56, 14), (34, 0), (9, 14), (5, 36), (22, 49), (45, 38), (56, 14)], &[(56, 14), (53, 60), (48, 100)]]),
        (2, &[&[(56, 12), (36, 0), (10, 12), (4, 34), (22, 48), (46, 38), (56, 12)], &[(56, 12), (59, 58), (42, 95), (10, 92)]]),
        (3, &[&[(54, 16), (34, 0), (10, 14), (6, 36), (26, 46), (48, 34), (54, 16)], &[(54, 16), (44, 58), (28, 100)]]),
        (2, &[&[(50, 6), (24, 4), (4, 26), (16, 46), (40, 40), (56, 18)], &[(60, 6), (54, 56), (46, 100)]]),
        (2, &[&[(50, 4), (20, 8), (4, 32), (20, 48), (44, 36), (55, 10), (56, 50), (46, 100)]]),
        (3, &[&[(62, 4), (34, 4), (8, 20), (8, 40), (28, 46), (54, 22), (50, 58), (38, 100)]]),
        (2, &[&[(48, 10), (30, 0), (12, 12), (12, 30), (28, 36), (46, 24), (48, 6), (46, 54), (38, 100)]]),
    ],
];

/// Pieces that a curve is cut into between two of its points.
const PIECES: usize = 5;

/// How far a point lies from where it was meant to, in heights of the digit: so far that a stroke
/// may miss the one it should meet. All spreads here are standard deviations, chosen by how well a
/// network that learned from the result reads MNIST; smaller ones look neater and teach less.
const MISS: f32 = 0.06;

/// The pen's width, in pixels of the result, and how that differs from digit to digit: what makes
/// digits about as dark as MNIST's, some bold and some thin.
const PEN: (f32, f32) = (2.6, 0.75);

/// No pen is thinner, in pixels.
const THINNEST: f32 = 1.4;

/// `train` digits to learn from and `test` others, every digit equally likely. Asking for more of
/// either leaves those before as they are. Some 0.1 ms per digit in a browser. The lesson's LSTM
/// reads about nine tenths of MNIST's test digits after one epoch of 30,000 of these, or two of
/// 20,000.
pub fn data_set(train: usize, test: usize, seed: u64) -> DataSet {
    DataSet {
        train: digits(train, &mut Hand::new(seed, 0)),
        test: digits(test, &mut Hand::new(seed, 1)),
    }
}

fn digits(count: usize, hand: &mut Hand) -> Digits {
    let mut digits = Digits::default();
    for _ in 0..count {
        let label = hand.pick(10);
        digits.images.push(&hand.write(label as usize));
        digits.labels.push(label as u8);
    }
    digits
}

/// A writer whose hand is never twice the same.
struct Hand(Pcg32);

impl Hand {
    fn new(seed: u64, part: u64) -> Self {
        // An odd multiplier keeps neighbouring seeds and parts apart.
        let key = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Hand(Pcg32::seed_from_u64(key.wrapping_add(part)))
    }

    /// A number in `0..bound`, for small bounds: then the product's unevenness is below 1e-8.
    fn pick(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// Evenly in -1..1.
    fn even(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    /// Around zero with a standard deviation of `spread`, never beyond 3.5 of them: the sum of four
    /// even numbers, whose variance is 4/3, is nearly normal.
    fn around(&mut self, spread: f32) -> f32 {
        let sum: f32 = (0..4).map(|_| self.even()).sum();
        sum * 0.75_f32.sqrt() * spread
    }

    fn template(&mut self, digit: usize) -> Template {
        let templates = TEMPLATES[digit];
        let mut ticket = self.pick(templates.iter().map(|(weight, _)| weight).sum());
        for (weight, template) in templates {
            if ticket < *weight {
                return template;
            }
            ticket -= weight;
        }
        unreachable!("a ticket is below the sum of the weights")
    }

    /// A digit as 784 pixels.
    fn write(&mut self, digit: usize) -> [u8; PIXELS] {
        let template = self.template(digit);
        let paper = Paper::new(self);
        let strokes: Vec<Vec<[f32; 2]>> = template
            .iter()
            .map(|stroke| {
                let points: Vec<[f32; 2]> = stroke
                    .iter()
                    .map(|&(x, y)| {
                        let meant = [f32::from(x) / 100.0 - 0.35, f32::from(y) / 100.0 - 0.5];
                        paper.place(meant).map(|v| v + self.around(MISS))
                    })
                    .collect();
                curve(&points)
            })
            .collect();
        let pen = (PEN.0 + self.around(PEN.1)).max(THINNEST);
        draw(&strokes, pen).expect("a template has points, all of them finite")
    }
}

/// What a whole digit has in common: how its plane is bent, then widened, slanted and turned.
struct Paper {
    /// By axis, the weights of the [`Paper::bends`].
    bend: [[f32; 6]; 2],
    matrix: [[f32; 2]; 2],
}

impl Paper {
    fn new(hand: &mut Hand) -> Self {
        // A turn by 2 atan(t), without trigonometry.
        let t = hand.around(0.06);
        let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        let slant = 0.05 + hand.around(0.24);
        let width = 1.08 + hand.around(0.22).max(-0.5);
        Paper {
            matrix: [
                [cos * width, -sin - slant * cos],
                [sin * width, cos - slant * sin],
            ],
            bend: [(); 2]
                .map(|()| [0.25, 0.3, 0.4, 0.3, 0.3, 0.4].map(|spread| hand.around(spread))),
        }
    }

    /// Smooth displacements: the quadratic and cubic ones, all but the cube of x. Those of y alone
    /// are rid of what would only move or stretch the digit, which its normalisation undoes.
    fn bends([x, y]: [f32; 2]) -> [f32; 6] {
        [
            x * x,
            x * y,
            y * y - 0.1,
            x * x * y,
            x * y * y,
            y * y * y - 0.15 * y,
        ]
    }

    /// Where a point of a template comes to lie. Both have the digit's middle at zero.
    fn place(&self, at: [f32; 2]) -> [f32; 2] {
        let bends = Paper::bends(at);
        let bent = [0, 1].map(|axis| {
            let bend: f32 = (bends.iter().zip(&self.bend[axis]))
                .map(|(a, b)| a * b)
                .sum();
            at[axis] + bend
        });
        self.matrix.map(|row| row[0] * bent[0] + row[1] * bent[1])
    }
}

/// The uniform Catmull-Rom spline through the points, its ends doubled, as a polyline. Two points
/// are joined straight.
fn curve(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let last = points.len() - 1;
    let mut line = vec![points[0]];
    for start in 0..last {
        let before = points[start.saturating_sub(1)];
        let after = points[(start + 2).min(last)];
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            line.push([0, 1].map(|axis| {
                let [a, b, c, d] =
                    [before, points[start], points[start + 1], after].map(|at| at[axis]);
                let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
                let cube = 3.0 * (b - c) + d - a;
                b + 0.5 * t * (c - a + t * (square + t * cube))
            }));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_data_set() {
        let set = data_set(20, 10, 5);
        assert_eq!((set.train.len(), set.test.len()), (20, 10));
        assert_eq!(set.train.images.len(), 20);
        assert_eq!(set, data_set(20, 10, 5));
        assert_ne!(set.train, data_set(20, 10, 6).train);
        assert_ne!(set.train.image(0), set.test.image(0));
        // How many digits are asked for changes none of them.
        let longer = data_set(30, 5, 5);
        assert!(
            longer
                .train
                .images
                .iter()
                .take(20)
                .eq(set.train.images.iter())
        );
        assert!(longer.test.images.iter().eq(set.test.images.iter().take(5)));
    }

    /// The promise that every platform agrees, held to values written down once.
    #[test]
    fn the_digits_never_change() {
        let set = data_set(100, 0, 1);
        let pixels = set.train.images.iter().flatten();
        let hash = pixels.chain(set.train.labels).fold(0u32, |hash, byte| {
            hash.wrapping_mul(0x0100_0193) ^ u32::from(byte)
        });
        assert_eq!(hash, PINNED);
    }

    const PINNED: u32 = 0xe24c_a45b;

    /// MNIST's own: 19 % of the pixels inked, with a mean of 175, and 13 % of the whole.
    #[test]
    fn digits_are_as_dark_as_mnists() {
        let set = data_set(1000, 0, 1);
        let pixels: Vec<u8> = set.train.images.iter().flatten().collect();
        let inked = pixels.iter().filter(|&&pixel| pixel > 0).count() as f32;
        let mass: f32 = pixels.iter().map(|&pixel| f32::from(pixel)).sum();
        let part = inked / (1000 * PIXELS) as f32;
        assert!((part - 0.193).abs() < 0.02, "{part} of the pixels");
        assert!(
            (mass / inked - 175.3).abs() < 8.0,
            "{} a pixel",
            mass / inked
        );
    }

    #[test]
    fn every_digit_comes_equally_often() {
        let set = data_set(2000, 0, 3);
        for digit in 0..10 {
            let count = set.train.labels.iter().filter(|&&l| l == digit).count();
            assert!((150..250).contains(&count), "{count} of {digit}");
        }
    }

    #[test]
    fn every_template_is_used() {
        let mut hand = Hand::new(1, 0);
        for (digit, templates) in TEMPLATES.iter().enumerate() {
            let drawn: Vec<Template> = (0..1000).map(|_| hand.template(digit)).collect();
            for (_, template) in *templates {
                assert!(drawn.iter().any(|other| std::ptr::eq(*other, *template)));
            }
        }
    }
}
