//! Template and values to document.

use super::expression::{Expression, Part};
use super::helpers::{Helper, text, truth};
use super::trace::{Made, Trace};
use super::{Element, ElementKind, Template};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, enumerate};
use crate::path::ValuePath;
use crate::source::Place;
use serde_json::{Map, Value};

/// Evaluates every expression of a template against the values. `None` if nothing is left of it.
///
/// # Errors
///
/// Every expression that cannot be evaluated, each with its place.
pub fn evaluate(
    template: &Template,
    values: &Value,
    trace: &mut impl Trace,
) -> Result<Option<Value>, Vec<Diagnostic>> {
    let mut evaluator = Evaluator {
        values,
        problems: Vec::new(),
    };
    let value = evaluator.element(&template.root, trace);
    if evaluator.problems.is_empty() {
        Ok(value)
    } else {
        Err(evaluator.problems)
    }
}

/// The value of one expression; `None` if it is absent.
///
/// # Errors
///
/// If it cannot be evaluated.
pub(super) fn evaluated(
    expression: &Expression,
    place: Place,
    values: &Value,
) -> Result<Option<Value>, Vec<Diagnostic>> {
    let mut evaluator = Evaluator {
        values,
        problems: Vec::new(),
    };
    let value = evaluator.evaluated(expression, place);
    if evaluator.problems.is_empty() {
        Ok(value)
    } else {
        Err(evaluator.problems)
    }
}

/// The value of an expression, if it has one: for looking back at what was evaluated.
pub(super) fn value_of(expression: &Expression, values: &Value) -> Option<Value> {
    let evaluator = Evaluator {
        values,
        problems: Vec::new(),
    };
    evaluator.value(expression).ok().flatten()
}

struct Evaluator<'a> {
    values: &'a Value,
    problems: Vec<Diagnostic>,
}

/// Why an expression has no value.
enum Failure {
    /// A path leads nowhere.
    Absent { keys: Vec<String>, found: usize },
    /// A helper refuses its arguments.
    Helper(String),
}

