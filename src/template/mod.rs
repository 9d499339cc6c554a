//! Templates: YAML documents whose scalars may hold Handlebars expressions.
//!
//! A template is parsed as YAML first and evaluated scalar by scalar afterwards, so no value can
//! change the structure of a document, whatever characters it holds. Handlebars provides the
//! grammar; the evaluation is ours, because an engine that produces text cannot keep types:
//!
//! - A scalar that is one expression takes the value's own type: `"{{job.backoffLimit}}"` is a number.
//! - A scalar that mixes text and expressions is a string.
//! - A missing value is an error, except under `optional`, where it removes its key or list item.
//! - `"{{splice list}}"` as a list item stands for all items of the list.
//! - A list or map of which nothing is left is left out itself.
//! - A map with a `$when` key exists only if that is true.

mod evaluate;
mod expression;
mod helpers;
mod parse;
mod reads;
mod text;
mod trace;

pub use evaluate::evaluate;
pub use expression::paths_read;
pub use parse::parse;
pub use reads::{Read, Role};
pub use text::{Slot, slots};
pub use trace::{Made, NoTrace, Origin, Origins, Trace};

use crate::source::Place;
use expression::{Expression, Part};
use serde_json::Value;
use std::sync::Arc;

/// The key that makes a map conditional.
pub const WHEN: &str = "$when";

/// A document, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Template {
    root: Element,
}

/// A node of a template.
#[derive(Clone, Debug)]
struct Element {
    place: Place,
    kind: ElementKind,
}

#[derive(Clone, Debug)]
enum ElementKind {
    /// A scalar without expressions.
    Literal(Value),
    /// One expression: keeps the value's type.
    Typed(Expression),
    /// One `splice` expression: stands for the items of a list.
    Splice(Expression),
    /// Text and expressions: a string.
    Text(Vec<Part>),
    List(Vec<Element>),
    Map(Vec<(Arc<str>, Element)>),
    /// A map that exists only if its condition is true.
    Conditional(Expression, Box<Element>),
}

/// A number or text that stands in a template itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// Where.
    pub place: Place,
    /// The key it stands under, also if lists are between.
    pub key: Arc<str>,
    /// What.
    pub value: Value,
}

impl Template {
    /// Where it begins.
    pub fn place(&self) -> Place {
        self.root.place
    }

    /// Every literal number and text, those inside expressions included, for lints.
    pub fn literals(&self) -> Vec<Literal> {
        let mut found = Vec::new();
        self.root.literals(&Arc::from(""), &mut found);
        found
    }

    /// Every path into the values that the template asks for.
    pub fn paths(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        self.root.paths(&mut found);
        found
    }
}

impl Element {
    fn literals(&self, key: &Arc<str>, found: &mut Vec<Literal>) {
        let mut push = |value: &Value| {
            if value.is_string() || value.is_number() {
                found.push(Literal {
                    place: self.place,
                    key: Arc::clone(key),
                    value: value.clone(),
                });
            }
        };
        match &self.kind {
            ElementKind::Literal(value) => push(value),
            ElementKind::Text(parts) => {
                for part in parts {
                    match part {
                        Part::Text(text) => push(&Value::String(text.clone())),
                        Part::Expression(expression) => expression.literals(&mut push),
                    }
                }
            }
            ElementKind::Typed(expression) | ElementKind::Splice(expression) => {
                expression.literals(&mut push);
            }
            ElementKind::List(items) => items.iter().for_each(|item| item.literals(key, found)),
            ElementKind::Map(entries) => {
                for (key, value) in entries {
                    value.literals(key, found);
                }
            }
            ElementKind::Conditional(condition, body) => {
                condition.literals(&mut push);
                body.literals(key, found);
            }
        }
    }

    fn paths(&self, found: &mut Vec<Vec<String>>) {
        match &self.kind {
            ElementKind::Literal(_) => {}
            ElementKind::Typed(expression) | ElementKind::Splice(expression) => {
                found.extend(paths_read(expression));
            }
            ElementKind::Text(parts) => {
                for part in parts {
                    if let Part::Expression(expression) = part {
                        found.extend(paths_read(expression));
                    }
                }
            }
            ElementKind::List(items) => items.iter().for_each(|item| item.paths(found)),
            ElementKind::Map(entries) => entries.iter().for_each(|(_, value)| value.paths(found)),
            ElementKind::Conditional(condition, body) => {
                found.extend(paths_read(condition));
                body.paths(found);
            }
        }
    }
}

#[cfg(test)]
mod tests;
