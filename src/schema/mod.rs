//! JSON Schemas: embedded, compiled once, and their errors put into plain words.

mod compiled;
mod consequence;
mod document;
mod explain;
pub mod layers;
pub mod lookup;

pub use document::Document;

use crate::diagnostic::Diagnostic;
use crate::layer::Axis;
use crate::yaml::Node;
use jsonschema::{Draft, PatternOptions, Retrieve, Uri, Validator};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::OnceLock;

/// After so many problems in one tree, the first ones have said enough.
const MAX_PROBLEMS: usize = 100;

/// All schemas, compiled when they are first needed.
#[derive(Default)]
pub struct Schemas {
    parsed: [OnceLock<Value>; Document::COUNT],
    compiled: [OnceLock<Option<Validator>>; Document::COUNT],
}

impl Schemas {
    /// The schema itself.
    pub fn document(&self, document: Document) -> &Value {
        static NOTHING: Value = Value::Null;
        self.parsed
            .get(document as usize)
            .map_or(&NOTHING, |cell| cell.get_or_init(|| document.parse()))
    }

    /// Whether a schema accepts a value.
    pub fn is_valid(&self, document: Document, value: &Value) -> bool {
        compiled::is_valid(document, value).unwrap_or_else(|| {
            self.validator(document)
                .is_some_and(|validator| validator.is_valid(value))
        })
    }

    /// Everything that a schema refuses in a tree; `value` is the tree as JSON.
    pub fn validate(&self, document: Document, tree: &Node, value: &Value) -> Vec<Diagnostic> {
        if self.is_valid(document, value) {
            return Vec::new();
        }
        let Some(validator) = self.validator(document) else {
            return Vec::new();
        };
        consequence::without(self, validator.iter_errors(value).collect())
            .into_iter()
            .flat_map(|error| explain::explain(self, &error, tree))
            .take(MAX_PROBLEMS)
            .collect()
    }

    /// The first few things that a schema refuses in a value that has no places, each as a line that
    /// begins with its JSON pointer, or with `it` for the whole.
    pub fn problems(&self, document: Document, value: &Value) -> Vec<String> {
        const SHOWN: usize = 5;
        let Some(validator) = self.validator(document) else {
            return Vec::new();
        };
        validator
            .iter_errors(value)
            .take(SHOWN)
            .map(|error| explain::line(&error))
            .collect()
    }

    /// Everything that is wrong with a layer.
    ///
    /// The schemas of the axes differ only in which sections they allow, so one schema is compiled
    /// for all of them, and the sections are looked up.
    pub fn validate_layer(&self, axis: Axis, tree: &Node, value: &Value) -> Vec<Diagnostic> {
        let mut problems = self.validate(Document::Sections, tree, value);
        let allowed = layers::allowed(axis);
        let known = layers::all();
        let foreign =
            tree.as_map().into_iter().flatten().filter(|(key, _)| {
                known.contains(&key.as_ref()) && !allowed.contains(&key.as_ref())
            });
        problems.extend(foreign.map(|(key, entry)| explain::foreign(axis, key, entry.key)));
        problems
    }

    /// Embedded schemas compile: a test holds that, so `None` does not happen outside of it.
    fn validator(&self, document: Document) -> Option<&Validator> {
        self.compiled
            .get(document as usize)?
            .get_or_init(|| self.compile(document).ok())
            .as_ref()
    }

    fn compile(
        &self,
        document: Document,
    ) -> Result<Validator, jsonschema::ValidationError<'static>> {
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .with_retriever(Embedded::new())
            .build(self.document(document))
    }
}

/// Finds schemas by their `$id` among the embedded ones; nothing is ever fetched.
struct Embedded(HashMap<String, Document>);

impl Embedded {
    fn new() -> Self {
        Self(
            Document::ALL
                .iter()
                .map(|document| (document.uri(), *document))
                .collect(),
        )
    }
}

impl Retrieve for Embedded {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        self.0
            .get(uri.as_str())
            .map(|document| document.parse())
            .ok_or_else(|| format!("no schema `{uri}`").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People write these: a regular expression alone would tell them little.
    #[test]
    fn every_pattern_is_put_into_words() {
        fn unworded(schema: &Value, found: &mut Vec<String>) {
            let parts: Vec<&Value> = match schema {
                Value::Object(map) => {
                    let pattern = map.get("pattern").and_then(Value::as_str);
                    found.extend(
                        pattern
                            .filter(|_| !map.contains_key("patternErrorMessage"))
                            .map(str::to_owned),
                    );
                    map.values().collect()
                }
                Value::Array(list) => list.iter().collect(),
                _ => Vec::new(),
            };
            for part in parts {
                unworded(part, found);
            }
        }
        let mut found = Vec::new();
        for document in [
            Document::Values,
            Document::Workload,
            Document::Suite,
            Document::Blueprint,
            Document::Recipe,
            Document::Lock,
            Document::Policy,
            Document::Baselines,
        ] {
            unworded(&document.parse(), &mut found);
        }
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn every_embedded_schema_compiles() {
        let schemas = Schemas::default();
        for document in Document::ALL {
            if let Err(error) = schemas.compile(*document) {
                panic!("{}: {error}", document.file_name());
            }
        }
    }
}
