//! A run of any lesson: step, evaluate, look inside, save, go on elsewhere.
//!
//! No browser in sight: the same run trains natively in tests and in a worker. A run never waits
//! for its device by itself: [`Run::step`] only enqueues work, and [`Run::collect`] reads the
//! results of all steps since, a few times a second.

mod checkpoint;
mod evaluation;
mod inside;
mod optimizer;
mod parts;
mod run;
mod unrolled;

pub use evaluation::{CHUNK, EVALUATED, Evaluation, Evaluator};
pub use inside::{Following, Inspection, Outputs, Prediction, Reach, RowGradients, check_states};
pub use parts::{PART, Step, Task, Work};
pub use run::{Progress, Run, diverged};
pub use unrolled::{Generated, Hold, Unrolled};
