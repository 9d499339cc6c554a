//! Why bytes are no usable result, in words.

use crate::diagnostic::{Code, Diagnostic};
use std::fmt;

/// The largest result that is read, in bytes. The longest of the shipped profiles writes some 10 MB.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// The most values in a result: each takes memory, however few bytes it is.
pub(super) const MOST_VALUES: usize = 3_000_000;
/// The version of the format that is described by `schemas/result.schema.json`.
pub(super) const VERSION: u64 = 1;

/// A file that is no usable result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// File, URL of an object, or place in a log.
    pub name: String,
    /// Why.
    pub reason: Reason,
}

/// Why bytes are no usable result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// More bytes than are read; how many, if that is known.
    TooLarge(Option<u64>),
    /// More values than are read.
    TooManyValues,
    /// Neither JSON nor a table that is known.
    Syntax(String),
    /// Written by a newer version.
    Newer(u64),
    /// JSON, but not by the schema; one line for each problem.
    Schema(Vec<String>),
    /// A histogram that cannot be unpacked, or does not fit its figures.
    Histogram {
        /// JSON pointer of the distribution.
        pointer: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Figures that contradict each other.
    Contradiction(String),
    /// A log without a result in it.
    NoBlock,
    /// A block that was cut before its first run.
    CutTooEarly,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(Some(bytes)) => write!(
                out,
                "it has {} MiB, more than the {} MiB that a result can have",
                bytes / (1024 * 1024),
                MOST_BYTES / (1024 * 1024)
            ),
            Self::TooLarge(None) => write!(
                out,
                "it has more than the {} MiB that a result can have",
                MOST_BYTES / (1024 * 1024)
            ),
            Self::TooManyValues => write!(out, "it holds more than {MOST_VALUES} values"),
            Self::Syntax(why) => out.write_str(why),
            Self::Newer(version) => write!(
                out,
                "it has version {version} of the format, and this xbench reads version {VERSION}"
            ),
            Self::Schema(problems) => out.write_str(&problems.join("; ")),
            Self::Histogram { pointer, problem } => write!(out, "{pointer}: {problem}"),
            Self::Contradiction(what) => out.write_str(what),
            Self::NoBlock => out.write_str("no line of it begins a result"),
            Self::CutTooEarly => out.write_str("it was cut before the first run ended"),
        }
    }
}

impl Rejected {
    /// As a warning, or under `--strict` as an error.
    pub fn diagnostic(&self, strict: bool) -> Diagnostic {
        let (code, help) = match self.reason {
            Reason::TooLarge(_) | Reason::TooManyValues => (
                Code::FileTooLarge,
                "check that it is the file you meant".to_owned(),
            ),
            Reason::Newer(_) => (Code::NewerVersion, "use a newer xbench".to_owned()),
            _ => (
                Code::NotAResult,
                "`xbench-loadgen run` writes results; schemas/result.schema.json describes them"
                    .to_owned(),
            ),
        };
        let message = format!("`{}` is left out: {}", self.name, self.reason);
        if strict {
            Diagnostic::error(code, message).help(help)
        } else {
            Diagnostic::warning(code, message).help(help)
        }
    }
}
