//! What the page knows of the Rust side: `www/worker/protocol.d.ts`, the messages, made of the Rust
//! types; and `www/lessons/options.js`, every lesson's options, made of their tables.
//!
//! `UPDATE=1 cargo test --lib typescript` writes them; without that the test fails where one is
//! stale.

use super::command::{Command, Drawing, List, Pixels, Set, SharedDigits, Source};
use super::event::{
    Compared, Comparison, Continuation, DataSource, Digit, Done, DrawingPrediction, Event, Metrics,
    State, Timed, Waiting,
};
use crate::device::{Adapter, Backend, BackendChoice, Choice, Found, Measured};
use crate::fault::Fault;
use crate::lessons::options::{AUTO, DefaultValue, Kind, Row};
use crate::lessons::{LESSONS, Segments};
use crate::portrait::Portrait;
use crate::training::{
    Evaluation, Following, Generated, Hold, Inspection, Outputs, Prediction, Reach, RowGradients,
    Unrolled,
};
use std::collections::BTreeMap;
use std::fs;
use ts_rs::{Config, TS};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/worker/protocol.d.ts");

const OPTIONS_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/lessons/options.js");

const OPTIONS_HEAD: &str = "\
/**
 * The options of every lesson: what values each takes, and which it begins with. Made of the tables in
 * `src/lessons`; never edited by hand: `UPDATE=1 cargo test --lib typescript` writes it.
 *
 * @module
 */

/** @import {Lesson} from '../worker/protocol.js' */

/**
 * @typedef {object} Option
 * @property {'number' | 'integer' | 'flag' | 'choice'} kind
 * @property {number} [above]     of a number: it is larger than this
 * @property {number} [least]     of an integer
 * @property {number} [most]      of both
 * @property {boolean} [orNull]   of a number: null is a value too
 * @property {boolean} [orAuto] of an integer: 'auto' is a value too
 * @property {string[]} [choices] of a choice
 * @property {string} expected    what it takes, in words
 * @property {number | boolean | string | null} value  to begin with
 */

/** @type {Record<Lesson, Record<string, Option>>} */
export const OPTIONS = {
";

const HEAD: &str = "\
/**
 * What the page and a worker say to each other. Made of the Rust types in `src/worker`; never
 * edited by hand: `UPDATE=1 cargo test --lib typescript` writes it.
 *
 * The page sends a `Request`; the worker answers each with one `Reply` that carries its id, and
 * sends `WorkerEvent`s in between. Errors are values: nothing is thrown across the boundary.
 *
 * @module
 */
";

/// What every command is answered with.
const VALUES: [(&str, &str); 32] = [
    ("choose", "Choice | null"),
    ("open", "State"),
    ("load", "DataSource"),
    ("loadFiles", "DataSource"),
    ("shareDigits", "SharedDigits"),
    ("takeDigits", "DataSource"),
    ("play", "State"),
    ("pause", "State"),
    ("step", "State"),
    ("reset", "State"),
    ("set", "State"),
    ("state", "State"),
    ("evaluate", "Evaluation"),
    ("predict", "Prediction"),
    ("inspect", "Inspection"),
    ("unroll", "Unrolled"),
    ("rowGradients", "RowGradients"),
    ("scanOrder", "Uint16Array"),
    ("gradientReach", "Reach"),
    ("outputLayer", "Outputs"),
    ("portrait", "Portrait"),
    ("compare", "Done"),
    ("time", "Timed"),
    ("stopComparison", "null"),
    ("follow", "Following"),
    ("generate", "Generated"),
    ("classifyDrawing", "DrawingPrediction"),
    ("digit", "Digit"),
    ("saveWeights", "Uint8Array"),
    ("loadWeights", "State"),
    ("handOver", "Continuation"),
    ("carryOn", "State"),
];

/// The last two lines of the table, which would not fit an array of one kind of command.
const MORE: &str = "\
  resume: State;
  /** Answered by the worker's own JavaScript: what WebGPU it has. */
  probe: Found;
  /** Answered by the worker's own JavaScript: it is alive. */
  ping: null;
";

const TAIL: &str = "\
/** Strokes, each a list of [x, y] in any one scale, y down. */
export type Strokes = Array<Array<[number, number]>>;
/** A command's parameters. */
type Params<K> = K extends 'probe' | 'ping'
  ? Record<string, never>
  : K extends 'load'
    ? { data: 'mnist' | 'synthetic'; message?: string }
    : Extract<Command, { command: K }>['params'];
/** The commands, their parameters and the value each is answered with. */
export type Commands = { [K in keyof Values]: { params: Params<K>; value: Values[K] } };
export type Request<K extends keyof Commands = keyof Commands> = {
  id: number;
  command: K;
  params: Commands[K]['params'];
};
export type Reply =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: Fault };
/** What a worker says without being asked: the core's events, and its loader's. */
export type WorkerEvent =
  | Event
  | { event: 'loaded' }
  | { event: 'held' }
  | { event: 'progress'; what: string; loaded: number; total: number | null };
