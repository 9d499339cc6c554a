//! Whether objects still are what was rendered.

use crate::hash::ContentHash;
use crate::kubernetes::without_defaults;
use crate::path::{ValuePath, push_token};
use crate::render::{HASH_ANNOTATION, content_hash};
use crate::yaml::{Kind, Node};
use serde_json::Value;

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is what was rendered.
    Unchanged,
    /// It was changed afterwards; where, as far as the object itself tells.
    Edited(Vec<ValuePath>),
    /// Its name does not end in the hash of its content.
    Renamed,
    /// It carries no hash: something else made it.
    NotRendered,
}

/// An object and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// `Kind/name`.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// The objects of a document, with the items of a `List` one by one.
pub fn objects(document: &Node) -> Vec<&Node> {
    let is_list = document
        .get("kind")
        .and_then(Node::as_str)
        .is_some_and(|kind| kind.ends_with("List"));
    let items = document.get("items").and_then(Node::as_list);
    match (is_list, items) {
        (true, items) => items
            .unwrap_or_default()
            .iter()
            .flat_map(|item| objects(item))
            .collect(),
        (false, _) if document.kind == Kind::Null => Vec::new(),
        (false, _) => vec![document],
    }
}

/// Recomputes the hash of an object, rendered or read back from an API server.
pub fn verify(object: &Value) -> Verified {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let name = text("/metadata/name").unwrap_or_default();
    let verdict = match recorded(object) {
        None => Verdict::NotRendered,
        Some(recorded) => {
            let suffix: String = recorded.chars().take(ContentHash::SHORT).collect();
            match name.strip_suffix(&format!("-{suffix}")) {
                None => Verdict::Renamed,
                Some(prefix) if content_hash(&unnamed(object, prefix)).to_string() == recorded => {
                    Verdict::Unchanged
                }
                Some(_) => Verdict::Edited(edits(object)),
            }
        }
    };
    let name = match text("/kind") {
        Some(kind) if !name.is_empty() => format!("{kind}/{name}"),
        Some(kind) => format!("a {kind} without a name"),
        None => "a document without a kind".to_owned(),
    };
    Verified { name, verdict }
}

fn recorded(object: &Value) -> Option<&str> {
    object
        .get("metadata")?
        .get("annotations")?
        .get(HASH_ANNOTATION)?
        .as_str()
}

/// The object as it was when its hash was taken.
fn unnamed(object: &Value, prefix: &str) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata") {
        if let Some(name) = metadata.get_mut("name") {
            *name = Value::String(prefix.to_owned());
        }
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.remove(HASH_ANNOTATION);
        }
    }
    object
}

/// `kubectl apply` leaves the applied object in an annotation: what differs from it was edited.
fn edits(object: &Value) -> Vec<ValuePath> {
    const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
    let applied = object
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations"))
        .and_then(|annotations| annotations.get(APPLIED))
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    let mut found = Vec::new();
    if let Some(applied) = applied {
        differ(
            &without_defaults(&applied),
            &without_defaults(object),
            &mut String::new(),
            &mut found,
        );
    }
    found
}

fn differ(left: &Value, right: &Value, pointer: &mut String, found: &mut Vec<ValuePath>) {
    let length = pointer.len();
    match (left, right) {
        (Value::Object(one), Value::Object(other)) => {
            let more = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(more) {
                push_token(pointer, key);
                match (one.get(key), other.get(key)) {
                    (Some(left), Some(right)) => differ(left, right, pointer, found),
                    _ => found.push(ValuePath::from_pointer(pointer)),
                }
                pointer.truncate(length);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (left, right)) in one.iter().zip(other).enumerate() {
                push_token(pointer, &index.to_string());
                differ(left, right, pointer, found);
                pointer.truncate(length);
            }
        }
        (left, right) if left != right => found.push(ValuePath::from_pointer(pointer)),
        _ => {}
    }
}
