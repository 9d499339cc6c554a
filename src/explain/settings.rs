//! The layers that set a value, the winner first.

use crate::layer::Layer;
use crate::path::tokens;
use crate::source::Place;
use crate::yaml::{Kind, Node};
use serde_json::Value;
use std::sync::Arc;

/// What one layer says of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Where.
    pub place: Place,
    /// What; `null` removes the value.
    pub value: Value,
    /// Whether what it says is the whole of a list or value around the one asked for.
    pub is_around: bool,
}

/// Everything that the layers say of the value at a pointer, highest layer first: the merge takes
/// the first, or for a map all of them up to one that is no map.
pub fn of(layers: &[Arc<Layer>], pointer: &str) -> Vec<Setting> {
    layers
        .iter()
        .rev()
        .filter_map(|layer| said(&layer.values, pointer))
        .collect()
}

fn said(values: &Node, pointer: &str) -> Option<Setting> {
    let mut node = values;
    let mut all = tokens(pointer).peekable();
    while let Some(token) = all.peek() {
        match &node.kind {
            Kind::Map(map) => node = &map.get(&**token)?.node,
            Kind::List(items) => match token.parse().ok().and_then(|index: usize| items.get(index))
            {
                Some(item) => node = item,
                // The list is shorter, but it replaces the whole list.
                None => return Some(setting(node, true)),
            },
            _ => return Some(setting(node, true)),
        }
        all.next();
    }
    Some(setting(node, false))
}

fn setting(node: &Node, is_around: bool) -> Setting {
    Setting {
        place: node.place,
        value: node.to_json(),
        is_around,
    }
}
