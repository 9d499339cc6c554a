//! How people point into a rendered object: `spec.template.spec.initContainers[server].image`.
//!
//! Keys are separated by dots and stand in double quotes if they hold one; items of a list are
//! named in brackets, by their `name` or `key` where every item has a distinct one, else by their
//! index. A JSON text in a `ConfigMap` is looked into as if it were part of the object.

use crate::diagnostic::{instead, nearest};
use crate::path::{push_token, tokens};
use serde_json::Value;
use std::fmt::Write;

/// The fields that name the items of a list, best first.
const NAMING: [&str; 2] = ["name", "key"];

/// One step of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(String),
}

/// Where in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    steps: Vec<Step>,
    /// A line of a text, counted from 1.
    pub line: Option<usize>,
}

/// An address that leads nowhere: what there is instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// How many of its steps were found.
    pub found: usize,
    /// What is wrong, and the way out.
    pub message: String,
    /// What there is, near or at all.
    pub help: String,
}

impl Address {
    /// Reads an address, or a JSON pointer (RFC 6901) if it begins with `/`. A number after a last
    /// colon is a line.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (path, line) = match text.rsplit_once(':') {
            Some((path, line)) if !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()) => {
                let line = line.parse().map_err(|_| "the line is too large")?;
                (path, Some(line))
            }
            _ => (text, None),
        };
        let steps = if path.starts_with('/') {
            tokens(path)
                .map(|token| Step::Key(token.into_owned()))
                .collect()
        } else {
            steps(path)?
        };
        Ok(Self { steps, line })
    }

    /// The first key, and the address below it.
    pub fn split_first(&self) -> Option<(&str, Self)> {
        let (Step::Key(first) | Step::Item(first), rest) = self.steps.split_first()?;
        let rest = Self {
            steps: rest.to_vec(),
            line: self.line,
        };
        Some((first, rest))
    }

    /// Whether it points at the whole.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The JSON pointer of what it points at in a value.
    ///
    /// # Errors
    ///
    /// If there is no such thing.
    pub fn resolve(&self, whole: &Value) -> Result<String, Unresolved> {
        let mut pointer = String::new();
        let mut value = whole;
        for (found, step) in self.steps.iter().enumerate() {
            let (Step::Key(name) | Step::Item(name)) = step;
            let next = match value {
                Value::Object(fields) => fields.get(name).map(|value| (name.clone(), value)),
                Value::Array(items) => {
                    index_of(items, name).map(|index| (index.to_string(), &items[index]))
                }
                _ => None,
            };
            let Some((token, inner)) = next else {
                return Err(unresolved(found, name, value, &describe(whole, &pointer)));
            };
            push_token(&mut pointer, &token);
            value = inner;
        }
        Ok(pointer)
    }
}

fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (item, after) = inner.split_once(']').ok_or("a `[` is never closed")?;
            steps.push(Step::Item(item.to_owned()));
            rest = after;
        } else {
            if !steps.is_empty() {
                rest = rest.strip_prefix('.').ok_or("a `.` is missing")?;
            }
            let (key, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or("a `\"` is never closed")?,
                None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
            };
            if key.is_empty() {
                return Err("a key is empty".to_owned());
            }
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        }
    }
    Ok(steps)
}

/// The names of a list's items, if they have distinct ones.
pub fn names(items: &[Value]) -> Option<Vec<&str>> {
    NAMING.into_iter().find_map(|field| {
        let names: Vec<&str> = items
            .iter()
            .map(|item| item.get(field)?.as_str())
            .collect::<Option<_>>()?;
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        (distinct.len() == names.len() && !names.is_empty()).then_some(names)
    })
}

fn index_of(items: &[Value], name: &str) -> Option<usize> {
    let named =
        names(items).and_then(|names| names.iter().position(|candidate| *candidate == name));
    named.or_else(|| name.parse().ok().filter(|index| *index < items.len()))
}