";

/// An option as TypeScript writes it.
fn option(row: &Row) -> (String, String) {
    let (of, range) = match row.kind {
        Kind::Number { above, most } => (
            "number".to_owned(),
            format!("above {above}, at most {most}"),
        ),
        Kind::NumberOrNothing { above, most } => (
            "number | null".to_owned(),
            format!("above {above}, at most {most}, or null"),
        ),
        Kind::Integer { least, most } => ("number".to_owned(), format!("{least} to {most}")),
        Kind::IntegerOrAuto { least, most } => (
            format!("number | '{AUTO}'"),
            format!("{least} to {most}, or {AUTO}"),
        ),
        Kind::Flag => ("boolean".to_owned(), String::new()),
        Kind::OneOf(names) => {
            let names: Vec<_> = names().iter().map(|name| format!("'{name}'")).collect();
            (names.join(" | "), String::new())
        }
    };
    let fresh = if row.network {
        "Starts a fresh run."
    } else {
        ""
    };
    (
        of,
        [&range, fresh]
            .iter()
            .filter(|part| !part.is_empty())
            .map(|part| part.to_string())
            .collect::<Vec<_>>()
            .join(". "),
    )
}

/// Every option of every lesson; those that not all have are optional.
fn options() -> String {
    let mut rows: BTreeMap<&str, (&Row, Vec<&str>)> = BTreeMap::new();
    for lesson in LESSONS {
        for row in lesson.options {
            let entry = rows.entry(row.name).or_insert((row, Vec::new()));
            entry.1.push(lesson.name);
        }
    }
    let mut text = "/** The options of a run. */\nexport type Options = {\n".to_owned();
    for (name, (row, lessons)) in rows {
        let everywhere = lessons.len() == LESSONS.len();
        let (of, note) = option(row);
        let owner = if everywhere {
            String::new()
        } else {
            lessons.join(", ")
        };
        let note = [owner, note]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(": ");
        if !note.is_empty() {
            text += &format!("  /** {note} */\n");
        }
        text += &format!("  {name}{}: {of};\n", if everywhere { "" } else { "?" });
    }
    text + "};\n"
}

/// A row as the page has it, a property a line.
fn page_option(row: &Row) -> String {
    let kind = match row.kind {
        Kind::Number { above, most } => format!("'number';above: {above};most: {most}"),
        Kind::NumberOrNothing { above, most } => {
            format!("'number';above: {above};most: {most};orNull: true")
        }
        Kind::Integer { least, most } => format!("'integer';least: {least};most: {most}"),
        Kind::IntegerOrAuto { least, most } => {
            format!("'integer';least: {least};most: {most};orAuto: true")
        }
        Kind::Flag => "'flag'".to_owned(),
        Kind::OneOf(names) => {
            let names: Vec<_> = names().iter().map(|name| format!("'{name}'")).collect();
            format!("'choice';choices: [{}]", names.join(", "))
        }
    };
    let value = match row.default {
        DefaultValue::Number(number) => number.to_string(),
        DefaultValue::Flag(flag) => flag.to_string(),
        DefaultValue::Text(text) => format!("'{text}'"),
        DefaultValue::Nothing => "null".to_owned(),
    };
    let expected = row.kind.expected();
    let properties = format!("kind: {kind};expected: '{expected}';value: {value}");
    let lines = properties.replace(';', ",\n      ");
    format!("    {}: {{\n      {lines},\n    }},\n", row.name)
}

