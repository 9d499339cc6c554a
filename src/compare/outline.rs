//! A comparison as headline, facts, tables and lists: what the text and the Markdown renderer share.

use super::comparison::{Comparison, PointComparison};
use super::correctness::Drift;
use super::group::{LeftOutRun, short};
use super::metric::Metric;
use super::sample::Derived;
use super::words;
use std::collections::BTreeMap;

/// Cells with a heading. The first column is text, the others are figures or verdicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// A whole comparison for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The verdict with its reason.
    pub headline: String,
    /// Named facts, in order.
    pub facts: Vec<(String, String)>,
    /// Tables, the most important first.
    pub tables: Vec<Table>,
    /// Named lists.
    pub lists: Vec<(String, Vec<String>)>,
}

impl Outline {
    /// Of a comparison.
    pub fn of(comparison: &Comparison) -> Self {
        let side = |side: &super::side::Side| {
            let results = match side.sources.len() {
                1 => "1 result".to_owned(),
                several => format!("{several} results"),
            };
            format!(
                "{} ({results}: {})",
                words::subject(&side.subject),
                side.name
            )
        };
        Self {
            headline: words::headline(comparison),
            facts: vec![
                ("base".to_owned(), side(&comparison.base)),
                ("candidate".to_owned(), side(&comparison.candidate)),
                ("scores".to_owned(), words::scores(&comparison.correctness)),
            ],
            tables: [
                Some(metrics(comparison)),
                derived(comparison),
                percentiles(comparison),
                native(comparison),
                drifts(&comparison.correctness.drifts),
            ]
            .into_iter()
            .flatten()
            .collect(),
            lists: lists(comparison),
        }
    }
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Metrics that are shown as rows of their own; the others are throughput by a constant.
const SHOWN: [Metric; 5] = [
    Metric::Throughput,
    Metric::SustainedRate,
    Metric::LatencyP50,
    Metric::LatencyP95,
    Metric::LatencyP99,
];

fn metrics(comparison: &Comparison) -> Table {
    let mut rows = Vec::new();
    for point in &comparison.points {
        let gated = point
            .metrics
            .iter()
            .filter(|one| one.gate.is_some() || SHOWN.contains(&one.metric));
        for (metric, index) in gated.zip(0..) {
            let with_spread = |summary: &crate::statistics::Summary| {
                let median = short(summary.median);
                if summary.count < 2 {
                    return median;
                }
                let percent = (summary.spread() * 1_000.0).round() / 10.0;
                format!("{median} ± {} %", short(percent))
            };
            rows.push(vec![
                if index == 0 {
                    point.point.to_string()
                } else {
                    String::new()
                },
                format!(
                    "{} ({})",
                    words::metric(metric.metric),
                    metric.metric.unit()
                ),
                with_spread(&metric.base),
                with_spread(&metric.candidate),
                metric.ratio.map_or_else(|| "-".to_owned(), words::change),
                metric.interval.map_or_else(
                    || "-".to_owned(),
                    |interval| {
                        format!(
                            "{} .. {}",
                            words::change(interval.low),
                            words::change(interval.high)
                        )
                    },
                ),
                Signed(metric.shift).to_string(),
                words::probability(metric.p_value),
                words::probability(metric.adjusted_p_value),
                format!("{} / {}", metric.base.count, metric.candidate.count),
                words::gate(metric.gate),
            ]);
        }
    }
    Table {
        title: "Portable view: the same shapes, loads and settings on both; medians over runs ± their spread"
            .to_owned(),
        columns: columns(&[
            "shape and load", "metric", "base", "candidate", "change", "95 % interval", "shift", "rank p",
            "rank p, Holm", "runs", "verdict",
        ]),
        rows,
    }
}

/// A number with its sign and at most four digits.
struct Signed(f64);

impl std::fmt::Display for Signed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 > 0.0 { "+" } else { "" };
        write!(out, "{sign}{}", short(self.0))
    }
}

