//! Trends for programs, described by `schemas/history.schema.json`.

use super::entry::METRICS;
use super::gather::Gathered;
use super::trend::{Change, Series, Trend, TrendPoint};
use serde_json::{Map, Value, json};

/// Grows when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

/// The whole trend, and what was not used.
pub fn render(trend: &Trend, gathered: &Gathered) -> String {
    let rejected: Vec<Value> = gathered
        .rejected
        .iter()
        .map(|(name, reason)| json!({ "name": name, "reason": reason }))
        .collect();
    let report = json!({
        "schemaVersion": SCHEMA_VERSION,
        "results": trend.results,
        "copies": gathered.copies,
        "undated": gathered.undated,
        "rejected": rejected,
        "series": trend.series.iter().map(series).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn series(series: &Series) -> Value {
    let mut value = json!({
        "variant": series.variant,
        "point": series.point,
        "inputs": series.inputs,
        "results": series.results.iter().map(result).collect::<Vec<_>>(),
        "changes": series.changes.iter().map(|one| change(one, series)).collect::<Vec<_>>(),
    });
    if let (Some(held), Some(map)) = (&series.baseline, value.as_object_mut()) {
        map.insert(
            "baseline".to_owned(),
            json!({ "name": held.name, "metrics": metrics(&held.medians) }),
        );
    }
    value
}

fn result(result: &TrendPoint) -> Value {
    json!({
        "name": result.name(),
        "sha256": result.recorded.file.sha256,
        "startedAt": result.started_at(),
        "runs": result.runs(),
        "metrics": metrics(&result.medians()),
    })
}

fn metrics(medians: &[Option<f64>; 4]) -> Value {
    let known: Map<String, Value> = METRICS
        .iter()
        .zip(medians)
        .filter_map(|(metric, median)| Some((metric.name().to_owned(), Value::from((*median)?))))
        .collect();
    Value::Object(known)
}

fn change(change: &Change, series: &Series) -> Value {
    let result = series.results.get(change.index);
    json!({
        "metric": change.metric.name(),
        "index": change.index,
        "name": result.map(TrendPoint::name),
        "startedAt": result.map(TrendPoint::started_at),
        "before": change.point.before,
        "after": change.point.after,
        "pValue": change.point.p_value,
        "direction": if change.is_worse() { "worse" } else { "better" },
    })
}
