//! Every option of both lessons: one table of names and ranges, and the values that obey it.

use super::LessonName;
use crate::data::scan::Scan;
use crate::data::wave::Endpoint;
use crate::fault::Fault;
use crate::operators::recurrent::Cell;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A value as somebody passed it, not yet known to fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(f64),
    Text(String),
    Nothing,
    /// Anything else, which fits no option.
    #[serde(skip_serializing)]
    Other(serde::de::IgnoredAny),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Flag(flag) => flag.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Text(text) => write!(f, "\"{}\"", text.chars().take(40).collect::<String>()),
            Value::Nothing => f.write_str("null"),
            Value::Other(_) => f.write_str("such a value"),
        }
    }
}

/// Options by name; those not named stay as they are.
pub type Patch = BTreeMap<String, Value>;

/// The rows after which a network is asked for the digit while it learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainOn {
    /// The last, as in the tutorial.
    Last,
    Every,
}

/// What happens to the hidden state between two segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateMode {
    /// Carried on and detached, as the tutorial does it.
    Carry,
    /// Zero at the start of every segment.
    Reset,
    /// Carried on with its history over the last few segments: truncated back-propagation through time.
    Truncated,
}

/// The options of a session. Each lesson reads those that [`TABLE`] gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Adam's step size. Applies from the next step.
    pub learning_rate: f64,
    /// Units of the recurrent layer. A change starts a fresh run.
    pub hidden_size: usize,
    /// mnist: what the recurrent layer is made of. A change starts a fresh run.
    pub cell: Cell,
    /// mnist: after which rows it is asked for the digit while it learns. Applies from the next step.
    pub train_on: TrainOn,
    /// mnist: images per step. Applies from the next step.
    pub batch_size: usize,
    /// mnist: the order in which a digit's pixels are read. Applies from the next step.
    pub scan: Scan,
    /// mnist: whether an epoch's order is shuffled. A change starts the epoch afresh.
    pub shuffle: bool,
    /// sin-cos: points per segment. Applies from the next segment.
    pub time_step: usize,
    /// sin-cos: whether a segment includes its last point.
    pub endpoint: Endpoint,
    /// sin-cos: what the next segment starts from.
    pub state_mode: StateMode,
    /// sin-cos: segments that the gradient flows back through where the state is
    /// [`Truncated`](StateMode::Truncated); 1 is the same as [`Carry`](StateMode::Carry).
    pub segments_back: usize,
    /// Steps per second while playing; `None`: as fast as it goes.
    pub speed: Option<f64>,
}

enum Kind {
    /// Above the first and up to the second.
    Number(f64, f64),
    /// Like `Number`, or null.
    NumberOrNothing(f64, f64),
    /// From the first to the second.
    Integer(usize, usize),
    Flag,
    OneOf(&'static [&'static str]),
}

struct Spec {
    name: &'static str,
    lessons: &'static [LessonName],
    kind: Kind,
}

use LessonName::{Mnist, SinCos};

const TABLE: &[Spec] = &[
    Spec {
        name: "learningRate",
        lessons: &[SinCos, Mnist],
        kind: Kind::Number(0.0, 1.0),
    },
    Spec {
        name: "hiddenSize",
        lessons: &[SinCos, Mnist],
        kind: Kind::Integer(1, 256),
    },
    Spec {
        name: "cell",
        lessons: &[Mnist],
        kind: Kind::OneOf(&["lstm", "rnn"]),
    },
    Spec {
        name: "trainOn",
        lessons: &[Mnist],
        kind: Kind::OneOf(&["last", "every"]),
    },
    Spec {
        name: "batchSize",
        lessons: &[Mnist],
        kind: Kind::Integer(1, 1024),
    },
    Spec {
        name: "scan",
        lessons: &[Mnist],
        kind: Kind::OneOf(&["down", "up", "columns", "permuted"]),
    },
    Spec {
        name: "shuffle",
        lessons: &[Mnist],
        kind: Kind::Flag,
    },
    Spec {
        name: "timeStep",
        lessons: &[SinCos],
        kind: Kind::Integer(2, 200),
    },
    Spec {
        name: "endpoint",
        lessons: &[SinCos],
        kind: Kind::OneOf(&["inclusive", "exclusive"]),
    },
    Spec {
        name: "stateMode",
        lessons: &[SinCos],
        kind: Kind::OneOf(&["carry", "reset", "truncated"]),
    },
    Spec {
        name: "segmentsBack",
        lessons: &[SinCos],
        kind: Kind::Integer(1, 8),
    },
    Spec {
        name: "speed",
        lessons: &[SinCos, Mnist],
        kind: Kind::NumberOrNothing(0.0, 1e6),
    },
];

