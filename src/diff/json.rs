//! Differences for programs, described by `schemas/difference.schema.json`.

use super::{Difference, GroupKind, Said};
use serde::Serialize;
use serde_json::Value;

/// Grows when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    schema_version: u32,
    compared: usize,
    differences: Vec<GroupItem<'a>>,
    hashes: HashesItem<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupItem<'a> {
    status: &'static str,
    objects: Vec<ObjectItem<'a>>,
    changes: Vec<ChangeItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectItem<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    blueprint: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    suite: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    variant: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeItem<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a Value>,
    causes: Vec<CauseItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CauseItem<'a> {
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<SaidItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<SaidItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SaidItem<'a> {
    location: &'a str,
    value: &'a Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HashesItem<'a> {
    renamed: Vec<RenamedItem<'a>>,
    contents: usize,
    values: usize,
    references: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RenamedItem<'a> {
    old: &'a str,
    new: &'a str,
}

/// The whole difference.
pub fn render(difference: &Difference) -> String {
    let hashes = &difference.hashes;
    let report = Report {
        schema_version: SCHEMA_VERSION,
        compared: difference.compared,
        differences: difference
            .groups
            .iter()
            .map(|group| GroupItem {
                status: match group.kind {
                    GroupKind::Added => "added",
                    GroupKind::Removed => "removed",
                    GroupKind::Changed(_) => "changed",
                },
                objects: group
                    .keys
                    .iter()
                    .map(|key| ObjectItem {
                        kind: &key.kind,
                        blueprint: &key.blueprint,
                        suite: &key.suite,
                        variant: &key.variant,
                    })
                    .collect(),
                changes: changes(&group.kind),
            })
            .collect(),
        hashes: HashesItem {
            renamed: hashes
                .renamed
                .iter()
                .map(|(old, new)| RenamedItem { old, new })
                .collect(),
            contents: hashes.contents,
            values: hashes.values,
            references: hashes.references,
        },
    };
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn changes(kind: &GroupKind) -> Vec<ChangeItem<'_>> {
    fn said(said: &Said) -> SaidItem<'_> {
        SaidItem {
            location: &said.place,
            value: &said.value,
        }
    }
    let GroupKind::Changed(items) = kind else {
        return Vec::new();
    };
    items
        .iter()
        .map(|item| ChangeItem {
            path: &item.path,
            old: item.old.as_ref(),
            new: item.new.as_ref(),
            causes: item
                .causes
                .iter()
                .map(|cause| CauseItem {
                    what: &cause.what,
                    old: cause.old.as_ref().map(said),
                    new: cause.new.as_ref().map(said),
                })
                .collect(),
        })
        .collect()
}
