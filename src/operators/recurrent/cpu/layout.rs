//! How a weight's rows lie in lanes: gate after gate, in the order of the [sums](super::super), and
//! within a gate its units, eight to a [`Lanes`], the last of them padded with zeros.

use super::Sizes;
use crate::operators::lanes::{Lanes, WIDTH};
use std::ops::Range;

#[derive(Clone, Copy)]
pub struct Layout {
    /// Lanes that a gate's units take.
    pub units: usize,
    /// The gate whose rows come first; the others follow in a ring.
    first: usize,
    /// The lane of all sums at which they begin.
    start: usize,
    gates: usize,
    size: usize,
}

impl Layout {
    /// That of `weight_ih` and `bias_ih`.
    pub fn input(sizes: Sizes) -> Self {
        let gates = sizes.cell.gates();
        Layout {
            units: sizes.size.div_ceil(WIDTH),
            first: gates - sizes.cell.apart(),
            start: 0,
            gates,
            size: sizes.size,
        }
    }

    /// That of `weight_hh` and `bias_hh`.
    pub fn state(sizes: Sizes) -> Self {
        let units = sizes.size.div_ceil(WIDTH);
        Layout {
            units,
            first: 0,
            start: sizes.cell.apart() * units,
            gates: sizes.cell.gates(),
            size: sizes.size,
        }
    }

    /// Lanes that all rows take.
    pub fn lanes(&self) -> usize {
        self.gates * self.units
    }

    /// Where among the lanes of all sums those of the rows are.
    pub fn place(&self) -> Range<usize> {
        self.start..self.start + self.lanes()
    }

    /// The rows that lie in lanes `at`.
    pub fn rows_at(&self, at: usize) -> Range<usize> {
        let (gate, unit) = (at / self.units, at % self.units * WIDTH);
        let first = (gate + self.first) % self.gates * self.size;
        first + unit..first + (unit + WIDTH).min(self.size)
    }

    /// Lanes `at`, from what `value` says of each row.
    pub fn gather(&self, at: usize, value: impl Fn(usize) -> f32) -> Lanes {
        let mut numbers = [0.0; WIDTH];
        for (number, row) in numbers.iter_mut().zip(self.rows_at(at)) {
            *number = value(row);
        }
        Lanes::new(numbers)
    }

    /// The row at place `at % WIDTH` of lanes `at / WIDTH`; `None` for padding.
    pub fn row(&self, at: usize) -> Option<usize> {
        let rows = self.rows_at(at / WIDTH);
        let row = rows.start + at % WIDTH;
        rows.contains(&row).then_some(row)
    }
}
