//! Options: names, ranges and defaults in one table per lesson, and the values that obey it.
//!
//! Reading, writing, checking and the page's types all come from the rows of a table. An option
//! with a fixed set of values is an enum that implements [`Choice`]; its names stand there and
//! nowhere else. What an option means is the lesson's business.

use crate::fault::{Fault, short};
use crate::operators::recurrent::Cell;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A value as somebody passed it, not yet known to fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`
    Flag(bool),
    /// Any number, NaN and the infinities too.
    Number(f64),
    /// A text.
    Text(String),
    /// `null`
    Nothing,
    /// A list or an object, which fits no option. What is inside was not looked at: it may be
    /// nested without end.
    #[serde(skip_serializing)]
    Other,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Flag(flag) => flag.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Text(text) => write!(f, "\"{}\"", short(text)),
            Value::Nothing => f.write_str("null"),
            Value::Other => f.write_str("a list or an object"),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
                Ok(Value::Flag(flag))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Number(number as f64))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(Value::Number(number as f64))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Number(number))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }
            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }
            fn visit_bytes<E>(self, _: &[u8]) -> Result<Value, E> {
                Ok(Value::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
                Ok(Value::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
                Ok(Value::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Options by name; those not named stay as they are.
pub type Patch = BTreeMap<String, Value>;

/// An option with a fixed set of values.
pub trait Choice: Copy + PartialEq + Sized + 'static {
    /// Every value with the name it has in messages, links and files.
    const ALL: &'static [(&'static str, Self)];

    /// The value's name.
    fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, value)| *value == self);
        named.expect("every value has a name").0
    }

    /// The value of that name.
    fn named(name: &str) -> Option<Self> {
        let named = Self::ALL.iter().find(|(known, _)| *known == name);
        named.map(|(_, value)| *value)
    }
}

impl Choice for Cell {
    const ALL: &'static [(&'static str, Self)] =
        &[("rnn", Cell::Rnn), ("lstm", Cell::Lstm), ("gru", Cell::Gru)];
}

/// In place of a number: whatever proves to be best.
pub const AUTO: &str = "auto";

/// What values an option takes.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Kind {
    /// Above `above`, and at most `most`.
    Number { above: f64, most: f64 },
    /// Like `Number`, or null.
    NumberOrNothing { above: f64, most: f64 },
    /// From `least` to `most`.
    Integer { least: usize, most: usize },
    /// Like `Integer`, or `"auto"`.
    IntegerOrAuto { least: usize, most: usize },
    /// `true` or `false`
    Flag,
    /// One of the names that this yields.
    OneOf(fn() -> Vec<&'static str>),
}

impl Kind {
    /// The names of `C`.
    pub const fn choice<C: Choice>() -> Self {
        Kind::OneOf(|| C::ALL.iter().map(|(name, _)| *name).collect())
    }

    /// What it takes, in words.
    pub fn expected(&self) -> String {
        match self {
            Kind::Number { above, most } => format!("a number above {above} and at most {most}"),
            Kind::NumberOrNothing { above, most } => {
                format!("a number above {above} and at most {most}, or null")
            }
            Kind::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Kind::IntegerOrAuto { least, most } => {
                format!("a whole number from {least} to {most}, or {AUTO}")
            }
            Kind::Flag => "true or false".to_owned(),
            Kind::OneOf(names) => format!("one of {}", names().join(", ")),
        }
    }

    /// The same by name, for other languages: what a number is `above`, its `least` and its `most`, the `choices`, and
    /// what else it may be (`or`).
    pub fn bounds(&self) -> Vec<(&'static str, String)> {
        match self {
            Kind::Number { above, most } => {
                vec![("above", above.to_string()), ("most", most.to_string())]
            }
            Kind::NumberOrNothing { above, most } => vec![
                ("above", above.to_string()),
                ("most", most.to_string()),
                ("or", "null".to_owned()),
            ],
            Kind::Integer { least, most } => {
                vec![("least", least.to_string()), ("most", most.to_string())]
            }
            Kind::IntegerOrAuto { least, most } => vec![
                ("least", least.to_string()),
                ("most", most.to_string()),
                ("or", AUTO.to_owned()),
            ],
            Kind::Flag => vec![("choices", "true, false".to_owned())],
            Kind::OneOf(names) => vec![("choices", names().join(", "))],
        }
    }

    fn takes(&self, value: &Value) -> bool {
        match (self, value) {
            (
                Kind::Number { above, most } | Kind::NumberOrNothing { above, most },
                Value::Number(v),
            ) => v > above && v <= most,
            (Kind::NumberOrNothing { .. }, Value::Nothing) => true,
            (
                Kind::Integer { least, most } | Kind::IntegerOrAuto { least, most },
                Value::Number(v),
            ) => v.fract() == 0.0 && *v >= *least as f64 && *v <= *most as f64,
            (Kind::IntegerOrAuto { .. }, Value::Text(text)) => text == AUTO,
            (Kind::Flag, Value::Flag(_)) => true,
            (Kind::OneOf(names), Value::Text(text)) => names().contains(&text.as_str()),
            _ => false,
        }
    }
}

/// What a lesson begins with, as it can stand in a constant.
#[derive(Clone, Copy)]
pub enum DefaultValue {
    /// A number.
    Number(f64),
    /// A flag.
    Flag(bool),
    /// The name of a choice.
    Text(&'static str),
    /// Null.
    Nothing,
}

/// A row of a lesson's table.
#[derive(Clone, Copy)]
pub struct Row {
    /// In camelCase, as everybody sees it.
    pub name: &'static str,
    /// The values it takes.
    pub kind: Kind,
    /// The tutorial's value.
    pub default: DefaultValue,
    /// Whether another value needs another network, and so a fresh run.
    pub network: bool,
}

impl Row {
    fn check(&self, value: &Value) -> Result<(), Fault> {
        if self.kind.takes(value) {
            return Ok(());
        }
        let expected = self.kind.expected();
        let message = format!("{} cannot be {value}: it must be {expected}.", self.name);
        let fault = Fault::new("option-value", message)
            .with("name", self.name)
            .with("value", value)
            .with("expected", expected);
        let bounds = self.kind.bounds().into_iter();
        Err(bounds.fold(fault, |fault, (name, bound)| fault.with(name, bound)))
    }

    fn begins_with(&self) -> Value {
        match self.default {
            DefaultValue::Number(number) => Value::Number(number),
            DefaultValue::Flag(flag) => Value::Flag(flag),
            DefaultValue::Text(text) => Value::Text(text.to_owned()),
            DefaultValue::Nothing => Value::Nothing,
        }
    }
}

/// Rows that lessons share, each with its own defaults.
pub mod rows {
    use super::{Cell, DefaultValue, Kind, Row};

    /// Adam's step size; applies from the next step.
    pub const LEARNING_RATE: &str = "learningRate";
    /// The norm that the gradient of all parameters has at most; null: whatever it has. Applies from the next step.
    pub const CLIP_NORM: &str = "clipNorm";
    /// Units of the recurrent layer, `H`.
    pub const HIDDEN_SIZE: &str = "hiddenSize";
    /// What the recurrent layer is made of.
    pub const CELL: &str = "cell";
    /// Steps per second while playing; null: as fast as possible.
    pub const SPEED: &str = "speed";

    /// [`LEARNING_RATE`], `rate` to begin with.
    pub const fn learning_rate(rate: f64) -> Row {
        let kind = Kind::Number {
            above: 0.0,
            most: 1.0,
        };
        Row {
            name: LEARNING_RATE,
            kind,
            default: DefaultValue::Number(rate),
            network: false,
        }
    }

    /// [`CLIP_NORM`].
    pub const fn clip_norm() -> Row {
        let kind = Kind::NumberOrNothing {
            above: 0.0,
            most: 1000.0,
        };
        Row {
            name: CLIP_NORM,
            kind,
            default: DefaultValue::Nothing,
            network: false,
        }
    }

    /// [`HIDDEN_SIZE`], `size` to begin with.
    pub const fn hidden_size(size: usize) -> Row {
        let kind = Kind::Integer {
            least: 1,
            most: 256,
        };
        Row {
            name: HIDDEN_SIZE,
            kind,
            default: DefaultValue::Number(size as f64),
            network: true,
        }
    }

    /// [`CELL`], the one called `name` to begin with.
    pub const fn cell(name: &'static str) -> Row {
        Row {
            name: CELL,
            kind: Kind::choice::<Cell>(),
            default: DefaultValue::Text(name),
            network: true,
        }
    }

    /// [`SPEED`].
    pub const fn speed(default: DefaultValue) -> Row {
        let kind = Kind::NumberOrNothing {
            above: 0.0,
            most: 1e6,
        };
        Row {
            name: SPEED,
            kind,
            default,
            network: false,
        }
    }
}

/// The options of a run: a value for every row of its lesson's table.
#[derive(Clone)]
pub struct Options {
    lesson: &'static str,
    table: &'static [Row],
    values: Vec<Value>,
}

impl PartialEq for Options {
    fn eq(&self, other: &Self) -> bool {
        (self.lesson, &self.values) == (other.lesson, &other.values)
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.named()).finish()
    }
}

impl Options {
    /// The defaults of `lesson`, whose options are the rows of `table`.
    pub fn new(lesson: &'static str, table: &'static [Row]) -> Self {
        Options {
            lesson,
            table,
            values: table.iter().map(Row::begins_with).collect(),
        }
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.table.iter().map(|row| row.name).zip(&self.values)
    }

    /// These options with `patch` applied.
    ///
    /// # Errors
    /// `option-unknown` and `option-value` name the first option that does not fit.
    pub fn patched(&self, patch: &Patch) -> Result<Self, Fault> {
        let mut options = self.clone();
        for (name, value) in patch {
            let Some(at) = self.table.iter().position(|row| row.name == name) else {
                return Err(self.unknown(name));
            };
            self.table[at].check(value)?;
            options.values[at] = value.clone();
        }
        Ok(options)
    }

    fn unknown(&self, name: &str) -> Fault {
        let (name, lesson) = (short(name), self.lesson);
        let names: Vec<_> = self.table.iter().map(|row| row.name).collect();
        let names = names.join(", ");
        let message = format!("The lesson {lesson} has no option {name}. It has {names}.");
        Fault::new("option-unknown", message)
            .with("name", name)
            .with("lesson", lesson)
            .with("known", names)
    }

    /// Every option by name, as [`patched`](Self::patched) takes them.
    pub fn to_patch(&self) -> Patch {
        let mut patch = Patch::new();
        for (name, value) in self.named() {
            patch.insert(name.to_owned(), value.clone());
        }
        patch
    }

    /// Whether a network made for these options is one for `other` as well.
    pub fn same_network(&self, other: &Options) -> bool {
        let rows = self.table.iter().zip(self.values.iter().zip(&other.values));
        rows.into_iter().all(|(row, (a, b))| !row.network || a == b)
    }

    fn value(&self, name: &str) -> &Value {
        let named = self.named().find(|(known, _)| *known == name);
        named.unwrap_or_else(|| panic!("no option {name}")).1
    }

    /// Whether the lesson has an option of that name.
    pub fn has(&self, name: &str) -> bool {
        self.table.iter().any(|row| row.name == name)
    }

    /// A number. Panics where the table has no such row.
    pub fn number(&self, name: &str) -> f64 {
        self.number_or_nothing(name)
            .unwrap_or_else(|| panic!("{name} is no number"))
    }

    /// A number, or `None` for null. Panics where the table has no such row.
    pub fn number_or_nothing(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Value::Number(number) => Some(*number),
            Value::Nothing => None,
            other => panic!("{name} is {other}"),
        }
    }

    /// A whole number. Panics where the table has no such row.
    pub fn integer(&self, name: &str) -> usize {
        self.number(name) as usize
    }

    /// A whole number, or `None` for [`AUTO`]. Panics where the table has no such row.
    pub fn integer_or_auto(&self, name: &str) -> Option<usize> {
        match self.value(name) {
            Value::Text(_) => None,
            _ => Some(self.integer(name)),
        }
    }

    /// A flag. Panics where the table has no such row.
    pub fn flag(&self, name: &str) -> bool {
        *self.value(name) == Value::Flag(true)
    }

    /// A choice. Panics where the table has no such row.
    pub fn choice<C: Choice>(&self, name: &str) -> C {
        match self.value(name) {
            Value::Text(text) => C::named(text).expect("a row's values are checked"),
            other => panic!("{name} is {other}"),
        }
    }

    /// Adam's step size.
    pub fn learning_rate(&self) -> f64 {
        self.number(rows::LEARNING_RATE)
    }

    /// The norm that the gradient has at most; `None`: whatever it has, also where the lesson does not clip.
    pub fn clip_norm(&self) -> Option<f64> {
        self.has(rows::CLIP_NORM)
            .then(|| self.number_or_nothing(rows::CLIP_NORM))?
    }

    /// Units of the recurrent layer, `H`.
    pub fn hidden_size(&self) -> usize {
        self.integer(rows::HIDDEN_SIZE)
    }

    /// What the recurrent layer is made of.
    pub fn cell(&self) -> Cell {
        self.choice(rows::CELL)
    }

    /// Steps per second while playing; `None`: as fast as possible.
    pub fn speed(&self) -> Option<f64> {
        self.number_or_nothing(rows::SPEED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::{LESSONS, MNIST};

    fn patch(name: &str, value: Value) -> Patch {
        Patch::from([(name.to_owned(), value)])
    }

    /// Two values of every row, both other than its default.
    fn others(row: &Row) -> Vec<Value> {
        match row.kind {
            Kind::Number { most, .. } => vec![Value::Number(most), Value::Number(most / 3.0)],
            Kind::NumberOrNothing { most, .. } => vec![Value::Number(most / 3.0), Value::Nothing],
            Kind::Integer { least, most } => {
                vec![Value::Number(least as f64), Value::Number(most as f64)]
            }
            Kind::IntegerOrAuto { most, .. } => {
                vec![Value::Number(most as f64), Value::Text(AUTO.to_owned())]
            }
            Kind::Flag => vec![Value::Flag(true), Value::Flag(false)],
            Kind::OneOf(names) => names()
                .into_iter()
                .map(|n| Value::Text(n.to_owned()))
                .collect(),
        }
    }

    #[test]
    fn what_goes_out_comes_in() {
        for lesson in LESSONS {
            for row in lesson.options {
                for value in others(row) {
                    let changed = lesson.defaults().patched(&patch(row.name, value.clone()));
                    let changed = changed.unwrap();
                    assert_eq!(changed.to_patch()[row.name], value);
                    let written = serde_json::to_string(&changed.to_patch()).unwrap();
                    let read: Patch = serde_json::from_str(&written).unwrap();
                    assert_eq!(lesson.defaults().patched(&read).unwrap(), changed);
                }
            }
        }
    }

    #[test]
    fn defaults_obey_their_own_rows() {
        for lesson in LESSONS {
            let defaults = lesson.defaults();
            assert_eq!(defaults.patched(&defaults.to_patch()).unwrap(), defaults);
        }
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let options = MNIST.defaults();
        for number in [f64::NAN, -1.0, 0.0, 1e300, f64::INFINITY] {
            for name in ["learningRate", "hiddenSize", "batchSize", "speed"] {
                let fault = options.patched(&patch(name, Value::Number(number)));
                let fault = fault.unwrap_err();
                assert_eq!(fault.code, "option-value");
                assert_eq!(fault.detail["name"], name);
                assert!(fault.message.contains(&Value::Number(number).to_string()));
            }
        }
        let half = options.patched(&patch("hiddenSize", Value::Number(1.5)));
        assert_eq!(half.unwrap_err().code, "option-value");
    }

    /// Every bound that the sentence names stands in the detail by itself.
    #[test]
    fn what_would_fit_is_told_by_name() {
        for lesson in LESSONS {
            for row in lesson.options {
                let name = row.name;
                let fault = lesson.defaults().patched(&patch(name, Value::Other));
                let fault = fault.unwrap_err();
                let bounds = row.kind.bounds();
                assert!(!bounds.is_empty(), "{name}");
                for (bound, value) in bounds {
                    assert_eq!(fault.detail[bound], value, "{name}");
                    let value = value.replace(", ", " or ");
                    let said = fault.message.replace(", ", " or ");
                    assert!(said.contains(&value), "{value} in {said}");
                }
            }
        }
    }

    #[test]
    fn an_option_of_the_other_lesson_is_unknown() {
        let fault = MNIST.defaults();
        let fault = fault.patched(&patch("timeStep", Value::Number(10.0)));
        let fault = fault.unwrap_err();
        assert_eq!(fault.code, "option-unknown");
        assert!(fault.message.contains("timeStep") && fault.message.contains("batchSize"));
    }

    #[test]
    fn a_message_does_not_grow_with_what_was_passed() {
        let long = "a".repeat(3_000_000);
        let options = MNIST.defaults();
        let unknown = options.patched(&patch(&long, Value::Nothing)).unwrap_err();
        let value = options.patched(&patch("cell", Value::Text(long)));
        assert!(unknown.message.len() < 1000);
        assert!(value.unwrap_err().message.len() < 1000);
    }

    #[test]
    fn what_is_nested_without_end_is_refused_unread() {
        let deep = format!(
            "{{\"hiddenSize\": {}0{}}}",
            "[".repeat(100),
            "]".repeat(100)
        );
        // serde_json reads what a visitor left; the browser's reader does not.
        let read: Result<Patch, _> = serde_json::from_str(&deep);
        assert!(read.is_err() || read.unwrap()["hiddenSize"] == Value::Other);
    }
}