impl Evaluator<'_> {
    /// The value of an element; `None` if it is absent.
    fn element(&mut self, element: &Element, trace: &mut impl Trace) -> Option<Value> {
        match &element.kind {
            ElementKind::Literal(value) => {
                trace.made(element.place, Made::Literal);
                Some(value.clone())
            }
            ElementKind::Typed(expression) => {
                trace.made(element.place, Made::Expression(expression));
                self.evaluated(expression, element.place)
            }
            ElementKind::Splice(_) => {
                self.problems.push(
                    Diagnostic::error(Code::Template, "`splice` can only be a list item")
                        .at(element.place),
                );
                None
            }
            ElementKind::Text(parts) => self.text(parts, element.place, trace),
            ElementKind::List(items) => self.list(items, element.place, trace),
            ElementKind::Map(entries) => {
                trace.made(element.place, Made::Literal);
                let mut map = Map::with_capacity(entries.len());
                for (key, element) in entries {
                    trace.enter(key);
                    if let Some(value) = self.element(element, trace) {
                        map.insert(key.to_string(), value);
                    }
                    trace.leave();
                }
                (entries.is_empty() || !map.is_empty()).then_some(Value::Object(map))
            }
            ElementKind::Conditional(condition, body) => {
                let value = self.evaluated(condition, body.place)?;
                match truth(&value) {
                    Ok(true) => {
                        trace.conditional(condition);
                        self.element(body, trace)
                    }
                    Ok(false) => None,
                    Err(message) => {
                        self.refuse(body.place, message);
                        None
                    }
                }
            }
        }
    }

    fn list(&mut self, items: &[Element], place: Place, trace: &mut impl Trace) -> Option<Value> {
        trace.made(place, Made::Literal);
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            if let ElementKind::Splice(expression) = &item.kind {
                match self.evaluated(expression, item.place) {
                    Some(Value::Array(spliced)) => {
                        for (index, value) in spliced.into_iter().enumerate() {
                            trace.enter(&list.len());
                            trace.made(item.place, Made::Item(expression, index));
                            trace.leave();
                            list.push(value);
                        }
                    }
                    Some(_) => self.refuse(item.place, "`splice` takes a list".to_owned()),
                    None => {}
                }
                continue;
            }
            trace.enter(&list.len());
            if let Some(value) = self.element(item, trace) {
                list.push(value);
            }
            trace.leave();
        }
        (items.is_empty() || !list.is_empty()).then_some(Value::Array(list))
    }

    fn text(&mut self, parts: &[Part], place: Place, trace: &mut impl Trace) -> Option<Value> {
        trace.made(place, Made::Text(parts));
        let mut whole = String::new();
        for part in parts {
            match part {
                Part::Text(text) => whole.push_str(text),
                Part::Expression(expression) => {
                    let value = self.evaluated(expression, place)?;
                    match text(&value) {
                        Ok(text) => whole.push_str(&text),
                        Err(message) => {
                            self.refuse(place, message);
                            return None;
                        }
                    }
                }
            }
        }
        Some(Value::String(whole))
    }

    /// The value of an expression; `None` if it is absent or, then with a diagnostic, wrong.
    fn evaluated(&mut self, expression: &Expression, place: Place) -> Option<Value> {
        match self.value(expression) {
            Ok(value) => value,
            Err(Failure::Helper(message)) => {
                self.refuse(place, message);
                None
            }
            Err(Failure::Absent { keys, found }) => {
                let problem = self.absent(&keys, found, place);
                self.problems.push(problem);
                None
            }
        }
    }

    fn value(&self, expression: &Expression) -> Result<Option<Value>, Failure> {
        match expression {
            Expression::Literal(value) => Ok(Some(value.clone())),
            Expression::Path(keys) => self.lookup(keys).map(|value| Some(value.clone())),
            Expression::Call(helper, arguments) => self.call(*helper, arguments),
        }
    }

    fn lookup(&self, keys: &[String]) -> Result<&Value, Failure> {
        let mut value = self.values;
        for (found, key) in keys.iter().enumerate() {
            match value.get(key) {
                Some(inner) => value = inner,
                None => {
                    return Err(Failure::Absent {
                        keys: keys.to_vec(),
                        found,
                    });
                }
            }
        }
        Ok(value)
    }

    fn call(&self, helper: Helper, arguments: &[Expression]) -> Result<Option<Value>, Failure> {
        match (helper, arguments) {
            (Helper::Optional, [argument]) => match self.value(argument) {
                Err(Failure::Absent { .. }) => Ok(None),
                other => other,
            },
            (Helper::Has, [argument]) => match self.value(argument) {
                Err(Failure::Absent { .. }) => Ok(Some(Value::Bool(false))),
                Err(failure) => Err(failure),
                Ok(value) => Ok(Some(Value::Bool(value.is_some()))),
            },
            (Helper::When, [condition, value]) => {
                let condition = self.value(condition)?.unwrap_or(Value::Null);
                if truth(&condition).map_err(Failure::Helper)? {
                    self.value(value)
                } else {
                    Ok(None)
                }
            }
            // Connectives look at one condition after the other, so that `(and (has x) (eq x y))`
            // does not fail where `x` is absent.
            (Helper::And | Helper::Or, arguments) => {
                let decisive = helper == Helper::Or;
                for argument in arguments {
                    let value = self.value(argument)?.unwrap_or(Value::Null);
                    if truth(&value).map_err(Failure::Helper)? == decisive {
                        return Ok(Some(Value::Bool(decisive)));
                    }
                }
                Ok(Some(Value::Bool(!decisive)))
            }
            (helper, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    match self.value(argument)? {
                        Some(value) => values.push(value),
                        None if helper == Helper::Merge => {}
                        None => return Ok(None),
                    }
                }
                helper.apply(values).map_err(Failure::Helper)
            }
        }
    }

    fn refuse(&mut self, place: Place, message: String) {
        self.problems
            .push(Diagnostic::error(Code::Template, message).at(place));
    }

    fn absent(&self, keys: &[String], found: usize, place: Place) -> Diagnostic {
        let whole = ValuePath::from_keys(keys);
        let missing = keys.get(found).map_or("", String::as_str);
        let parent = self
            .lookup(keys.get(..found).unwrap_or_default())
            .unwrap_or(self.values);
        let known: Vec<&str> = parent
            .as_object()
            .map(|map| map.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let help = did_you_mean(missing, known.iter().copied()).unwrap_or_else(|| {
            if found == 0 {
                format!("known are {}", enumerate(known.iter().copied()))
            } else {
                format!("set `{whole}` in a layer or with --set")
            }
        });
        Diagnostic::error(Code::AbsentValue, format!("there is no value `{whole}`"))
            .at(place)
            .help(help)
    }
}
