//! Putting the results of workers that shared one schedule together, without loss.

use super::document::{ResultDocument, Status};
use super::run::{ErrorGroup, GapCheck, IntervalResult, RunCounts, RunResult};
use super::verdict::{Verdict, judge};
use crate::config::Validity;
use crate::statistics::{Distribution, Gaps, Histogram, HistogramError};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Why results cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeError(pub String);

impl fmt::Display for MergeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<HistogramError> for MergeError {
    fn from(error: HistogramError) -> Self {
        Self(error.to_string())
    }
}

/// Merges results of different workers of one measurement.
///
/// # Errors
/// Results of different configurations, workloads, schedules or worker counts, and workers that
/// appear twice.
pub fn merge(parts: Vec<ResultDocument>, limits: &Validity) -> Result<ResultDocument, MergeError> {
    let mut parts = parts.into_iter();
    let Some(mut merged) = parts.next() else {
        return Err(MergeError("nothing to merge".to_owned()));
    };
    for part in parts {
        check_same(&merged, &part)?;
        merged.workers.included.extend(&part.workers.included);
        merged.workers.included.sort_unstable();
        if merged
            .workers
            .included
            .windows(2)
            .any(|pair| pair[0] == pair[1])
        {
            return Err(MergeError(format!(
                "worker {:?} appears twice",
                part.workers.included
            )));
        }
        if part.status != Status::Complete && merged.status == Status::Complete {
            merged.status = part.status;
            merged.reason = part.reason;
        }
        merged.started_at = merged.started_at.min(part.started_at);
        merged.ended_at = merged.ended_at.max(part.ended_at);
        let runs = std::mem::take(&mut merged.runs);
        merged.runs = runs
            .into_iter()
            .zip(part.runs)
            .map(|(left, right)| merge_runs(left, right, limits))
            .collect::<Result<_, _>>()?;
    }
    merged.verdict = Verdict::over(&merged.runs, merged.status);
    Ok(merged)
}

fn check_same(left: &ResultDocument, right: &ResultDocument) -> Result<(), MergeError> {
    let differ = |what: &str| {
        Err(MergeError(format!(
            "the results differ in {what}: they are not of one measurement"
        )))
    };
    let differing = differing(&left.config, &right.config);
    if !differing.is_empty() {
        return differ(&format!("their configuration ({})", first_few(&differing)));
    }
    if left.workload.sha256 != right.workload.sha256 {
        return differ("their workload");
    }
    if left.workers.count != right.workers.count {
        return differ("their number of workers");
    }
    if left.runs.len() != right.runs.len() {
        return differ("their number of runs");
    }
    let same = |(left, right): (&RunResult, &RunResult)| {
        (left.point, left.repetition, &left.plan) == (right.point, right.repetition, &right.plan)
    };
    if !left.runs.iter().zip(&right.runs).all(same) {
        return differ("their schedule");
    }
    let lengths =
        |(left, right): (&RunResult, &RunResult)| left.interval_seconds == right.interval_seconds;
    if !left.runs.iter().zip(&right.runs).all(lengths) {
        return differ("their configuration (output.intervalSeconds)");
    }
    if !left.saturation.is_empty() {
        return Err(MergeError(
            "a search for the highest rate is one worker's and cannot be merged".to_owned(),
        ));
    }
    Ok(())
}

/// The fields in which two configurations differ. Where each worker writes is its own matter: `output` is left out.
fn differing(left: &Value, right: &Value) -> Vec<String> {
    let (mut left, mut right) = (left.clone(), right.clone());
    for side in [&mut left, &mut right] {
        if let Some(fields) = side.as_object_mut() {
            fields.remove("output");
        }
    }
    let mut found = Vec::new();
    note_differing(&left, &right, "", &mut found);
    found
}

fn note_differing(left: &Value, right: &Value, path: &str, found: &mut Vec<String>) {
    if left == right {
        return;
    }
    let (Some(before), Some(after)) = (left.as_object(), right.as_object()) else {
        found.push(path.to_owned());
        return;
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let path = match path {
            "" => name.clone(),
            parent => format!("{parent}.{name}"),
        };
        let side = |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
        note_differing(&side(before), &side(after), &path, found);
    }
}

