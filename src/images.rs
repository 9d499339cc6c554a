//! How the objects of a variant name their images.

use crate::diagnostic::{Code, Diagnostic};
use crate::hash::ContentHash;
use crate::path::ValuePath;
use crate::lock::Lock;
use crate::yaml::{Kind, Node};
use serde_json::{Map, Value, json};

/// The images of a Job, by the name templates know them under, with their section of the values.
const ROLES: [(&str, [&str; 2]); 2] = [
    ("server", ["backend", "image"]),
    ("loadgen", ["loadgen", "image"]),
];

/// The content hash that identifies what an image is built from: the one place that decides it.
pub fn content_hash(recipe: &Value) -> ContentHash {
    ContentHash::of_value(recipe)
}

/// What templates know as `images`: a `reference` and the recipe's hash for each role, and the roles
/// that are `unpinned`, if there are any.
///
/// # Errors
///
/// Every image that the policy wants pinned and that no lock entry pins.
pub fn resolve(values: &Node, lock: &Lock, environment: &str) -> Result<Value, Vec<Diagnostic>> {
    let text = |path: &[&str]| {
        values
            .at(path.iter().copied())
            .and_then(Node::as_str)
            .unwrap_or_default()
    };
    let is_allowed = values
        .at(["policy", "allowUnpinned"])
        .is_some_and(|node| node.kind == Kind::Bool(true));
    let wants_digest = text(&["policy", "images"]) == "digest";
    let registry = text(&["environment", "registry"]);
    let mut images = Map::new();
    let mut unpinned = Vec::new();
    let mut problems = Vec::new();
    for (role, section) in ROLES {
        let Some(recipe) = values.at(section) else {
            continue;
        };
        let name = recipe.get("name").and_then(Node::as_str).unwrap_or_default();
        let content = content_hash(&recipe.to_json());
        let tagged = format!("{registry}/{name}:{content}");
        let reference = match lock.digest(&content) {
            Some(digest) if wants_digest => format!("{registry}/{name}@{digest}"),
            None if wants_digest && is_allowed => {
                unpinned.push(role);
                tagged
            }
            None if wants_digest => {
                let path = ValuePath::from_pointer(&format!("/{}", section.join("/")));
                problems.push(
                    Diagnostic::error(
                        Code::UnpinnedImage,
                        format!("the image of `{path}` has no digest"),
                    )
                    .labelled(recipe.place, "the recipe")
                    .help(format!(
                        "build and push it as `{tagged}`, then write its digest into \
                         overlays/environments/{environment}.lock.yaml under \
                         `images.{content}`; or set `policy.images: recipe`"
                    )),
                );
                continue;
            }
            _ => tagged,
        };
        images.insert(
            role.to_owned(),
            json!({"reference": reference, "content": content.to_string()}),
        );
    }
    if !unpinned.is_empty() {
        images.insert("unpinned".to_owned(), json!(unpinned.join(",")));
    }
    if problems.is_empty() {
        Ok(Value::Object(images))
    } else {
        Err(problems)
    }
}
