//! Matrix products in registers.
//!
//! Four rows by eight columns are summed at a time: enough accumulators to hide the latency of an
//! addition, few enough for the sixteen registers that wasm's 128-bit vectors become. The right factor
//! is packed in panels of eight columns, so that a product reads both factors in order.

use crate::operators::lanes::{Lanes, mul_add};

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

    /// The product of `S` rows, which lie side by side, with every panel; `each` takes a panel's
    /// number and, for every row, its sums.
    #[inline(always)]
    pub fn product<const S: usize>(
        &self,
        left: &[[f32; S]],
        mut each: impl FnMut(usize, [Lanes; S]),
    ) {
        let count = self.count();
        let mut panel = 0;
        // One row alone has too few sums for a panel at a time.
        if S < ROWS {
            while panel + 4 <= count {
                let panels = std::array::from_fn(|p| self.panel(panel + p));
                let sums: [_; 4] = tile(left, panels);
                for (p, sums) in sums.into_iter().enumerate() {
                    each(panel + p, sums);
                }
                panel += 4;
            }
        }
        for panel in panel..count {
            let [sums] = tile(left, [self.panel(panel)]);
            each(panel, sums);
        }
    }
}

/// `S` rows of the left factor, side by side, by `P` panels of the right one.
#[inline(always)]
pub fn tile<const S: usize, const P: usize>(
    left: &[[f32; S]],
    right: [&[Lanes]; P],
) -> [[Lanes; S]; P] {
    let mut sums = [[Lanes::ZERO; S]; P];
    for (k, left) in left.iter().enumerate() {
        for (sums, right) in sums.iter_mut().zip(right) {
            for (sum, value) in sums.iter_mut().zip(left) {
                *sum = mul_add(Lanes::splat(*value), right[k], *sum);
            }
        }
    }
    sums
}
