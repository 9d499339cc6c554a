//! Tree to bytes that YAML 1.1 and 1.2 readers read alike.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_saphyr::DoubleQuoted;
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
    serde_saphyr::to_fmt_writer(out, &Yaml(value)).map_err(|error| WriteError(error.to_string()))
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

/// A block scalar whose first line of content begins with a tab is read back wrongly, so such a
/// string is written in double quotes.
fn string<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let content = text.trim_start_matches(['\n', ' ']);
    if text.contains('\n') && content.starts_with('\t') {
        DoubleQuoted(text).serialize(serializer)
    } else {
        text.serialize(serializer)
    }
}
