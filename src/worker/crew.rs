//! Others who compute beside this thread, and a step that is shared with them.
//!
//! Whoever does not answer in time costs time and nothing else: what was asked of him is computed here.

use crate::fault::Fault;
use crate::training::{Run, Work};
use std::future::poll_fn;
use std::ops::Range;
use std::pin::Pin;
use std::task::Poll;

/// What somebody else computes. `None`: it does not come.
pub type Pending = Pin<Box<dyn Future<Output = Option<Vec<f32>>>>>;

/// Those who compute beside this thread.
pub trait Crew {
    /// How many threads the machine has, this one included.
    fn cores(&self) -> usize;
    /// So many helpers are needed from now on: those that are missing are started, the others end.
    fn want(&self, helpers: usize);
    /// Helpers that wait for work.
    fn free(&self) -> usize;
    /// Has one of those do `work`.
    fn give(&self, work: Work) -> Pending;
    /// Resolves after so many milliseconds.
    fn wait(&self, milliseconds: f64) -> Pin<Box<dyn Future<Output = ()>>>;
}

/// Milliseconds that a helper may be late in any case.
const GRACE: f64 = 10.0;

/// One step of `run`, shared by at most so many workers, of which this thread is one. Returns how many it
/// was.
///
/// # Errors
/// Those of [`Run::step`].
pub async fn step(
    run: &mut Run,
    crew: &dyn Crew,
    workers: usize,
    now: &dyn Fn() -> f64,
) -> Result<usize, Fault> {
    let step = run.begin_step()?;
    let mut shares = shares(step.parts(), workers.min(1 + crew.free()));
    let own = shares.remove(0);
    let given: Vec<(Range<usize>, Pending)> = shares
        .into_iter()
        .map(|share| {
            let work = step.work(run.network(), share.clone());
            (share, crew.give(work))
        })
        .collect();
    let workers = 1 + given.len();
    let (began, count) = (now(), own.len());
    let mut parts = step.done(run.network(), own);
    let part = (now() - began) / count as f64;
    let each = parts.len() / count;
    for (share, pending) in given {
        // It began before this thread did.
        let late = crew.wait(GRACE + part * share.len() as f64);
        let found = either(pending, late).await;
        match found.filter(|found| found.len() == each * share.len()) {
            Some(found) => parts.extend(found),
            None => parts.extend(step.done(run.network(), share)),
        }
    }
    run.end_step(&step, &parts);
    Ok(workers)
}

/// `parts` in as many shares as there are workers, as equal as can be, the larger ones first.
fn shares(parts: usize, workers: usize) -> Vec<Range<usize>> {
    let workers = workers.clamp(1, parts.max(1));
    let (each, more) = (parts / workers, parts % workers);
    let mut first = 0;
    let share = |k| {
        let start = first;
        first += each + usize::from(k < more);
        start..first
    };
    (0..workers).map(share).collect()
}

/// What comes, unless `late` is first.
pub async fn either(
    mut pending: Pending,
    mut late: Pin<Box<dyn Future<Output = ()>>>,
) -> Option<Vec<f32>> {
    poll_fn(|context| match pending.as_mut().poll(context) {
        Poll::Ready(found) => Poll::Ready(found),
        Poll::Pending => late.as_mut().poll(context).map(|()| None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_all_parts_in_their_order() {
        for parts in 1..=9 {
            for workers in 1..=8 {
                let shares = shares(parts, workers);
                assert_eq!(shares.len(), workers.min(parts));
                let all: Vec<usize> = shares.iter().cloned().flatten().collect();
                assert_eq!(all, (0..parts).collect::<Vec<_>>());
                let sizes: Vec<usize> = shares.iter().map(Range::len).collect();
                assert!(
                    sizes.is_sorted_by(|a, b| a >= b) && sizes[0] - sizes[sizes.len() - 1] <= 1
                );
            }
        }
    }
}