fn first_few(fields: &[String]) -> String {
    const FEW: usize = 3;
    let shown = fields[..fields.len().min(FEW)].join(", ");
    match fields.len().saturating_sub(FEW) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn merge_runs(
    left: RunResult,
    right: RunResult,
    limits: &Validity,
) -> Result<RunResult, MergeError> {
    let counts = add_counts(&left.counts, &right.counts);
    let send_seconds = left.send_seconds.max(right.send_seconds);
    let elapsed_seconds = left.elapsed_seconds.max(right.elapsed_seconds);
    let mut merged = left;
    merged.counts = counts;
    merged.send_seconds = send_seconds;
    merged.elapsed_seconds = elapsed_seconds;
    merged.throughput = RunResult::rates(&counts, send_seconds, elapsed_seconds);
    if right.status != Status::Complete && merged.status == Status::Complete {
        merged.status = right.status;
        merged.reason = right.reason;
    }
    for warning in right.warnings {
        if !merged.warnings.contains(&warning) {
            merged.warnings.push(warning);
        }
    }
    merged.latency.scheduled = add(
        merged.latency.scheduled.as_ref(),
        right.latency.scheduled.as_ref(),
    )?;
    merged.latency.sent = add(merged.latency.sent.as_ref(), right.latency.sent.as_ref())?;
    merged.latency.first_byte = add(
        merged.latency.first_byte.as_ref(),
        right.latency.first_byte.as_ref(),
    )?;
    merged.errors = add_errors(merged.errors, right.errors);
    merged.intervals = add_intervals(merged.intervals, right.intervals)?;
    let client = &mut merged.client;
    client.send_error = add(client.send_error.as_ref(), right.client.send_error.as_ref())?;
    client.gaps = add_gaps(client.gaps.take(), right.client.gaps)?;
    client.last_send_error_milliseconds = larger(
        client.last_send_error_milliseconds,
        right.client.last_send_error_milliseconds,
    );
    client.cpu_seconds += right.client.cpu_seconds;
    client.spin_seconds += right.client.spin_seconds;
    client.cpu_fraction = client.cpu_fraction.max(right.client.cpu_fraction);
    client.peak_memory_bytes = client.peak_memory_bytes.max(right.client.peak_memory_bytes);
    client.throttled_seconds = larger(client.throttled_seconds, right.client.throttled_seconds);
    client.headroom = match (client.headroom, right.client.headroom) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    };
    merged.verdict = judge(&merged, limits);
    Ok(merged)
}

fn larger(left: Option<f64>, right: Option<f64>) -> Option<f64> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.max(right)),
        (left, right) => left.or(right),
    }
}

fn add_counts(left: &RunCounts, right: &RunCounts) -> RunCounts {
    RunCounts {
        planned: left.planned + right.planned,
        sent: left.sent + right.sent,
        sent_in_time: left.sent_in_time + right.sent_in_time,
        succeeded: left.succeeded + right.succeeded,
        failed: left.failed + right.failed,
        unfinished: left.unfinished + right.unfinished,
        unsent: left.unsent + right.unsent,
        held_back: left.held_back + right.held_back,
        retried: left.retried + right.retried,
        after_end: left.after_end + right.after_end,
        items: left.items + right.items,
        tokens: left.tokens + right.tokens,
        in_flight_peak: left.in_flight_peak + right.in_flight_peak,
    }
}

fn add(
    left: Option<&Distribution>,
    right: Option<&Distribution>,
) -> Result<Option<Distribution>, MergeError> {
    let parts: Vec<&Distribution> = left.into_iter().chain(right).collect();
    Ok(Distribution::merge(Histogram::new(), &parts)?)
}

fn add_gaps(
    left: Option<GapCheck>,
    right: Option<GapCheck>,
) -> Result<Option<GapCheck>, MergeError> {
    let (Some(left), Some(right)) = (&left, &right) else {
        return Ok(left.or(right));
    };
    let (Some(planned), Some(sent)) = (
        add(Some(&left.planned), Some(&right.planned))?,
        add(Some(&left.sent), Some(&right.sent))?,
    ) else {
        return Ok(None);
    };
    let gaps = Gaps::from_histograms(
        Histogram::decode(&planned.histogram)?,
        Histogram::decode(&sent.histogram)?,
    );
    Ok(Some(GapCheck {
        distance: gaps.distance(),
        tolerance_milliseconds: crate::clock::milliseconds(gaps.tolerance()),
        planned,
        sent,
    }))
}

fn add_errors(left: Vec<ErrorGroup>, right: Vec<ErrorGroup>) -> Vec<ErrorGroup> {
    let mut groups: BTreeMap<_, ErrorGroup> =
        left.into_iter().map(|group| (group.class, group)).collect();
    for group in right {
        match groups.get_mut(&group.class) {
            Some(known) => {
                known.count += group.count;
                known.examples.extend(group.examples);
                known.examples.sort_by_key(|example| example.request);
                known.examples.truncate(3);
            }
            None => _ = groups.insert(group.class, group),
        }
    }
    groups.into_values().collect()
}

fn add_intervals(
    left: Vec<IntervalResult>,
    right: Vec<IntervalResult>,
) -> Result<Vec<IntervalResult>, MergeError> {
    let (mut longer, shorter) = if left.len() >= right.len() {
        (left, right)
    } else {
        (right, left)
    };
    for (interval, other) in longer.iter_mut().zip(&shorter) {
        interval.sent += other.sent;
        interval.succeeded += other.succeeded;
        interval.failed += other.failed;
        interval.items += other.items;
        interval.latency = add(interval.latency.as_ref(), other.latency.as_ref())?;
    }
    Ok(longer)
}
