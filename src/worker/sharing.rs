//! How many workers share a step: as many as somebody asked for, or as many as proved to be fastest.
//!
//! Which numbers come out does not depend on it ([`Step`](crate::training::Step)), only when. So it may
//! try, in the middle of a run, what is faster on this machine with this network.

use std::collections::VecDeque;

/// Steps that a worker does alone before others are called: whoever trains less need not wait for them.
const ALONE: usize = 30;
/// Steps within which the others have come, or it is tried with those that have.
const COME: usize = 300;
/// Rounds of a trial, and steps of each number of workers in a round. The first of them is not counted.
const ROUNDS: usize = 4;
const STEPS: usize = 6;
/// A trial's numbers of workers.
const TRIED: [usize; 4] = [1, 2, 4, MOST_TRIED];
const MOST_TRIED: usize = 8;
/// Steps that its pace is the median of.
const PACED: usize = 20;
/// More workers have to be faster by this much.
const WORTH: f64 = 0.95;

/// Who shares the steps of a run.
pub struct Sharing {
    stage: Stage,
    /// Workers of the last step that was not for trying.
    last: usize,
    /// What the last steps took, once it is decided who shares them.
    times: VecDeque<f64>,
}

enum Stage {
    /// So many steps were done by one worker.
    Alone(usize),
    Trial(Trial),
    /// This many are fastest.
    Decided(usize),
}

/// Steps of each number of workers, by turns.
struct Trial {
    /// The numbers, and what steps took.
    tried: Vec<(usize, Vec<f64>)>,
    /// Steps so far.
    done: usize,
}

impl Default for Sharing {
    fn default() -> Self {
        Sharing {
            stage: Stage::Alone(0),
            last: 1,
            times: VecDeque::new(),
        }
    }
}

/// What there is to decide it by.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// As many as somebody asked for; `None`: whatever is fastest.
    pub asked: Option<usize>,
    /// Threads of the machine.
    pub cores: usize,
    /// Parts of a step.
    pub parts: usize,
    /// Helpers that wait for work.
    pub free: usize,
}

impl Situation {
    /// The most that there is any use in.
    fn most(&self) -> usize {
        let most = self.asked.unwrap_or(self.cores.min(MOST_TRIED));
        most.min(self.parts)
    }
}

impl Sharing {
    /// Workers of the last step; while numbers of them are tried, of the last one before.
    pub fn last(&self) -> usize {
        self.last
    }

    /// Milliseconds that a step takes, once that is known.
    pub fn pace(&self) -> Option<f64> {
        let times: Vec<f64> = self.times.iter().copied().collect();
        (times.len() == PACED).then(|| median(&times))
    }

    /// Steps are not shared.
    pub fn alone(&mut self) {
        self.last = 1;
        self.times.clear();
    }

    /// Steps cost something else from now on. Helpers that are there stay, and it is tried at once.
    pub fn forget(&mut self) {
        self.stage = match self.stage {
            Stage::Alone(done) => Stage::Alone(done.min(ALONE)),
            Stage::Trial(_) | Stage::Decided(_) => Stage::Alone(ALONE),
        };
        self.times.clear();
    }

    /// How many helpers there should be. One more than share a step, to evaluate, if there is a thread for it
    /// and nobody asked for a number.
    pub fn helpers(&self, situation: Situation) -> usize {
        let most = situation.most();
        let others = situation.cores - 1;
        match (&self.stage, situation.asked) {
            (_, Some(_)) => most - 1,
            (Stage::Alone(..ALONE), _) => 0,
            (Stage::Alone(_) | Stage::Trial(_), _) => others.min(1).max(most - 1),
            (Stage::Decided(best), _) => others.min(*best),
        }
    }

    /// How many should share the next step.
    pub fn workers(&mut self, situation: Situation) -> usize {
        if situation.asked.is_some() {
            return situation.most();
        }
        if let Stage::Alone(done) = self.stage {
            let (most, come) = (situation.most(), 1 + situation.free);
            if done < ALONE || (come < most && done < COME) {
                return 1;
            }
            let come = come.min(most);
            self.stage = Stage::Trial(Trial::of(come));
        }
        match &self.stage {
            Stage::Alone(_) => 1,
            Stage::Trial(trial) => trial.next(),
            Stage::Decided(best) => *best,
        }
    }

    /// A step of so many workers took so long; `asked` is whether somebody said how many.
    pub fn took(&mut self, workers: usize, milliseconds: f64, asked: bool) {
        if asked || matches!(self.stage, Stage::Decided(_)) {
            self.times.push_back(milliseconds);
            if self.times.len() > PACED {
                self.times.pop_front();
            }
        }
        match &mut self.stage {
            Stage::Alone(done) => {
                self.last = workers;
                *done += 1;
            }
            Stage::Trial(trial) => {
                if let Some(best) = trial.took(workers, milliseconds) {
                    self.stage = Stage::Decided(best);
                }
            }
            Stage::Decided(_) => self.last = workers,
        }
    }
}

