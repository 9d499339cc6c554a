//! The format of a result, as `schemas/result.schema.json` describes it.
//!
//! Types of our own, not the load generator's: the two programs share the schema. Latencies are in
//! milliseconds, times in seconds, rates per second. What formats of others lack is optional here; the
//! schema has seen to it that results of the load generator have it.

use super::run::{Run, Shape, Status, Validity};
use serde::Deserialize;
use serde_json::Value;

/// The program that measured.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Version; empty where it is unknown.
    pub version: String,
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
