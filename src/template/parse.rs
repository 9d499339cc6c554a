//! Tree to template.

use super::expression::{Expression, Part, Refusal, split};
use super::helpers::Helper;
use super::{Element, ElementKind, Template, WHEN};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Place;
use crate::yaml::{Kind, Map, Node};
use serde_json::Value;

/// Compiles every expression of a document.
///
/// # Errors
///
/// Everything that is not a template, each with its place.
pub fn parse(tree: &Node) -> Result<Template, Vec<Diagnostic>> {
    let mut parser = Parser::default();
    let root = parser.element(tree);
    if parser.problems.is_empty() {
        Ok(Template { root })
    } else {
        Err(parser.problems)
    }
}

#[derive(Default)]
struct Parser {
    problems: Vec<Diagnostic>,
}

impl Parser {
    fn element(&mut self, node: &Node) -> Element {
        let kind = match &node.kind {
            Kind::String(text) if text.contains("{{") => self.scalar(text, node.place),
            Kind::List(items) => {
                ElementKind::List(items.iter().map(|item| self.element(item)).collect())
            }
            Kind::Map(map) => self.map(map, node.place),
            _ => ElementKind::Literal(node.to_json()),
        };
        Element {
            place: node.place,
            kind,
        }
    }

    fn map(&mut self, map: &Map, place: Place) -> ElementKind {
        let mut condition = None;
        let mut entries = Vec::with_capacity(map.len());
        for (key, entry) in map {
            if key.contains("{{") {
                self.refuse(
                    entry.key,
                    Refusal {
                        message: "an expression cannot be a key".to_owned(),
                        help: Some("give the whole map as one expression".to_owned()),
                    },
                );
            } else if &**key == WHEN {
                condition = self.condition(&entry.node);
            } else {
                entries.push((key.clone(), self.element(&entry.node)));
            }
        }
        let body = ElementKind::Map(entries);
        match condition {
            Some(condition) => {
                ElementKind::Conditional(condition, Box::new(Element { place, kind: body }))
            }
            None => body,
        }
    }

    fn condition(&mut self, node: &Node) -> Option<Expression> {
        match node.as_str().map(|text| self.scalar(text, node.place)) {
            Some(ElementKind::Typed(condition)) => Some(condition),
            _ => {
                self.refuse(
                    node.place,
                    Refusal {
                        message: format!("`{WHEN}` takes one expression"),
                        help: Some(format!("write `{WHEN}: \"{{{{..}}}}\"`")),
                    },
                );
                None
            }
        }
    }

    fn scalar(&mut self, text: &str, place: Place) -> ElementKind {
        match split(text) {
            Ok(parts) => self.scalar_of(parts, place),
            Err(refusal) => {
                self.refuse(place, refusal);
                ElementKind::Literal(Value::Null)
            }
        }
    }

    fn scalar_of(&mut self, mut parts: Vec<Part>, place: Place) -> ElementKind {
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        match parts.as_slice() {
            [Part::Expression(Expression::Call(Helper::Splice, arguments))] => {
                match arguments.first() {
                    Some(list) => ElementKind::Splice(list.clone()),
                    None => ElementKind::Literal(Value::Null),
                }
            }
            [Part::Expression(expression)] => ElementKind::Typed(expression.clone()),
            parts if parts.iter().all(|part| matches!(part, Part::Text(_))) => {
                let text = parts.iter().map(|part| match part {
                    Part::Text(text) => text.as_str(),
                    Part::Expression(_) => "",
                });
                ElementKind::Literal(Value::String(text.collect()))
            }
            _ => {
                let splices = parts.iter().any(|part| {
                    matches!(
                        part,
                        Part::Expression(Expression::Call(Helper::Splice, _))
                    )
                });
                if splices {
                    self.refuse(
                        place,
                        Refusal {
                            message: "`splice` stands alone in a list item".to_owned(),
                            help: None,
                        },
                    );
                }
                ElementKind::Text(parts)
            }
        }
    }

    fn refuse(&mut self, place: Place, refusal: Refusal) {
        self.problems.push(
            Diagnostic::error(Code::Template, refusal.message)
                .at(place)
                .help_if(refusal.help),
        );
    }
}
