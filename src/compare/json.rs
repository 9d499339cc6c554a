//! Comparisons for programs, described by `schemas/comparison.schema.json`.

use super::comparability::Accepted;
use super::comparison::{Comparison, MetricComparison, Overall, PointComparison};
use super::correctness::Correctness;
use super::gate::Verdict;
use super::group::{LeftOut, LeftOutRun};
use super::metric::Direction;
use super::native::{BestNative, NativeView};
use super::point::Point;
use super::policy::Policy;
use super::sample::{Derived, PointSide};
use super::side::Side;
use super::words;
use crate::results::Rejected;
use serde_json::{Map, Value, json};

/// Grows when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

/// All comparisons, and what was read and is no result.
pub fn render(comparisons: &[Comparison], rejected: &[Rejected]) -> String {
    let worst = comparisons
        .iter()
        .map(|comparison| comparison.overall)
        .max_by_key(|overall| severity(*overall));
    let report = json!({
        "schemaVersion": SCHEMA_VERSION,
        "verdict": worst.unwrap_or(Overall::None).name(),
        "policy": comparisons.first().map(|comparison| policy(&comparison.policy)),
        "comparisons": comparisons.iter().map(comparison).collect::<Vec<_>>(),
        "rejected": rejected
            .iter()
            .map(|one| json!({ "name": one.name, "reason": one.reason.to_string() }))
            .collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&without_nulls(report)).unwrap_or_default() + "\n"
}

/// The worst first: failed, then open, then nothing to judge.
pub(super) fn severity(overall: Overall) -> u8 {
    match overall {
        Overall::Pass => 0,
        Overall::None => 1,
        Overall::Inconclusive => 2,
        Overall::Fail => 3,
    }
}

/// Absent values are absent, not null: but for values of results, which are kept apart as text.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, without_nulls(value)))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn policy(policy: &Policy) -> Value {
    let gate = |gate: &super::Gate| json!({ "metric": gate.metric.name(), "worse": gate.worse, "action": gate.action.name() });
    json!({
        "gates": policy.gates.iter().map(gate).collect::<Vec<_>>(),
        "scores": { "maxAbsolute": policy.scores.max_absolute, "meanAbsolute": policy.scores.mean_absolute },
        "minimumRuns": policy.minimum_runs,
        "seed": policy.seed,
        "guardrail": policy.guardrail,
        "keep": policy.keep.iter().map(|keep| keep.name()).collect::<Vec<_>>(),
    })
}

fn comparison(comparison: &Comparison) -> Value {
    json!({
        "verdict": comparison.overall.name(),
        "headline": words::headline(comparison),
        "base": side(&comparison.base),
        "candidate": side(&comparison.candidate),
        "scores": correctness(&comparison.correctness),
        "points": comparison.points.iter().map(paired).collect::<Vec<_>>(),
        "bestNative": native(&comparison.native),
        "accepted": comparison.accepted.iter().map(accepted).collect::<Vec<_>>(),
        "unverified": comparison.unverified,
        "leftOut": comparison.left_out.iter().map(left_out).collect::<Vec<_>>(),
        "remarks": comparison.remarks.iter().map(words::remark).collect::<Vec<_>>(),
    })
}

fn side(side: &Side) -> Value {
    let subject = &side.subject;
    let price = subject.price.as_ref().map(|price| {
        json!({ "usdPerHour": price.usd_per_hour, "source": price.source, "date": price.date })
    });
    let text = |value: &String| (!value.is_empty()).then(|| value.clone());
    let sources = side.sources.iter().map(|source| {
        json!({
            "name": source.origin.name,
            "sha256": source.origin.sha256.to_string(),
            "configHash": text(&source.config_hash),
            "workloadSha256": source.workload_sha256,
            "startedAt": text(&source.started_at),
        })
    });
    json!({
        "name": side.name,
        "variant": subject.variant,
        "backend": subject.backend,
        "backendVersion": subject.backend_version,
        "accelerator": subject.accelerator,
        "chips": subject.chips,
        "model": subject.model,
        "revision": subject.revision,
        "serverImage": subject.server_image,
        "price": price,
        "results": sources.collect::<Vec<_>>(),
    })
}

fn correctness(correctness: &Correctness) -> Value {
    let drifts = correctness.drifts.iter().map(|drift| {
        json!({
            "shape": drift.shape,
            "request": drift.request,
            "item": drift.item,
            "label": drift.label,
            "base": drift.base.0,
            "baseResult": drift.base.1,
            "candidate": drift.candidate.0,
            "candidateResult": drift.candidate.1,
            "difference": drift.difference,
        })
    });
    json!({
        "verdict": correctness.status.name(),
        "compared": correctness.scores,
        "maxAbsolute": correctness.max_absolute,
        "meanAbsolute": correctness.mean_absolute,
        "baseSpread": correctness.base_spread,
        "candidateSpread": correctness.candidate_spread,
        "driftCount": correctness.drift_count,
        "drifts": drifts.collect::<Vec<_>>(),
        "problems": correctness.problems,
    })
}

