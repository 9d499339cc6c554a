//! Which parts of a patched object are still the template's, and which a patch put there.

use crate::address::names;
use crate::path::push_token;
use crate::source::Place;
use crate::yaml::Node;
use serde_json::Value;
use std::collections::BTreeMap;

/// Who is to thank for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// The template, at this pointer into what it gave.
    Template(String),
    /// A patch, at this place.
    Patch(Place),
}

/// The author of every value of an object, by its pointer.
pub(super) type Attribution = BTreeMap<String, Author>;

/// An object that no patch has touched yet.
pub(super) fn attributed(object: &Value) -> Attribution {
    let mut all = Attribution::new();
    each(object, &mut String::new(), &mut |pointer| {
        all.insert(pointer.to_owned(), Author::Template(pointer.to_owned()));
    });
    all
}

/// The authors after a patch was applied.
pub(super) fn carried(
    before: &Value,
    after: &Value,
    authors: &Attribution,
    patch: &Node,
) -> Attribution {
    let mut carrier = Carrier {
        authors,
        patch,
        carried: Attribution::new(),
    };
    carrier.value(Some(before), after, &mut String::new(), &mut String::new());
    carrier.carried
}

fn each(value: &Value, pointer: &mut String, hand_on: &mut impl FnMut(&str)) {
    hand_on(pointer);
    let length = pointer.len();
    let mut inner = |token: &str, value: &Value| {
        push_token(pointer, token);
        each(value, pointer, hand_on);
        pointer.truncate(length);
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                inner(key, value);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                inner(&index.to_string(), value);
            }
        }
        _ => {}
    }
}

struct Carrier<'a> {
    authors: &'a Attribution,
    patch: &'a Node,
    carried: Attribution,
}

impl Carrier<'_> {
    fn value(&mut self, before: Option<&Value>, after: &Value, old: &mut String, new: &mut String) {
        let is_container = after.is_object() || after.is_array();
        let kept = before.filter(|before| {
            *before == after || (is_container && before.is_object() == after.is_object())
        });
        let author = kept.and_then(|_| self.authors.get(old.as_str()).cloned());
        let author = author.unwrap_or_else(|| Author::Patch(self.place(new, after)));
        self.carried.insert(new.clone(), author);
        let lengths = (old.len(), new.len());
        let mut inner = |this: &mut Self, from: Option<(&str, &Value)>, to: &str, value: &Value| {
            push_token(old, from.map_or("", |(token, _)| token));
            push_token(new, to);
            this.value(from.map(|(_, value)| value), value, old, new);
            old.truncate(lengths.0);
            new.truncate(lengths.1);
        };
        match after {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let from = kept.and_then(|kept| kept.get(key));
                    inner(self, from.map(|from| (key.as_str(), from)), key, value);
                }
            }
            Value::Array(items) => {
                let sources = matched(kept.and_then(Value::as_array), items);
                for (index, (value, source)) in items.iter().zip(sources).enumerate() {
                    let token = source.map(|source| source.to_string()).unwrap_or_default();
                    let from = source.and_then(|source| kept?.get(source));
                    let from = from.map(|from| (token.as_str(), from));
                    inner(self, from, &index.to_string(), value);
                }
            }
            _ => {}
        }
    }

    /// Where a patch says a value: at the value itself if the patch holds it, else where the patch
    /// begins.
    fn place(&self, pointer: &str, value: &Value) -> Place {
        // An operation says its value under `value`, a merge at the same path.
        let operand = self
            .patch
            .get("value")
            .filter(|_| self.patch.get("op").is_some());
        if let Some(operand) = operand {
            return found(operand, value).unwrap_or(operand.place);
        }
        let (node, _) = self.patch.follow(pointer);
        found(node, value).unwrap_or(node.place)
    }
}

/// The first node below one that holds a value.
fn found(node: &Node, value: &Value) -> Option<Place> {
    if node.to_json() == *value {
        return Some(node.place);
    }
    let inner: Vec<&Node> = match (node.as_map(), node.as_list()) {
        (Some(map), _) => map.values().map(|entry| &*entry.node).collect(),
        (_, Some(items)) => items.iter().map(|item| &**item).collect(),
        _ => Vec::new(),
    };
    inner.into_iter().find_map(|node| found(node, value))
}

/// For each item of a new list, the index of the old one it continues.
fn matched(old: Option<&Vec<Value>>, new: &[Value]) -> Vec<Option<usize>> {
    let Some(old) = old else {
        return vec![None; new.len()];
    };
    if let (Some(old_names), Some(new_names)) = (names(old), names(new)) {
        return new_names
            .iter()
            .map(|name| old_names.iter().position(|old| old == name))
            .collect();
    }
    let mut next = 0;
    new.iter()
        .enumerate()
        .map(|(index, value)| {
            let ahead = old.get(next..).unwrap_or_default();
            match ahead.iter().position(|old| old == value) {
                Some(skipped) => {
                    next += skipped + 1;
                    Some(next - 1)
                }
                None => (old.len() == new.len()).then_some(index),
            }
        })
        .collect()
}
