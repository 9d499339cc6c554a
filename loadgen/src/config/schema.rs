//! The schemas, and every violation of them as a [`Problem`] in the user's words.
//!
//! This validator knows the part of JSON Schema 2020-12 that the two schemas use, and refuses any other
//! keyword. A general one is three times the size of the rest of this program; the tests compare
//! the two.

use super::document::{Document, Problem, child};
use regex_lite::Regex;
use serde_json::{Map, Value};

/// Text of `schemas/workload.schema.json`.
pub const WORKLOAD_SCHEMA: &str = include_str!("../../../schemas/workload.schema.json");
/// Text of `schemas/result.schema.json`.
pub const RESULT_SCHEMA: &str = include_str!("../../../schemas/result.schema.json");

/// Checks a document against a schema; all violations at once, in document order.
///
/// # Errors
/// A text that is no schema, or uses more of the language than this validator knows.
pub fn check(schema: &str, document: &Document) -> Result<Vec<Problem>, String> {
    let root: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let mut checker = Checker {
        root: &root,
        document,
        problems: Vec::new(),
    };
    checker.check(&root, &document.value, "")?;
    let mut problems = checker.problems;
    problems.sort_by_key(|problem| {
        let place = problem
            .place
            .map_or((usize::MAX, 0), |place| (place.line, place.column));
        (place, problem.pointer.clone())
    });
    problems.dedup();
    Ok(problems)
}

struct Checker<'a> {
    root: &'a Value,
    document: &'a Document,
    problems: Vec<Problem>,
}

/// What a schema says of its pattern in words: the end of a sentence.
const PATTERN_MESSAGE: &str = "patternErrorMessage";

/// Keywords that say nothing about an instance, or are looked at together with another.
const SILENT: [&str; 11] = [
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
    "default",
    PATTERN_MESSAGE,
    "then",
    "else",
    "additionalProperties",
    "not",
];

impl<'a> Checker<'a> {
    fn check(&mut self, schema: &'a Value, value: &Value, pointer: &str) -> Result<(), String> {
        let Some(keywords) = schema.as_object() else {
            return match schema {
                Value::Bool(true) => Ok(()),
                _ => Err("a schema must be an object".to_owned()),
            };
        };
        if keywords.contains_key("not") && self.holds(&keywords["not"], value)? {
            let reason = keywords
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or("not allowed here");
            self.say(
                pointer,
                format!("not allowed here: {}", lower_first(reason)),
            );
            return Ok(());
        }
        for (keyword, argument) in keywords {
            self.keyword(keywords, keyword, argument, value, pointer)?;
        }
        Ok(())
    }

    /// Whether a schema accepts a value.
    fn holds(&self, schema: &'a Value, value: &Value) -> Result<bool, String> {
        let mut inner = Checker {
            root: self.root,
            document: self.document,
            problems: Vec::new(),
        };
        inner.check(schema, value, "")?;
        Ok(inner.problems.is_empty())
    }

    fn say(&mut self, pointer: &str, message: impl Into<String>) {
        self.problems.push(self.document.problem(pointer, message));
    }

