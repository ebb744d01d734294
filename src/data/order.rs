//! In which order digits are read: an epoch is every index once, shuffled or consecutive.
//!
//! A place in it is three numbers, `(seed, epoch, cursor)`, so a run handed over to another backend
//! or taken up again reads on where it stood. The same seed gives the same order on every platform:
//! everything is drawn as 32-bit integers from PCG-XSH-RR 64/32, never as `usize` or floats.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// Indices `0..len`, epoch after epoch.
#[derive(Debug, Clone)]
pub struct Order {
    seed: u64,
    shuffle: bool,
    epoch: u64,
    cursor: usize,
    /// The indices of the current epoch.
    indices: Vec<u32>,
}

impl Order {
    /// Stands at the beginning of epoch 0 of `len` indices. Panics where `len` is above `u32::MAX`.
    /// Without `shuffle` every epoch is `0, 1, 2, ...`, and the seed means nothing.
    pub fn new(len: usize, seed: u64, shuffle: bool) -> Self {
        let len = u32::try_from(len).expect("an index fits 32 bits");
        let mut order = Order {
            seed,
            shuffle,
            epoch: 0,
            cursor: 0,
            indices: (0..len).collect(),
        };
        order.arrange();
        order
    }

    /// The next `batch_size` indices (0 counts as 1). The last batch of an epoch is short where
    /// the epoch does not divide evenly; the call after it begins the next epoch. Empty only where
    /// there are no indices at all.
    pub fn next_batch(&mut self, batch_size: usize) -> Vec<usize> {
        if self.cursor == self.indices.len() {
            self.seek(self.epoch + 1, 0);
        }
        let rest = &self.indices[self.cursor..];
        let batch = &rest[..batch_size.max(1).min(rest.len())];
        self.cursor += batch.len();
        batch.iter().map(|&index| index as usize).collect()
    }

    /// The epoch that the last batch belongs to, from 0.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How many indices of this epoch have been read: all of them between the epoch's last batch
    /// and the next call.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Goes to any place, as [`epoch`](Self::epoch) and [`cursor`](Self::cursor) named it; a
    /// cursor beyond the end is the end.
    pub fn seek(&mut self, epoch: u64, cursor: usize) {
        if epoch != self.epoch {
            self.epoch = epoch;
            self.arrange();
        }
        self.cursor = cursor.min(self.indices.len());
    }

    /// Puts the indices into the order of the current epoch: Fisher and Yates' shuffle, from the
    /// end, of `0, 1, 2, ...`, so that an epoch does not depend on those before it.
    fn arrange(&mut self) {
        if !self.shuffle {
            return;
        }
        for (place, index) in (0..).zip(&mut self.indices) {
            *index = place;
        }
        // An odd multiplier keeps neighbouring seeds and epochs apart: (1, 1) is not (2, 0).
        let key = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut rng = Pcg32::seed_from_u64(key.wrapping_add(self.epoch));
        for last in (1..self.indices.len()).rev() {
            let other = below(&mut rng, last as u32 + 1);
            self.indices.swap(last, other as usize);
        }
    }
}

/// A number in `0..bound`, every one equally likely: the upper half of a 64-bit product, and drawn
/// again where it would be uneven (Lemire, "Fast Random Integer Generation in an Interval", 2019).
pub(super) fn below(rng: &mut Pcg32, bound: u32) -> u32 {
    let uneven = bound.wrapping_neg() % bound;
    loop {
        let product = u64::from(rng.next_u32()) * u64::from(bound);
        if product as u32 >= uneven {
            return (product >> 32) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(order: &mut Order, len: usize, batch_size: usize) -> Vec<usize> {
        (0..len.div_ceil(batch_size))
            .flat_map(|_| order.next_batch(batch_size))
            .collect()
    }

    #[test]
    fn every_epoch_is_a_permutation_and_no_two_are_alike() {
        for (len, batch_size) in [(1, 1), (2, 1), (7, 3), (64, 64), (1000, 64), (5, 100)] {
            let mut order = Order::new(len, 42, true);
            let epochs = [(); 3].map(|()| epoch(&mut order, len, batch_size));
            for indices in &epochs {
                let mut sorted = indices.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..len).collect::<Vec<_>>());
            }
            assert!(len < 64 || epochs[0] != epochs[1] && epochs[1] != epochs[2]);
        }
    }

    #[test]
    fn the_last_batch_is_short_and_the_next_begins_the_next_epoch() {
        let mut order = Order::new(150, 1, true);
        let lengths = [(); 4].map(|()| order.next_batch(64).len());
        assert_eq!(lengths, [64, 64, 22, 64]);
        assert_eq!((order.epoch(), order.cursor()), (1, 64));

        let mut order = Order::new(128, 1, false);
        order.next_batch(64);
        order.next_batch(64);
        assert_eq!((order.epoch(), order.cursor()), (0, 128));
        assert_eq!(order.next_batch(2), [0, 1]);
        assert_eq!((order.epoch(), order.cursor()), (1, 2));
    }

    #[test]
    fn a_resumed_order_equals_an_uninterrupted_one() {
        for shuffle in [true, false] {
            let mut whole = Order::new(100, 9, shuffle);
            for _ in 0..25 {
                let mut resumed = Order::new(100, 9, shuffle);
                resumed.seek(whole.epoch(), whole.cursor());
                for size in [13, 64, 40] {
                    assert_eq!(resumed.next_batch(size), whole.clone().next_batch(size));
                    resumed.seek(whole.epoch(), whole.cursor());
                }
                assert_eq!(resumed.next_batch(13), whole.next_batch(13));
            }
        }
    }

    #[test]
    fn a_seed_is_an_order() {
        let first = |seed| Order::new(1000, seed, true).next_batch(1000);
        assert_eq!(first(3), first(3));
        assert_ne!(first(3), first(4));
        let mut next = Order::new(1000, 1, true);
        next.seek(1, 0);
        assert_ne!(next.next_batch(1000), first(2));
    }

    /// The promise that every platform agrees, held to values written down once.
    #[test]
    fn the_order_never_changes() {
        assert_eq!(Order::new(10, 1, true).next_batch(10), PINNED);
    }

    const PINNED: [usize; 10] = [1, 5, 3, 8, 9, 4, 6, 2, 7, 0];

    #[test]
    fn shuffling_is_even() {
        const LEN: usize = 5;
        let mut counts = [[0u32; LEN]; LEN];
        let mut order = Order::new(LEN, 77, true);
        for _ in 0..10_000 {
            for (place, index) in order.next_batch(LEN).into_iter().enumerate() {
                counts[place][index] += 1;
            }
        }
        for count in counts.as_flattened() {
            assert!((1850..2150).contains(count), "{counts:?}");
        }
    }

    /// The upper half of the product alone would give every third number twice as often.
    #[test]
    fn a_large_bound_is_even_too() {
        let mut rng = Pcg32::seed_from_u64(1);
        let mut counts = [0; 3];
        for _ in 0..3000 {
            counts[below(&mut rng, 3 << 30) as usize % 3] += 1;
        }
        assert!(counts.iter().all(|n| (900..1100).contains(n)), "{counts:?}");
    }

    #[test]
    fn no_indices_give_empty_batches() {
        assert!(Order::new(0, 1, true).next_batch(64).is_empty());
    }
}
