//! How much work a turn may do, from what work used to cost.
//!
//! A turn is short, so that a pause or a question never waits long.

/// Milliseconds that a turn should take.
pub const TURN: f64 = 24.0;

/// The pace of one kind of work, in units of it: steps, or images.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    least: usize,
    most: usize,
    allowed: usize,
}

impl Pace {
    /// From `least` units a turn to `most`. At least that many are done, however long they take.
    pub fn new(least: usize, most: usize) -> Self {
        Pace {
            least,
            most,
            allowed: least,
        }
    }

    /// From the first of these to the second.
    pub fn between([least, most]: [usize; 2]) -> Self {
        Pace::new(least, most)
    }

    /// Units that the next turn may do.
    pub fn allowed(&self) -> usize {
        self.allowed
    }

    /// `units` took so many milliseconds. A turn may do at most twice as many the next time: the
    /// first of a kind is often slower or faster than those that follow.
    pub fn took(&mut self, units: usize, milliseconds: f64) {
        if units == 0 {
            return;
        }
        let fit = (TURN / (milliseconds / units as f64).max(1e-6)) as usize;
        self.allowed = fit.min(2 * units).clamp(self.least, self.most);
    }

    /// Has `work` do what a turn may do, and takes its time; returns what it returns: whether there was any left.
    pub fn timed(&mut self, now: &dyn Fn() -> f64, work: impl FnOnce(usize) -> bool) -> bool {
        let (units, started) = (self.allowed(), now());
        let worked = work(units);
        if worked {
            self.took(units, now() - started);
        }
        worked
    }

    /// Units cost something else from now on.
    pub fn forget(&mut self) {
        self.allowed = self.least;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns of units that cost `cost` milliseconds each: what the longest of them took.
    fn longest(pace: &mut Pace, cost: f64, turns: usize) -> f64 {
        let mut longest: f64 = 0.0;
        for _ in 0..turns {
            let units = pace.allowed();
            longest = longest.max(units as f64 * cost);
            pace.took(units, units as f64 * cost);
        }
        longest
    }

    #[test]
    fn a_turn_fills_its_time_and_no_more() {
        for cost in [0.01, 0.5, 3.0, 7.0] {
            let mut pace = Pace::new(1, 256);
            assert!(longest(&mut pace, cost, 20) <= TURN);
            let filled = pace.allowed() as f64 * cost;
            assert!(filled > TURN / 2.0 || pace.allowed() == 256, "{cost}");
        }
    }

    #[test]
    fn a_step_that_is_longer_than_a_turn_is_done_alone() {
        let mut pace = Pace::new(1, 256);
        longest(&mut pace, 700.0, 5);
        assert_eq!(pace.allowed(), 1);
    }

    /// Fourteen short turns of one step each must not allow a turn of 256.
    #[test]
    fn single_steps_allow_no_more_than_two() {
        let mut pace = Pace::new(1, 256);
        for _ in 0..14 {
            pace.took(1, 0.1);
        }
        assert_eq!(pace.allowed(), 2);
    }

    #[test]
    fn what_used_to_be_cheap_is_forgotten() {
        let mut pace = Pace::new(1, 256);
        longest(&mut pace, 0.01, 20);
        pace.forget();
        assert_eq!(pace.allowed(), 1);
    }
}
