//! The outermost document.

use super::run::RunResult;
use super::verdict::Verdict;
use crate::config::Shape;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a measurement or a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As planned.
    Complete,
    /// By a signal; what was measured until then is there.
    Interrupted,
    /// By a failure that made going on pointless.
    Failed,
}

/// The program that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The requests of one shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShapeInfo {
    /// The shape; absent for a recorded workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// Unique requests, the distinct bodies among them below.
    pub requests: u64,
    /// Distinct bodies.
    pub distinct: u64,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// SHA-256 of all bodies.
    pub sha256: String,
}

/// The requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadInfo {
    /// SHA-256 over all shapes: results with different ones cannot be compared.
    pub sha256: String,
    /// `token-ids`, `repeated-text` or `replay`.
    pub payload: String,
    /// What a prefix cache can reuse.
    pub cache: String,
    /// Each shape.
    pub shapes: Vec<ShapeInfo>,
}

/// An argument that the server was to report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// Its name.
    pub key: String,
    /// What the configuration locks.
    pub expected: Value,
    /// What the server says; null if nothing.
    pub reported: Value,
    /// Whether they are equal.
    pub equal: bool,
    /// Whether a difference was allowed.
    pub allowed: bool,
}

/// What the server says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServerReport {
    /// Base URL.
    pub url: String,
    /// How long it took to become ready.
    pub ready_seconds: f64,
    /// Its version, if it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `/get_server_info`.
    #[serde(skip_serializing_if = "Value::is_null", default)]
    pub info: Value,
    /// `/get_model_info`.
    #[serde(skip_serializing_if = "Value::is_null", default)]
    pub model_info: Value,
    /// `/v1/models`.
    #[serde(skip_serializing_if = "Value::is_null", default)]
    pub models: Value,
    /// Whether `/freeze_gc` was accepted.
    pub garbage_collection_frozen: bool,
    /// How often `/flush_cache` was accepted.
    pub cache_flushes: u32,
    /// Arguments compared with the configuration.
    pub expectations: Vec<Expectation>,
}

/// The client measured against its own server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Calibration {
    /// Requests a second in closed loop against the in-process server.
    pub requests_per_second: f64,
    /// Requests in flight.
    pub concurrency: u32,
    /// Bytes of a request's body.
    pub body_bytes: u64,
    /// Length.
    pub seconds: f64,
}

/// The scores of a probe request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbeAnswer {
    /// Index of the shape.
    pub shape: u32,
    /// Index of the request within the shape.
    pub request: u32,
    /// One row for each item, one number for each label; absent if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<Vec<Vec<f64>>>,
    /// Why there are no scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a trial of the search showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialOutcome {
    /// The objective is met, with the confidence asked for.
    Pass,
    /// It is not.
    Fail,
    /// Neither could be shown; counts as not met.
    Undecided,
    /// The client could not send the rate; counts as not met.
    ClientLimited,
}

/// One rate that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trial {
    /// Rate.
    pub rate_per_second: f64,
    /// Requests, over all its runs.
    pub requests: u64,
    /// Requests above the latency bound, or failed.
    pub above: u64,
    /// Requests failed.
    pub failed: u64,
    /// Indexes of its runs.
    pub runs: Vec<u32>,
    /// What it showed.
    pub outcome: TrialOutcome,
}

/// The search for the highest rate that meets the objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Saturation {
    /// Index of the shape.
    pub shape: u32,
    /// Number of the repetition.
    pub repetition: u32,
    /// Highest rate that passed; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_per_second: Option<f64>,
    /// Lowest rate that did not pass; absent if all did, so that the bound is `maxRate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_rate_per_second: Option<f64>,
    /// Whether the client was what limited the rate.
    pub client_limited: bool,
    /// All trials in order.
    pub trials: Vec<Trial>,
}

/// Which workers' measurements this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Workers {
    /// Workers that share the schedule.
    pub count: u32,
    /// Those whose measurements are in this result.
    pub included: Vec<u32>,
}

/// A whole result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResultDocument {
    /// Version of the format: 1.
    pub schema_version: u32,
    /// The program.
    pub tool: Tool,
    /// How it ended.
    pub status: Status,
    /// Why, unless complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether all runs can be trusted.
    pub verdict: Verdict,
    /// Start, UTC.
    pub started_at: String,
    /// End, UTC: the start plus what the monotonic clock says.
    pub ended_at: String,
    /// From the configuration.
    pub metadata: Value,
    /// The configuration as it was applied, defaults not filled in.
    pub config: Value,
    /// SHA-256 of the configuration as canonical JSON.
    pub config_hash: String,
    /// The requests.
    pub workload: WorkloadInfo,
    /// The machine and the pod.
    pub environment: Value,
    /// The server.
    pub server: ServerReport,
    /// The workers.
    pub workers: Workers,
    /// The client's own limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Scores of the probe set.
    pub probe: Vec<ProbeAnswer>,
    /// Every run, in the order of measurement.
    pub runs: Vec<RunResult>,
    /// Searches.
    pub saturation: Vec<Saturation>,
}
