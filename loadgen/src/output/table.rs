//! A result for a person to read.

use crate::result::{ResultDocument, Rule, RuleName, RunResult, Status, Verdict};
use std::fmt::Write as _;

/// The table of a result.
pub fn table(result: &ResultDocument) -> String {
    let mut text = String::new();
    let variant = result
        .metadata
        .get("variant")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("?");
    _ = writeln!(
        text,
        "{variant}  workload {}  config {}",
        short(&result.workload.sha256),
        short(&result.config_hash)
    );
    let rows: Vec<Vec<String>> = std::iter::once(HEADER.iter().map(ToString::to_string).collect())
        .chain(result.runs.iter().map(row))
        .collect();
    let widths: Vec<usize> = (0..HEADER.len())
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                if column < LEFT {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            })
            .collect();
        _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    for (index, run) in result.runs.iter().enumerate() {
        notes(&mut text, index, run);
    }
    if let Some(reason) = &result.reason
        && result
            .runs
            .iter()
            .all(|run| run.reason.as_ref() != Some(reason))
    {
        _ = writeln!(text, "{reason}");
    }
    for search in &result.saturation {
        let found = match (search.rate_per_second, search.failed_rate_per_second) {
            (None, _) => "no rate met the objective".to_owned(),
            (Some(rate), Some(failed)) => {
                format!("{rate:.1}/s met the objective, {failed:.1}/s did not")
            }
            (Some(rate), None) => {
                format!("{rate:.1}/s met the objective, and nothing higher was tried")
            }
        };
        let client = if search.client_limited {
            "; the client was the limit"
        } else {
            ""
        };
        _ = writeln!(
            text,
            "saturation of shape {}, run {}: {found}{client}",
            search.shape, search.repetition
        );
    }
    _ = writeln!(text, "{}", verdict(result));
    text
}

/// Columns that are text.
const LEFT: usize = 2;
const HEADER: [&str; 12] = [
    "shape", "load", "run", "sent/s", "done/s", "items/s", "p50 ms", "p90 ms", "p99 ms", "max ms",
    "failed", "verdict",
];

fn row(run: &RunResult) -> Vec<String> {
    let shape = run.shape.map_or("replay".to_owned(), |shape| {
        format!(
            "{} x ({} + {})",
            shape.items, shape.query_tokens, shape.item_tokens
        )
    });
    let latency = run.headline();
    let milliseconds = |part: fn(&crate::statistics::Distribution) -> f64| {
        latency.map_or("-".to_owned(), |latency| figure(part(latency)))
    };
    vec![
        shape,
        load(run),
        run.repetition.to_string(),
        figure(run.throughput.sent_per_second),
        figure(run.throughput.requests_per_second),
        figure(run.throughput.items_per_second),
        milliseconds(|latency| latency.p50),
        milliseconds(|latency| latency.p90),
        milliseconds(|latency| latency.p99),
        milliseconds(|latency| latency.max),
        run.counts.failed.to_string(),
        match (run.status, run.verdict.valid) {
            (Status::Complete, true) => "VALID".to_owned(),
            (Status::Complete, false) => "INVALID".to_owned(),
            (Status::Interrupted, _) => "interrupted".to_owned(),
            (Status::Failed, _) => "failed".to_owned(),
        },
    ]
}

fn load(run: &RunResult) -> String {
    match (run.load.concurrency, run.load.rate_per_second) {
        (Some(concurrency), _) => format!("closed {concurrency}"),
        (None, Some(rate)) => format!("{} {rate}/s", run.load.arrival),
        (None, None) => format!("{} stages", run.load.arrival),
    }
}

/// Four significant digits, no exponent.
fn figure(value: f64) -> String {
    let digits = match value.abs() {
        large if large >= 1000.0 => 0,
        large if large >= 100.0 => 1,
        large if large >= 10.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

fn notes(text: &mut String, index: usize, run: &RunResult) {
    if let Some(reason) = &run.reason {
        _ = writeln!(text, "run {index}: {reason}");
    }
    for warning in &run.warnings {
        _ = writeln!(text, "run {index}: {warning}");
    }
    for group in &run.errors {
        let example = group.examples.first().map_or("", |example| &example.detail);
        _ = writeln!(
            text,
            "run {index}: {} x {}: {example}",
            group.count,
            group.class.name()
        );
    }
    if let Some(error) = &run.client.send_error {
        _ = writeln!(
            text,
            "run {index}: send error p50 {:.1} us, p99 {:.1} us, max {:.1} us; client used {:.1} % of a core",
            error.p50 * 1e3,
            error.p99 * 1e3,
            error.max * 1e3,
            run.client.cpu_fraction * 100.0
        );
    }
    for rule in run.verdict.rules.iter().filter(|rule| !rule.passed) {
        _ = writeln!(text, "run {index}: INVALID: {}", explain(rule));
    }
}

fn verdict(result: &ResultDocument) -> String {
    let Verdict { valid, rules } = &result.verdict;
    if *valid {
        return "VALID: the load was the one asked for and the client was not the bottleneck"
            .to_owned();
    }
    let failed: Vec<String> = rules.iter().map(explain).collect();
    format!("INVALID: {}", failed.join("; "))
}

fn explain(rule: &Rule) -> String {
    let (measured, limit) = (rule.measured, rule.limit);
    match rule.rule {
        RuleName::Complete => "it did not come to its end".to_owned(),
        RuleName::Answers => "no request succeeded".to_owned(),
        RuleName::SendError => format!("send error p99 {measured:.3} ms, above {limit} ms"),
        RuleName::SendErrorShare => {
            format!(
                "send error p99 is {:.2} % of the median latency, above {} %",
                measured * 100.0,
                limit * 100.0
            )
        }
        RuleName::PlanSent => format!(
            "{:.3} % of the plan was sent in time, below {} %",
            measured * 100.0,
            limit * 100.0
        ),
        RuleName::Gaps => format!(
            "the gaps between sends are not the plan's: distance {measured:.3}, above {limit:.3}"
        ),
        RuleName::ClientCpu => format!(
            "the client used {:.0} % of a core, above {:.0} %",
            measured * 100.0,
            limit * 100.0
        ),
        RuleName::Throttling => {
            format!("the control group held the client back for {measured:.3} s")
        }
        RuleName::ClientResources => {
            format!("the client's machine lacked resources for {measured} requests")
        }
        RuleName::Errors => format!(
            "{:.3} % of requests failed, above {} %",
            measured * 100.0,
            limit * 100.0
        ),
    }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn figures_have_four_digits() {
        for (value, text) in [
            (0.0, "0.000"),
            (0.12345, "0.123"),
            (12.346, "12.35"),
            (123.46, "123.5"),
            (12345.6, "12346"),
        ] {
            assert_eq!(figure(value), text);
        }
    }
}