    fn keyword(
        &mut self,
        keywords: &'a Map<String, Value>,
        keyword: &str,
        argument: &'a Value,
        value: &Value,
        pointer: &str,
    ) -> Result<(), String> {
        match keyword {
            silent if SILENT.contains(&silent) => Ok(()),
            "$ref" => {
                let target = self.resolve(argument)?;
                self.check(target, value, pointer)
            }
            "allOf" => argument
                .as_array()
                .into_iter()
                .flatten()
                .try_for_each(|part| self.check(part, value, pointer)),
            "if" => {
                let branch = if self.holds(argument, value)? {
                    "then"
                } else {
                    "else"
                };
                keywords
                    .get(branch)
                    .map_or(Ok(()), |schema| self.check(schema, value, pointer))
            }
            "properties" => self.properties(keywords, argument, value, pointer),
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items.into_iter().try_for_each(|(index, item)| {
                    self.check(argument, item, &child(pointer, &index.to_string()))
                })
            }
            "required" => {
                self.required(argument, value, pointer);
                Ok(())
            }
            _ => {
                if let Some(mut message) = violation(keyword, argument, value)? {
                    let form = keywords.get(PATTERN_MESSAGE).and_then(Value::as_str);
                    if let ("pattern", Some(form)) = (keyword, form) {
                        message = format!("{} {form}", shown(value));
                    }
                    self.say(pointer, message);
                }
                Ok(())
            }
        }
        .and_then(|()| match (keyword, keywords.contains_key("properties")) {
            // Without `properties` nothing else looks at the additional ones.
            ("type", false) => self.properties(keywords, &Value::Null, value, pointer),
            _ => Ok(()),
        })
    }

    fn resolve(&self, reference: &Value) -> Result<&'a Value, String> {
        reference
            .as_str()
            .and_then(|text| text.strip_prefix('#'))
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| format!("`{reference}` refers to nothing"))
    }

    fn properties(
        &mut self,
        keywords: &'a Map<String, Value>,
        known: &'a Value,
        value: &Value,
        pointer: &str,
    ) -> Result<(), String> {
        let additional = keywords.get("additionalProperties");
        for (key, inner) in value.as_object().into_iter().flatten() {
            let at = child(pointer, key);
            match (known.get(key), additional) {
                (None, Some(Value::Bool(false))) => {
                    let mut problem = self.document.problem(at, "unknown key");
                    problem.help =
                        near_key(key, known).map(|near| format!("did you mean `{near}`?"));
                    self.problems.push(problem);
                }
                (Some(schema), _) | (None, Some(schema)) => self.check(schema, inner, &at)?,
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn required(&mut self, names: &Value, value: &Value, pointer: &str) {
        let Some(map) = value.as_object() else {
            return;
        };
        for name in names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !map.contains_key(name) {
                let mut problem = self
                    .document
                    .problem(pointer, format!("`{name}` is missing"));
                problem.help = self
                    .help_for(&child(pointer, name))
                    .map(|help| format!("{name}: {help}"));
                self.problems.push(problem);
            }
        }
    }

    /// The description of an instance's key.
    fn help_for(&self, instance_pointer: &str) -> Option<String> {
        let mut at = self.root;
        for key in instance_pointer.split('/').skip(1) {
            at = match key.parse::<usize>() {
                Ok(_) => at.get("items")?,
                Err(_) => at.get("properties")?.get(key)?,
            };
            if let Some(reference) = at.get("$ref") {
                at = self.resolve(reference).ok()?;
            }
        }
        at.get("description")
            .and_then(Value::as_str)
            .map(lower_first)
    }
}

/// What a value does wrong by a keyword that looks at it alone.
fn violation(keyword: &str, argument: &Value, value: &Value) -> Result<Option<String>, String> {
    let number = |wrong: fn(f64, f64) -> bool, words: &str| {
        let found = value
            .as_f64()
            .zip(argument.as_f64())
            .is_some_and(|(value, bound)| wrong(value, bound));
        found.then(|| format!("{value} is not {words} {argument}"))
    };
    let size = |count: Option<usize>, wrong: fn(u64, u64) -> bool, words: &str| {
        let found = count
            .zip(argument.as_u64())
            .is_some_and(|(count, bound)| wrong(count as u64, bound));
        found.then(|| format!("{words} {argument}"))
    };
    let list = value.as_array().map(Vec::len);
    let text = value.as_str();
    Ok(match keyword {
        "type" => (!has_type(value, argument))
            .then(|| format!("{} is not of type {argument}", shown(value))),
        "const" => (!same(value, argument)).then(|| format!("{} is not {argument}", shown(value))),
        "enum" => {
            let allowed = argument.as_array().map(Vec::as_slice).unwrap_or_default();
            let listed = || {
                allowed
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let found = allowed.iter().any(|one| same(one, value));
            (!found).then(|| format!("{} is none of {}", shown(value), listed()))
        }
        "minimum" => number(|value, bound| value < bound, "at least"),
        "maximum" => number(|value, bound| value > bound, "at most"),
        "exclusiveMinimum" => number(|value, bound| value <= bound, "above"),
        "exclusiveMaximum" => number(|value, bound| value >= bound, "below"),
        "minLength" => size(
            text.map(|text| text.chars().count()),
            |count, bound| count < bound,
            "shorter than",
        ),
        "minItems" => size(list, |count, bound| count < bound, "fewer elements than"),
        "maxItems" => size(list, |count, bound| count > bound, "more elements than"),
        "uniqueItems" => {
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let again =
                |(index, one): (usize, &Value)| list[..index].iter().any(|other| same(other, one));
            list.iter()
                .enumerate()
                .find(|found| again(*found))
                .map(|(_, one)| format!("{one} stands here twice"))
        }
        "pattern" => {
            let pattern = argument.as_str().unwrap_or_default();
            let regex =
                Regex::new(pattern).map_err(|error| format!("pattern `{pattern}`: {error}"))?;
            text.filter(|text| !regex.is_match(text))
                .map(|_| format!("{} does not match `{pattern}`", shown(value)))
        }
        _ => return Err(format!("the schema's keyword `{keyword}` is not known")),
    })
}

fn has_type(value: &Value, argument: &Value) -> bool {
    match argument.as_str().unwrap_or_default() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64()
                || value.is_u64()
                || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        "null" => value.is_null(),
        _ => false,
    }
}

/// Equal as JSON, numbers by value.
#[expect(
    clippy::float_cmp,
    reason = "both were read from text: equal means equal"
)]
fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// A value in a message, cut to a line.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn lower_first(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        // An abbreviation stays as it is.
        (Some(_), Some(second)) if !second.is_lowercase() => text.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(text.chars().skip(1)).collect(),
        (None, _) => String::new(),
    }
}

fn near_key(key: &str, known: &Value) -> Option<String> {
    known
        .as_object()?
        .keys()
        .map(|candidate| (distance(key, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate.clone())
}

/// Levenshtein distance, blind to case.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.to_lowercase().chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, to) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests;
