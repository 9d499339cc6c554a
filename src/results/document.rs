//! The format of a result, as `schemas/result.schema.json` describes it.
//!
//! Types of our own, not the load generator's: the two programs share the schema. Latencies are in
//! milliseconds, times in seconds, rates per second. What formats of others lack is optional here; the
//! schema has seen to it that results of the load generator have it.

use super::histogram::{Histogram, HistogramError};
use serde::Deserialize;
use serde_json::Value;

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

/// The program that measured.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Version; empty where it is unknown.
    pub version: String,
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

/// The requests of one shape.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkloadShape {
    /// The shape; absent for a recorded workload.
    pub shape: Option<Shape>,
    /// Unique requests.
    pub requests: u64,
    /// Distinct bodies among them.
    pub distinct: u64,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// SHA-256 of all bodies.
    pub sha256: String,
}

/// The requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Workload {
    /// SHA-256 over all shapes; absent in formats that do not know it.
    pub sha256: Option<String>,
    /// What the requests are made of.
    pub payload: String,
    /// What a prefix cache can reuse.
    pub cache: String,
    /// Each shape.
    pub shapes: Vec<WorkloadShape>,
}

/// An argument that the configuration locks, against the server's report.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Expectation {
    /// Its name.
    pub key: String,
    /// What the configuration locks.
    pub expected: Value,
    /// What the server reports; null if nothing.
    pub reported: Value,
    /// Whether they are equal.
    pub equal: bool,
    /// Whether a difference is accepted.
    pub allowed: bool,
}

/// What the server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// Base URL.
    pub url: String,
    /// How long it took to become ready.
    pub ready_seconds: f64,
    /// Its version, if it says.
    pub version: Option<String>,
    /// Arguments compared with the configuration.
    pub expectations: Vec<Expectation>,
}

/// The workers that shared the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Workers {
    /// How many share it.
    pub count: u64,
    /// Those whose measurements are in this result.
    pub included: Vec<u64>,
}

/// The scores of one probe request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProbeAnswer {
    /// Index of the shape.
    pub shape: u64,
    /// Index of the request within the shape.
    pub request: u64,
    /// One row for each item, one number for each label; absent if the request failed.
    pub scores: Option<Vec<Vec<f64>>>,
    /// Why there are no scores.
    pub error: Option<String>,
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

/// One rate that was tried.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// Rate.
    pub rate_per_second: f64,
    /// Indexes of its runs.
    pub runs: Vec<u64>,
    /// `pass`, `fail`, `undecided` or `client-limited`.
    pub outcome: String,
}

/// A search for the highest rate that meets an objective.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saturation {
    /// Index of the shape.
    pub shape: u64,
    /// Number of the repetition, from 0.
    pub repetition: u64,
    /// Highest rate that passed; absent if none did.
    pub rate_per_second: Option<f64>,
    /// Whether a trial did not pass because of the client.
    pub client_limited: bool,
    /// Each rate tried.
    pub trials: Vec<Trial>,
}

/// A whole result.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The program.
    pub tool: Tool,
    /// How it ended.
    pub status: Status,
    /// Why, unless complete.
    pub reason: Option<String>,
    /// Whether all runs can be trusted.
    #[serde(rename = "verdict")]
    pub validity: Validity,
    /// Start, UTC; empty in formats that do not know it.
    pub started_at: String,
    /// End, UTC.
    pub ended_at: String,
    /// From the configuration.
    pub metadata: Value,
    /// The configuration as it was applied.
    pub config: Value,
    /// SHA-256 of the configuration.
    pub config_hash: String,
    /// The requests.
    pub workload: Workload,
    /// The machine and the pod.
    pub environment: Value,
    /// The server.
    pub server: Server,
    /// The workers.
    pub workers: Workers,
    /// Scores of the probe set.
    pub probe: Vec<ProbeAnswer>,
    /// Every run, in the order of measurement.
    pub runs: Vec<Run>,
    /// Searches.
    pub saturation: Vec<Saturation>,
}
