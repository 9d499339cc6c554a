//! Tree to bytes that YAML 1.1 and 1.2 readers read alike.

use super::plain::disagreement;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_saphyr::{DoubleQuoted, LitStr, SerializerOptions};
use std::fmt;

/// A value that YAML cannot express; nothing that JSON can express is one.
#[derive(Debug)]
pub struct WriteError(String);

impl fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cannot be written as YAML: {}", self.0)
    }
}

/// Appends one YAML document, without a `---` line.
///
/// # Errors
///
/// If the serializer refuses a value.
pub fn document(value: &Value, out: &mut String) -> Result<(), WriteError> {
    serde_saphyr::to_fmt_writer_with_options(out, &Yaml(value), options())
        .map_err(|error| WriteError(error.to_string()))
}

/// Long lines stay whole: a folded one is hard to search for and to compare.
fn options() -> SerializerOptions {
    serde_saphyr::ser_options! { prefer_block_scalars: false }
}

/// A JSON value on its way into YAML.
struct Yaml<'a>(&'a Value);

impl Serialize for Yaml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => string(text, serializer),
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Yaml(item))?;
                }
                list.end()
            }
            Value::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (key, value) in object {
                    map.serialize_entry(key, &Yaml(value))?;
                }
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Text of several lines becomes a literal block if every reader reads that back unchanged: a block
/// that begins with white space, a tab above all, is read differently, and some characters cannot
/// stand in one. Such a string is written in double quotes.
fn string<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if !text.contains('\n') {
        // The serializer knows most of these; the reader's own list is what has to hold.
        return match disagreement(text) {
            Some(_) => DoubleQuoted(text).serialize(serializer),
            None => text.serialize(serializer),
        };
    }
    let is_plain =
        |character: char| character == '\n' || !(character.is_control() || is_special(character));
    let starts_plainly = text.starts_with(|first: char| !first.is_whitespace());
    if starts_plainly && text.chars().all(is_plain) {
        LitStr(text).serialize(serializer)
    } else {
        DoubleQuoted(text).serialize(serializer)
    }
}

/// Line breaks of Unicode, the byte order mark, and what YAML does not count as printable.
fn is_special(character: char) -> bool {
    matches!(
        character,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}
