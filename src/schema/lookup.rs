//! What a schema says about one value.

use serde_json::Value;

/// The schema of a key, in a document whose references stay inside of it.
pub fn property<'a>(root: &'a Value, schema: &'a Value, key: &str) -> Option<&'a Value> {
    let property = schema.get("properties")?.get(key)?;
    match property.get("$ref").and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.strip_prefix('#')?),
        None => Some(property),
    }
}

/// The schema that a reference inside of its document names; the schema itself, if it is none.
pub fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let named = reference.and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    named.unwrap_or(schema)
}

/// The schema of a path of keys.
pub fn at<'a, 'k>(root: &'a Value, path: impl IntoIterator<Item = &'k str>) -> Option<&'a Value> {
    path.into_iter()
        .try_fold(root, |schema, key| property(root, schema, key))
}

/// What a schema says of itself.
pub fn description(schema: &Value) -> Option<&str> {
    schema.get("description")?.as_str()
}
