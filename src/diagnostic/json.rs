//! Diagnostics for programs: one JSON document, described by `schemas/diagnostics.schema.json`.
//!
//! The types here are the output's own, so that a change inside xbench cannot change the format.

use super::{Diagnostic, Label, Severity};
use crate::source::Sources;
use serde::Serialize;

/// Grows when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    schema_version: u32,
    diagnostics: Vec<Item<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    start_byte: u32,
    end_byte: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
}

/// The whole report; an empty list for no diagnostics.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let report = Report {
        schema_version: SCHEMA_VERSION,
        diagnostics: diagnostics
            .iter()
            .map(|diagnostic| item(diagnostic, sources))
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

fn item<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Item<'a> {
    Item {
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: diagnostic.code.name(),
        message: &diagnostic.message,
        path: diagnostic.path.as_ref().map(ToString::to_string),
        location: diagnostic
            .primary
            .as_ref()
            .map(|label| location(label, sources)),
        related: diagnostic
            .secondary
            .iter()
            .map(|label| location(label, sources))
            .collect(),
        help: diagnostic.help.as_deref(),
    }
}

fn location<'a>(label: &'a Label, sources: &'a Sources) -> Location<'a> {
    Location {
        file: sources
            .get(label.place.source)
            .map_or("", |source| &source.name),
        line: label.place.line,
        column: label.place.column,
        start_byte: label.place.start,
        end_byte: label.place.end,
        label: &label.text,
    }
}
