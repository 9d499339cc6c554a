//! Texts that are no YAML, with expressions in them. How a value is written into a text depends on the
//! text's own language: that is left to the caller.

use super::evaluate::evaluated;
use super::expression::{Expression, Part, paths_read, split};
use super::helpers::text;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, SourceId, Sources};
use serde_json::Value;
use std::ops::Range;

/// An expression in a text.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The bytes from `{{` to `}}`.
    pub range: Range<usize>,
    /// The same as a place.
    pub place: Place,
    expression: Expression,
}

/// Finds every expression of a text, in order.
///
/// # Errors
///
/// Everything between `{{` and `}}` that is no expression.
pub fn slots(sources: &Sources, source: SourceId) -> Result<Vec<Slot>, Vec<Diagnostic>> {
    let whole = sources.get(source).map_or("", |source| &source.text);
    let mut found = Vec::new();
    let mut problems = Vec::new();
    let mut from = 0;
    while let Some(start) = whole.get(from..).and_then(|rest| rest.find("{{")) {
        let start = from + start;
        let rest = whole.get(start..).unwrap_or_default();
        let line_end = rest.find('\n').unwrap_or(rest.len());
        let end = match rest.get(..line_end).and_then(|line| line.find("}}")) {
            Some(end) => start + end + 2,
            None => start + line_end,
        };
        let place = Place {
            end: u32::try_from(end).unwrap_or(u32::MAX),
            ..sources.place_of_byte(source, start)
        };
        let refuse = |message: String| Diagnostic::error(Code::Template, message).at(place);
        match split(whole.get(start..end).unwrap_or_default()).as_deref() {
            Ok([Part::Expression(expression)]) => found.push(Slot {
                range: start..end,
                place,
                expression: expression.clone(),
            }),
            Ok(_) => problems.push(refuse("not an expression".to_owned())),
            Err(refusal) => {
                problems.push(refuse(refusal.message.clone()).help_if(refusal.help.clone()));
            }
        }
        from = end;
    }
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    }
}

impl Slot {
    /// The text of its value.
    ///
    /// # Errors
    ///
    /// If there is no such value, or it has no text.
    pub fn text(&self, values: &Value) -> Result<String, Vec<Diagnostic>> {
        let refuse =
            |message: String| vec![Diagnostic::error(Code::Template, message).at(self.place)];
        match evaluated(&self.expression, self.place, values)? {
            Some(value) => text(&value).map_err(refuse),
            None => Err(refuse("there is no value to write here".to_owned())
                .into_iter()
                .map(|problem| problem.help("a text cannot leave a value out"))
                .collect()),
        }
    }

    /// The paths into the values that it reads.
    pub fn paths(&self) -> Vec<Vec<String>> {
        paths_read(&self.expression)
    }
}
