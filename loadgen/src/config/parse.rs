//! From a document to a [`Config`]: the schema first, then what a schema cannot say.

use super::document::{Document, Problem};
use super::model::{
    Arrival, Cache, Config, Limit, Load, Payload, Saturate, Shape, Stage, TokenIds, Workload,
};
use super::schema::{WORKLOAD_SCHEMA, check};
use crate::schedule::Gaps;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The configuration that flags alone start from: a small closed loop against a local server.
pub fn default_document() -> Value {
    json!({
        "schemaVersion": 1,
        "metadata": {"variant": "local"},
        "target": {"url": "http://127.0.0.1:30000", "model": "default"},
        "workload": {"payload": "token-ids", "shapes": [{"items": 10, "queryTokens": 120, "itemTokens": 180}]},
        "load": {"arrival": "closed", "concurrency": [1], "durationSeconds": 10},
        "output": {"path": "result.json"}
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawWorkload {
    payload: RawPayload,
    text: Option<String>,
    #[serde(default = "cold")]
    cache: Cache,
    #[serde(default = "workload_seed")]
    seed: u64,
    #[serde(default = "unique_requests")]
    unique_requests: u32,
    #[serde(default)]
    shapes: Vec<Shape>,
    #[serde(default = "token_ids")]
    token_ids: TokenIds,
    #[serde(default = "label_token_ids")]
    label_token_ids: Vec<u32>,
    #[serde(default = "apply_softmax")]
    apply_softmax: bool,
    #[serde(default)]
    item_first: bool,
    replay: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawPayload {
    TokenIds,
    RepeatedText,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawLoad {
    arrival: RawArrival,
    #[serde(default)]
    concurrency: Vec<u32>,
    #[serde(default)]
    rates_per_second: Vec<f64>,
    burstiness: Option<f64>,
    duration_seconds: Option<f64>,
    requests: Option<u64>,
    stages: Option<Vec<Stage>>,
    saturate: Option<Saturate>,
    #[serde(default = "max_in_flight")]
    max_in_flight: u32,
    #[serde(default = "one_run")]
    runs: u32,
    #[serde(default)]
    pause_seconds: f64,
    #[serde(default = "load_seed")]
    seed: u64,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum RawArrival {
    Closed,
    Constant,
    Poisson,
    Gamma,
    Saturate,
}

fn cold() -> Cache {
    Cache::Cold
}
fn workload_seed() -> u64 {
    42
}
fn load_seed() -> u64 {
    7
}
fn unique_requests() -> u32 {
    100
}
fn token_ids() -> TokenIds {
    TokenIds {
        min: 1000,
        max: 100_000,
    }
}
fn label_token_ids() -> Vec<u32> {
    vec![9454, 2753]
}
fn apply_softmax() -> bool {
    true
}
fn max_in_flight() -> u32 {
    4096
}
fn one_run() -> u32 {
    1
}

/// Checks and types a configuration; all problems at once.
pub fn parse(document: &Document) -> Result<Config, Vec<Problem>> {
    let problems =
        check(WORKLOAD_SCHEMA, document).map_err(|error| vec![document.problem("", error)])?;
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut problems = Vec::new();
    let config = Config {
        metadata: document.value.get("metadata").cloned().unwrap_or_default(),
        target: required(document, "target")?,
        workload: workload(document, required(document, "workload")?, &mut problems),
        load: load(document, required(document, "load")?, &mut problems),
        warmup: optional(document, "warmup")?,
        timeouts: optional(document, "timeouts")?,
        probe: optional(document, "probe")?,
        validity: optional(document, "validity")?,
        output: required(document, "output")?,
        document: document.value.clone(),
    };
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(problems)
    }
}

fn required<T: DeserializeOwned>(document: &Document, key: &str) -> Result<T, Vec<Problem>> {
    let part = document.value.get(key).cloned().unwrap_or_default();
    serde_json::from_value(part)
        .map_err(|error| vec![document.problem(format!("/{key}"), error.to_string())])
}

fn optional<T: DeserializeOwned + Default>(
    document: &Document,
    key: &str,
) -> Result<T, Vec<Problem>> {
    if document.value.get(key).is_none() {
        return Ok(T::default());
    }
    required(document, key)
}

fn workload(document: &Document, raw: RawWorkload, problems: &mut Vec<Problem>) -> Workload {
    if raw.token_ids.min > raw.token_ids.max {
        problems.push(document.problem("/workload/tokenIds", "`min` is above `max`"));
    }
    let payload = match (raw.payload, raw.text) {
        (RawPayload::TokenIds, _) => Payload::TokenIds,
        (RawPayload::RepeatedText, text) => Payload::RepeatedText(text.unwrap_or_default()),
    };
    if matches!(payload, Payload::RepeatedText(_))
        && raw.cache != Cache::SglangIdentical
        && raw.replay.is_none()
    {
        problems.push(Problem {
            help: Some("set `cache: sglang-identical`, or use `payload: token-ids`".to_owned()),
            ..document.problem(
                "/workload/cache",
                "repeated text makes every request the same, so a prefix cache always hits",
            )
        });
    }
    for (index, shape) in raw.shapes.iter().enumerate() {
        let tokens =
            u64::from(shape.query_tokens) + u64::from(shape.items) * u64::from(shape.item_tokens);
        if tokens > MAX_TOKENS {
            problems.push(document.problem(
                format!("/workload/shapes/{index}"),
                format!("{tokens} tokens a request; at most {MAX_TOKENS} are made"),
            ));
        } else if tokens * u64::from(raw.unique_requests) > MAX_TOKENS {
            problems.push(Problem {
                help: Some("ask for fewer `uniqueRequests`".to_owned()),
                ..document.problem(
                    format!("/workload/shapes/{index}"),
                    format!("all unique requests together have over {MAX_TOKENS} tokens, which is too much memory"),
                )
            });
        }
    }
    Workload {
        payload,
        cache: raw.cache,
        seed: raw.seed,
        unique_requests: raw.unique_requests,
        shapes: raw.shapes,
        token_ids: raw.token_ids,
        label_token_ids: raw.label_token_ids,
        apply_softmax: raw.apply_softmax,
        item_first: raw.item_first,
        replay: raw.replay,
    }
}

/// Most tokens that the requests of one shape may have together: about 2 GB of bodies.
const MAX_TOKENS: u64 = 300_000_000;

fn load(document: &Document, raw: RawLoad, problems: &mut Vec<Problem>) -> Load {
    let limit = match (raw.requests, raw.duration_seconds) {
        (Some(requests), _) => Limit::Requests(requests),
        (None, duration) => Limit::Seconds(duration.unwrap_or_default()),
    };
    let gaps = match (raw.arrival, raw.burstiness) {
        (RawArrival::Constant, _) => Gaps::Constant,
        (RawArrival::Gamma, Some(shape)) => Gaps::Gamma { shape },
        _ => Gaps::Exponential,
    };
    let arrival = match (raw.arrival, raw.stages, raw.saturate) {
        (RawArrival::Closed, _, _) => Arrival::Closed {
            concurrency: raw.concurrency,
            limit,
        },
        (RawArrival::Saturate, _, Some(search)) => {
            if search.min_rate >= search.max_rate {
                problems
                    .push(document.problem("/load/saturate", "`minRate` must be below `maxRate`"));
            }
            Arrival::Saturate {
                search,
                max_in_flight: raw.max_in_flight,
            }
        }
        (_, Some(stages), _) => {
            if stages.iter().all(|stage| stage.rate_per_second <= 0.0) {
                problems.push(document.problem("/load/stages", "no stage has a rate above 0"));
            }
            Arrival::Stages {
                gaps,
                stages,
                max_in_flight: raw.max_in_flight,
            }
        }
        _ => Arrival::Open {
            gaps,
            rates: raw.rates_per_second,
            limit,
            max_in_flight: raw.max_in_flight,
        },
    };
    Load {
        arrival,
        runs: raw.runs,
        pause_seconds: raw.pause_seconds,
        seed: raw.seed,
    }
}
