//! Rendered objects as bytes: for standard output, or as files.

use super::Rendered;
use crate::select::Variant;
use crate::yaml::{WriteError, document};
use serde_json::{Value, json};

/// How objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML documents.
    Yaml,
    /// JSON.
    Json,
}

/// One rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Path below the output folder, with `/` between its parts.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Appends one object as a YAML document of a stream.
///
/// # Errors
///
/// If the object cannot be written as YAML.
pub fn stream(rendered: &Rendered, out: &mut String) -> Result<(), WriteError> {
    out.push_str("---\n");
    document(&rendered.object, out)
}

/// All objects as one `List` of the Kubernetes API.
pub fn list(objects: &[Value]) -> String {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let mut text = serde_json::to_string_pretty(&list).unwrap_or_default();
    text.push('\n');
    text
}

/// The files of one variant: a folder of its own, each file numbered in the order in which the
/// objects are applied.
///
/// # Errors
///
/// If an object cannot be written as YAML.
pub fn tree(
    variant: &Variant,
    blueprint: &str,
    rendered: &[Rendered],
    format: Format,
) -> Result<Vec<Artifact>, WriteError> {
    rendered
        .iter()
        .enumerate()
        .map(|(index, rendered)| {
            let (extension, text) = match format {
                Format::Yaml => {
                    let mut text = String::new();
                    document(&rendered.object, &mut text)?;
                    ("yaml", text)
                }
                Format::Json => {
                    let mut text =
                        serde_json::to_string_pretty(&rendered.object).unwrap_or_default();
                    text.push('\n');
                    ("json", text)
                }
            };
            Ok(Artifact {
                path: format!(
                    "{}/{}/{blueprint}/{index}-{}.{extension}",
                    variant.suite,
                    variant.id(),
                    rendered.template
                ),
                bytes: text.into_bytes(),
            })
        })
        .collect()
}
