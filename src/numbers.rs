//! Numbers that leave the core: a list that crosses to JavaScript as one typed array.
//!
//! Here it is a list like any other; how it crosses, the worker knows.

use std::ops::{Deref, DerefMut};

/// A list of `f32`, `u32`, `u16` or `u8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers<T>(pub Vec<T>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Numbers(Vec::new())
    }
}

impl<T> Deref for Numbers<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Numbers<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for Numbers<T> {
    fn from(numbers: Vec<T>) -> Self {
        Numbers(numbers)
    }
}

impl<T> FromIterator<T> for Numbers<T> {
    fn from_iter<I: IntoIterator<Item = T>>(numbers: I) -> Self {
        Numbers(numbers.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a Numbers<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
