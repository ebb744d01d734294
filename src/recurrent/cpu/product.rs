//! Matrix products in registers.
//!
//! Four rows by eight columns are summed at a time: as many accumulators as hide the latency of an
//! addition and as fit the sixteen registers that wasm's 128-bit vectors become. The right factor
//! lies packed in panels of eight columns, so that a product reads both its factors in order.

use super::lanes::{Lanes, mul_add};

/// Rows of the left factor that are multiplied together.
pub const ROWS: usize = 4;

/// A right factor: panels of eight columns, each a [`Lanes`] per row.
#[derive(Default)]
pub struct Panels {
    lanes: Vec<Lanes>,
    /// Rows.
    depth: usize,
}

impl Panels {
    /// Empties it and packs `panels` panels of `depth` rows, asking for each row of each panel.
    pub fn pack(&mut self, panels: usize, depth: usize, row: impl Fn(usize, usize) -> Lanes) {
        self.depth = depth;
        self.lanes.clear();
        for panel in 0..panels {
            self.lanes.extend((0..depth).map(|k| row(panel, k)));
        }
    }

    pub fn panel(&self, panel: usize) -> &[Lanes] {
        &self.lanes[panel * self.depth..][..self.depth]
    }

    fn count(&self) -> usize {
        self.lanes.len() / self.depth
    }

    /// The product of `left`, `S` rows of `depth` values, with every panel; `each` takes a panel's
    /// number and, for every row, its sums.
    #[inline(always)]
    pub fn product<const S: usize>(
        &self,
        left: [&[f32]; S],
        mut each: impl FnMut(usize, [Lanes; S]),
    ) {
        let count = self.count();
        let mut panel = 0;
        // One row alone has too few sums for a panel at a time.
        if S < ROWS {
            while panel + 4 <= count {
                let sums = tile(
                    left,
                    std::array::from_fn::<_, 4, _>(|p| self.panel(panel + p)),
                );
                for p in 0..4 {
                    each(panel + p, sums.map(|row| row[p]));
                }
                panel += 4;
            }
        }
        for panel in panel..count {
            each(panel, tile(left, [self.panel(panel)]).map(|[sum]| sum));
        }
    }
}

/// `S` rows of the left factor by `P` panels of the right one.
#[inline(always)]
fn tile<const S: usize, const P: usize>(
    left: [&[f32]; S],
    right: [&[Lanes]; P],
) -> [[Lanes; P]; S] {
    let depth = right[0].len();
    let left = left.map(|row| &row[..depth]);
    let right = right.map(|panel| &panel[..depth]);
    let mut sums = [[Lanes::ZERO; P]; S];
    for k in 0..depth {
        for p in 0..P {
            let values = right[p][k];
            for s in 0..S {
                sums[s][p] = mul_add(Lanes::splat(left[s][k]), values, sums[s][p]);
            }
        }
    }
    sums
}

/// `left^T right` for [`ROWS`] columns of the left factor, which lie packed, and a panel of the right.
#[inline(always)]
pub fn outer(left: &[[f32; ROWS]], right: &[Lanes]) -> [Lanes; ROWS] {
    let mut sums = [Lanes::ZERO; ROWS];
    for (left, right) in left.iter().zip(right) {
        for (sum, value) in sums.iter_mut().zip(left) {
            *sum = mul_add(Lanes::splat(*value), *right, *sum);
        }
    }
    sums
}
