//! Explanations for programs, described by `schemas/explanation.schema.json`.

use super::{Explanation, Step};
use crate::source::{Place, Sources};
use crate::template::Role;
use serde::Serialize;
use serde_json::Value;

/// Grows when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    schema_version: u32,
    explanations: Vec<Item<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    variants: &'a [String],
    path: &'a str,
    value: &'a Value,
    steps: Vec<StepItem<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum StepItem<'a> {
    Template {
        location: Location<'a>,
        text: &'a str,
    },
    Patch {
        location: Location<'a>,
        text: &'a str,
    },
    Value {
        path: &'a str,
        role: &'static str,
        settings: Vec<SettingItem<'a>>,
    },
    Computed {
        from: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        location: Option<Location<'a>>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SettingItem<'a> {
    location: Location<'a>,
    value: &'a Value,
    is_around: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

/// The whole report: explanations, each with the variants it holds for.
pub fn render(explanations: &[(Explanation, Vec<String>)], sources: &Sources) -> String {
    let report = Report {
        schema_version: SCHEMA_VERSION,
        explanations: explanations
            .iter()
            .map(|(explanation, variants)| Item {
                variants,
                path: &explanation.address,
                value: &explanation.value,
                steps: explanation
                    .steps
                    .iter()
                    .map(|step| item(step, sources))
                    .collect(),
            })
            .collect(),
    };
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn item<'a>(step: &'a Step, sources: &'a Sources) -> StepItem<'a> {
    match step {
        Step::Template { place } => StepItem::Template {
            location: location(*place, sources),
            text: sources.line(*place),
        },
        Step::Patch { place } => StepItem::Patch {
            location: location(*place, sources),
            text: sources.line(*place),
        },
        Step::Value {
            path,
            role,
            settings,
            ..
        } => StepItem::Value {
            path,
            role: match role {
                Role::Value => "value",
                Role::Key => "key",
                Role::Condition => "condition",
            },
            settings: settings
                .iter()
                .map(|setting| SettingItem {
                    location: location(setting.place, sources),
                    value: &setting.value,
                    is_around: setting.is_around,
                })
                .collect(),
        },
        Step::Computed { what, .. } => StepItem::Computed {
            from: what,
            location: step.place().map(|place| location(place, sources)),
        },
    }
}

fn location(place: Place, sources: &Sources) -> Location<'_> {
    Location {
        file: sources.get(place.source).map_or("", |source| &source.name),
        line: place.line,
        column: place.column,
    }
}
