//! One run of a result: its load, what was counted, and latencies.

use super::histogram::{Histogram, HistogramError};
use serde::Deserialize;

/// How a measurement or a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As planned.
    Complete,
    /// By a signal.
    Interrupted,
    /// By a failure that made going on pointless.
    Failed,
}

/// A rule of validity, applied.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Rule {
    /// Its name.
    pub rule: String,
    /// Whether it holds.
    pub passed: bool,
    /// What was measured.
    pub measured: f64,
    /// What it was compared with.
    pub limit: f64,
}

/// The result's own proof.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Validity {
    /// Whether every rule holds.
    pub valid: bool,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Size of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    /// Items.
    pub items: u64,
    /// Tokens of the query.
    pub query_tokens: u64,
    /// Tokens of each item.
    pub item_tokens: u64,
}

/// Figures of durations in milliseconds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Figures {
    /// How many durations.
    pub count: u64,
    /// Smallest.
    pub min: f64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub stdev: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest.
    pub max: f64,
}

/// Figures, and the histogram behind them in its serial form.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Distribution {
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// HDR V2, compressed, base64; empty in formats that do not know it.
    #[serde(rename = "histogram")]
    pub encoded: String,
}

impl Distribution {
    /// The histogram; nothing in formats that do not know it.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or counts other durations than the figures do.
    pub fn histogram(&self) -> Result<Option<Histogram>, HistogramError> {
        if self.encoded.is_empty() {
            return Ok(None);
        }
        let histogram = Histogram::decode(&self.encoded)?;
        if histogram.count() == self.figures.count {
            Ok(Some(histogram))
        } else {
            Err(HistogramError::Count {
                histogram: histogram.count(),
                figures: self.figures.count,
            })
        }
    }
}

/// One stage of a changing rate.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// Length.
    pub duration_seconds: f64,
    /// Rate, at its end if it is a ramp.
    pub rate_per_second: f64,
    /// Whether the rate changes evenly from the stage before.
    pub ramp: bool,
}

/// How requests arrived.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Load {
    /// `closed`, `constant`, `poisson` or `gamma`.
    pub arrival: String,
    /// Requests in flight, in closed loop.
    pub concurrency: Option<u64>,
    /// Rate asked for, in open loop with one rate.
    pub rate_per_second: Option<f64>,
    /// Shape of gamma gaps.
    pub burstiness: Option<f64>,
    /// Stages, in open loop with a changing rate.
    pub stages: Option<Vec<Stage>>,
    /// Cap on requests in flight, in open loop.
    pub max_in_flight: Option<u64>,
}

/// What was planned, over all workers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Plan {
    /// Requests; absent in closed loop without a count.
    pub requests: Option<u64>,
    /// Nominal length; absent in closed loop with a count.
    pub seconds: Option<f64>,
    /// SHA-256 of the schedule, in open loop.
    pub sha256: Option<String>,
}

/// The warm-up before a run.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WarmUp {
    /// Requests.
    pub requests: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Length.
    pub seconds: f64,
    /// Whether latency was steady at its end.
    pub steady: bool,
    /// Latency of the first request.
    pub first_milliseconds: Option<f64>,
    /// Median latency of the last window.
    pub last_median_milliseconds: Option<f64>,
}

/// Counts of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// In the schedule.
    pub planned: u64,
    /// Handed over.
    pub sent: u64,
    /// Answered, and the answer was right.
    pub succeeded: u64,
    /// Failed.
    pub failed: u64,
    /// Sent and given up when the run was stopped.
    pub unfinished: u64,
    /// Planned and never sent.
    pub unsent: u64,
    /// Succeeded after the nominal end.
    pub after_end: u64,
    /// Items of the requests that succeeded.
    pub items: u64,
    /// Prompt tokens of the requests that succeeded.
    pub tokens: u64,
}

/// Rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Throughput {
    /// Sends.
    pub sent_per_second: f64,
    /// Successes.
    pub requests_per_second: f64,
    /// Their items.
    pub items_per_second: f64,
    /// Their prompt tokens.
    pub tokens_per_second: f64,
}

/// Latencies of the requests that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// From the scheduled instant: the headline in open loop.
    pub scheduled: Option<Distribution>,
    /// From the send: the headline in closed loop.
    pub sent: Option<Distribution>,
    /// From the send to the first byte.
    pub first_byte: Option<Distribution>,
}

impl Latency {
    /// The one that counts.
    pub fn headline(&self) -> Option<&Distribution> {
        self.scheduled.as_ref().or(self.sent.as_ref())
    }
}

/// A failed request in full.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorExample {
    /// Number in the schedule.
    pub request: u64,
    /// HTTP status.
    pub status: Option<u64>,
    /// What was seen.
    pub detail: String,
}

/// Failures of one class.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorGroup {
    /// Class.
    pub class: String,
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<ErrorExample>,
}

/// One interval of the time series.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Start, from the run's start.
    pub start_seconds: f64,
    /// Requests handed over in it.
    pub sent: u64,
    /// Requests that succeeded in it.
    pub succeeded: u64,
    /// Requests that failed in it.
    pub failed: u64,
    /// Items of those that succeeded.
    pub items: u64,
    /// Headline latency of those that succeeded in it; its histogram is not kept.
    pub latency: Option<Figures>,
}

/// Gaps between sends against the plan's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gaps {
    /// Kolmogorov-Smirnov distance.
    pub distance: f64,
    /// Error that each gap is allowed.
    pub tolerance_milliseconds: f64,
    /// Gaps planned.
    pub planned: Figures,
    /// Gaps sent.
    pub sent: Figures,
}

/// How the client did.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// From the scheduled instant to the send, in open loop.
    pub send_error: Option<Distribution>,
    /// How late the last send was, in open loop.
    pub last_send_error_milliseconds: Option<f64>,
    /// Gaps, in open loop.
    pub gaps: Option<Gaps>,
    /// CPU time of the sending thread.
    pub cpu_seconds: f64,
    /// Of which spent spinning.
    pub spin_seconds: f64,
    /// Fraction of a core used for work.
    pub cpu_fraction: f64,
    /// Largest resident memory.
    pub peak_memory_bytes: u64,
    /// Time for which the control group held the process back.
    pub throttled_seconds: Option<f64>,
    /// What the client can do, divided by what it did.
    pub headroom: Option<f64>,
}

/// One run: one repetition of one combination of shape and load.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Which combination; its repetitions have the same number.
    pub point: u64,
    /// Number of the repetition, from 0.
    pub repetition: u64,
    /// Index of the shape in the workload.
    pub shape_index: u64,
    /// The shape; absent for a recorded workload.
    pub shape: Option<Shape>,
    /// How requests arrived.
    pub load: Load,
    /// How it ended.
    pub status: Status,
    /// Why, unless complete.
    pub reason: Option<String>,
    /// Whether it can be trusted.
    #[serde(rename = "verdict")]
    pub validity: Validity,
    /// What else a reader should know.
    pub warnings: Vec<String>,
    /// Start, UTC.
    pub started_at: String,
    /// What was planned.
    pub plan: Plan,
    /// The warm-up.
    pub warmup: Option<WarmUp>,
    /// Counts.
    pub counts: Counts,
    /// From the start to the last send.
    pub send_seconds: f64,
    /// From the start to the last end.
    pub elapsed_seconds: f64,
    /// Rates.
    pub throughput: Throughput,
    /// Latencies.
    pub latency: Latency,
    /// Failures by class.
    pub errors: Vec<ErrorGroup>,
    /// Length of an interval.
    pub interval_seconds: u64,
    /// The time series.
    pub intervals: Vec<Interval>,
    /// The client.
    pub client: Client,
}