impl Spec {
    fn expected(&self) -> String {
        match self.kind {
            Kind::Number(low, high) => format!("a number above {low} and at most {high}"),
            Kind::NumberOrNothing(low, high) => {
                format!("a number above {low} and at most {high}, or null")
            }
            Kind::Integer(low, high) => format!("a whole number from {low} to {high}"),
            Kind::Flag => "true or false".to_owned(),
            Kind::OneOf(choices) => format!("one of {}", choices.join(", ")),
        }
    }

    fn check(&self, value: &Value) -> Result<(), Fault> {
        let fits = match (&self.kind, value) {
            (Kind::Number(low, high), Value::Number(v))
            | (Kind::NumberOrNothing(low, high), Value::Number(v)) => v > low && v <= high,
            (Kind::NumberOrNothing(..), Value::Nothing) => true,
            (Kind::Integer(low, high), Value::Number(v)) => {
                v.fract() == 0.0 && *v >= *low as f64 && *v <= *high as f64
            }
            (Kind::Flag, Value::Flag(_)) => true,
            (Kind::OneOf(choices), Value::Text(text)) => choices.contains(&text.as_str()),
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let expected = self.expected();
        let message = format!("{} cannot be {value}: it must be {expected}.", self.name);
        Err(Fault::new("option-value", message)
            .with("name", self.name)
            .with("value", value)
            .with("expected", expected))
    }
}

impl Options {
    /// The tutorial's.
    pub fn of(lesson: LessonName) -> Self {
        Options {
            learning_rate: match lesson {
                SinCos => 0.02,
                Mnist => 0.01,
            },
            hidden_size: match lesson {
                SinCos => 32,
                Mnist => 64,
            },
            cell: match lesson {
                SinCos => Cell::Rnn,
                Mnist => Cell::Lstm,
            },
            train_on: TrainOn::Last,
            batch_size: 64,
            scan: Scan::Down,
            shuffle: true,
            time_step: 10,
            endpoint: Endpoint::Inclusive,
            state_mode: StateMode::Carry,
            segments_back: 2,
            speed: match lesson {
                SinCos => Some(20.0),
                Mnist => None,
            },
        }
    }

    /// Whether a network made for these options is one for `other` as well.
    pub fn same_network(&self, other: &Options) -> bool {
        (self.cell, self.hidden_size) == (other.cell, other.hidden_size)
    }

    /// These options with `patch` applied.
    ///
    /// # Errors
    /// `option-unknown` and `option-value` name the first option that does not fit.
    pub fn patched(&self, lesson: LessonName, patch: &Patch) -> Result<Self, Fault> {
        let mut options = self.clone();
        for (name, value) in patch {
            let known = |spec: &&Spec| spec.lessons.contains(&lesson);
            let Some(spec) = TABLE.iter().filter(known).find(|spec| spec.name == name) else {
                let names: Vec<_> = TABLE.iter().filter(known).map(|spec| spec.name).collect();
                let names = names.join(", ");
                let message = format!("The lesson {lesson} has no option {name}. It has {names}.");
                return Err(Fault::new("option-unknown", message)
                    .with("name", name)
                    .with("lesson", lesson)
                    .with("known", names));
            };
            spec.check(value)?;
            options.put(spec.name, value);
        }
        Ok(options)
    }

