//! Validator errors in plain words, at the author's place.

use super::{Document, Schemas, lookup};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, enumerate};
use crate::layer::Axis;
use crate::path::ValuePath;
use crate::source::Place;
use crate::yaml::{Kind, Node, Style};
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

/// What a schema says of its pattern in words, as editors know it: the end of a sentence.
const PATTERN_MESSAGE: &str = "patternErrorMessage";

/// The diagnostics of one validator error: usually one, and one a key for unknown keys.
pub(super) fn explain(
    schemas: &Schemas,
    error: &ValidationError<'_>,
    tree: &Node,
) -> Vec<Diagnostic> {
    let (root, around) = schemas_of(schemas, error);
    let context = Context {
        pointer: error.instance_path().as_str().to_owned(),
        node: tree.follow(error.instance_path().as_str()).0,
        root,
        schemas: around,
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|key| context.unknown_key(key))
            .collect(),
        ValidationErrorKind::PropertyNames { error } => vec![context.property_name(error)],
        ValidationErrorKind::Required { property } => {
            vec![context.required(property.as_str().unwrap_or_default())]
        }
        kind => vec![context.value(kind)],
    }
}

/// A validator error as one line, for a value that nobody wrote by hand.
pub(super) fn line(error: &ValidationError<'_>) -> String {
    let pointer = error.instance_path().as_str();
    let pointer = if pointer.is_empty() { "it" } else { pointer };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => format!(
            "{pointer} holds {}, which the format does not know",
            enumerate(unexpected.iter().map(String::as_str))
        ),
        ValidationErrorKind::Required { property } => {
            format!("{pointer} lacks {property}")
        }
        kind => format!("{pointer} {}", sentence(kind, error.instance())),
    }
}

/// A section that another axis sets.
pub(super) fn foreign(axis: Axis, section: &str, place: Place) -> Diagnostic {
    let owner = Axis::owning(section).map_or(String::new(), |owner| {
        format!(
            "; it is set by the layers of overlays/{} only",
            owner.folder()
        )
    });
    Diagnostic::error(
        Code::UnknownKey,
        format!(
            "a layer of overlays/{} cannot set `{section}`",
            axis.folder()
        ),
    )
    .at(place)
    .help(format!(
        "it may set {}{owner}",
        enumerate(super::layers::allowed(axis))
    ))
}

/// The document and the schema in it that holds the failed keyword, with those around it, innermost first.
pub(super) fn schemas_of<'a>(
    schemas: &'a Schemas,
    error: &ValidationError<'_>,
) -> (&'a Value, Vec<&'a Value>) {
    static NOTHING: Value = Value::Null;
    let found = error.absolute_keyword_location().and_then(|location| {
        let (base, pointer) = location.as_str().split_once('#')?;
        let document = Document::ALL
            .iter()
            .find(|document| document.uri() == base)?;
        Some((schemas.document(*document), percent_decoded(pointer)))
    });
    let Some((root, pointer)) = found else {
        return (&NOTHING, Vec::new());
    };
    let around = std::iter::successors(pointer.rsplit_once('/'), |(around, _)| {
        around.rsplit_once('/')
    })
    .filter_map(|(holder, _)| root.pointer(holder))
    .collect();
    (root, around)
}

/// A pointer in a URI fragment escapes `$` and others.
fn percent_decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        match after
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            Some(byte) => {
                out.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

struct Context<'a> {
    pointer: String,
    node: &'a Node,
    /// The document of the schemas.
    root: &'a Value,
    /// The schema that holds the failed keyword, and those around it, innermost first.
    schemas: Vec<&'a Value>,
}

