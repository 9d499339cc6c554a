//! A whole object, each line with where its value came from.

use super::{Explanation, Recorded, Recording, Step, Target};
use crate::path::push_token;
use crate::source::Sources;
use crate::template::Role;
use crate::yaml::{Dialect, Kind, Node, WriteError, document, read};
use serde_json::Value;
use std::collections::BTreeMap;

/// The widest column of YAML; longer lines push their own remark to the right.
const WIDEST: usize = 72;

/// An object or a part of it as YAML, with a remark behind each line that holds a value.
///
/// # Errors
///
/// If YAML cannot hold it.
pub fn object(
    recording: &Recording,
    index: usize,
    pointer: &str,
    sources: &Sources,
) -> Result<String, WriteError> {
    let recorded = &recording.objects[index];
    let part = shown(recorded, pointer);
    let mut yaml = String::new();
    document(&part, &mut yaml)?;
    let remarks = leaves(&yaml, &part)
        .into_iter()
        .map(|(line, inner)| {
            let target = Target::Object(index, format!("{pointer}{inner}"));
            (line, remark(&recording.explain(&target), sources))
        })
        .collect();
    Ok(beside(&yaml, &remarks))
}

/// A section of the values as YAML, with a remark behind each line that holds a value.
///
/// # Errors
///
/// If YAML cannot hold it.
pub fn values(
    recording: &Recording,
    pointer: &str,
    sources: &Sources,
) -> Result<String, WriteError> {
    let explanation = recording.explain(&Target::Values(pointer.to_owned()));
    let mut yaml = String::new();
    document(&explanation.value, &mut yaml)?;
    let remarks = leaves(&yaml, &explanation.value)
        .into_iter()
        .map(|(line, inner)| {
            let target = Target::Values(format!("{pointer}{inner}"));
            (line, remark(&recording.explain(&target), sources))
        })
        .collect();
    Ok(beside(&yaml, &remarks))
}

/// The part as it stands in the object: JSON texts are shown as texts if they are inside.
fn shown(recorded: &Recorded, pointer: &str) -> Value {
    let own = recorded.object.pointer(pointer);
    let expanded = recorded.expanded.pointer(pointer);
    match (own, expanded) {
        (Some(Value::String(_)) | None, Some(inside)) => inside.clone(),
        (own, _) => own.cloned().unwrap_or_default(),
    }
}

/// The line of every single value of a YAML document, with its pointer; values inside of JSON texts
/// too.
fn leaves(yaml: &str, part: &Value) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (line, pointer) in leaves_by_line(yaml) {
        let text = part.pointer(&pointer).and_then(Value::as_str);
        let is_json = pointer.ends_with(".json");
        match text.filter(|text| is_json && text.contains('\n')) {
            Some(text) => {
                // A block's text begins on the line after its `|`.
                let begins = text.lines().next().unwrap_or_default().trim();
                let at_place = yaml.lines().nth(line - 1).map(str::trim);
                let offset = if at_place == Some(begins) {
                    line - 1
                } else {
                    line
                };
                all.extend(
                    leaves_by_line(text)
                        .into_iter()
                        .map(|(inner, rest)| (offset + inner, format!("{pointer}{rest}"))),
                );
            }
            None => all.push((line, pointer)),
        }
    }
    all
}

/// The line of every single value of a YAML or JSON text, with its pointer, in the order of lines.
pub fn leaves_by_line(text: &str) -> Vec<(usize, String)> {
    let mut sources = Sources::default();
    let source = sources.add("", text);
    let mut found = Vec::new();
    if let Ok(tree) = read(&sources, source, Dialect::Lenient) {
        collect(&tree, &mut String::new(), &mut found);
    }
    found.sort_by_key(|(line, _)| *line);
    found
}

fn collect(node: &Node, pointer: &mut String, found: &mut Vec<(usize, String)>) {
    let length = pointer.len();
    match &node.kind {
        Kind::Map(map) if !map.is_empty() => {
            for (key, entry) in map {
                push_token(pointer, key);
                collect(&entry.node, pointer, found);
                pointer.truncate(length);
            }
        }
        Kind::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                push_token(pointer, &index.to_string());
                collect(item, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => found.push((node.place.line as usize, pointer.clone())),
    }
}

/// The shortest answer: what decides.
pub fn remark(explanation: &Explanation, sources: &Sources) -> String {
    if let Some(Step::Patch { place }) = explanation.steps.first() {
        return format!("patch {}", sources.locate(*place));
    }
    let deciding: Vec<&Step> = explanation
        .steps
        .iter()
        .filter(|step| match step {
            Step::Value { role, .. } => *role == Role::Value,
            Step::Computed { .. } => true,
            Step::Template { .. } | Step::Patch { .. } => false,
        })
        .collect();
    let more = deciding.len().saturating_sub(1);
    match deciding.first() {
        Some(Step::Value { path, settings, .. }) => {
            let place = settings
                .first()
                .map(|setting| sources.locate(setting.place));
            let and = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("{path} {}{and}", place.unwrap_or_default())
        }
        Some(step @ Step::Computed { what, .. }) => match step.place() {
            Some(place) => format!("{what} {}", sources.locate(place)),
            None => format!("computed: {what}"),
        },
        // It stands in the last of the templates that led to it.
        _ => explanation
            .steps
            .iter()
            .rev()
            .find_map(|step| match step {
                Step::Template { place } => Some(sources.locate(*place)),
                _ => None,
            })
            .unwrap_or_default(),
    }
}

fn beside(yaml: &str, remarks: &BTreeMap<usize, String>) -> String {
    let width = yaml
        .lines()
        .map(|line| line.chars().count())
        .filter(|width| *width <= WIDEST)
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    for (index, line) in yaml.lines().enumerate() {
        out.push_str(line);
        if let Some(remark) = remarks.get(&(index + 1)) {
            let gap = (width + 2).saturating_sub(line.chars().count()).max(2);
            out.extend(std::iter::repeat_n(' ', gap));
            out.push_str("# ");
            out.push_str(remark);
        }
        out.push('\n');
    }
    out
}
