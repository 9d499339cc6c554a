//! A CSV in the columns of `SGLang`'s `bench_score.py`, one row a minute and run, and what that
//! program leaves out: the achieved rate, and what finished after the nominal end.

use crate::result::{IntervalResult, ResultDocument, RunResult};
use crate::statistics::{Distribution, Histogram};
use std::fmt::Write as _;

const COLUMNS: &str = "test_duration_secs,minute_interval,target_rps,item_count,server_type,distribution,\
unique_requests,total_requests,successful_requests,failed_requests,send_duration_secs,total_duration_secs,\
avg_response_time_ms,p50_response_time_ms,p90_response_time_ms,p99_response_time_ms,\
achieved_rps,finished_after_end,run,point,query_tokens,item_tokens,concurrency";

/// The CSV of a result, with a header.
pub fn csv(result: &ResultDocument) -> String {
    let mut text = format!("{COLUMNS}\n");
    for (index, run) in result.runs.iter().enumerate() {
        let minutes = minutes(run);
        let last = minutes.len().saturating_sub(1);
        for (minute, row) in minutes.iter().enumerate() {
            let late = if minute == last {
                run.counts.after_end
            } else {
                0
            };
            line(&mut text, result, run, (index, minute), row, late);
        }
    }
    text
}

struct Minute {
    ended: u64,
    failed: u64,
    succeeded: u64,
    seconds: f64,
    latency: Option<Distribution>,
}

/// Intervals put together to minutes, by the time at which requests ended.
fn minutes(run: &RunResult) -> Vec<Minute> {
    let per_minute = (60 / run.interval_seconds.max(1)).max(1) as usize;
    run.intervals
        .chunks(per_minute)
        .map(|chunk| {
            let sum = |part: &dyn Fn(&IntervalResult) -> u64| chunk.iter().map(part).sum::<u64>();
            let distributions: Vec<&Distribution> = chunk
                .iter()
                .filter_map(|interval| interval.latency.as_ref())
                .collect();
            let start = chunk.first().map_or(0.0, |interval| interval.start_seconds);
            Minute {
                succeeded: sum(&|interval| interval.succeeded),
                failed: sum(&|interval| interval.failed),
                ended: sum(&|interval| interval.succeeded + interval.failed),
                seconds: (run.elapsed_seconds - start).clamp(0.0, 60.0),
                latency: Distribution::merge(Histogram::new(), &distributions)
                    .ok()
                    .flatten(),
            }
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn line(
    text: &mut String,
    result: &ResultDocument,
    run: &RunResult,
    at: (usize, usize),
    row: &Minute,
    late: u64,
) {
    let load = &run.load;
    let unique = result
        .workload
        .shapes
        .get(run.shape_index as usize)
        .map_or(0, |shape| shape.requests);
    let server = result
        .metadata
        .get("backend")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("");
    let distribution = load.arrival.to_uppercase();
    let number = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
    let latency = |part: fn(&Distribution) -> f64| number(row.latency.as_ref().map(part));
    let shape = |part: fn(&crate::config::Shape) -> u32| {
        run.shape
            .as_ref()
            .map_or(String::new(), |shape| part(shape).to_string())
    };
    let fields = [
        number(run.plan.seconds.or(Some(run.elapsed_seconds))),
        (at.1 + 1).to_string(),
        number(load.rate_per_second),
        shape(|shape| shape.items),
        quote(server),
        distribution,
        unique.to_string(),
        row.ended.to_string(),
        row.succeeded.to_string(),
        row.failed.to_string(),
        format!("{:.3}", run.send_seconds),
        format!("{:.3}", run.elapsed_seconds),
        latency(|distribution| distribution.mean),
        latency(|distribution| distribution.p50),
        latency(|distribution| distribution.p90),
        latency(|distribution| distribution.p99),
        number((row.seconds > 0.0).then(|| row.succeeded as f64 / row.seconds)),
        late.to_string(),
        at.0.to_string(),
        run.point.to_string(),
        shape(|shape| shape.query_tokens),
        shape(|shape| shape.item_tokens),
        load.concurrency
            .map_or(String::new(), |concurrency| concurrency.to_string()),
    ];
    _ = writeln!(text, "{}", fields.join(","));
}

fn quote(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
