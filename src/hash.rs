//! Content hashes: SHA-256 over canonical JSON, never over YAML text.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};

/// The SHA-256 of some content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// Digits of a hash that stand in a name: 40 bits, so that a million names collide with a
    /// chance below one in two.
    pub const SHORT: usize = 10;

    /// The hash of a value's canonical JSON.
    pub fn of_value(value: &Value) -> Self {
        Self::of_bytes(canonical_json(value).as_bytes())
    }

    /// The hash of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first [`Self::SHORT`] digits.
    pub fn short(&self) -> String {
        let mut digits = self.to_string();
        digits.truncate(Self::SHORT);
        digits
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// JSON without white space and with the keys of every map sorted by their code points, so that
/// equal values give equal bytes however they were written down.
pub fn canonical_json(value: &Value) -> String {
    let mut out = String::with_capacity(4096);
    append(value, &mut out);
    out
}

/// JSON for people: indented, with the keys of every map sorted, so that a changed value is a changed
/// line and nothing else.
pub fn sorted_json(value: &Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&sorted).unwrap_or_default();
    text.push('\n');
    text
}

fn append(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                append(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                append_string(key, out);
                out.push(':');
                append(value, out);
            }
            out.push('}');
        }
        Value::String(text) => append_string(text, out),
        scalar => {
            // Writing to a string cannot fail.
            let _ = write!(out, "{scalar}");
        }
    }
}

fn append_string(text: &str, out: &mut String) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        // A string always serializes.
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_of_keys_does_not_matter() {
        let left = json!({"b": [1, {"y": null, "x": "\u{e9}\n"}], "a": 1.5});
        let right = json!({"a": 1.5, "b": [1, {"x": "\u{e9}\n", "y": null}]});
        assert_eq!(canonical_json(&left), canonical_json(&right));
        assert_eq!(
            canonical_json(&left),
            "{\"a\":1.5,\"b\":[1,{\"x\":\"\u{e9}\\n\",\"y\":null}]}"
        );
    }

    /// FIPS 180-2, appendix B.1.
    #[test]
    fn agrees_with_the_standard() {
        assert_eq!(
            ContentHash::of_bytes(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
