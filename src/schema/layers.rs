//! The schemas of layers, made from the schema of the merged values.
//!
//! A layer is a merge patch: nothing in it is required, and `null` removes. So the schema of a layer
//! is that of the values without `required` and conditions, and with `null` allowed, down to the
//! first list: lists are replaced as a whole, so what is inside one has to be complete.

use super::Document;
use crate::layer::{Axis, PATCHES};
use serde_json::{Map, Value, json};

/// Sections that every axis may set, beside the one that is its own.
const SHARED: [&str; 8] = [
    "server",
    "scheduling",
    "benchmark",
    "loadgen",
    "build",
    "job",
    "test",
    "debug",
];

/// Every generated schema with its content.
pub fn generate() -> Vec<(Document, Value)> {
    let mut all = vec![(Document::Sections, sections())];
    all.extend(
        Axis::ALL
            .into_iter()
            .map(|axis| (Document::of_layer(axis), layer(axis))),
    );
    all
}

/// The keys an axis may set, patches aside.
pub fn allowed(axis: Axis) -> Vec<&'static str> {
    let mut sections = vec![axis.name()];
    if axis == Axis::Environment {
        sections.push("policy");
    }
    sections.extend(SHARED);
    sections
}

/// The keys that some axis may set.
pub fn all() -> Vec<&'static str> {
    let mut sections: Vec<&str> = Axis::ALL.into_iter().flat_map(allowed).collect();
    sections.sort_unstable();
    sections.dedup();
    sections
}

fn layer(axis: Axis) -> Value {
    let reference = |section: &str| json!({"$ref": format!("{}#/$defs/{section}", Document::Sections.file_name())});
    let mut properties: Map<String, Value> = allowed(axis)
        .into_iter()
        .map(|section| (section.to_owned(), reference(section)))
        .collect();
    properties.insert(PATCHES.to_owned(), reference(PATCHES));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": Document::of_layer(axis).uri(),
        "$comment": "Generated from values.schema.json; do not edit.",
        "title": format!("Layer of overlays/{}", axis.folder()),
        "description": "A merge patch (RFC 7396) over the layers below: maps merge, lists replace, null removes.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn sections() -> Value {
    let values = Document::Values.parse();
    let inliner = Inliner {
        values: &values,
        workload: &Document::Workload.parse(),
    };
    let mut defs: Map<String, Value> = values
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(section, schema)| {
            (
                section.clone(),
                partial(inliner.inline(schema, Document::Values)),
            )
        })
        .collect();
    let patches = json!({"$ref": format!("#/$defs/{PATCHES}")});
    defs.insert(
        PATCHES.to_owned(),
        inliner.inline(&patches, Document::Values),
    );
    let properties: Map<String, Value> = defs
        .keys()
        .map(|section| {
            (
                section.clone(),
                json!({"$ref": format!("#/$defs/{section}")}),
            )
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": Document::Sections.uri(),
        "$comment": "Generated from values.schema.json; do not edit.",
        "title": "Sections of a layer",
        "description": "Everything that a layer of any axis may set.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": defs,
    })
}

/// Replaces references by what they refer to.
struct Inliner<'a> {
    values: &'a Value,
    workload: &'a Value,
}

impl Inliner<'_> {
    fn inline(&self, schema: &Value, base: Document) -> Value {
        match schema {
            Value::Array(items) => items.iter().map(|item| self.inline(item, base)).collect(),
            Value::Object(object) => match object.get("$ref").and_then(Value::as_str) {
                Some(reference) => self.resolve(reference, object, base),
                None => Value::Object(
                    object
                        .iter()
                        .map(|(key, value)| (key.clone(), self.inline(value, base)))
                        .collect(),
                ),
            },
            other => other.clone(),
        }
    }

    /// What stands beside a reference, such as a description, wins over what it refers to.
    fn resolve(&self, reference: &str, beside: &Map<String, Value>, base: Document) -> Value {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let base = if file == Document::Workload.file_name() {
            Document::Workload
        } else {
            base
        };
        let root = if base == Document::Workload {
            self.workload
        } else {
            self.values
        };
        let target = root.pointer(pointer).cloned().unwrap_or_default();
        let mut resolved = self.inline(&target, base);
        if let Value::Object(resolved) = &mut resolved {
            for (key, value) in beside.iter().filter(|(key, _)| *key != "$ref") {
                resolved.insert(key.clone(), self.inline(value, base));
            }
        }
        resolved
    }
}

fn partial(schema: Value) -> Value {
    let Value::Object(object) = schema else {
        return schema;
    };
    let kept = object.into_iter().filter_map(|(key, value)| {
        let value = match key.as_str() {
            "required" | "allOf" | "if" | "then" | "else" | "minProperties" | "title" => {
                return None;
            }
            "properties" => match value {
                Value::Object(properties) => Value::Object(
                    properties
                        .into_iter()
                        .map(|(name, schema)| (name, partial(schema)))
                        .collect(),
                ),
                other => other,
            },
            "additionalProperties" => partial(value),
            "type" => with_null(
                match value {
                    Value::Array(types) => types,
                    one => vec![one],
                },
                &json!("null"),
            ),
            "enum" => with_null(
                match value {
                    Value::Array(options) => options,
                    one => vec![one],
                },
                &Value::Null,
            ),
            _ => value,
        };
        Some((key, value))
    });
    Value::Object(kept.collect())
}

fn with_null(mut options: Vec<Value>, null: &Value) -> Value {
    if !options.contains(null) {
        options.push(null.clone());
    }
    Value::Array(options)
}
