//! The typed configuration. Defaults are those of the schema; a test holds them together.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the measurement is of; copied into the result.
    pub metadata: Value,
    /// The server.
    pub target: Target,
    /// The requests.
    pub workload: Workload,
    /// When they are sent.
    pub load: Load,
    /// Requests before each run.
    pub warmup: Warmup,
    /// Deadlines.
    pub timeouts: Timeouts,
    /// Requests whose scores are recorded.
    pub probe: Probe,
    /// Limits of the validity rules.
    pub validity: Validity,
    /// Where the result goes.
    pub output: Output,
    /// The document that all this was read from, defaults not filled in.
    pub document: Value,
}

/// The server to measure.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Base URL.
    pub url: String,
    /// Model name sent in every request.
    pub model: String,
    /// How to find out that the server is ready.
    #[serde(default)]
    pub readiness: Readiness,
    /// Arguments that the server must report.
    #[serde(default)]
    pub expect: Map<String, Value>,
    /// Keys of `expect` that may differ.
    #[serde(default)]
    pub allow_mismatch: Vec<String>,
    /// Whether to run the server's profiler.
    #[serde(default)]
    pub profiler: bool,
}

/// How to find out that the server is ready.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Readiness {
    /// Path that answers 200.
    pub path: String,
    /// Longest wait.
    pub timeout_seconds: f64,
    /// Pause between tries.
    pub interval_seconds: f64,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            path: "/health_generate".to_owned(),
            timeout_seconds: 1800.0,
            interval_seconds: 2.0,
        }
    }
}

/// Whether query and items are token ids or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Token ids drawn from a seed.
    TokenIds,
    /// One special token's text, repeated.
    RepeatedText(String),
}

/// What a prefix cache can reuse between the unique requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cache {
    /// Nothing.
    Cold,
    /// The query.
    SharedQuery,
    /// Everything.
    SglangIdentical,
}

impl Cache {
    /// Name in configuration and result.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::SharedQuery => "shared-query",
            Self::SglangIdentical => "sglang-identical",
        }
    }
}

/// Size of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shape {
    /// Items.
    pub items: u32,
    /// Tokens of the query.
    pub query_tokens: u32,
    /// Tokens of each item.
    pub item_tokens: u32,
}

/// Inclusive range of token ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenIds {
    /// Smallest.
    pub min: u32,
    /// Largest.
    pub max: u32,
}

/// The requests.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Ids or text.
    pub payload: Payload,
    /// What a prefix cache can reuse.
    pub cache: Cache,
    /// Seed of the token ids.
    pub seed: u64,
    /// Requests made for each shape.
    pub unique_requests: u32,
    /// Shapes; empty with `replay`.
    pub shapes: Vec<Shape>,
    /// Range to draw from.
    pub token_ids: TokenIds,
    /// Labels asked for.
    pub label_token_ids: Vec<u32>,
    /// Softmax over the labels.
    pub apply_softmax: bool,
    /// Item before query.
    pub item_first: bool,
    /// Recorded workload.
    pub replay: Option<String>,
}

/// When requests are sent.
#[derive(Debug, Clone)]
pub struct Load {
    /// Closed, open or searching.
    pub arrival: Arrival,
    /// Repetitions of each combination.
    pub runs: u32,
    /// Pause between two runs.
    pub pause_seconds: f64,
    /// Seed of the arrival times.
    pub seed: u64,
}

/// How one run ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// After this many requests.
    Requests(u64),
    /// After this many seconds.
    Seconds(f64),
}

/// How requests arrive.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// A fixed number in flight, swept.
    Closed {
        /// Numbers in flight.
        concurrency: Vec<u32>,
        /// End of a run.
        limit: Limit,
    },
    /// Fixed rates, swept.
    Open {
        /// Distribution of the gaps.
        gaps: crate::schedule::Gaps,
        /// Requests a second.
        rates: Vec<f64>,
        /// End of a run.
        limit: Limit,
        /// Most requests in flight.
        max_in_flight: u32,
    },
    /// A rate that changes.
    Stages {
        /// Distribution of the gaps.
        gaps: crate::schedule::Gaps,
        /// The stages in order.
        stages: Vec<Stage>,
        /// Most requests in flight.
        max_in_flight: u32,
    },
    /// A search for the highest rate.
    Saturate {
        /// Objective and search.
        search: Saturate,
        /// Most requests in flight.
        max_in_flight: u32,
    },
}

