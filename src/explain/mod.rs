//! Where a value came from: the template's line, and the chain of layers behind it.
//!
//! Rendering itself records nothing. To explain, one variant is rendered again by a witness that
//! keeps every origin ([`Recording`]), and the question is answered from there. What the answer
//! cannot do is look into a program: a value that xbench computes (a hash, a name) is explained by
//! what it was computed from.

pub mod annotate;
pub mod dockerfile;
pub mod json;
mod patched;
mod record;
pub mod settings;
mod steps;
pub mod text;

pub use record::{Recorded, Recording};
pub use settings::Setting;

use crate::address::{Address, Unresolved, describe, with_key};
use crate::diagnostic::{did_you_mean, enumerate, there_are};
use crate::layer::Axis;
use crate::path::push_token;
use crate::source::Place;
use crate::template::Role;
use serde_json::Value;

/// Why a value is what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Its address, beginning with the object's or the values' name.
    pub address: String,
    /// What it is.
    pub value: Value,
    /// Where it came from, nearest first.
    pub steps: Vec<Step>,
}

/// One step on the way from a rendered value back to the project's files.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It stands in a template.
    Template {
        /// The scalar, list or map.
        place: Place,
    },
    /// A patch put it there.
    Patch {
        /// The value in the patch, or the patch.
        place: Place,
    },
    /// It was read from the merged values.
    Value {
        /// Which.
        path: String,
        /// The same as a JSON pointer.
        pointer: String,
        /// What it contributed.
        role: Role,
        /// The layers that set it, the winner first.
        settings: Vec<Setting>,
    },
    /// It was computed.
    Computed {
        /// From what.
        what: String,
        /// The layer, if it is which one was chosen.
        choice: Option<Choice>,
    },
}

/// A layer that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// From which axis.
    pub axis: Axis,
    /// Which one.
    pub name: String,
    /// Where the suite chooses it; nowhere if the command line does.
    pub place: Option<Place>,
}

impl Step {
    /// The place that decides: the template's, the patch's or the winning layer's.
    pub fn place(&self) -> Option<Place> {
        match self {
            Step::Template { place } | Step::Patch { place } => Some(*place),
            Step::Value { settings, .. } => settings.first().map(|setting| setting.place),
            Step::Computed { choice, .. } => choice.as_ref().and_then(|choice| choice.place),
        }
    }
}

/// What an address points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Something in the object with this index.
    Object(usize, String),
    /// Something in the merged values.
    Values(String),
}

impl Recording {
    /// Finds what an address points at: `TEMPLATE.PATH` in an object, or `PATH` in the values.
    ///
    /// # Errors
    ///
    /// If there is no such thing, with what there is.
    pub fn find(&self, address: &Address) -> Result<Target, Unresolved> {
        let Some((first, rest)) = address.split_first() else {
            return Err(self.unknown(""));
        };
        let mut best: Option<Unresolved> = None;
        let mut keep = |error: Unresolved| {
            if best.as_ref().is_none_or(|best| best.found < error.found) {
                best = Some(error);
            }
        };
        for (index, recorded) in self.objects.iter().enumerate() {
            if recorded.template == first {
                match rest.resolve(&recorded.expanded) {
                    Ok(pointer) => {
                        let pointer = with_line(&recorded.expanded, pointer, address)?;
                        return Ok(Target::Object(index, pointer));
                    }
                    Err(error) => keep(Unresolved {
                        found: error.found + 1,
                        ..error
                    }),
                }
            }
        }
        let values = self.planned.values.to_json();
        let inner = if first == "values" && values.get("values").is_none() {
            rest
        } else {
            address.clone()
        };
        match inner.resolve(&values) {
            Ok(pointer) => return Ok(Target::Values(pointer)),
            Err(error) if error.found > 0 => keep(error),
            Err(_) => {}
        }
        for (index, recorded) in self.objects.iter().enumerate() {
            if let Ok(pointer) = address.resolve(&recorded.expanded) {
                return Ok(Target::Object(index, pointer));
            }
        }
        Err(best.unwrap_or_else(|| self.unknown(first)))
    }

