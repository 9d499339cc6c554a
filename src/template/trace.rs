//! Where each rendered value came from. Costs nothing unless asked for.

use super::expression::{Expression, Part, paths_read};
use crate::path::push_token;
use crate::source::Place;
use std::collections::BTreeMap;

/// How a value was made.
#[derive(Clone, Copy, Debug)]
pub enum Made<'a> {
    /// It stands in the template, or is a list or map around what follows.
    Literal,
    /// One expression gave the whole value.
    Expression(&'a Expression),
    /// One item of a list that an expression gave.
    Item(&'a Expression, usize),
    /// Text with expressions in it.
    Text(&'a [Part]),
}

/// Is told where the evaluator is. The default methods do nothing and are compiled away.
pub trait Trace {
    /// A map's key or a list's index is entered.
    fn enter(&mut self, _token: &dyn std::fmt::Display) {}
    /// It is left again.
    fn leave(&mut self) {}
    /// A value was made at the current pointer, at a template's place.
    fn made(&mut self, _place: Place, _how: Made<'_>) {}
    /// The map at the current pointer exists because of a condition.
    fn conditional(&mut self, _condition: &Expression) {}
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTrace;

impl Trace for NoTrace {}

/// How a value was made, kept.
#[derive(Clone, Debug)]
pub(super) enum Recipe {
    Literal,
    Expression(Expression),
    Item(Expression, usize),
    Text(Vec<Expression>),
}

/// Where a rendered value came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The template's scalar, list or map.
    pub place: Place,
    /// The paths into the values that were read for it.
    pub reads: Vec<Vec<String>>,
    pub(super) recipe: Recipe,
}

/// Records the origin of every value by its JSON pointer.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    pointer: String,
    /// How long the pointer was before each of its tokens.
    lengths: Vec<usize>,
    found: BTreeMap<String, Origin>,
    conditions: BTreeMap<String, Expression>,
}

impl Trace for Origins {
    fn enter(&mut self, token: &dyn std::fmt::Display) {
        self.lengths.push(self.pointer.len());
        push_token(&mut self.pointer, &token.to_string());
    }

    fn leave(&mut self) {
        self.pointer
            .truncate(self.lengths.pop().unwrap_or_default());
    }

    fn made(&mut self, place: Place, how: Made<'_>) {
        let recipe = match how {
            Made::Literal => Recipe::Literal,
            Made::Expression(expression) => Recipe::Expression(expression.clone()),
            Made::Item(expression, index) => Recipe::Item(expression.clone(), index),
            Made::Text(parts) => Recipe::Text(
                parts
                    .iter()
                    .filter_map(|part| match part {
                        Part::Expression(expression) => Some(expression.clone()),
                        Part::Text(_) => None,
                    })
                    .collect(),
            ),
        };
        let reads = match &recipe {
            Recipe::Literal => Vec::new(),
            Recipe::Expression(expression) | Recipe::Item(expression, _) => paths_read(expression),
            Recipe::Text(expressions) => expressions.iter().flat_map(paths_read).collect(),
        };
        let origin = Origin {
            place,
            reads,
            recipe,
        };
        self.found.insert(self.pointer.clone(), origin);
    }

    fn conditional(&mut self, condition: &Expression) {
        self.conditions
            .insert(self.pointer.clone(), condition.clone());
    }
}

impl Origins {
    /// The origin of the value at a pointer, or of the nearest value around it, with the pointer of
    /// the value it belongs to.
    pub fn at(&self, pointer: &str) -> Option<(&str, &Origin)> {
        let mut pointer = pointer;
        loop {
            if let Some((found, origin)) = self.found.get_key_value(pointer) {
                return Some((found, origin));
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }

    /// The conditions without which there would be nothing at a pointer, innermost first.
    pub(super) fn conditions<'a>(
        &'a self,
        pointer: &'a str,
    ) -> impl Iterator<Item = &'a Expression> {
        std::iter::successors(Some(pointer), |pointer| {
            pointer.rsplit_once('/').map(|(around, _)| around)
        })
        .filter_map(|pointer| self.conditions.get(pointer))
    }
}
