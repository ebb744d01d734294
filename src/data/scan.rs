//! In which order a digit's pixels are read, 28 at a time.

use super::order::below;
use super::{PIXELS, SIDE};
use rand::SeedableRng;
use rand_pcg::Pcg32;

/// What a time step is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// A row, from the top down, as in the tutorial.
    Down,
    /// A row, from the bottom up.
    Up,
    /// A column, from left to right.
    Columns,
    /// 28 pixels from anywhere: one order of all 784, the same for every digit and every run.
    Permuted,
}

impl Scan {
    /// Which pixel of the digit, row-major, is read at each place.
    pub fn order(self) -> Vec<u16> {
        let mut order = Vec::with_capacity(PIXELS);
        for place in 0..PIXELS {
            let (step, at) = (place / SIDE, place % SIDE);
            let pixel = match self {
                Scan::Up => SIDE * (SIDE - 1 - step) + at,
                Scan::Columns => SIDE * at + step,
                Scan::Down | Scan::Permuted => place,
            };
            order.push(pixel as u16);
        }
        if self == Scan::Permuted {
            let mut rng = Pcg32::seed_from_u64(0);
            for last in (1..PIXELS).rev() {
                order.swap(last, below(&mut rng, last as u32 + 1) as usize);
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_reads_every_pixel_once() {
        for scan in [Scan::Down, Scan::Up, Scan::Columns, Scan::Permuted] {
            let mut order = scan.order();
            order.sort_unstable();
            assert_eq!(order, (0..PIXELS as u16).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_step_is_a_row_or_a_column() {
        let first = |scan: Scan| scan.order()[..3].to_vec();
        assert_eq!(first(Scan::Down), [0, 1, 2]);
        assert_eq!(first(Scan::Up), [756, 757, 758]);
        assert_eq!(first(Scan::Columns), [0, 28, 56]);
        assert_eq!(Scan::Columns.order()[SIDE], 1);
    }

    /// A network trained on it is of use only while it stays what it is.
    #[test]
    fn the_permutation_never_changes() {
        let neighbours = |order: &[u16]| order.windows(2).filter(|w| w[0] + 1 == w[1]).count();
        let order = Scan::Permuted.order();
        assert!(neighbours(&order) < 10);
        assert_eq!(order[..6], PINNED);
    }

    const PINNED: [u16; 6] = [517, 640, 155, 535, 125, 223];
}
