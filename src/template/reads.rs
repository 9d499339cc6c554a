//! What a part of an expression's value was read from.
//!
//! `{{merge environment.labels fragments.labels}}` reads two maps, but the label `team` came out of
//! one of them: this follows a pointer backwards through the helpers.

use super::evaluate::value_of;
use super::expression::{Expression, paths_read};
use super::helpers::Helper;
use super::trace::{Origins, Recipe};
use crate::path::tokens;
use serde_json::Value;

/// What a read contributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The value, unchanged or as a part of a text.
    Value,
    /// It is the name that the value stands under, or was found under.
    Key,
    /// It decided whether there is a value at all.
    Condition,
}

/// One path into the context that a value was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Keys and indices, outermost first.
    pub path: Vec<String>,
    /// What it contributed.
    pub role: Role,
}

impl Origins {
    /// What the value at a pointer was read from, narrowed to the part that the pointer leads to.
    pub fn reads(&self, pointer: &str, context: &Value) -> Vec<Read> {
        let Some((at, origin)) = self.at(pointer) else {
            return Vec::new();
        };
        let mut rest: Vec<String> = tokens(pointer.get(at.len()..).unwrap_or_default())
            .map(std::borrow::Cow::into_owned)
            .collect();
        let tracer = Tracer { context };
        let mut found = Vec::new();
        match &origin.recipe {
            Recipe::Literal => {}
            Recipe::Expression(expression) => tracer.follow(expression, &rest, &mut found),
            Recipe::Item(expression, index) => {
                rest.insert(0, index.to_string());
                tracer.follow(expression, &rest, &mut found);
            }
            Recipe::Text(expressions) => {
                for expression in expressions {
                    tracer.follow(expression, &[], &mut found);
                }
            }
        }
        for condition in self.conditions(pointer) {
            inputs(condition, Role::Condition, &mut found);
        }
        let mut unique: Vec<Read> = Vec::with_capacity(found.len());
        for read in found {
            if !unique.contains(&read) {
                unique.push(read);
            }
        }
        unique
    }
}

/// Everything an expression reads, whole.
fn inputs(expression: &Expression, role: Role, found: &mut Vec<Read>) {
    found.extend(
        paths_read(expression)
            .into_iter()
            .map(|path| Read { path, role }),
    );
}

struct Tracer<'a> {
    context: &'a Value,
}

impl Tracer<'_> {
    fn follow(&self, expression: &Expression, rest: &[String], found: &mut Vec<Read>) {
        match expression {
            Expression::Literal(_) => {}
            Expression::Path(keys) => found.push(Read {
                path: keys.iter().chain(rest).cloned().collect(),
                role: Role::Value,
            }),
            Expression::Call(helper, arguments) => self.call(*helper, arguments, rest, found),
        }
    }

    fn call(
        &self,
        helper: Helper,
        arguments: &[Expression],
        rest: &[String],
        found: &mut Vec<Read>,
    ) {
        match (helper, arguments, rest) {
            (Helper::Optional | Helper::Splice, [inner], rest) => self.follow(inner, rest, found),
            (Helper::When, [condition, value], rest) => {
                self.follow(value, rest, found);
                inputs(condition, Role::Condition, found);
            }
            (Helper::Json, [inner], [_, ..]) => self.follow(inner, rest, found),
            (Helper::Lookup, [map, key], rest) => {
                let name = value_of(key, self.context);
                match name.as_ref().and_then(Value::as_str) {
                    Some(name) => self.follow(map, &below(name, rest), found),
                    None => self.follow(map, &[], found),
                }
                inputs(key, Role::Key, found);
            }
            (Helper::Flags, [map], [index, ..]) => match self.flag(map, index) {
                Some(key) => self.follow(map, &[key], found),
                None => self.follow(map, &[], found),
            },
            (Helper::Entries, [map, name, ..], [index, rest @ ..]) => {
                let Some(key) = self.sorted_key(map, index) else {
                    return self.follow(map, &[], found);
                };
                let name = value_of(name, self.context);
                let names_it =
                    |field: &String| name.as_ref().and_then(Value::as_str) == Some(field);
                if rest.first().is_some_and(names_it) {
                    let mut keys = Vec::new();
                    self.follow(map, &[key], &mut keys);
                    let role = Role::Key;
                    found.extend(keys.into_iter().map(|read| Read { role, ..read }));
                    return;
                }
                let inner = match (rest, arguments) {
                    // The entry's value stands under a name of its own.
                    ([_, rest @ ..], [_, _, _]) => below(&key, rest),
                    _ => below(&key, rest),
                };
                self.follow(map, &inner, found);
            }
            (Helper::Entry, [key, value], [_, rest @ ..]) => {
                self.follow(value, rest, found);
                inputs(key, Role::Key, found);
            }
            (Helper::Merge, arguments, [key, ..]) => {
                let winner = arguments.iter().rev().find(|argument| {
                    value_of(argument, self.context).is_some_and(|value| value.get(key).is_some())
                });
                if let Some(winner) = winner {
                    self.follow(winner, rest, found);
                }
            }
            (_, arguments, _) => {
                for argument in arguments {
                    self.follow(argument, &[], found);
                }
            }
        }
    }

    /// The key behind one argument of a command line: list values give several arguments.
    fn flag(&self, map: &Expression, index: &str) -> Option<String> {
        let mut left: usize = index.parse().ok()?;
        let value = value_of(map, self.context)?;
        let mut sorted: Vec<(&String, &Value)> = value.as_object()?.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in sorted {
            let count = match value {
                Value::Bool(false) => 0,
                Value::Array(items) => items.len() + 1,
                _ => 1,
            };
            if left < count {
                return Some(name.clone());
            }
            left -= count;
        }
        None
    }

    fn sorted_key(&self, map: &Expression, index: &str) -> Option<String> {
        let value = value_of(map, self.context)?;
        let mut keys: Vec<&String> = value.as_object()?.keys().collect();
        keys.sort_unstable();
        keys.get(index.parse::<usize>().ok()?)
            .map(|key| (*key).clone())
    }
}

fn below(key: &str, rest: &[String]) -> Vec<String> {
    std::iter::once(key.to_owned())
        .chain(rest.iter().cloned())
        .collect()
}
