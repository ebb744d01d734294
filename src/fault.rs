//! Errors as values: what the core tells people when it cannot do what they asked.
//!
//! A fault names the input, says what is wrong with it and what to do, and carries the same facts
//! as `detail`, so that a page can say it in another language. Whoever returns one has changed nothing.

use crate::data::drawing::DrawingError;
use crate::data::mnist::DataError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// An error for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fault {
    /// Stable; what a page looks its translation up by.
    pub code: &'static str,
    /// A complete English message.
    pub message: String,
    /// The parts of the message, by name.
    pub detail: BTreeMap<&'static str, String>,
}

impl Fault {
    /// An error with that code and that message, without detail.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Fault {
            code,
            message: message.into(),
            detail: BTreeMap::new(),
        }
    }

    /// Adds one part of the message.
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.detail.insert(name, value.to_string());
        self
    }
}

/// The first 40 characters of a text that somebody passed, for a message.
pub fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<DataError> for Fault {
    fn from(error: DataError) -> Self {
        Fault {
            code: error.code(),
            message: error.to_string(),
            detail: error.detail().into_iter().collect(),
        }
    }
}

impl From<DrawingError> for Fault {
    fn from(error: DrawingError) -> Self {
        Fault {
            code: error.code(),
            message: error.to_string(),
            detail: error.detail().into_iter().collect(),
        }
    }
}