    fn unknown(&self, first: &str) -> Unresolved {
        let values = self.planned.values.to_json();
        let sections = values.as_object().into_iter().flat_map(|map| map.keys());
        let mut known: Vec<&str> = self
            .objects
            .iter()
            .map(|recorded| &recorded.template)
            .chain(sections)
            .map(String::as_str)
            .collect();
        known.sort_unstable();
        known.dedup();
        let deeper = with_key(&values, first);
        let help = match (did_you_mean(first, known.iter().copied()), &*deeper) {
            (Some(help), _) => help,
            (None, []) => there_are(known.iter().copied()),
            (None, [one]) => format!("did you mean `{one}`?"),
            (None, several) => {
                let several = enumerate(several.iter().map(String::as_str));
                format!("did you mean one of {several}?")
            }
        };
        Unresolved {
            found: 0,
            message: format!("there is no object and no section of the values `{first}`"),
            help,
        }
    }

    /// Explains every single value of an object or list.
    pub fn explain_below(&self, target: &Target) -> Vec<Explanation> {
        let whole = self.explain(target).value;
        leaves(&whole)
            .into_iter()
            .map(|rest| {
                self.explain(&match target {
                    Target::Object(index, pointer) => {
                        Target::Object(*index, format!("{pointer}{rest}"))
                    }
                    Target::Values(pointer) => Target::Values(format!("{pointer}{rest}")),
                })
            })
            .collect()
    }

    /// Explains one value.
    pub fn explain(&self, target: &Target) -> Explanation {
        match target {
            Target::Object(index, pointer) => {
                let recorded = &self.objects[*index];
                let mut address = recorded.template.clone();
                append(&mut address, &describe(&recorded.expanded, pointer));
                Explanation {
                    address,
                    value: recorded
                        .expanded
                        .pointer(pointer)
                        .cloned()
                        .unwrap_or_default(),
                    steps: self.steps(recorded, pointer),
                }
            }
            Target::Values(pointer) => {
                let values = self.planned.values.to_json();
                let path = describe(&values, pointer);
                let settings = settings::of(&self.planned.layers, pointer);
                Explanation {
                    address: path.clone(),
                    value: values.pointer(pointer).cloned().unwrap_or_default(),
                    steps: vec![Step::Value {
                        path,
                        pointer: pointer.clone(),
                        role: Role::Value,
                        settings,
                    }],
                }
            }
        }
    }
}

/// The pointers of every single value below one, in order.
pub fn leaves(value: &Value) -> Vec<String> {
    fn collect(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
        let length = pointer.len();
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (key, value) in fields {
                    push_token(pointer, key);
                    collect(value, pointer, found);
                    pointer.truncate(length);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, value) in items.iter().enumerate() {
                    push_token(pointer, &index.to_string());
                    collect(value, pointer, found);
                    pointer.truncate(length);
                }
            }
            _ => found.push(pointer.clone()),
        }
    }
    let mut found = Vec::new();
    collect(value, &mut String::new(), &mut found);
    found
}

/// Joins two addresses.
fn append(address: &mut String, rest: &str) {
    if !rest.is_empty() {
        if !rest.starts_with('[') {
            address.push('.');
        }
        address.push_str(rest);
    }
}

/// The value that stands on a line of a text.
fn with_line(object: &Value, pointer: String, address: &Address) -> Result<String, Unresolved> {
    let Some(line) = address.line else {
        return Ok(pointer);
    };
    let value = object.pointer(&pointer).cloned().unwrap_or_default();
    let text = match &value {
        Value::String(text) => text.clone(),
        container => crate::hash::sorted_json(container),
    };
    let lines = text.lines().count();
    let missing = || Unresolved {
        found: 0,
        message: format!("the text has no line {line}"),
        help: format!("it has {lines}"),
    };
    if line == 0 || line > lines {
        return Err(missing());
    }
    if value.is_string() {
        return Ok(pointer);
    }
    let on_lines = annotate::leaves_by_line(&text);
    // A line that only closes a bracket belongs to what it closes.
    let inner = on_lines
        .iter()
        .rev()
        .find(|(first, _)| *first <= line)
        .map(|(_, pointer)| pointer.as_str());
    Ok(format!("{pointer}{}", inner.unwrap_or_default()))
}
