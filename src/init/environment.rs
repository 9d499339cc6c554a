//! The file of a new environment: checked values in, YAML with the schema's descriptions out.

use super::answers::{Answers, DESCRIPTION, IMAGES, ModelSource, SOURCE};
use crate::diagnostic::{Code, Diagnostic, enumerate};
use crate::layer::{AssignmentKind, Axis};
use crate::schema::{Document, Schemas, lookup};
use crate::source::Sources;
use crate::yaml::{WriteError, document};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// How wide comments are.
const WIDTH: usize = 100;

/// Adds what follows from the answers, or has a default.
///
/// # Errors
///
/// None in practice: the paths are known.
pub fn complete(
    answers: &mut Answers,
    name: &str,
    sources: &mut Sources,
) -> Result<(), Vec<Diagnostic>> {
    if !answers.has(DESCRIPTION.path) {
        let about = format!("The environment {name}");
        answers.take(sources, DESCRIPTION.flag, DESCRIPTION.path, &about)?;
    }
    if let (false, Some(source)) = (answers.has(SOURCE), answers.model_source()) {
        answers.take(sources, "where models are", SOURCE, source.name())?;
    }
    if !answers.has(IMAGES) {
        let text = format!("{IMAGES}=recipe");
        answers.set(sources, AssignmentKind::Yaml, &text)?;
    }
    Ok(())
}

/// What nobody has answered.
pub fn unanswered(answers: &Answers) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    if answers.model_source().is_none() && !answers.has(SOURCE) {
        let flags = ModelSource::ALL.map(|source| match source {
            ModelSource::Bucket => "--bucket",
            ModelSource::Claim => "--claim",
            ModelSource::Hub => "--cache-size",
        });
        problems.push(
            Diagnostic::error(Code::Usage, "nothing says where models are")
                .help(format!("give one of {}", enumerate(flags))),
        );
    }
    problems.extend(answers.open().into_iter().map(|question| {
        Diagnostic::error(Code::Usage, format!("`{}` has no value", question.path)).help(format!(
            "give it with {}: {}",
            question.flag,
            question.description()
        ))
    }));
    problems
}

/// What the schemas refuse: that of a layer, and for what must be there that of the merged values.
pub fn refused(answers: &Answers, schemas: &Schemas) -> Vec<Diagnostic> {
    let tree = answers.tree();
    let value = tree.to_json();
    let problems = schemas.validate_layer(Axis::Environment, tree, &value);
    if !problems.is_empty() {
        return problems;
    }
    let own = ["environment", "policy"];
    let mut problems = schemas.validate(Document::Values, tree, &value);
    problems.retain(|problem| {
        problem.path.as_ref().is_some_and(|path| {
            let mut keys = path.keys();
            keys.next().is_some_and(|section| own.contains(&section)) && keys.next().is_some()
        })
    });
    problems
}

/// The file's text.
///
/// # Errors
///
/// If YAML cannot hold a value.
pub fn text(value: &Value, name: &str) -> Result<String, WriteError> {
    let sections = Document::Sections.parse();
    let mut out =
        String::from("# yaml-language-server: $schema=../../schemas/environment.schema.json\n\n");
    comment(
        &mut out,
        0,
        &format!(
            "Written by `xbench init environment {name}`. What holds here only, such as Spot, a queue or \
             other node labels, goes here too, under `scheduling`, `server` or `job`."
        ),
    );
    out.push('\n');
    if let Some(sections_given) = value.as_object() {
        for (index, (section, given)) in ordered(&sections, sections_given).enumerate() {
            if index > 0 {
                out.push('\n');
            }
            let schema = lookup::at(&sections, [section.as_str()]);
            entry(&mut out, &sections, schema, 0, section, given)?;
            if section == Axis::Environment.name() {
                optional(&mut out, schema, given);
            }
        }
    }
    Ok(out)
}

/// Keys in the order in which the schema has them; those it does not list come last.
fn ordered<'a>(
    schema: &Value,
    given: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let known: Vec<String> = schema
        .get("properties")
        .and_then(Value::as_object)
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default();
    let mut entries: Vec<_> = given.iter().collect();
    entries.sort_by_key(|(key, _)| {
        known
            .iter()
            .position(|one| one == *key)
            .unwrap_or(usize::MAX)
    });
    entries.into_iter()
}

fn entry(
    out: &mut String,
    root: &Value,
    schema: Option<&Value>,
    depth: usize,
    key: &str,
    value: &Value,
) -> Result<(), WriteError> {
    if let Some(about) = schema.and_then(lookup::description) {
        comment(out, depth, about);
    }
    match (value.as_object(), schema) {
        (Some(object), Some(schema)) if schema.get("properties").is_some() => {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{:depth$}{key}:", "");
            for (key, value) in ordered(schema, object) {
                let below = lookup::property(root, schema, key);
                entry(out, root, below, depth + 2, key, value)?;
            }
        }
        _ => {
            let mut text = String::new();
            document(&json!({key: value}), &mut text)?;
            for line in text.lines() {
                let _ = writeln!(out, "{:depth$}{line}", "");
            }
        }
    }
    Ok(())
}

/// The keys that were not given, for whoever wants more.
fn optional(out: &mut String, schema: Option<&Value>, given: &Value) {
    let properties = schema
        .and_then(|schema| schema.get("properties"))
        .and_then(Value::as_object);
    let absent: Vec<_> = properties
        .into_iter()
        .flatten()
        .filter(|(key, _)| given.get(key.as_str()).is_none())
        .collect();
    if absent.is_empty() {
        return;
    }
    comment(
        out,
        2,
        "Optional; `xbench schema sections` says what each may hold:",
    );
    for (key, schema) in absent {
        let about = lookup::description(schema).unwrap_or_default();
        comment(out, 2, format!("  {key}: {about}").trim_end());
    }
}

/// A comment, its lines broken between words. Further lines are indented like the first.
fn comment(out: &mut String, depth: usize, text: &str) {
    let own = text.len() - text.trim_start().len();
    let indent = format!("{:depth$}# {:own$}", "", "");
    let mut line = indent.clone();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line.clone_from(&indent);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    out.push_str(&line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_broken_between_words() {
        let mut out = String::new();
        comment(&mut out, 2, &"word ".repeat(30));
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with("  # word") && line.len() <= WIDTH)
        );
    }
}