fn page_options() -> String {
    let mut text = OPTIONS_HEAD.to_owned();
    for lesson in LESSONS {
        let name = lesson.name;
        let name = if name.contains('-') {
            format!("'{name}'")
        } else {
            name.to_owned()
        };
        text += &format!("  {name}: {{\n");
        text.extend(lesson.options.iter().map(page_option));
        text += "  },\n";
    }
    text + "};\n"
}

/// What the generator writes, a property a line and comments of one line as such.
fn tidy(declaration: &str) -> String {
    let joined = declaration
        .replace("/**\n * ", "/** ")
        .replace("\n */\n", " */\n");
    let mut text = String::new();
    let mut depth = 0;
    for line in joined.lines() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let closes = line.matches(['}', '>']).count() - line.matches("=>").count();
        let opens = line.matches(['{', '<']).count();
        let indent = if line.starts_with('}') {
            depth - 1
        } else {
            depth
        };
        text += &"  ".repeat(indent);
        text += line.strip_suffix(',').map_or(line, |line| line);
        text += if line.ends_with(',') { ";\n" } else { "\n" };
        depth = (depth + opens).saturating_sub(closes);
    }
    text
}

fn written() -> String {
    let config = Config::new().with_large_int("number");
    let mut text = HEAD.to_owned();
    let names: Vec<_> = LESSONS
        .iter()
        .map(|lesson| format!("'{}'", lesson.name))
        .collect();
    text += &format!(
        "\n/** The lessons. */\nexport type Lesson = {};\n",
        names.join(" | ")
    );
    text += &options();
    macro_rules! declare {
        ($($of:ty),*) => {
            $(
                let docs = <$of>::docs().unwrap_or_default();
                text += &tidy(&format!("{docs}export {}\n", <$of>::decl(&config)));
            )*
        };
    }
    declare!(
        Backend,
        BackendChoice,
        Adapter,
        Found,
        Measured,
        Choice,
        Fault,
        Source,
        Set,
        SharedDigits,
        DataSource,
        State,
        Segments,
        Metrics,
        Evaluation,
        Prediction,
        DrawingPrediction,
        Inspection,
        Hold,
        Unrolled,
        RowGradients,
        Reach,
        Outputs,
        Portrait,
        Following,
        Generated,
        Digit,
        Compared,
        Comparison,
        Waiting,
        Continuation,
        Done,
        Timed,
        Pixels,
        List,
        Drawing,
        Command,
        Event
    );
    text += "/** What every command is answered with. */\nexport type Values = {\n";
    for (command, value) in VALUES {
        text += &format!("  {command}: {value};\n");
    }
    text + MORE + "};\n" + TAIL
}

#[test]
fn what_the_page_knows_is_this() {
    for (file, written) in [(FILE, written()), (OPTIONS_FILE, page_options())] {
        if std::env::var_os("UPDATE").is_some() {
            fs::write(file, &written).unwrap();
        }
        let found = fs::read_to_string(file).unwrap_or_default();
        assert!(
            found == written,
            "{file} is stale: UPDATE=1 cargo test --lib typescript writes it anew"
        );
    }
}

#[test]
fn every_command_has_its_value() {
    let config = Config::new().with_large_int("number");
    let declared = Command::decl(&config);
    for (command, _) in VALUES {
        assert!(declared.contains(&format!("\"{command}\"")), "{command}");
    }
    assert_eq!(declared.matches("\"command\"").count(), VALUES.len() + 1);
}
