//! Templates must not contain what belongs into a layer.

use crate::blueprint::Blueprint;
use crate::diagnostic::{Code, Diagnostic};
use crate::image::Recipe;
use crate::kubernetes::Quantity;
use crate::layer::{Axis, Layer};
use crate::source::{Place, Sources};
use crate::template::Literal;
use crate::yaml::{Kind, Node};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Numbers that are part of a format or of the images' own contract, by the key they stand under.
const STRUCTURAL_NUMBERS: [(&str, u64); 2] = [
    // The version of the configuration's format.
    ("schemaVersion", 1),
    // The user of distroless images' `nonroot` variants.
    ("runAsUser", 65532),
];

/// Why a size must not stand in a template.
const SIZE: &str = "it is a size";

/// Starts of addresses that only an environment can know.
const ADDRESSES: [&str; 5] = ["gs://", "s3://", "https://", "git@", "ssh://"];

/// Fields whose value only a layer can know, whatever it looks like.
const GIVEN: [&str; 9] = [
    "bucketName",
    "claimName",
    "command",
    "image",
    "namespace",
    "nodeName",
    "priorityClassName",
    "serviceAccountName",
    "storageClassName",
];

/// Sections whose texts name one place, model or machine.
const OWN: [&str; 6] = [
    "environment",
    "model",
    "accelerator",
    "scheduling",
    "backend",
    "loadgen",
];

/// Every literal of a blueprint's templates that looks like a value of an environment.
pub fn hardcoded(blueprint: &Blueprint, layers: &[(Axis, Arc<Layer>)]) -> Vec<Diagnostic> {
    let known = known(layers);
    blueprint
        .templates()
        .flat_map(|template| template.literals())
        .filter_map(|literal| {
            let reason = reason(&literal, &known)?;
            let diagnostic = Diagnostic::error(
                Code::Hardcoded,
                format!("a template must not contain {}: {reason}", literal.value),
            )
            .at(literal.place)
            .help("move it into a layer and write its path here, in `{{` and `}}`");
            let text = literal.value.as_str().unwrap_or_default();
            Some(match parts(text).find_map(|part| known.get(part)) {
                Some(place) => diagnostic.also(*place, "a layer sets the same"),
                None => diagnostic,
            })
        })
        .collect()
}

/// Every word of a recipe that looks like a value of an environment: an address, an image, a revision or a
/// text of a layer. Numbers of a Dockerfile are modes and options.
pub fn recipe(
    recipe: &Recipe,
    layers: &[(Axis, Arc<Layer>)],
    sources: &Sources,
) -> Vec<Diagnostic> {
    let known = known(layers);
    let words = recipe.dockerfile.words(sources).into_iter();
    words
        .filter_map(|(place, word)| {
            let reason = if known.contains_key(&word) {
                Some("it is a value of a layer")
            } else {
                text_reason(&word).filter(|reason| *reason != SIZE)
            };
            let message = format!("a template must not contain \"{word}\": {}", reason?);
            let problem = Diagnostic::error(Code::Hardcoded, message)
                .at(place)
                .help("move it into a layer and write its path here, in `{{` and `}}`");
            Some(match known.get(&word) {
                Some(place) => problem.also(*place, "a layer sets the same"),
                None => problem,
            })
        })
        .collect()
}

fn reason(literal: &Literal, known: &HashMap<String, Place>) -> Option<&'static str> {
    match &literal.value {
        Value::Number(number) => {
            let is_structural = STRUCTURAL_NUMBERS
                .iter()
                .any(|(key, value)| *key == &*literal.key && number.as_u64() == Some(*value));
            (!is_structural).then_some("it is a number")
        }
        Value::String(text) => {
            if GIVEN.contains(&&*literal.key) {
                return Some("only a layer can know it");
            }
            if parts(text).any(|part| known.contains_key(part)) {
                return Some("it is a value of a layer");
            }
            text_reason(text)
        }
        _ => None,
    }
}

/// A text, and what stands in it as arguments and lists do: `--flag=value`, `one,two`.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    std::iter::once(text).chain(text.split([' ', '=', ',', '\n']))
}

fn text_reason(text: &str) -> Option<&'static str> {
    let is_hex = |part: &str| part.len() >= 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let last_part = text.rsplit('/').next().unwrap_or(text);
    let is_image = text.contains('/')
        && !text.starts_with(['/', '-', '.'])
        && last_part
            .split_once(':')
            .is_some_and(|(_, tag)| !tag.is_empty());
    let is_sized =
        Quantity::parse(text).is_some() && text.bytes().any(|byte| byte.is_ascii_digit());
    if text.contains("@sha256:") || is_image {
        Some("it is an image")
    } else if ADDRESSES.iter().any(|start| text.contains(start)) {
        Some("it is an address")
    } else if text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_hex) {
        Some("it is a revision or digest")
    } else if is_sized {
        Some(SIZE)
    } else {
        None
    }
}

/// Texts of layers that name one place, model or machine. Plain words are left out, a template may
/// well use the same one; where a name must come from a layer, [`GIVEN`] knows the key.
fn known(layers: &[(Axis, Arc<Layer>)]) -> HashMap<String, Place> {
    let mut known = HashMap::new();
    for (_, layer) in layers {
        for section in OWN {
            if let Some(node) = layer.values.get(section) {
                collect(node, &mut known);
            }
        }
    }
    let is_word = |text: &str| text.chars().all(char::is_alphabetic);
    known.retain(|text, _| !is_word(text));
    known
}

fn collect(node: &Node, known: &mut HashMap<String, Place>) {
    match &node.kind {
        Kind::String(text) => {
            known.entry(text.to_string()).or_insert(node.place);
        }
        Kind::List(items) => items.iter().for_each(|item| collect(item, known)),
        Kind::Map(map) => map.values().for_each(|entry| collect(&entry.node, known)),
        _ => {}
    }
}
