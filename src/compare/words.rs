//! Figures and verdicts as people read them.

use super::comparison::{Comparison, MetricComparison, Overall};
use super::correctness::{Correctness, ScoreStatus};
use super::gate::{GateOutcome, Verdict};
use super::group::short;
use super::metric::Metric;
use super::point::Point;
use super::policy::Action;
use super::remark::{ClientPart, Remark};
use crate::results::Subject;

/// Smaller probabilities are not told apart.
const SMALLEST: f64 = 0.001;

/// Control characters of results must not reach a terminal.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            }
        })
        .collect()
}

/// A number in at most four significant digits; `-` for none.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), short)
}

/// A ratio as a change: `+3.1 %`.
pub fn change(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    if percent.abs() >= 1_000.0 {
        format!("x {}", short(ratio))
    } else {
        format!("{percent:+.1} %")
    }
}

/// A probability in two or three digits.
pub fn probability(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value < SMALLEST => format!("< {SMALLEST}"),
        Some(value) => format!("{value:.3}"),
    }
}

/// A metric in words.
pub fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::Throughput => "throughput",
        Metric::ThroughputPerChip => "throughput per chip",
        Metric::ThroughputPerDollar => "throughput per USD",
        Metric::LatencyP50 => "latency p50",
        Metric::LatencyP95 => "latency p95",
        Metric::LatencyP99 => "latency p99",
        Metric::SustainedRate => "sustained rate",
    }
}

/// The verdict over everything, as one word.
pub fn overall(overall: Overall) -> &'static str {
    match overall {
        Overall::Pass => "PASS",
        Overall::Fail => "FAIL",
        Overall::Inconclusive => "INCONCLUSIVE",
        Overall::None => "NO VERDICT",
    }
}

/// The answer of a gate with its threshold.
pub fn gate(outcome: Option<GateOutcome>) -> String {
    let Some(outcome) = outcome else {
        return String::new();
    };
    let limit = format!("limit {} %", short(outcome.gate.worse * 100.0));
    match (outcome.verdict, outcome.gate.action) {
        (Verdict::Pass, _) => format!("PASS ({limit})"),
        (Verdict::Fail, action) => {
            let word = match action {
                Action::Fail => "FAIL",
                Action::Warn => "WARN",
            };
            format!(
                "{word} ({limit}; by chance {})",
                probability(outcome.p_worse)
            )
        }
        (
            Verdict::Inconclusive {
                runs_needed: Some(runs),
            },
            _,
        ) => {
            format!("INCONCLUSIVE ({limit}; needs {runs} runs a side)")
        }
        (Verdict::Inconclusive { runs_needed: None }, _) => {
            format!("INCONCLUSIVE ({limit}; no number of runs would do)")
        }
        (Verdict::NotJudged, _) => "not judged".to_owned(),
        (Verdict::TooFewRequests { needed, .. }, _) => {
            format!("not judged (needs {needed} requests a run)")
        }
    }
}

/// How a metric changed at a point: `throughput 15.2 % lower at ..`.
fn changed(point: &Point, comparison: &MetricComparison) -> String {
    let percent = comparison.ratio.map_or(0.0, |ratio| (ratio - 1.0) * 100.0);
    let way = if percent < 0.0 { "lower" } else { "higher" };
    format!(
        "{} {:.1} % {way} at {point}",
        metric(comparison.metric),
        percent.abs()
    )
}

/// The verdict with its reason, in one line.
pub fn headline(comparison: &Comparison) -> String {
    let word = overall(comparison.overall);
    format!("{word}: {}", reason(comparison))
}

