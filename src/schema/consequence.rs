//! Errors that another one is the cause of: where `load.arrival` is missing, nothing can be said about what
//! belongs to one arrival or the other.

use super::{Schemas, explain::schemas_of};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use std::collections::HashSet;

/// Leaves out what only follows from other errors.
pub(super) fn without<'a>(
    schemas: &Schemas,
    errors: Vec<ValidationError<'a>>,
) -> Vec<ValidationError<'a>> {
    let causes: HashSet<String> = errors.iter().filter_map(cause).collect();
    errors
        .into_iter()
        .filter(|error| !follows(schemas, error, &causes))
        .collect()
}

/// The pointer of a value that is missing, or that is none of the known ones.
fn cause(error: &ValidationError<'_>) -> Option<String> {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            Some(format!("{pointer}/{}", property.as_str()?))
        }
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Type { .. } => {
            Some(pointer.to_owned())
        }
        _ => None,
    }
}

/// Whether an error stands under a condition on one of the causes.
fn follows(schemas: &Schemas, error: &ValidationError<'_>, causes: &HashSet<String>) -> bool {
    if causes.is_empty() {
        return false;
    }
    let own = cause(error);
    let pointer = error.instance_path().as_str();
    let around: Vec<&str> =
        std::iter::successors(Some(pointer), |inner| Some(inner.rsplit_once('/')?.0)).collect();
    let (_, holders) = schemas_of(schemas, error);
    let conditions = holders
        .iter()
        .filter_map(|schema| schema.get("if")?.get("properties")?.as_object());
    conditions
        .flat_map(|looked_at| looked_at.keys())
        .any(|key| {
            around.iter().any(|holder| {
                let looked_at = format!("{holder}/{key}");
                own.as_ref() != Some(&looked_at) && causes.contains(&looked_at)
            })
        })
}
