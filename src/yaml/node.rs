//! The tree that every YAML input becomes.

use crate::source::Place;
use indexmap::IndexMap;
use serde_json::{Number, Value};
use std::sync::Arc;

/// A value with its place and, after merging, what it replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
    /// How a scalar was written.
    pub style: Style,
    /// The value of a lower layer that this one replaced, and so on down.
    pub replaced: Option<Arc<Node>>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// A sequence.
    List(Vec<Arc<Node>>),
    /// A mapping with string keys, in the order of the text.
    Map(Map),
}

/// The entries of a mapping.
pub type Map = IndexMap<Arc<str>, Entry>;

/// One value of a mapping, with the place of its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the key stands.
    pub key: Place,
    /// The value.
    pub node: Arc<Node>,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes, or not a scalar at all.
    Plain,
    /// In quotes, or as a block.
    Quoted,
}

impl Node {
    /// A node that replaces nothing.
    pub fn new(kind: Kind, place: Place) -> Self {
        Self {
            kind,
            place,
            style: Style::Plain,
            replaced: None,
        }
    }

    /// An empty mapping.
    pub fn empty_map(place: Place) -> Self {
        Self::new(Kind::Map(Map::new()), place)
    }

    /// The entries, if it is a mapping.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items, if it is a sequence.
    pub fn as_list(&self) -> Option<&[Arc<Node>]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value under a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key).map(|entry| &*entry.node)
    }

    /// The value at the end of a path of keys.
    pub fn at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Node> {
        path.into_iter().try_fold(self, |node, key| node.get(key))
    }

    /// Follows a JSON pointer (RFC 6901) as far as it exists: the node it ends at, and whether it
    /// was followed to its end.
    pub fn follow(&self, pointer: &str) -> (&Node, bool) {
        let mut node = self;
        for token in crate::path::tokens(pointer) {
            let next = match &node.kind {
                Kind::Map(map) => map.get(&*token).map(|entry| &entry.node),
                Kind::List(items) => token.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => return (node, false),
            }
        }
        (node, true)
    }

    /// The same value without places.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(bool) => Value::Bool(*bool),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::String(text) => Value::String(text.to_string()),
            Kind::List(items) => items.iter().map(|item| item.to_json()).collect(),
            Kind::Map(map) => Value::Object(
                map.iter()
                    .map(|(key, entry)| (key.to_string(), entry.node.to_json()))
                    .collect(),
            ),
        }
    }
}
