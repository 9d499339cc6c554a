//! Validators that were generated when xbench was compiled: they say quickly whether a value is
//! valid. Compiling a schema when xbench starts would take longer than rendering a variant.
//!
//! They only answer yes or no. Errors are explained with the same schema, compiled at run time.

use super::Document;
use serde_json::Value;

macro_rules! validators {
    ($($name:ident = $path:literal $(with $uri:literal => $resource:literal)?,)+) => {
        $(
            #[jsonschema::validator(
                path = $path,
                draft = Draft202012,
                $(resources = { $uri => { path = $resource } },)?
                pattern_options = { engine = regex },
                methods = { is_valid = true, validate = false, iter_errors = false },
            )]
            struct $name;
        )+
    };
}

validators! {
    Values = "schemas/values.schema.json" with "https://xbench.dev/schemas/workload.schema.json" => "schemas/workload.schema.json",
    Sections = "schemas/sections.schema.json",
    Workload = "schemas/workload.schema.json",
    Suite = "schemas/suite.schema.json",
    Blueprint = "schemas/blueprint.schema.json",
    Recipe = "schemas/recipe.schema.json",
    Lock = "schemas/lock.schema.json",
    Result = "schemas/result.schema.json",
}

/// Whether a value is valid; `None` for schemas that have no compiled validator.
pub(super) fn is_valid(document: Document, value: &Value) -> Option<bool> {
    Some(match document {
        Document::Values => Values::is_valid(value),
        Document::Sections => Sections::is_valid(value),
        Document::Workload => Workload::is_valid(value),
        Document::Suite => Suite::is_valid(value),
        Document::Blueprint => Blueprint::is_valid(value),
        Document::Recipe => Recipe::is_valid(value),
        Document::Lock => Lock::is_valid(value),
        Document::Result => Result::is_valid(value),
        _ => return None,
    })
}
