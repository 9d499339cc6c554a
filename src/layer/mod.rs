//! Layers: YAML files that are merged, lowest axis first, into the values of a variant.

mod axis;
mod command_line;
mod merge;

pub use axis::{Axis, DEFAULTS};
pub use command_line::{Assignment, AssignmentKind, wrapped};
pub use merge::merge;

use crate::yaml::{Kind, Node};
use std::sync::Arc;

/// The key under which a layer carries patches for rendered objects.
pub const PATCHES: &str = "patches";

/// One layer, read and validated, with its patches set apart: patches add up, values replace.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What it contributes to the values.
    pub values: Arc<Node>,
    /// Its patches, in order.
    pub patches: Vec<Arc<Node>>,
}

impl Layer {
    /// Sets the patches of a layer's tree apart from its values.
    pub fn new(tree: &Arc<Node>) -> Self {
        let Some(patches) = tree.get(PATCHES) else {
            return Self {
                values: Arc::clone(tree),
                patches: Vec::new(),
            };
        };
        let patches = patches.as_list().unwrap_or_default().to_vec();
        let mut values = Node::clone(tree);
        if let Kind::Map(map) = &mut values.kind {
            map.shift_remove(PATCHES);
        }
        Self {
            values: Arc::new(values),
            patches,
        }
    }
}