impl Trial {
    fn of(most: usize) -> Self {
        let mut tried: Vec<_> = TRIED.iter().copied().filter(|&n| n < most).collect();
        tried.push(most);
        Trial {
            tried: tried.into_iter().map(|n| (n, Vec::new())).collect(),
            done: 0,
        }
    }

    fn next(&self) -> usize {
        self.tried[self.done / STEPS % self.tried.len()].0
    }

    /// The fastest, at the end.
    fn took(&mut self, workers: usize, milliseconds: f64) -> Option<usize> {
        let at = self.done / STEPS % self.tried.len();
        let (tried, times) = &mut self.tried[at];
        // A helper may be busy, or dead: then it was another number.
        if !self.done.is_multiple_of(STEPS) && *tried == workers {
            times.push(milliseconds);
        }
        self.done += 1;
        (self.done == ROUNDS * STEPS * self.tried.len()).then(|| self.best())
    }

    fn best(&self) -> usize {
        let mut best = (1, f64::INFINITY);
        for (workers, times) in &self.tried {
            let time = median(times);
            if time < WORTH * best.1 {
                best = (*workers, time);
            }
        }
        best.0
    }
}

/// Infinite where there are none.
fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUR: Situation = Situation {
        asked: None,
        cores: 4,
        parts: 4,
        free: 0,
    };

    /// Does so many steps, with as many helpers as are wanted and `have`, where a step of `n` workers costs
    /// `cost(n)`.
    fn train(
        sharing: &mut Sharing,
        of: Situation,
        steps: usize,
        have: usize,
        cost: fn(usize) -> f64,
    ) {
        for _ in 0..steps {
            let free = sharing.helpers(of).min(have);
            let workers = sharing.workers(Situation { free, ..of }).min(1 + free);
            sharing.took(workers, cost(workers), false);
        }
    }

    #[test]
    fn a_short_run_calls_nobody() {
        let mut sharing = Sharing::default();
        train(&mut sharing, FOUR, ALONE - 1, 3, |_| 1.0);
        assert_eq!((sharing.helpers(FOUR), sharing.pace()), (0, None));
    }

    #[test]
    fn the_fastest_number_goes_on() {
        for (cost, best) in [
            (|n| 8.0 / n as f64, 4),
            (|n| if n == 2 { 5.0 } else { 8.0 }, 2),
            // More workers that gain next to nothing are not worth it.
            (|n| if n == 4 { 4.9 } else { 5.0 }, 1),
            (|n| n as f64, 1),
        ] as [(fn(usize) -> f64, usize); 4]
        {
            let mut sharing = Sharing::default();
            train(&mut sharing, FOUR, 200, 3, cost);
            assert_eq!(sharing.last(), best);
            // One more, to evaluate.
            assert_eq!(sharing.helpers(FOUR), best.min(3));
            assert_eq!(sharing.pace(), Some(cost(best)));
        }
    }

    #[test]
    fn helpers_that_do_not_come_are_not_waited_for() {
        let mut sharing = Sharing::default();
        train(&mut sharing, FOUR, COME + 100, 1, |n| 8.0 / n as f64);
        assert_eq!(sharing.last(), 2);
        let mut sharing = Sharing::default();
        train(&mut sharing, FOUR, COME + 100, 0, |n| 8.0 / n as f64);
        assert_eq!(sharing.last(), 1);
    }

    #[test]
    fn who_asks_is_given_as_many_as_there_are_parts_for() {
        for (asked, workers) in [(1, 1), (2, 2), (3, 3), (8, 4)] {
            let situation = Situation {
                asked: Some(asked),
                cores: 1,
                ..FOUR
            };
            let mut sharing = Sharing::default();
            assert_eq!(sharing.helpers(situation), workers - 1);
            assert_eq!(sharing.workers(situation), workers);
        }
    }

    #[test]
    fn a_small_step_or_a_single_core_is_not_shared() {
        for situation in [
            Situation { parts: 1, ..FOUR },
            Situation { cores: 1, ..FOUR },
        ] {
            let mut sharing = Sharing::default();
            train(&mut sharing, situation, 500, 3, |n| 8.0 / n as f64);
            assert_eq!(sharing.last(), 1);
            let one = usize::from(situation.cores > 1);
            assert_eq!(sharing.helpers(situation), one);
        }
    }

    #[test]
    fn other_options_are_tried_anew() {
        let mut sharing = Sharing::default();
        train(&mut sharing, FOUR, 200, 3, |n| 8.0 / n as f64);
        sharing.forget();
        assert_eq!((sharing.helpers(FOUR), sharing.pace()), (3, None));
        train(&mut sharing, FOUR, 200, 3, |n| n as f64);
        assert_eq!(sharing.last(), 1);
    }
}
