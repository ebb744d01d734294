//! What the core lives in: a clock, and a way out for messages.

use super::crew::Crew;
use super::event::Message;

/// What the core lives in.
pub trait Host {
    /// Milliseconds since some moment.
    fn now(&self) -> f64;
    /// Sends a message on its way.
    fn send(&self, message: Message);
    /// Who computes beside this thread, where anybody could.
    fn crew(&self) -> Option<&dyn Crew> {
        None
    }
}

/// What the loop should wait for before the next turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// Nothing: there is more to do.
    AtOnce,
    /// So many milliseconds, or a command.
    After(f64),
    /// A command: there is nothing to do.
    Command,
}

/// The code of a fault of a device that is gone.
pub(super) const READ_BACK: &str = "read-back";
