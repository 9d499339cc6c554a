//! One run's figures.

use super::document::Status;
use super::verdict::Verdict;
use crate::config::{Shape, Stage};
use crate::failure::Class;
use crate::statistics::Distribution;
use serde::{Deserialize, Serialize};

/// How requests arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadPoint {
    /// `closed`, `constant`, `poisson` or `gamma`.
    pub arrival: String,
    /// Requests in flight, in closed loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Rate asked for, in open loop with one rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_per_second: Option<f64>,
    /// Shape of gamma gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burstiness: Option<f64>,
    /// Stages, in open loop with a changing rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<Stage>>,
    /// Cap on requests in flight, in open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_in_flight: Option<u32>,
}

/// What was planned, over all workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanInfo {
    /// Requests; absent in closed loop without a count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Nominal length; absent in closed loop with a count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// SHA-256 of the schedule, in open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The warm-up before the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WarmupResult {
    /// Requests.
    pub requests: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Length.
    pub seconds: f64,
    /// Whether latency was steady at its end.
    pub steady: bool,
    /// Latency of the first request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_milliseconds: Option<f64>,
    /// Median of the last window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_median_milliseconds: Option<f64>,
}

/// Counts of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunCounts {
    /// In the schedule, of the workers included; in closed loop what was sent.
    pub planned: u64,
    /// Handed over.
    pub sent: u64,
    /// Handed over before the nominal end.
    pub sent_in_time: u64,
    /// Ended well.
    pub succeeded: u64,
    /// Failed.
    pub failed: u64,
    /// Sent and given up when the run was stopped.
    pub unfinished: u64,
    /// Planned and never sent.
    pub unsent: u64,
    /// Sent late because of the cap on requests in flight.
    pub held_back: u64,
    /// Sent again after they provably had not left.
    pub retried: u64,
    /// Ended well after the nominal end.
    pub after_end: u64,
    /// Items of the requests that ended well.
    pub items: u64,
    /// Prompt tokens of the requests that ended well.
    pub tokens: u64,
    /// Most in flight at once.
    pub in_flight_peak: u32,
}

/// Rates over the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Throughput {
    /// Requests sent a second, until the last send.
    pub sent_per_second: f64,
    /// Requests that ended well a second, until the last end.
    pub requests_per_second: f64,
    /// Their items.
    pub items_per_second: f64,
    /// Their prompt tokens.
    pub tokens_per_second: f64,
}

/// Latencies in milliseconds; successes only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LatencyResult {
    /// From the scheduled instant to the last byte: the headline in open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Distribution>,
    /// From the send to the last byte: the headline in closed loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Distribution>,
    /// From the send to the first byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<Distribution>,
}

/// A failed request in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorExample {
    /// Number in the schedule.
    pub request: u64,
    /// HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was seen.
    pub detail: String,
}

/// Failures of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorGroup {
    /// Class.
    pub class: Class,
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<ErrorExample>,
}

/// One interval of the time series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntervalResult {
    /// Start, from the run's start.
    pub start_seconds: f64,
    /// Requests handed over in it.
    pub sent: u64,
    /// Requests that ended well in it.
    pub succeeded: u64,
    /// Requests that failed in it.
    pub failed: u64,
    /// Items of those that ended well.
    pub items: u64,
    /// Headline latency of those that ended well in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Distribution>,
}

/// Gaps between sends against the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GapCheck {
    /// Kolmogorov-Smirnov distance.
    pub distance: f64,
    /// Error that each gap is allowed.
    pub tolerance_milliseconds: f64,
    /// The gaps planned.
    pub planned: Distribution,
    /// The gaps sent.
    pub sent: Distribution,
}

/// How the client did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientHealth {
    /// From the scheduled instant to the send, in open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_error: Option<Distribution>,
    /// How late the last send was, in open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_send_error_milliseconds: Option<f64>,
    /// Gaps, in open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaps: Option<GapCheck>,
    /// CPU time of the sending thread.
    pub cpu_seconds: f64,
    /// Of which spent waiting for an instant without sleeping.
    pub spin_seconds: f64,
    /// Fraction of a core used for work: CPU time less spinning, by the elapsed time.
    pub cpu_fraction: f64,
    /// Largest resident memory of the process so far.
    pub peak_memory_bytes: u64,
    /// Time for which the control group held the process back; absent if the system does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttled_seconds: Option<f64>,
    /// What the client can do by its calibration, divided by what it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headroom: Option<f64>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunResult {
    /// Which combination of shape and load; repetitions of one have the same.
    pub point: u32,
    /// Number of the repetition, from 0.
    pub repetition: u32,
    /// Index of the shape.
    pub shape_index: u32,
    /// The shape; absent for a recorded workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// The load.
    pub load: LoadPoint,
    /// How it ended.
    pub status: Status,
    /// Why, unless complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it can be trusted.
    pub verdict: Verdict,
    /// What else a reader should know.
    pub warnings: Vec<String>,
    /// Start, UTC.
    pub started_at: String,
    /// The plan.
    pub plan: PlanInfo,
    /// The warm-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup: Option<WarmupResult>,
    /// Counts.
    pub counts: RunCounts,
    /// Until the last send.
    pub send_seconds: f64,
    /// Until the last end.
    pub elapsed_seconds: f64,
    /// Rates.
    pub throughput: Throughput,
    /// Latencies.
    pub latency: LatencyResult,
    /// Failures.
    pub errors: Vec<ErrorGroup>,
    /// Length of an interval.
    pub interval_seconds: u32,
    /// The time series.
    pub intervals: Vec<IntervalResult>,
    /// The client.
    pub client: ClientHealth,
}

impl RunResult {
    /// The headline latency: from the schedule in open loop, from the send in closed loop.
    pub fn headline(&self) -> Option<&Distribution> {
        self.latency
            .scheduled
            .as_ref()
            .or(self.latency.sent.as_ref())
    }

    /// Rates from counts and times.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn rates(counts: &RunCounts, send_seconds: f64, elapsed_seconds: f64) -> Throughput {
        let per = |count: u64, seconds: f64| {
            if seconds > 0.0 {
                count as f64 / seconds
            } else {
                0.0
            }
        };
        Throughput {
            sent_per_second: per(counts.sent, send_seconds),
            requests_per_second: per(counts.succeeded, elapsed_seconds),
            items_per_second: per(counts.items, elapsed_seconds),
            tokens_per_second: per(counts.tokens, elapsed_seconds),
        }
    }
}