    /// Stores a value that [`Spec::check`] let pass.
    fn put(&mut self, name: &str, value: &Value) {
        match (name, value) {
            ("learningRate", Value::Number(v)) => self.learning_rate = *v,
            ("hiddenSize", Value::Number(v)) => self.hidden_size = *v as usize,
            ("cell", Value::Text(v)) => {
                self.cell = match v.as_str() {
                    "rnn" => Cell::Rnn,
                    _ => Cell::Lstm,
                }
            }
            ("trainOn", Value::Text(v)) => {
                self.train_on = match v.as_str() {
                    "every" => TrainOn::Every,
                    _ => TrainOn::Last,
                }
            }
            ("batchSize", Value::Number(v)) => self.batch_size = *v as usize,
            ("scan", Value::Text(v)) => {
                self.scan = match v.as_str() {
                    "up" => Scan::Up,
                    "columns" => Scan::Columns,
                    "permuted" => Scan::Permuted,
                    _ => Scan::Down,
                }
            }
            ("shuffle", Value::Flag(v)) => self.shuffle = *v,
            ("timeStep", Value::Number(v)) => self.time_step = *v as usize,
            ("endpoint", Value::Text(v)) => {
                self.endpoint = match v.as_str() {
                    "inclusive" => Endpoint::Inclusive,
                    _ => Endpoint::Exclusive,
                }
            }
            ("stateMode", Value::Text(v)) => {
                self.state_mode = match v.as_str() {
                    "reset" => StateMode::Reset,
                    "truncated" => StateMode::Truncated,
                    _ => StateMode::Carry,
                }
            }
            ("segmentsBack", Value::Number(v)) => self.segments_back = *v as usize,
            ("speed", Value::Number(v)) => self.speed = Some(*v),
            ("speed", Value::Nothing) => self.speed = None,
            _ => unreachable!("{name} is in the table"),
        }
    }

    /// The lesson's options by name, as [`patched`](Self::patched) takes them.
    pub fn to_patch(&self, lesson: LessonName) -> Patch {
        let of_lesson = TABLE.iter().filter(|spec| spec.lessons.contains(&lesson));
        of_lesson
            .map(|spec| (spec.name.to_owned(), self.value(spec.name)))
            .collect()
    }

    fn value(&self, name: &str) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        match name {
            "learningRate" => Value::Number(self.learning_rate),
            "hiddenSize" => Value::Number(self.hidden_size as f64),
            "cell" => match self.cell {
                Cell::Rnn => text("rnn"),
                Cell::Lstm => text("lstm"),
            },
            "trainOn" => match self.train_on {
                TrainOn::Last => text("last"),
                TrainOn::Every => text("every"),
            },
            "batchSize" => Value::Number(self.batch_size as f64),
            "scan" => match self.scan {
                Scan::Down => text("down"),
                Scan::Up => text("up"),
                Scan::Columns => text("columns"),
                Scan::Permuted => text("permuted"),
            },
            "shuffle" => Value::Flag(self.shuffle),
            "timeStep" => Value::Number(self.time_step as f64),
            "endpoint" => match self.endpoint {
                Endpoint::Inclusive => text("inclusive"),
                Endpoint::Exclusive => text("exclusive"),
            },
            "stateMode" => match self.state_mode {
                StateMode::Carry => text("carry"),
                StateMode::Reset => text("reset"),
                StateMode::Truncated => text("truncated"),
            },
            "segmentsBack" => Value::Number(self.segments_back as f64),
            "speed" => self.speed.map_or(Value::Nothing, Value::Number),
            _ => unreachable!("{name} is in the table"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(name: &str, value: Value) -> Patch {
        Patch::from([(name.to_owned(), value)])
    }

    #[test]
    fn what_goes_out_comes_in() {
        for lesson in [SinCos, Mnist] {
            let options = Options::of(lesson);
            let written = options.to_patch(lesson);
            let mut other = Options::of(lesson);
            other.learning_rate = 0.5;
            assert_eq!(other.patched(lesson, &written).unwrap(), options);
        }
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let options = Options::of(Mnist);
        for number in [f64::NAN, -1.0, 0.0, 1e300, f64::INFINITY] {
            for name in ["learningRate", "hiddenSize", "batchSize", "speed"] {
                let fault = options
                    .patched(Mnist, &patch(name, Value::Number(number)))
                    .unwrap_err();
                assert_eq!(fault.code, "option-value");
                assert_eq!(fault.detail["name"], name);
                assert!(fault.message.contains(&Value::Number(number).to_string()));
            }
        }
        let half = options.patched(Mnist, &patch("hiddenSize", Value::Number(1.5)));
        assert_eq!(half.unwrap_err().code, "option-value");
    }

    #[test]
    fn an_option_of_the_other_lesson_is_unknown() {
        let fault = Options::of(Mnist)
            .patched(Mnist, &patch("timeStep", Value::Number(10.0)))
            .unwrap_err();
        assert_eq!(fault.code, "option-unknown");
        assert!(fault.message.contains("timeStep") && fault.message.contains("batchSize"));
    }
}