impl Context<'_> {
    /// The value's path as people write it; empty for the root.
    fn path(&self) -> String {
        ValuePath::from_pointer(&self.pointer).to_string()
    }

    fn schema(&self, keyword: &str) -> Option<&Value> {
        self.schemas.first()?.get(keyword)
    }

    fn description(&self) -> Option<&str> {
        self.schema("description").and_then(Value::as_str)
    }

    /// The value that a condition looked at before it asked for more, such as `arrival: closed`.
    fn condition(&self) -> Option<&Node> {
        self.schemas.iter().find_map(|schema| {
            let looked_at = schema.get("if")?.get("properties")?.as_object()?;
            looked_at.keys().find_map(|key| self.node.get(key))
        })
    }

    fn key_place(&self, key: &str) -> Place {
        self.node
            .as_map()
            .and_then(|map| map.get(key))
            .map_or(self.node.place, |entry| entry.key)
    }

    fn unknown_key(&self, key: &str) -> Diagnostic {
        let known: Vec<&str> = self
            .schema("properties")
            .and_then(Value::as_object)
            .map(|properties| properties.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let place = self.key_place(key);
        let diagnostic = if self.pointer.is_empty() {
            Diagnostic::error(Code::UnknownKey, format!("`{key}` is not known here"))
        } else {
            Diagnostic::error(
                Code::UnknownKey,
                format!("`{key}` is not known in `{}`", self.path()),
            )
        };
        let help = did_you_mean(key, known.iter().copied())
            .unwrap_or_else(|| format!("known are {}", enumerate(known.iter().copied())));
        diagnostic.at(place).help(help)
    }

    fn property_name(&self, error: &ValidationError<'_>) -> Diagnostic {
        let key = error.instance().as_str().unwrap_or_default().to_owned();
        let names = self.schema("propertyNames");
        let names = names.map(|schema| lookup::resolved(self.root, schema));
        let form = names.and_then(|schema| schema.get(PATTERN_MESSAGE)?.as_str());
        let reason = match (error.kind(), form) {
            (ValidationErrorKind::Pattern { .. }, Some(form)) => format!("it {form}"),
            (ValidationErrorKind::Pattern { pattern }, None) => {
                format!("it must match `{pattern}`")
            }
            (other, _) => sentence(other, error.instance()),
        };
        Diagnostic::error(
            Code::Schema,
            format!("`{key}` cannot be a key of `{}`: {reason}", self.path()),
        )
        .at(self.key_place(&key))
        .help_if(self.description().map(str::to_owned))
    }

    fn required(&self, property: &str) -> Diagnostic {
        let path = ValuePath::from_pointer(&self.pointer).child(property);
        let what = self
            .schemas
            .iter()
            .find_map(|schema| {
                let own = schema.get("properties")?.get(property)?;
                lookup::description(own)
                    .or_else(|| lookup::description(lookup::resolved(self.root, own)))
            })
            .map(|description| format!("`{property}`: {description}"));
        let missing = Diagnostic::error(Code::MissingValue, format!("`{path}` is missing"))
            .about(path)
            .help_if(what);
        match self.condition() {
            Some(node) => missing.labelled(node.place, format!("this asks for `{property}`")),
            None => missing.at(self.node.place),
        }
    }

    fn value(&self, kind: &ValidationErrorKind) -> Diagnostic {
        let value = self.node.to_json();
        let path = self.path();
        let name = if path.is_empty() {
            "the file".to_owned()
        } else {
            format!("`{path}`")
        };
        let form = self.schema(PATTERN_MESSAGE).and_then(Value::as_str);
        let wrong = match (kind, form) {
            (ValidationErrorKind::Pattern { .. }, Some(form)) => {
                format!("is {}; it {form}", shown(&value))
            }
            _ => sentence(kind, &value),
        };
        Diagnostic::error(Code::Schema, format!("{name} {wrong}"))
            .at(self.node.place)
            .about(ValuePath::from_pointer(&self.pointer))
            .help_if(self.way_out(kind))
    }

    fn way_out(&self, kind: &ValidationErrorKind) -> Option<String> {
        match kind {
            ValidationErrorKind::Enum { options } => {
                let given = self.node.as_str()?;
                did_you_mean(
                    given,
                    options
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str),
                )
            }
            ValidationErrorKind::Type { kind } => match (&self.node.kind, self.node.style) {
                (Kind::String(text), Style::Quoted) if !accepts(kind, JsonType::String) => {
                    Some(format!("remove the quotes: {text}"))
                }
                (Kind::Number(_) | Kind::Bool(_), _) if accepts(kind, JsonType::String) => {
                    Some(format!("quote it: \"{}\"", self.node.to_json()))
                }
                (Kind::String(_), _) if accepts(kind, JsonType::Array) => {
                    Some("write a list, one item a line, each after `- `".to_owned())
                }
                _ => self.description().map(str::to_owned),
            },
            ValidationErrorKind::Pattern { .. } => self.description().map(|description| {
                let examples = self.schema("examples").and_then(Value::as_array);
                match examples.and_then(|examples| examples.first()) {
                    Some(example) => format!("{description} For example {example}."),
                    None => description.to_owned(),
                }
            }),
            _ => self.description().map(str::to_owned),
        }
    }
}

fn accepts(kind: &TypeKind, wanted: JsonType) -> bool {
    match kind {
        TypeKind::Single(one) => *one == wanted,
        TypeKind::Multiple(set) => set.contains(wanted),
    }
}

/// What is wrong, as the end of a sentence that begins with the value's path.
fn sentence(kind: &ValidationErrorKind, value: &Value) -> String {
    let shown = shown(value);
    match kind {
        ValidationErrorKind::Type { kind } => format!("is {shown}, not {}", type_name(kind)),
        ValidationErrorKind::Enum { options } => {
            let names: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .filter(|option| !option.is_null())
                .map(|option| {
                    option
                        .as_str()
                        .map_or_else(|| option.to_string(), str::to_owned)
                })
                .collect();
            format!(
                "is {shown}, not one of {}",
                enumerate(names.iter().map(String::as_str))
            )
        }
        ValidationErrorKind::Constant { expected_value } => {
            format!("is {shown}, not {expected_value}")
        }
        ValidationErrorKind::Pattern { pattern } => {
            format!("is {shown}, which does not match `{pattern}`")
        }
        ValidationErrorKind::Minimum { limit } => format!("is {shown}; the least is {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("is {shown}; the most is {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            format!("is {shown}; it must be above {limit}")
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => {
            format!("is {shown}; it must be below {limit}")
        }
        ValidationErrorKind::MinLength { .. } => "is empty".to_owned(),
        ValidationErrorKind::MaxLength { limit } => {
            format!("is longer than {limit} characters")
        }
        ValidationErrorKind::MinItems { limit } => {
            format!("has too few items; the least is {limit}")
        }
        ValidationErrorKind::MaxItems { limit } => {
            format!("has too many items; the most is {limit}")
        }
        ValidationErrorKind::UniqueItems => "holds the same item twice".to_owned(),
        ValidationErrorKind::Not { .. } | ValidationErrorKind::FalseSchema => {
            "is out of place".to_owned()
        }
        _ => format!("is {shown}, which fits none of the allowed forms"),
    }
}

fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        Value::String(text) if text.chars().count() > LONGEST => {
            let start: String = text.chars().take(LONGEST).collect();
            format!("\"{start}..\"")
        }
        scalar => scalar.to_string(),
    }
}

fn type_name(kind: &TypeKind) -> String {
    let name = |one: JsonType| match one {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "a map",
        JsonType::String => "a string",
    };
    match kind {
        TypeKind::Single(one) => name(*one).to_owned(),
        TypeKind::Multiple(set) => {
            let names: Vec<&str> = set
                .iter()
                .filter(|one| *one != JsonType::Null)
                .map(name)
                .collect();
            names.join(" or ")
        }
    }
}
