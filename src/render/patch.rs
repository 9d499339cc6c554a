//! Patches that layers carry for rendered objects.

use crate::diagnostic::{Code, Diagnostic};
use crate::kubernetes::{self, Mismatch, MismatchKind};
use crate::path::ValuePath;
use crate::source::Place;
use crate::yaml::Node;
use serde_json::Value;
use std::sync::Arc;

/// The patches of one variant for one blueprint, and which of them have met an object.
pub(super) struct Patches<'a> {
    all: Vec<Patch<'a>>,
}

struct Patch<'a> {
    node: &'a Node,
    kind: &'a str,
    template: Option<&'a str>,
    has_matched: bool,
}

impl<'a> Patches<'a> {
    /// Takes the patches that are meant for a blueprint.
    pub(super) fn read(patches: &'a [Arc<Node>], blueprint: &str) -> Self {
        let text = |node: &'a Node, key: &str| node.at(["target", key]).and_then(Node::as_str);
        let all = patches
            .iter()
            .filter(|node| text(node, "blueprint") == Some(blueprint))
            .map(|node| Patch {
                node,
                kind: text(node, "kind").unwrap_or_default(),
                template: text(node, "template"),
                has_matched: false,
            })
            .collect();
        Self { all }
    }

    /// Applies every patch that is meant for an object, in order; also says where the last one stands.
    pub(super) fn apply(
        &mut self,
        object: Value,
        file: &str,
    ) -> Result<(Value, Option<Place>), Vec<Diagnostic>> {
        let mut object = object;
        let mut last = None;
        for patch in &mut self.all {
            let is_meant = object.get("kind").and_then(Value::as_str) == Some(patch.kind)
                && patch.template.is_none_or(|template| template == file);
            if is_meant {
                patch.has_matched = true;
                object = patch.applied(object)?;
                last = Some(patch.node.place);
            }
        }
        Ok((object, last))
    }

    /// Refuses patches that met no object: they would be forgotten in silence.
    pub(super) fn finish(self) -> Result<(), Vec<Diagnostic>> {
        let missed: Vec<Diagnostic> = self
            .all
            .iter()
            .filter(|patch| !patch.has_matched)
            .map(|patch| {
                let target = patch.node.get("target").unwrap_or(patch.node);
                Diagnostic::error(
                    Code::Patch,
                    format!(
                        "the blueprint renders no {} that this patch could change",
                        patch.kind
                    ),
                )
                .at(target.place)
                .help("correct the target, or remove the patch")
            })
            .collect();
        if missed.is_empty() {
            Ok(())
        } else {
            Err(missed)
        }
    }
}

impl Patch<'_> {
    fn applied(&self, object: Value) -> Result<Value, Vec<Diagnostic>> {
        match (self.node.get("merge"), self.node.get("json")) {
            (Some(merge), _) => {
                kubernetes::merge(&object, &merge.to_json()).map_err(|mismatches| {
                    mismatches
                        .iter()
                        .map(|mismatch| refused(merge, mismatch))
                        .collect()
                })
            }
            (None, Some(operations)) => operate(object, operations),
            (None, None) => Ok(object),
        }
    }
}

fn refused(merge: &Node, mismatch: &Mismatch) -> Diagnostic {
    let path = ValuePath::from_pointer(&mismatch.pointer);
    let message = match &mismatch.kind {
        MismatchKind::Unknown => "there is no such field".to_owned(),
        MismatchKind::Missing => "the field is required".to_owned(),
        MismatchKind::Kind(kind) => format!("`{kind}` cannot be patched"),
        MismatchKind::Type(message) => message.clone(),
    };
    let (node, _) = merge.follow(&mismatch.pointer);
    Diagnostic::error(
        Code::Patch,
        format!("the patch does not fit: `{path}`: {message}"),
    )
    .at(node.place)
}

/// Applies the operations one by one, so that an error names the one that failed.
fn operate(mut object: Value, operations: &Node) -> Result<Value, Vec<Diagnostic>> {
    for operation in operations.as_list().unwrap_or_default() {
        let text = |key: &str| operation.get(key).and_then(Node::as_str).unwrap_or_default();
        let refuse = |message: String| {
            let what = format!("`{}` of `{}`", text("op"), text("path"));
            vec![
                Diagnostic::error(Code::Patch, format!("{what} cannot be applied: {message}"))
                    .at(operation.get("path").unwrap_or(operation).place)
                    .help("look at the object with `xbench render`, without the patch"),
            ]
        };
        let operation: json_patch::PatchOperation = serde_json::from_value(operation.to_json())
            .map_err(|error| refuse(error.to_string()))?;
        json_patch::patch(&mut object, &[operation])
            .map_err(|error| refuse(error.kind.to_string()))?;
    }
    Ok(object)
}
