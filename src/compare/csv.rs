//! Comparisons as a table for other programs: one row for each metric at each point.

use super::comparison::{Comparison, MetricComparison, PointComparison};
use super::gate::Verdict;
use super::words::visible;

const COLUMNS: [&str; 29] = [
    "base",
    "candidate",
    "items",
    "query_tokens",
    "item_tokens",
    "load",
    "concurrency",
    "rate_per_second",
    "metric",
    "unit",
    "base_runs",
    "candidate_runs",
    "base_median",
    "candidate_median",
    "base_spread",
    "candidate_spread",
    "shift",
    "ratio",
    "ratio_low",
    "ratio_high",
    "p",
    "p_holm",
    "limit",
    "action",
    "verdict",
    "runs_needed",
    "base_merged_p95_ms",
    "candidate_merged_p95_ms",
    "scores",
];

/// All comparisons, with a header.
pub fn render(comparisons: &[Comparison]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and all rows are equally long.
    let _ = writer.write_record(COLUMNS);
    for comparison in comparisons {
        for point in &comparison.points {
            for metric in &point.metrics {
                let _ = writer.write_record(row(comparison, point, metric));
            }
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn row(
    comparison: &Comparison,
    point: &PointComparison,
    metric: &MetricComparison,
) -> [String; 29] {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let whole = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    let shape = point.point.shape;
    let gate = metric.gate;
    let p95 = |side: &super::PointSide| number(side.quantiles.map(|quantiles| quantiles.p95));
    [
        visible(&comparison.base.name),
        visible(&comparison.candidate.name),
        whole(shape.map(|shape| shape.items)),
        whole(shape.map(|shape| shape.query_tokens)),
        whole(shape.map(|shape| shape.item_tokens)),
        point.point.load.to_string(),
        whole(point.point.load.concurrency()),
        number(point.point.load.rate()),
        metric.metric.name().to_owned(),
        metric.metric.unit().to_owned(),
        metric.base.count.to_string(),
        metric.candidate.count.to_string(),
        metric.base.median.to_string(),
        metric.candidate.median.to_string(),
        metric.base.spread().to_string(),
        metric.candidate.spread().to_string(),
        metric.shift.to_string(),
        number(metric.ratio),
        number(metric.interval.map(|interval| interval.low)),
        number(metric.interval.map(|interval| interval.high)),
        number(metric.p_value),
        number(metric.adjusted_p_value),
        number(gate.map(|outcome| outcome.gate.worse)),
        gate.map_or_else(String::new, |outcome| outcome.gate.action.name().to_owned()),
        gate.map_or_else(String::new, |outcome| outcome.verdict.name().to_owned()),
        gate.map_or_else(String::new, |outcome| match outcome.verdict {
            Verdict::Inconclusive {
                runs_needed: Some(runs),
            } => runs.to_string(),
            _ => String::new(),
        }),
        p95(&point.base),
        p95(&point.candidate),
        comparison.correctness.status.name().to_owned(),
    ]
}
