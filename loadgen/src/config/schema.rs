//! The schemas, and every violation of them as a [`Problem`] in the user's words.

use super::document::{Document, Problem, child};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// Text of `schemas/workload.schema.json`.
pub const WORKLOAD_SCHEMA: &str = include_str!("../../../schemas/workload.schema.json");
/// Text of `schemas/result.schema.json`.
pub const RESULT_SCHEMA: &str = include_str!("../../../schemas/result.schema.json");

/// Checks a document against a schema; all violations at once, in document order.
///
/// # Errors
/// A text that is no schema: a defect of this program, since the schemas are built in.
pub fn check(schema: &str, document: &Document) -> Result<Vec<Problem>, String> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    let mut problems: Vec<Problem> = validator
        .iter_errors(&document.value)
        .flat_map(|error| describe(&error, &schema, document))
        .collect();
    problems.sort_by_key(|problem| {
        let place = problem
            .place
            .map_or((usize::MAX, 0), |place| (place.line, place.column));
        (place, problem.pointer.clone())
    });
    problems.dedup();
    Ok(problems)
}

fn describe(error: &ValidationError<'_>, schema: &Value, document: &Document) -> Vec<Problem> {
    let pointer = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|key| {
                let mut problem = document.problem(child(&pointer, key), "unknown key");
                problem.help =
                    near_key(key, error, schema).map(|near| format!("did you mean `{near}`?"));
                problem
            })
            .collect(),
        ValidationErrorKind::Not { .. } => {
            let reason = pointed(schema, parent(&error.schema_path().to_string()))
                .and_then(|parent| parent.get("description"))
                .and_then(Value::as_str)
                .unwrap_or("not allowed here");
            vec![document.problem(
                pointer,
                format!("not allowed here: {}", lower_first(reason)),
            )]
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let mut problem = document.problem(pointer.clone(), format!("`{name}` is missing"));
            problem.help =
                help_for(schema, &child(&pointer, name)).map(|help| format!("{name}: {help}"));
            vec![problem]
        }
        _ => vec![document.problem(pointer, error.to_string())],
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}

fn parent(pointer: &str) -> &str {
    pointer.rfind('/').map_or("", |end| &pointer[..end])
}

/// The part of a schema at a pointer that may run through `$ref`.
fn pointed<'s>(schema: &'s Value, pointer: &str) -> Option<&'s Value> {
    let mut at = schema;
    for key in pointer.split('/').skip(1) {
        if key == "$ref" {
            at = follow(schema, at);
            continue;
        }
        let key = key.replace("~1", "/").replace("~0", "~");
        at = match at {
            Value::Array(list) => list.get(key.parse::<usize>().ok()?)?,
            other => other.get(&key)?,
        };
        at = follow(schema, at);
    }
    Some(at)
}

fn follow<'s>(schema: &'s Value, at: &'s Value) -> &'s Value {
    at.get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| schema.pointer(reference.trim_start_matches('#')))
        .unwrap_or(at)
}

/// The description of the instance's key in the schema.
fn help_for(schema: &Value, instance_pointer: &str) -> Option<String> {
    let mut at = schema;
    for key in instance_pointer.split('/').skip(1) {
        at = match key.parse::<usize>() {
            Ok(_) => at.get("items")?,
            Err(_) => at.get("properties")?.get(key)?,
        };
        at = follow(schema, at);
    }
    at.get("description")
        .and_then(Value::as_str)
        .map(lower_first)
}

fn near_key(key: &str, error: &ValidationError<'_>, schema: &Value) -> Option<String> {
    let owner = pointed(schema, parent(&error.schema_path().to_string()))?;
    let known = owner.get("properties")?.as_object()?;
    known
        .keys()
        .map(|candidate| (distance(key, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate.clone())
}

/// Levenshtein distance, blind to case.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.to_lowercase().chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, to) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