fn reason(comparison: &Comparison) -> String {
    let gates: Vec<_> = comparison.gates().collect();
    let of = |action: Action, wanted: fn(Verdict) -> bool| {
        gates
            .iter()
            .filter(|(.., outcome)| outcome.gate.action == action && wanted(outcome.verdict))
            .collect::<Vec<_>>()
    };
    let failed = of(Action::Fail, |verdict| verdict == Verdict::Fail);
    let warned = of(Action::Warn, |verdict| verdict == Verdict::Fail);
    let mut reason = match comparison.overall {
        Overall::Fail => {
            let mut reasons = Vec::new();
            if comparison.correctness.status == ScoreStatus::Fail {
                reasons.push(format!(
                    "scores differ ({})",
                    drift(&comparison.correctness)
                ));
            }
            reasons.extend(
                failed
                    .first()
                    .map(|(point, metric, _)| changed(point, metric)),
            );
            if failed.len() > 1 {
                reasons.push(match failed.len() - 1 {
                    1 => "1 more gate failed".to_owned(),
                    more => format!("{more} more gates failed"),
                });
            }
            reasons.join("; ")
        }
        Overall::Pass => format!(
            "no gate of {} at {} is worse than its threshold, and scores are equal",
            gates
                .iter()
                .filter(|(.., outcome)| outcome.verdict.is_judged())
                .count(),
            places(comparison.points.len())
        ),
        Overall::Inconclusive => inconclusive(comparison, gates.len()),
        Overall::None if !comparison.unverified.is_empty() => format!(
            "the results do not say everything; they lack {}",
            comparison.unverified.join(", ")
        ),
        Overall::None => nothing(comparison),
    };
    let told = warned.first().map(|(point, metric, _)| {
        let more = match warned.len() {
            1 => String::new(),
            several => format!(" and {} more", several - 1),
        };
        format!("; warning: {}{more}", changed(point, metric))
    });
    reason.push_str(&told.unwrap_or_default());
    reason
}

/// Why there is nothing to judge.
fn nothing(comparison: &Comparison) -> String {
    let shared: Vec<&String> = comparison
        .remarks
        .iter()
        .filter_map(|remark| match remark {
            Remark::OnBothSides { name } => Some(name),
            _ => None,
        })
        .collect();
    if let Some(first) = shared.first() {
        return match shared.len() {
            1 => format!("`{first}` is on both sides"),
            several => format!("{several} results are on both sides, `{first}` among them"),
        };
    }
    let verdicts: Vec<Verdict> = comparison
        .gates()
        .filter(|(.., outcome)| outcome.gate.action == Action::Fail)
        .map(|(.., outcome)| outcome.verdict)
        .collect();
    if verdicts.is_empty() {
        return match comparison.gates().next() {
            None => "no gate judges any metric".to_owned(),
            Some(_) => "no gate that can fail judges any metric".to_owned(),
        };
    }
    if verdicts.contains(&Verdict::NotJudged) {
        return format!(
            "it takes at least {} runs on each side",
            comparison.policy.minimum_runs
        );
    }
    "no gate judges any metric: runs have too few requests".to_owned()
}

fn inconclusive(comparison: &Comparison, gates: usize) -> String {
    let open: Vec<Verdict> = comparison
        .gates()
        .filter(|(.., outcome)| {
            outcome.gate.action == Action::Fail && outcome.verdict != Verdict::Pass
        })
        .map(|(.., outcome)| outcome.verdict)
        .collect();
    if open.is_empty() {
        return "there are no scores to compare".to_owned();
    }
    let (unjudged, open): (Vec<Verdict>, Vec<Verdict>) =
        open.into_iter().partition(|verdict| !verdict.is_judged());
    let why = if unjudged.contains(&Verdict::NotJudged) {
        "there are too few runs"
    } else {
        "runs have too few requests"
    };
    let few = match unjudged.len() {
        0 => String::new(),
        1 => format!("1 of {gates} gates is not judged: {why}"),
        several => format!("{several} of {gates} gates are not judged: {why}"),
    };
    if open.is_empty() {
        return few;
    }
    let needed = open.iter().filter_map(|verdict| match verdict {
        Verdict::Inconclusive { runs_needed } => *runs_needed,
        _ => None,
    });
    let wanted = needed.max().map_or_else(String::new, |runs| {
        format!("; {runs} runs a side would decide what can be decided")
    });
    let few = if few.is_empty() {
        few
    } else {
        format!("; {few}")
    };
    format!("{} of {gates} gates are open{wanted}{few}", open.len())
}

fn places(count: usize) -> String {
    match count {
        1 => "one shape and load".to_owned(),
        several => format!("{several} shapes and loads"),
    }
}

