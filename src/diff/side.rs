//! One side of a comparison: objects, and where they came from if that is known.

use crate::address::expanded;
use crate::explain::Recording;
use crate::hash::ContentHash;
use crate::render::HASH_ANNOTATION;
use crate::source::Sources;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an object is, whatever its content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The suite; empty if two variants are compared.
    pub suite: String,
    /// The variant; empty if two variants are compared. Its own name for an object that xbench did
    /// not render.
    pub variant: String,
    /// The blueprint.
    pub blueprint: String,
    /// The kind of object.
    pub kind: String,
    /// Which of several of the same kind.
    pub ordinal: usize,
}

/// An object of one side.
pub struct Subject {
    /// The object with JSON texts as values.
    pub expanded: Value,
    /// How it was rendered, and the index of the object in that.
    pub recording: Option<(Arc<Recording>, usize)>,
}

/// One side of a comparison.
#[derive(Default)]
pub struct Side {
    /// Its objects, in their order.
    pub objects: Vec<(Key, Subject)>,
    /// The texts behind its recordings.
    pub sources: Sources,
}

impl Side {
    /// Takes objects; `is_one_variant` if the other side is another variant.
    pub fn new(
        objects: impl IntoIterator<Item = (Value, Option<(Arc<Recording>, usize)>)>,
        is_one_variant: bool,
    ) -> Self {
        let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
        let objects = objects
            .into_iter()
            .map(|(object, recording)| {
                let mut key = Key::of(&object);
                if is_one_variant {
                    key.suite.clear();
                    key.variant.clear();
                }
                let count = counts.entry(key.clone()).or_default();
                key.ordinal = *count;
                *count += 1;
                let expanded = expanded(&object);
                let subject = Subject {
                    expanded,
                    recording,
                };
                (key, subject)
            })
            .collect();
        Self {
            objects,
            sources: Sources::default(),
        }
    }
}

impl Key {
    /// What an object says it is.
    fn of(object: &Value) -> Self {
        let metadata = |section: &str, key: &str| {
            let value = object.get("metadata")?.get(section)?.get(key)?;
            value.as_str().map(str::to_owned)
        };
        let label = |key: &str| metadata("labels", key).unwrap_or_default();
        let name = || {
            let text = |key: &str| {
                let value = object
                    .get("metadata")
                    .and_then(|metadata| metadata.get(key));
                value.and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            format!("{}/{}", text("namespace"), text("name"))
        };
        Self {
            suite: label("app.kubernetes.io/part-of"),
            variant: metadata("annotations", "xbench.dev/variant").unwrap_or_else(name),
            blueprint: label("app.kubernetes.io/component"),
            kind: object
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            ordinal: 0,
        }
    }

    /// For people: the kind, and the blueprint it belongs to.
    pub fn title(&self) -> String {
        let mut title = self.kind.clone();
        if !self.blueprint.is_empty() {
            title = format!("{title} of {}", self.blueprint);
        }
        if self.ordinal > 0 {
            title = format!("{title}, number {}", self.ordinal + 1);
        }
        title
    }
}

impl Subject {
    /// The object's name.
    pub fn name(&self) -> &str {
        let name = self.expanded.pointer("/metadata/name");
        name.and_then(Value::as_str).unwrap_or_default()
    }

    /// The object's name without the hash of its content.
    pub fn unhashed_name(&self) -> &str {
        let hash = self
            .expanded
            .get("metadata")
            .and_then(|metadata| metadata.get("annotations"))
            .and_then(|annotations| annotations.get(HASH_ANNOTATION))
            .and_then(Value::as_str)
            .and_then(|hash| hash.get(..ContentHash::SHORT));
        let name = self.name();
        hash.and_then(|hash| name.strip_suffix(hash)?.strip_suffix('-'))
            .unwrap_or(name)
    }
}