type Part = (&'static str, fn(&Derived) -> Option<f64>);

/// Figures that follow from throughput.
const DERIVED: [Part; 5] = [
    ("items/s", |derived| derived.items_per_second),
    ("input tokens/s", |derived| derived.tokens_per_second),
    ("items/s per chip", |derived| {
        derived.items_per_second_per_chip
    }),
    ("items per USD", |derived| derived.items_per_usd),
    ("USD per million items", |derived| {
        derived.usd_per_million_items
    }),
];

fn derived(comparison: &Comparison) -> Option<Table> {
    let both = |point: &PointComparison, part: Part| {
        Some((
            part.1(&point.base.derived)?,
            part.1(&point.candidate.derived)?,
        ))
    };
    let known: Vec<Part> = DERIVED
        .into_iter()
        .filter(|part| {
            comparison
                .points
                .iter()
                .any(|point| both(point, *part).is_some())
        })
        .collect();
    if known.is_empty() {
        return None;
    }
    let mut names = vec!["shape and load".to_owned()];
    names.extend(
        known
            .iter()
            .map(|(name, _)| format!("{name}: base, candidate, change")),
    );
    let row = |point: &PointComparison| {
        let mut row = vec![point.point.to_string()];
        row.extend(known.iter().map(|part| {
            both(point, *part).map_or_else(
                || "-".to_owned(),
                |(base, candidate)| {
                    format!(
                        "{}, {}, {}",
                        short(base),
                        short(candidate),
                        words::change(candidate / base)
                    )
                },
            )
        }));
        row
    };
    Some(Table {
        title: "What follows from throughput".to_owned(),
        columns: names,
        rows: comparison.points.iter().map(row).collect(),
    })
}

fn percentiles(comparison: &Comparison) -> Option<Table> {
    let mut rows = Vec::new();
    for point in &comparison.points {
        for (name, side) in [("base", &point.base), ("candidate", &point.candidate)] {
            let Some(quantiles) = side.quantiles else {
                continue;
            };
            let figures = [
                quantiles.p50,
                quantiles.p90,
                quantiles.p95,
                quantiles.p99,
                quantiles.p999,
                quantiles.max,
            ];
            let mut row = vec![
                if name == "base" {
                    point.point.to_string()
                } else {
                    String::new()
                },
                name.to_owned(),
                quantiles.count.to_string(),
            ];
            row.extend(figures.iter().map(|figure| short(*figure)));
            row.push(side.derived.error_fraction.map_or_else(
                || "-".to_owned(),
                |fraction| format!("{} %", short(fraction * 100.0)),
            ));
            rows.push(row);
        }
    }
    (!rows.is_empty()).then(|| Table {
        title: "Latency in ms over all requests of all runs, from merged histograms".to_owned(),
        columns: columns(&[
            "shape and load",
            "side",
            "requests",
            "p50",
            "p90",
            "p95",
            "p99",
            "p99.9",
            "max",
            "failed",
        ]),
        rows,
    })
}

fn native(comparison: &Comparison) -> Option<Table> {
    let view = &comparison.native;
    let mut rows = Vec::new();
    for (name, best) in [("base", &view.base), ("candidate", &view.candidate)] {
        let Some(best) = best else { continue };
        rows.push(vec![
            name.to_owned(),
            best.point.to_string(),
            words::number(best.derived.items_per_second),
            words::number(best.derived.items_per_second_per_chip),
            words::number(best.derived.usd_per_million_items),
            short(best.p95),
            format!("{} of {}", best.within, best.points),
        ]);
    }
    let change = |part: fn(&Derived) -> Option<f64>| {
        view.ratio(part)
            .map_or_else(|| "-".to_owned(), words::change)
    };
    if rows.len() == 2 {
        rows.push(vec![
            "change".to_owned(),
            String::new(),
            change(|derived| derived.items_per_second),
            change(|derived| derived.items_per_second_per_chip),
            change(|derived| derived.usd_per_million_items),
            String::new(),
            String::new(),
        ]);
    }
    (!rows.is_empty()).then(|| Table {
        title: format!(
            "Best-native view: each side where it does the most items a second, among points whose p95 is within \
             {} times its lowest",
            short(comparison.policy.guardrail)
        ),
        columns: columns(&[
            "side", "shape and load", "items/s", "items/s per chip", "USD per million items", "p95 (ms)", "within",
        ]),
        rows,
    })
}

fn drifts(drifts: &[Drift]) -> Option<Table> {
    let row = |drift: &Drift| {
        vec![
            drift.shape.clone(),
            drift.request.to_string(),
            drift.item.to_string(),
            drift.label.to_string(),
            short(drift.base.0),
            short(drift.candidate.0),
            short(drift.difference),
        ]
    };
    (!drifts.is_empty()).then(|| Table {
        title: "Scores that differ most".to_owned(),
        columns: columns(&[
            "shape",
            "request",
            "item",
            "label",
            "base",
            "candidate",
            "difference",
        ]),
        rows: drifts.iter().map(row).collect(),
    })
}

fn lists(comparison: &Comparison) -> Vec<(String, Vec<String>)> {
    let accepted = comparison.accepted.iter().map(|accepted| {
        let difference = &accepted.difference;
        format!(
            "`{}`: {} against {}, accepted by the {}: {}",
            difference.path,
            value(difference.one.as_ref()),
            value(difference.other.as_ref()),
            accepted.by,
            accepted.reason
        )
    });
    let mut named = vec![
        ("Accepted differences".to_owned(), accepted.collect()),
        ("Left out".to_owned(), left_out(&comparison.left_out)),
        (
            "Problems of the score probe".to_owned(),
            comparison.correctness.problems.clone(),
        ),
        (
            "Remarks".to_owned(),
            comparison
                .remarks
                .iter()
                .map(words::remark)
                .collect::<Vec<_>>(),
        ),
    ];
    named.retain(|(_, list)| !list.is_empty());
    named
}

/// A value of a result; `nothing` where it has none.
pub(super) fn value(value: Option<&serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// Runs that were left out, those of one result for one reason in one line.
fn left_out(runs: &[LeftOutRun]) -> Vec<String> {
    let mut groups: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for run in runs {
        *groups.entry((&run.name, run.why.to_string())).or_default() += 1;
    }
    groups
        .into_iter()
        .map(|((name, why), count)| match count {
            1 => format!("1 run of `{name}`: {why}"),
            several => format!("{several} runs of `{name}`: {why}"),
        })
        .collect()
}
