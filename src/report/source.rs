//! The results behind a comparison, with their hashes.

use super::figure::{Behind, Pair};
use crate::compare::Side;
use serde::Serialize;

/// Results that are named one by one below a figure; more are named by their number.
const MOST_NAMED: usize = 8;
/// Digits of a hash that are enough to find it in the table.
const SHORT: usize = 12;

/// The results of a side.
#[derive(Serialize)]
pub(super) struct Sources {
    caption: String,
    rows: Vec<Source>,
}

#[derive(Serialize)]
struct Source {
    id: String,
    label: String,
    file: String,
    sha256: String,
    config: String,
    workload: String,
    started: String,
}

/// What is said of the results below a figure.
#[derive(Serialize)]
pub(super) struct BehindView {
    side: &'static str,
    /// How many there are.
    count: usize,
    /// Each, if there are few.
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Link {
    target: String,
    label: String,
    hash: String,
}

fn id(section: usize, side: &str, index: usize) -> String {
    format!("s{section}-{side}-{}", index + 1)
}

/// The sources of both sides of a section.
pub(super) fn sources(section: usize, pair: Pair<'_>) -> Vec<Sources> {
    pair.halves()
        .iter()
        .map(|half| of_side(section, half.name, half.side))
        .collect()
}

fn of_side(section: usize, name: &'static str, side: &Side) -> Sources {
    let rows = side
        .sources
        .iter()
        .enumerate()
        .map(|(index, source)| Source {
            id: id(section, name, index),
            label: format!("{name} {}", index + 1),
            file: source.origin.name.clone(),
            sha256: source.origin.sha256.to_string(),
            config: source.config_hash.clone(),
            workload: source.workload_sha256.clone().unwrap_or_default(),
            started: source.started_at.clone(),
        });
    Sources {
        caption: format!("Results of the {name}"),
        rows: rows.collect(),
    }
}

/// The results behind a figure.
pub(super) fn behind(section: usize, pair: Pair<'_>, behind: &Behind) -> Vec<BehindView> {
    let of =
        |side: &'static str, results: &std::collections::BTreeSet<usize>, all: &Side| BehindView {
            side,
            count: results.len(),
            links: if results.len() > MOST_NAMED {
                Vec::new()
            } else {
                results
                    .iter()
                    .map(|index| Link {
                        target: id(section, side, *index),
                        label: format!("{side} {}", index + 1),
                        hash: all.sources.get(*index).map_or_else(String::new, |source| {
                            source
                                .origin
                                .sha256
                                .to_string()
                                .chars()
                                .take(SHORT)
                                .collect()
                        }),
                    })
                    .collect()
            },
        };
    vec![
        of("base", &behind.base, &pair.comparison.base),
        of("candidate", &behind.candidate, &pair.comparison.candidate),
    ]
}
