//! From bytes to a checked [`Measurement`], or the reason why they are none. Pure, and bounded: size,
//! number of values, nesting, and what histograms unpack to.

use super::block::{self, Extent};
use super::contradiction;
use super::document::Document;
use super::foreign;
use super::identity::{Lack, Measurement, Origin};
use super::rejected::{MOST_BYTES, MOST_VALUES, Reason, Rejected, VERSION};
use crate::hash::ContentHash;
use crate::schema::{Document as SchemaDocument, Schemas};
use serde_json::Value;

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
        let log = std::str::from_utf8(without_mark(bytes))
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
        let bytes = without_mark(bytes);
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
        contradiction::check(&document)?;
        Measurement::of(origin, document, Vec::new())
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

/// Some editors and spreadsheets put a byte order mark in front of UTF-8.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
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
