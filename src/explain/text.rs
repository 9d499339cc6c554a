//! Explanations for people.

use super::{Explanation, Setting, Step};
use crate::source::{Place, Sources};
use crate::template::Role;
use serde_json::Value;
use std::fmt::Write;

/// The widest value that is shown whole.
const WIDEST: usize = 100;

/// One explanation, with the variants it holds for.
pub fn render(explanation: &Explanation, variants: &[String], sources: &Sources) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{} = {}",
        explanation.address,
        short(&explanation.value)
    );
    for variant in variants {
        let _ = writeln!(out, "  in {variant}");
    }
    let rows: Vec<[String; 3]> = explanation
        .steps
        .iter()
        .flat_map(|step| rows(step, sources))
        .collect();
    let width = |column: usize| {
        let all = rows.iter().filter(|row| !row[2].is_empty() || column == 0);
        all.map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    out.push('\n');
    for [what, place, value] in &rows {
        let line = format!("  {what:first$}  {place:second$}  {value}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

fn rows(step: &Step, sources: &Sources) -> Vec<[String; 3]> {
    let source = |place: Place| excerpt(sources.line(place));
    match step {
        Step::Template { place } => vec![[
            "template".to_owned(),
            sources.locate(*place),
            source(*place),
        ]],
        Step::Patch { place } => {
            vec![["patch".to_owned(), sources.locate(*place), source(*place)]]
        }
        Step::Computed { what, .. } => vec![match step.place() {
            Some(place) => ["computed".to_owned(), sources.locate(place), what.clone()],
            None => ["computed".to_owned(), what.clone(), String::new()],
        }],
        Step::Value {
            path,
            role,
            settings,
            ..
        } => {
            let what = match role {
                Role::Value => "value",
                Role::Key => "key from",
                Role::Condition => "only if",
            };
            let heading = [what.to_owned(), path.clone(), String::new()];
            let nothing = settings
                .is_empty()
                .then(|| ["  no layer".to_owned(), "sets it".to_owned(), String::new()]);
            let set = settings.iter().enumerate().map(|(index, setting)| {
                let what = if index == 0 { "  set by" } else { "  over" };
                [
                    what.to_owned(),
                    sources.locate(setting.place),
                    said(setting),
                ]
            });
            std::iter::once(heading).chain(set).chain(nothing).collect()
        }
    }
}

fn said(setting: &Setting) -> String {
    let text = match &setting.value {
        Value::Null => "null, which removes it".to_owned(),
        value => short(value),
    };
    if setting.is_around {
        format!("{text} (the whole of it)")
    } else {
        text
    }
}

/// A value on one line.
pub fn short(value: &Value) -> String {
    excerpt(&match value {
        Value::String(text) => serde_json::to_string(text).unwrap_or_default(),
        other => other.to_string(),
    })
}

fn excerpt(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(WIDEST).collect();
    format!("{start}..")
}