/// One stage of a changing rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stage {
    /// Length.
    pub duration_seconds: f64,
    /// Requests a second, at the end if it is a ramp.
    pub rate_per_second: f64,
    /// Whether the rate changes evenly from the stage before.
    #[serde(default)]
    pub ramp: bool,
}

/// Objective and search of `saturate`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Saturate {
    /// Bound of the 99th percentile.
    pub p99_milliseconds: f64,
    /// Bound of the failed fraction.
    #[serde(default = "Saturate::error_fraction")]
    pub error_fraction: f64,
    /// Lowest rate.
    #[serde(default = "Saturate::min_rate")]
    pub min_rate: f64,
    /// Highest rate.
    pub max_rate: f64,
    /// Confidence of each decision.
    #[serde(default = "Saturate::confidence")]
    pub confidence: f64,
    /// Length of a trial.
    #[serde(default = "Saturate::trial_seconds")]
    pub trial_seconds: f64,
    /// Relative width at which the search ends.
    #[serde(default = "Saturate::precision")]
    pub precision: f64,
}

impl Saturate {
    fn error_fraction() -> f64 {
        0.001
    }
    fn min_rate() -> f64 {
        1.0
    }
    fn confidence() -> f64 {
        0.95
    }
    fn trial_seconds() -> f64 {
        30.0
    }
    fn precision() -> f64 {
        0.05
    }
}

/// Requests before each run.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Warmup {
    /// Fewest requests.
    pub min_requests: u32,
    /// Longest time.
    pub max_seconds: f64,
    /// Requests of a window.
    pub window: u32,
    /// Fraction by which two medians may differ.
    pub tolerance: f64,
}

impl Default for Warmup {
    fn default() -> Self {
        Self {
            min_requests: 20,
            max_seconds: 600.0,
            window: 20,
            tolerance: 0.05,
        }
    }
}

/// Deadlines of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Timeouts {
    /// For a connection.
    pub connect_seconds: f64,
    /// From the send to the last byte.
    pub request_seconds: f64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect_seconds: 5.0,
            request_seconds: 60.0,
        }
    }
}

/// The probe set.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Probe {
    /// Requests of each shape.
    pub requests: u32,
}

impl Default for Probe {
    fn default() -> Self {
        Self { requests: 4 }
    }
}

/// Limits of the validity rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Validity {
    /// Send error p99, absolute.
    pub send_error_p99_milliseconds: f64,
    /// Send error p99, as a fraction of the median latency.
    pub send_error_fraction_of_p50: f64,
    /// Fraction of the plan that must be sent in time.
    pub min_sent_fraction: f64,
    /// Kolmogorov-Smirnov distance of the gaps.
    pub max_gap_distance: f64,
    /// Fraction of a core that the loop may use.
    pub max_cpu_fraction: f64,
    /// Whether throttling is accepted.
    pub allow_throttling: bool,
    /// Fraction of requests that may fail.
    pub max_error_fraction: f64,
}

impl Default for Validity {
    fn default() -> Self {
        Self {
            send_error_p99_milliseconds: 1.0,
            send_error_fraction_of_p50: 0.01,
            min_sent_fraction: 0.999,
            max_gap_distance: 0.02,
            max_cpu_fraction: 0.7,
            allow_throttling: false,
            max_error_fraction: 0.001,
        }
    }
}

/// Where the result goes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Output {
    /// File of the result.
    pub path: String,
    /// Whether to write a CSV.
    #[serde(default)]
    pub csv: bool,
    /// Whether to write every request.
    #[serde(default)]
    pub request_log: bool,
    /// Length of an interval.
    #[serde(default = "Output::interval")]
    pub interval_seconds: u32,
    /// Folder in object storage.
    #[serde(default)]
    pub upload: Option<String>,
    /// Tries of an upload.
    #[serde(default = "Output::attempts")]
    pub upload_attempts: u32,
}

impl Output {
    fn interval() -> u32 {
        10
    }
    fn attempts() -> u32 {
        5
    }
}
