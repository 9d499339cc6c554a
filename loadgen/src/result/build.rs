//! From what was recorded to a run's figures.

use super::document::Status;
use super::run::{
    ClientHealth, ErrorExample, ErrorGroup, GapCheck, IntervalResult, LatencyResult, LoadPoint,
    PlanInfo, RunCounts, RunResult, WarmupResult,
};
use super::verdict::{Verdict, judge};
use crate::clock::{Nanos, milliseconds, seconds};
use crate::config::{Shape, Validity};
use crate::measure::{Ending, Interval, Recorder};
use crate::statistics::Histogram;

/// What is known of a run besides what was recorded.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Combination.
    pub point: u32,
    /// Repetition.
    pub repetition: u32,
    /// Index of the shape.
    pub shape_index: u32,
    /// The shape.
    pub shape: Option<Shape>,
    /// The load.
    pub load: LoadPoint,
    /// The plan.
    pub plan: PlanInfo,
    /// Requests planned for this worker; nothing in closed loop without a count.
    pub planned: Option<u64>,
    /// How it ended.
    pub ending: Ending,
    /// Start, UTC.
    pub started_at: String,
    /// The warm-up.
    pub warmup: Option<WarmupResult>,
    /// CPU time of the thread.
    pub cpu_seconds: f64,
    /// Time spent spinning.
    pub spin_seconds: f64,
    /// Largest memory so far.
    pub peak_memory_bytes: u64,
    /// Time held back by the control group.
    pub throttled_seconds: Option<f64>,
    /// Requests a second that the client can do.
    pub capacity: Option<f64>,
    /// Length of an interval.
    pub interval_seconds: u32,
    /// Unique requests of the shape.
    pub unique_requests: u64,
    /// Whether the workload promises that a prefix cache has nothing to reuse.
    pub cold: bool,
}

/// Puts a run's figures together and judges them.
pub fn run_result(measured: Measured, recorder: Recorder<'_>, limits: &Validity) -> RunResult {
    let (status, reason) = match &measured.ending {
        Ending::Complete => (Status::Complete, None),
        Ending::Stopped => (Status::Interrupted, Some("stopped by a signal".to_owned())),
        Ending::ServerDied(why) => (Status::Failed, Some(format!("the server died: {why}"))),
        Ending::AllFailed(why) => (Status::Failed, Some(why.clone())),
    };
    let counts = counts(&measured, &recorder);
    let send_seconds = seconds(recorder.last_send);
    let elapsed_seconds = seconds(recorder.last_end.max(recorder.last_send));
    let throughput = RunResult::rates(&counts, send_seconds, elapsed_seconds);
    let warnings = warnings(&measured, &counts);
    let client = client(
        &measured,
        &recorder,
        elapsed_seconds,
        throughput.requests_per_second,
    );
    let mut run = RunResult {
        point: measured.point,
        repetition: measured.repetition,
        shape_index: measured.shape_index,
        shape: measured.shape,
        load: measured.load,
        status,
        reason,
        verdict: Verdict::of(Vec::new()),
        warnings,
        started_at: measured.started_at,
        plan: measured.plan,
        warmup: measured.warmup,
        counts,
        send_seconds,
        elapsed_seconds,
        throughput,
        latency: LatencyResult {
            scheduled: recorder.scheduled.distribution(),
            sent: recorder.sent.distribution(),
            first_byte: recorder.first_byte.distribution(),
        },
        errors: recorder
            .errors
            .iter()
            .map(|(class, group)| ErrorGroup {
                class,
                count: group.count,
                examples: group
                    .examples
                    .iter()
                    .map(|example| ErrorExample {
                        request: example.number,
                        status: example.status,
                        detail: example.detail.clone(),
                    })
                    .collect(),
            })
            .collect(),
        interval_seconds: measured.interval_seconds,
        intervals: recorder
            .intervals
            .finish()
            .iter()
            .zip(0_u32..)
            .map(|(interval, index)| {
                interval_result(
                    interval,
                    f64::from(index) * f64::from(measured.interval_seconds),
                )
            })
            .collect(),
        client,
    };
    run.verdict = judge(&run, limits);
    run
}

fn counts(measured: &Measured, recorder: &Recorder<'_>) -> RunCounts {
    let counts = &recorder.counts;
    let planned = measured.planned.unwrap_or(counts.sent);
    RunCounts {
        planned,
        sent: counts.sent,
        sent_in_time: counts.sent_in_time,
        succeeded: counts.succeeded,
        failed: counts.failed,
        unfinished: counts.sent.saturating_sub(counts.succeeded + counts.failed),
        unsent: planned.saturating_sub(counts.sent),
        held_back: counts.held_back,
        retried: counts.retried,
        after_end: counts.after_end,
        items: counts.items,
        tokens: counts.tokens,
        in_flight_peak: counts.in_flight_peak,
    }
}

fn warnings(measured: &Measured, counts: &RunCounts) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(warmup) = measured.warmup.as_ref().filter(|warmup| !warmup.steady) {
        let failed = match warmup.failed {
            0 => String::new(),
            failed => format!(", of which {failed} failed,"),
        };
        warnings.push(format!(
            "latency was not steady after a warm-up of {} requests{failed} in {:.1} s",
            warmup.requests, warmup.seconds
        ));
    }
    if measured.cold && counts.sent > measured.unique_requests {
        warnings.push(format!(
            "{} unique requests were sent {} times in all: a prefix cache can reuse them from the second round on, unless it is smaller",
            measured.unique_requests, counts.sent
        ));
    }
    if counts.held_back + counts.unsent > 0 && measured.load.max_in_flight.is_some() {
        warnings.push(format!(
            "the cap on requests in flight held {} back and kept {} from being sent",
            counts.held_back, counts.unsent
        ));
    }
    warnings
}

fn client(measured: &Measured, recorder: &Recorder<'_>, elapsed: f64, rate: f64) -> ClientHealth {
    let send_error = recorder.send_error.distribution();
    let open_loop = measured.load.concurrency.is_none();
    let (planned, sent) = recorder.gaps.histograms();
    let gaps = match (planned.distribution(), sent.distribution()) {
        (Some(planned), Some(sent)) => Some(GapCheck {
            distance: recorder.gaps.distance(),
            tolerance_milliseconds: milliseconds(recorder.gaps.tolerance()),
            planned,
            sent,
        }),
        _ => None,
    };
    let late: Nanos = recorder.last_send.saturating_sub(recorder.last_scheduled);
    let work = (measured.cpu_seconds - measured.spin_seconds).max(0.0);
    ClientHealth {
        send_error,
        last_send_error_milliseconds: open_loop.then(|| milliseconds(late)),
        gaps,
        cpu_seconds: measured.cpu_seconds,
        spin_seconds: measured.spin_seconds,
        cpu_fraction: if elapsed > 0.0 { work / elapsed } else { 0.0 },
        peak_memory_bytes: measured.peak_memory_bytes,
        throttled_seconds: measured.throttled_seconds,
        headroom: measured
            .capacity
            .filter(|_| rate > 0.0)
            .map(|capacity| capacity / rate),
    }
}

fn interval_result(interval: &Interval, start_seconds: f64) -> IntervalResult {
    IntervalResult {
        start_seconds,
        sent: interval.sent,
        succeeded: interval.succeeded,
        failed: interval.failed,
        items: interval.items,
        latency: Histogram::decode(&interval.histogram)
            .ok()
            .and_then(|histogram| histogram.distribution()),
    }
}
