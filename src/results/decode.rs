//! From bytes to a checked [`Measurement`], or the reason why they are none. Pure, and bounded: size,
//! number of values, nesting, and what histograms unpack to.

use super::block::{self, Extent};
use super::document::Document;
use super::foreign;
use super::histogram::Histogram;
use super::identity::{Lack, Measurement, Origin, Subject};
use crate::diagnostic::{Code, Diagnostic};
use crate::hash::ContentHash;
use crate::schema::{Document as SchemaDocument, Schemas};
use serde_json::Value;
use std::fmt;

/// The largest result that is read, in bytes. The longest of the shipped profiles writes some 10 MB.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// The most values in a result: each takes memory, however few bytes it is.
const MOST_VALUES: usize = 3_000_000;
/// The version of the format that is described by `schemas/result.schema.json`.
const VERSION: u64 = 1;

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

/// What decoding needs and keeps: schemas are compiled once, and only if something is invalid.
#[derive(Default)]
pub struct Decoder {
    schemas: Schemas,
}

/// Decodes one result with a decoder of its own.
///
/// # Errors
///
/// See [`Decoder::decode`].
pub fn decode(name: &str, bytes: &[u8]) -> Result<Vec<Measurement>, Rejected> {
    Decoder::default().decode(name, bytes)
}

impl Decoder {
    /// The results in a file: one, or in a log one for each block.
    ///
    /// # Errors
    ///
    /// Why the bytes are none.
    pub fn decode(&self, name: &str, bytes: &[u8]) -> Result<Vec<Measurement>, Rejected> {
        let rejected = |name: &str, reason| Rejected {
            name: name.to_owned(),
            reason,
        };
        if bytes.len() as u64 > MOST_BYTES {
            return Err(rejected(name, Reason::TooLarge(Some(bytes.len() as u64))));
        }
        let log = std::str::from_utf8(bytes)
            .ok()
            .filter(|text| block::is_log(text));
        let Some(log) = log else {
            return self
                .one(name, bytes)
                .map(|one| vec![one])
                .map_err(|reason| rejected(name, reason));
        };
        let mut found = Vec::new();
        for block in block::find(log) {
            let name = format!("{name}:{}", block.line);
            if block.extent == Extent::Useless {
                return Err(rejected(&name, Reason::CutTooEarly));
            }
            let mut one = self
                .one(&name, block.json.as_bytes())
                .map_err(|reason| rejected(&name, reason))?;
            if block.extent == Extent::Cut {
                one.lacks.push(Lack::End);
            }
            found.push(one);
        }
        Ok(found)
    }

    fn one(&self, name: &str, bytes: &[u8]) -> Result<Measurement, Reason> {
        let origin = Origin {
            name: name.to_owned(),
            sha256: ContentHash::of_bytes(bytes),
            bytes: bytes.len() as u64,
        };
        if foreign::is_bench_score(bytes) {
            return foreign::bench_score(&origin, bytes).map_err(Reason::Syntax);
        }
        let value = parse(bytes)?;
        if foreign::is_score_matrix(&value) {
            return foreign::score_matrix(&origin, &value).map_err(Reason::Syntax);
        }
        self.check(&value)?;
        let document: Document =
            serde_json::from_value(value).map_err(|error| Reason::Syntax(error.to_string()))?;
        measurement(origin, document, Vec::new())
    }

    fn check(&self, value: &Value) -> Result<(), Reason> {
        if self.schemas.is_valid(SchemaDocument::Result, value) {
            return Ok(());
        }
        match value.get("schemaVersion").and_then(Value::as_u64) {
            Some(version) if version > VERSION => Err(Reason::Newer(version)),
            _ => Err(Reason::Schema(
                self.schemas.problems(SchemaDocument::Result, value),
            )),
        }
    }
}

/// Puts a document together with what is derived from it.
///
/// # Errors
///
/// If a headline histogram cannot be unpacked, or figures contradict each other.
pub(super) fn measurement(
    origin: Origin,
    document: Document,
    lacks: Vec<Lack>,
) -> Result<Measurement, Reason> {
    let mut histograms: Vec<Option<Histogram>> = Vec::with_capacity(document.runs.len());
    for (index, run) in document.runs.iter().enumerate() {
        let pointer = |part: &str| format!("/runs/{index}/{part}");
        let name = if run.latency.scheduled.is_some() {
            "scheduled"
        } else {
            "sent"
        };
        let unpacked = match run.latency.headline() {
            Some(headline) => headline.histogram().map_err(|error| Reason::Histogram {
                pointer: pointer(&format!("latency/{name}")),
                problem: error.to_string(),
            })?,
            None => None,
        };
        if let Some(headline) = run.latency.headline() {
            let figures = &headline.figures;
            if figures.count != run.counts.succeeded {
                return Err(Reason::Contradiction(format!(
                    "{}: {} latencies of {} requests that succeeded",
                    pointer("counts/succeeded"),
                    figures.count,
                    run.counts.succeeded
                )));
            }
            let ordered = [
                figures.min,
                figures.p50,
                figures.p90,
                figures.p95,
                figures.p99,
                figures.max,
            ];
            if lacks.is_empty() && ordered.windows(2).any(|pair| pair[0] > pair[1] * 1.002) {
                return Err(Reason::Contradiction(format!(
                    "{}: percentiles that are not in order",
                    pointer(&format!("latency/{name}"))
                )));
            }
        }
        histograms.push(unpacked);
    }
    Ok(Measurement {
        origin,
        lacks,
        subject: Subject::of(&document),
        document,
        histograms,
    })
}

/// Reads JSON. Depth is bounded by the parser, the number of values by the commas and brackets.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Reason> {
    let opening = bytes
        .iter()
        .filter(|byte| matches!(byte, b',' | b'[' | b'{'))
        .count();
    if opening > MOST_VALUES {
        return Err(Reason::TooManyValues);
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Reason::Syntax(format!("byte {} is not UTF-8", error.valid_up_to())))?;
    serde_json::from_str(text).map_err(|error| Reason::Syntax(syntax(text, &error)))
}

/// What is wrong with a text, in words: the parser's are short.
fn syntax(text: &str, error: &serde_json::Error) -> String {
    if text.trim().is_empty() {
        return "it is empty".to_owned();
    }
    if error.is_eof() {
        return format!("it ends in the middle, in line {}", error.line());
    }
    let line = text
        .lines()
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default();
    let rest = line
        .get(error.column().saturating_sub(1)..)
        .unwrap_or_default();
    let number = ["NaN", "Infinity", "-Infinity"]
        .iter()
        .find(|word| rest.starts_with(*word) || rest.starts_with(&word[1..]));
    match number {
        Some(word) => format!("{word} in line {} is no number in JSON", error.line()),
        None => format!("it is not JSON: {error}"),
    }
}
