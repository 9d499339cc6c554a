//! One flag for each field, made from the schema, so that none can be forgotten.

use super::document::{Document, Problem};
use super::schema::WORKLOAD_SCHEMA;
use serde_json::{Map, Value};

/// A field of the configuration as a command-line flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Name without the leading dashes, for example `load-rates-per-second`.
    pub name: String,
    /// JSON Pointer of the field.
    pub pointer: String,
    /// The schema's description.
    pub help: String,
    /// Whether a value without brackets is one element of a list.
    pub list: bool,
    /// Whether the value is text whatever it looks like.
    pub text: bool,
}

/// Values given on the command line, by JSON Pointer.
pub type Overrides = Vec<(Flag, String)>;

/// All flags, in the schema's order.
pub fn flags() -> Vec<Flag> {
    let schema: Value = serde_json::from_str(WORKLOAD_SCHEMA).unwrap_or_default();
    let mut found = Vec::new();
    collect(&schema, &schema, "", &mut found);
    found
}

fn collect(root: &Value, at: &Value, pointer: &str, found: &mut Vec<Flag>) {
    let Some(properties) = at.get("properties").and_then(Value::as_object) else {
        return;
    };
    for (key, property) in properties {
        let property = match property.get("$ref").and_then(Value::as_str) {
            Some(reference) => root
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or(property),
            None => property,
        };
        if property.get("const").is_some() {
            continue;
        }
        let here = format!("{pointer}/{key}");
        if property.get("properties").is_some() {
            collect(root, property, &here, found);
            continue;
        }
        found.push(Flag {
            name: kebab(&here),
            help: property
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            list: property.get("type").and_then(Value::as_str) == Some("array"),
            text: property.get("type").and_then(Value::as_str) == Some("string"),
            pointer: here,
        });
    }
}

fn kebab(pointer: &str) -> String {
    let mut name = String::new();
    for letter in pointer.trim_start_matches('/').chars() {
        match letter {
            '/' => name.push('-'),
            upper if upper.is_ascii_uppercase() => {
                name.push('-');
                name.push(upper.to_ascii_lowercase());
            }
            other => name.push(other),
        }
    }
    name
}

/// Puts flags over a document; each value is read as YAML, that of a text field as it is, and `null` takes
/// any field away.
pub fn apply(document: &mut Document, overrides: &Overrides) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    for (flag, text) in overrides {
        match value(flag, text) {
            Ok(value) => set(&mut document.value, &flag.pointer, value),
            Err(problem) => problems.push(Problem {
                place: None,
                message: format!("--{}: {}", flag.name, problem.message),
                ..problem
            }),
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn value(flag: &Flag, text: &str) -> Result<Value, Problem> {
    if text == "null" {
        return Ok(Value::Null);
    }
    if flag.text {
        return Ok(Value::String(text.to_owned()));
    }
    if flag.list && !text.trim_start().starts_with('[') {
        return Ok(Document::parse(&format!("[{text}]"))?.value);
    }
    Ok(Document::parse(text)?.value)
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    if value.is_null() {
        let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(map) = document.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.remove(key);
        }
        return;
    }
    let mut at = document;
    for key in pointer.split('/').skip(1) {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Value::Object(map) = at else { return };
        at = map.entry(key.to_owned()).or_insert(Value::Null);
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_has_a_flag_of_its_own() {
        let names: Vec<String> = flags().into_iter().map(|flag| flag.name).collect();
        for expected in [
            "target-url",
            "load-rates-per-second",
            "workload-token-ids-min",
            "output-request-log",
            "validity-max-gap-distance",
            "metadata-price-usd-per-hour",
            "load-saturate-p99-milliseconds",
        ] {
            assert!(
                names.iter().any(|name| name == expected),
                "{expected} in {names:?}"
            );
        }
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
    }

    #[test]
    fn null_takes_any_field_away() {
        let mut document = Document::from_value(json!({
            "output": {"path": "here", "upload": "gs://bucket/"},
            "load": {"concurrency": [1]}
        }));
        let removed = ["output-upload", "load-concurrency"].map(|name| {
            let flag = flags().into_iter().find(|flag| flag.name == name).unwrap();
            (flag, "null".to_owned())
        });
        apply(&mut document, &removed.to_vec()).unwrap();
        assert_eq!(
            document.value,
            json!({"output": {"path": "here"}, "load": {}})
        );
    }

    #[test]
    fn lists_and_texts_are_read_as_what_they_are() {
        let all = flags();
        let flag = |name: &str| all.iter().find(|flag| flag.name == name).unwrap().clone();
        let mut document = Document::from_value(json!({}));
        apply(
            &mut document,
            &vec![
                (flag("load-concurrency"), "1,4".to_owned()),
                (flag("metadata-variant"), "1.0".to_owned()),
                (flag("target-profiler"), "true".to_owned()),
                (
                    flag("workload-shapes"),
                    "{items: 1, queryTokens: 2, itemTokens: 3}".to_owned(),
                ),
            ],
        )
        .unwrap();
        assert_eq!(
            document.value,
            json!({
                "load": {"concurrency": [1, 4]},
                "metadata": {"variant": "1.0"},
                "target": {"profiler": true},
                "workload": {"shapes": [{"items": 1, "queryTokens": 2, "itemTokens": 3}]}
            })
        );
    }
}