/// What is wrong with scores, in a few words.
fn drift(correctness: &Correctness) -> String {
    let limits = correctness.limits;
    if let Some(drift) = correctness.drifts.first() {
        return format!(
            "by {} for item {} of request {}, {}; {} scores beyond {}",
            short(drift.difference),
            drift.item,
            drift.request,
            drift.shape,
            correctness.drift_count,
            limits.max_absolute
        );
    }
    if correctness.mean_absolute > limits.mean_absolute {
        return format!(
            "by {} in the mean, beyond {}",
            short(correctness.mean_absolute),
            limits.mean_absolute
        );
    }
    for (name, spread) in [
        ("base", correctness.base_spread),
        ("candidate", correctness.candidate_spread),
    ] {
        if spread > limits.max_absolute {
            return format!(
                "results of the {name} differ among themselves by {}",
                short(spread)
            );
        }
    }
    correctness.problems.first().cloned().unwrap_or_default()
}

/// The scores in one line.
pub fn scores(correctness: &Correctness) -> String {
    let figures = format!(
        "{} scores, largest difference {}, mean {}",
        correctness.scores,
        short(correctness.max_absolute),
        short(correctness.mean_absolute)
    );
    match correctness.status {
        ScoreStatus::Pass => format!(
            "equal: {figures} (limits {} and {})",
            correctness.limits.max_absolute, correctness.limits.mean_absolute
        ),
        ScoreStatus::Fail => format!("different: {}; {figures}", drift(correctness)),
        ScoreStatus::Unknown => "unknown: there are none to compare".to_owned(),
    }
}

/// What was measured, and what it costs, in one line.
pub fn subject(subject: &Subject) -> String {
    let mut parts = vec![subject.title()];
    parts.extend(
        subject
            .backend_version
            .as_ref()
            .map(|version| format!("version {version}")),
    );
    parts.extend(subject.chips.map(|chips| match chips {
        1 => "1 chip".to_owned(),
        several => format!("{several} chips"),
    }));
    if let Some(price) = &subject.price {
        let said: Vec<&str> = [&price.source, &price.date]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let origin = if said.is_empty() {
            "no source given".to_owned()
        } else {
            said.join(", ")
        };
        parts.push(format!(
            "{} USD an hour ({origin})",
            short(price.usd_per_hour)
        ));
    }
    parts.join(", ")
}

/// A remark as a sentence.
pub fn remark(remark: &Remark) -> String {
    match remark {
        Remark::EndedEarly { name, reason } => {
            format!("`{name}` ended early ({reason}); its whole runs count")
        }
        Remark::Unpaired { name, points } => {
            let points: Vec<String> = points.iter().map(ToString::to_string).collect();
            format!("only {name} has {}", points.join("; "))
        }
        Remark::OneStart { name } => format!(
            "all runs of {name} come from one start of its server: what varies from start to start is not in \
             the intervals"
        ),
        Remark::OnBothSides { name } => format!("`{name}` is on both sides"),
        Remark::SuiteDifference { path, reason } => {
            format!("the suite accepts that `{path}` differs: {reason}")
        }
        Remark::NotInterleaved => {
            "one side was measured wholly before the other: what changed meanwhile \
                                   counts as a difference; take turns"
                .to_owned()
        }
        Remark::FewRequests {
            metric: percentile,
            points,
            fewest,
            needed,
        } => format!(
            "{} at {} is not judged: a run has only {fewest} requests that succeeded, and below {needed} a run it is \
             just the slowest of them",
            metric(*percentile),
            match points.as_slice() {
                [point] => point.to_string(),
                several => places(several.len()),
            }
        ),
        Remark::ShortIntervals {
            runs: (fewer, more),
            coverage,
        } => {
            let runs = if fewer == more {
                format!("{fewer} runs a side")
            } else {
                format!("{fewer} against {more} runs")
            };
            format!(
                "with {runs} the 95 % interval holds the true change in {:.0} % of cases only",
                coverage * 100.0
            )
        }
        Remark::Client {
            what,
            base,
            candidate,
        } => {
            let what = match what {
                ClientPart::Version => "measured with different load generators",
                ClientPart::Image => "measured with different images of the load generator",
                ClientPart::Machine => "the client's machines differ",
            };
            format!("{what}: {} and {}", base.join(", "), candidate.join(", "))
        }
    }
}