fn unresolved(found: usize, name: &str, value: &Value, parent: &str) -> Unresolved {
    let known: Vec<String> = match value {
        Value::Object(fields) => fields.keys().cloned().collect(),
        Value::Array(items) => match names(items) {
            Some(names) => names.into_iter().map(str::to_owned).collect(),
            None => (0..items.len()).map(|index| index.to_string()).collect(),
        },
        _ => Vec::new(),
    };
    let known = || known.iter().map(String::as_str);
    let help = instead(name, known());
    Unresolved {
        found,
        message: if parent.is_empty() {
            format!("there is no `{name}`")
        } else {
            format!("there is no `{name}` in `{parent}`")
        },
        help: if known().next().is_none() {
            "that is a single value".to_owned()
        } else {
            help
        },
    }
}

/// The addresses of everything below maps of a value that has this key, or else one that is near to it.
pub fn with_key(value: &Value, key: &str) -> Vec<String> {
    let mut keys = Vec::new();
    keys_below(value, "", &mut keys);
    let meant = if keys.iter().any(|(_, known)| known == key) {
        Some(key)
    } else {
        nearest(key, keys.iter().map(|(_, known)| known.as_str()))
    };
    keys.iter()
        .filter(|(_, known)| Some(known.as_str()) == meant)
        .map(|(address, _)| address.clone())
        .collect()
}

fn keys_below(value: &Value, parent: &str, keys: &mut Vec<(String, String)>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        let mut address = parent.to_owned();
        append_key(&mut address, key);
        keys_below(inner, &address, keys);
        keys.push((address, key.clone()));
    }
}

/// The address of what a pointer points at in a value, for people.
pub fn describe(value: &Value, pointer: &str) -> String {
    let mut text = String::new();
    let mut value = Some(value);
    for token in tokens(pointer) {
        match value {
            Some(Value::Array(items)) => {
                let index = token.parse::<usize>().ok();
                let name = names(items).and_then(|names| names.get(index?).copied());
                // Writing to a string cannot fail.
                let _ = write!(text, "[{}]", name.unwrap_or(&token));
                value = index.and_then(|index| items.get(index));
            }
            inner => {
                append_key(&mut text, &token);
                value = inner.and_then(|value| value.get(&*token));
            }
        }
    }
    text
}

/// Appends a key, in quotes if it has to be.
pub fn append_key(text: &mut String, key: &str) {
    if !text.is_empty() {
        text.push('.');
    }
    if key.contains(['.', '[', ':']) || key.is_empty() {
        let _ = write!(text, "\"{key}\"");
    } else {
        text.push_str(key);
    }
}

/// The object with every JSON text of a `ConfigMap`'s data as a value.
pub fn expanded(object: &Value) -> Value {
    let mut object = object.clone();
    let is_config_map = object.get("kind").and_then(Value::as_str) == Some("ConfigMap");
    if is_config_map && let Some(data) = object.get_mut("data").and_then(Value::as_object_mut) {
        for (key, value) in data {
            if key.ends_with(".json")
                && let Some(parsed) = value
                    .as_str()
                    .and_then(|text| serde_json::from_str::<Value>(text).ok())
            {
                *value = parsed;
            }
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn leads_to_named_items_and_back() {
        let object = json!({
            "spec": {"containers": [
                {"name": "server", "args": ["a", "b"]},
                {"name": "loadgen", "labels": {"x.dev/y": 1}},
            ]},
        });
        for (address, pointer) in [
            (
                "spec.containers[server].args[1]",
                "/spec/containers/0/args/1",
            ),
            (
                "spec.containers[loadgen].labels.\"x.dev/y\"",
                "/spec/containers/1/labels/x.dev~1y",
            ),
        ] {
            let parsed = Address::parse(address).expect("an address");
            assert_eq!(parsed.resolve(&object).as_deref(), Ok(pointer));
            assert_eq!(describe(&object, pointer), address);
            let again = Address::parse(pointer).expect("a pointer");
            assert_eq!(again.resolve(&object).as_deref(), Ok(pointer));
        }
    }

    #[test]
    fn suggests_what_there_is() {
        let object = json!({"containers": [{"name": "server"}, {"name": "loadgen"}]});
        let address = Address::parse("containers[sever]").expect("an address");
        let unresolved = address.resolve(&object).expect_err("no such item");
        assert_eq!(
            (unresolved.found, &*unresolved.help),
            (1, "did you mean `server`?")
        );
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in ["a..b", "a[b", "\"a", "a[b]c", ".a"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
