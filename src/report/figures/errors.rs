//! Failed requests by class.

use super::Chapter;
use crate::compare::{Table, words};
use crate::report::chart::{Axis, Chart, Series};
use crate::report::figure::{Behind, Figure, Half, Pair, columns};
use std::collections::{BTreeMap, BTreeSet};

/// Classes that are drawn at most; the table has all of them.
const MOST_CLASSES: usize = 6;

/// Failures of a side by class, and how many requests ended.
struct Failures {
    classes: BTreeMap<String, u64>,
    ended: u64,
}

pub(super) fn chapter(pair: Pair<'_>) -> Chapter {
    let mut behind = Behind::default();
    let sides = pair.halves().map(|half| failures(&half, &mut behind));
    let named = pair.halves().into_iter().zip(&sides).map(|(half, side)| {
        let failed: u64 = side.classes.values().sum();
        format!("{}: {failed} of {} requests failed.", half.name, side.ended)
    });
    let about = named.collect::<Vec<_>>().join(" ");
    let classes: BTreeSet<String> = sides
        .iter()
        .flat_map(|side| side.classes.keys().cloned())
        .collect();
    Chapter {
        title: "Errors",
        figures: if classes.is_empty() {
            Vec::new()
        } else {
            vec![figure(
                pair,
                &sides,
                classes.into_iter().collect(),
                behind,
                &about,
            )]
        },
        about,
    }
}

fn failures(half: &Half<'_>, behind: &mut Behind) -> Failures {
    let mut found = Failures {
        classes: BTreeMap::new(),
        ended: 0,
    };
    for side in half.side.points.values() {
        behind.add(half.ink, &side.runs);
        for (class, count) in &side.errors {
            let sum = found.classes.entry(class.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        for run in half.runs(side) {
            let ended = run.counts.succeeded.saturating_add(run.counts.failed);
            found.ended = found.ended.saturating_add(ended);
        }
    }
    found
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn percent(side: &Failures, class: &str) -> f64 {
    let count = side.classes.get(class).copied().unwrap_or_default();
    count as f64 * 100.0 / side.ended.max(1) as f64
}

fn figure(
    pair: Pair<'_>,
    sides: &[Failures; 2],
    mut classes: Vec<String>,
    behind: Behind,
    about: &str,
) -> Figure {
    let most = |class: &String| {
        sides
            .iter()
            .map(|side| percent(side, class))
            .fold(0.0, f64::max)
    };
    classes.sort_by(|one, other| most(other).total_cmp(&most(one)));
    let row = |class: &String| {
        let mut row = vec![class.clone()];
        for side in sides {
            let count = side.classes.get(class).copied().unwrap_or_default();
            row.extend([count.to_string(), words::number(Some(percent(side, class)))]);
        }
        row
    };
    let rows = classes.iter().map(row).collect();
    let shown: Vec<String> = classes.iter().take(MOST_CLASSES).cloned().collect();
    let mut series = Vec::new();
    for ((half, side), offset) in pair.halves().into_iter().zip(sides).zip([-0.32, 0.02]) {
        let mut one = Series::new(half.ink);
        for (class, index) in shown.iter().zip(0_u32..) {
            let left = f64::from(index) + offset;
            one.bars.push((left, left + 0.3, percent(side, class)));
        }
        series.push(one);
    }
    let heights: Vec<f64> = series
        .iter()
        .flat_map(|one| one.bars.iter().map(|bar| bar.2))
        .collect();
    let title = "failed requests by class".to_owned();
    Figure {
        description: format!(
            "Bars: failed requests of each class in percent of all that ended. {about}"
        ),
        chart: Chart {
            x: Axis::names("class", &shown),
            y: Axis::linear("% of requests", heights),
            series,
            shade: None,
            limits: Vec::new(),
        },
        notes: if classes.len() > shown.len() {
            vec![format!(
                "{} of {} classes are drawn, the most frequent ones.",
                shown.len(),
                classes.len()
            )]
        } else {
            Vec::new()
        },
        table: Table {
            title: title.clone(),
            columns: columns(["class", "base", "base, %", "candidate", "candidate, %"]),
            rows,
        },
        title,
        behind,
    }
}