fn point(point: &Point) -> Map<String, Value> {
    let shape = point.shape.map(|shape| {
        json!({ "items": shape.items, "queryTokens": shape.query_tokens, "itemTokens": shape.item_tokens })
    });
    let recorded = point.shape.is_none().then_some(point.index);
    let mut fields = Map::new();
    fields.insert("shape".to_owned(), json!(shape));
    fields.insert("recordedShape".to_owned(), json!(recorded));
    fields.insert("load".to_owned(), json!(point.load.to_string()));
    fields.insert("concurrency".to_owned(), json!(point.load.concurrency()));
    fields.insert("ratePerSecond".to_owned(), json!(point.load.rate()));
    fields
}

fn paired(paired: &PointComparison) -> Value {
    let mut fields = point(&paired.point);
    fields.insert("base".to_owned(), point_side(&paired.base));
    fields.insert("candidate".to_owned(), point_side(&paired.candidate));
    let metrics = paired.metrics.iter().map(metric).collect::<Vec<_>>();
    fields.insert("metrics".to_owned(), json!(metrics));
    Value::Object(fields)
}

fn point_side(side: &PointSide) -> Value {
    let quantiles = side.quantiles.map(|quantiles| {
        json!({
            "count": quantiles.count,
            "p50": quantiles.p50,
            "p90": quantiles.p90,
            "p95": quantiles.p95,
            "p99": quantiles.p99,
            "p999": quantiles.p999,
            "max": quantiles.max,
        })
    });
    json!({
        "runs": side.runs.len(),
        "results": side.measurements,
        "latencyMilliseconds": quantiles,
        "derived": derived(&side.derived),
        "errors": side.errors,
    })
}

fn derived(derived: &Derived) -> Value {
    json!({
        "requestsPerSecond": derived.requests_per_second,
        "itemsPerSecond": derived.items_per_second,
        "tokensPerSecond": derived.tokens_per_second,
        "itemsPerSecondPerChip": derived.items_per_second_per_chip,
        "itemsPerUsd": derived.items_per_usd,
        "usdPerMillionItems": derived.usd_per_million_items,
        "errorFraction": derived.error_fraction,
    })
}

fn metric(comparison: &MetricComparison) -> Value {
    let summary = |summary: &crate::statistics::Summary| {
        json!({
            "runs": summary.count,
            "median": summary.median,
            "mean": summary.mean,
            "deviation": summary.deviation,
            "spread": summary.spread(),
            "min": summary.min,
            "max": summary.max,
        })
    };
    let gate = comparison.gate.map(|outcome| {
        let runs_needed = match outcome.verdict {
            Verdict::Inconclusive { runs_needed } => runs_needed,
            _ => None,
        };
        json!({
            "worse": outcome.gate.worse,
            "action": outcome.gate.action.name(),
            "verdict": outcome.verdict.name(),
            "runsNeeded": runs_needed,
            "pWorse": outcome.p_worse,
        })
    });
    json!({
        "metric": comparison.metric.name(),
        "unit": comparison.metric.unit(),
        "higherIsBetter": comparison.metric.direction() == Direction::HigherIsBetter,
        "base": summary(&comparison.base),
        "candidate": summary(&comparison.candidate),
        "shift": comparison.shift,
        "ratio": comparison.ratio,
        "interval": comparison.interval.map(|interval| json!({ "low": interval.low, "high": interval.high })),
        "p": comparison.p_value,
        "pHolm": comparison.adjusted_p_value,
        "gate": gate,
    })
}

fn native(view: &NativeView) -> Value {
    let best = |best: &BestNative| {
        let mut fields = point(&best.point);
        fields.insert("derived".to_owned(), derived(&best.derived));
        fields.insert("p95Milliseconds".to_owned(), json!(best.p95));
        fields.insert("lowestP95Milliseconds".to_owned(), json!(best.lowest_p95));
        fields.insert("within".to_owned(), json!(best.within));
        fields.insert("points".to_owned(), json!(best.points));
        Value::Object(fields)
    };
    json!({
        "base": view.base.as_ref().map(best),
        "candidate": view.candidate.as_ref().map(best),
        "ratios": {
            "itemsPerSecond": view.ratio(|derived| derived.items_per_second),
            "itemsPerSecondPerChip": view.ratio(|derived| derived.items_per_second_per_chip),
            "itemsPerUsd": view.ratio(|derived| derived.items_per_usd),
        },
    })
}

fn accepted(accepted: &Accepted) -> Value {
    let difference = &accepted.difference;
    json!({
        "path": difference.path,
        "one": super::outline::value(difference.one.as_ref()),
        "other": super::outline::value(difference.other.as_ref()),
        "reason": accepted.reason,
        "by": accepted.by,
    })
}

fn left_out(run: &LeftOutRun) -> Value {
    let kind = match run.why {
        LeftOut::Interrupted(_) => "interrupted",
        LeftOut::Invalid(_) => "invalid",
        LeftOut::NotWarmedUp => "not-warmed-up",
        LeftOut::PartOfWorkers { .. } => "part-of-workers",
    };
    json!({ "result": run.name, "run": run.run, "kind": kind, "reason": run.why.to_string() })
}
