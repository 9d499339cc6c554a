//! Results as the load generator would write them for a server with a known law: what a comparison ought
//! to find is planted, and a seed decides the rest.

use crate::Scenario;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

/// A result to be: closed loop, one shape, a latency that is lognormal around a median.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Decides all that is random.
    pub seed: u64,
    /// Backend.
    pub backend: String,
    /// Throughput, as a multiple of what the law gives.
    pub speed: f64,
    /// Standard deviation of the speed from run to run.
    pub spread: f64,
    /// Runs.
    pub runs: usize,
    /// Requests of a run.
    pub requests: usize,
    /// Requests in flight, one point each.
    pub concurrency: Vec<u64>,
    /// Added to the first score of one item, and taken from the second.
    pub drift: f64,
    /// Number of the result: decides its start.
    pub number: u64,
}

impl Default for Simulated {
    fn default() -> Self {
        Self {
            seed: 1,
            backend: "jax-tpu".to_owned(),
            speed: 1.0,
            spread: 0.02,
            runs: 1,
            requests: 200,
            concurrency: vec![4],
            drift: 0.0,
            number: 0,
        }
    }
}

/// A histogram as results carry it.
pub fn encode(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .expect("memory takes it");
    STANDARD.encode(bytes)
}

/// A draw from the normal distribution, by the method of Box and Muller.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let uniform = |random: &mut ChaCha8Rng| (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
    let (radius, angle) = (uniform(random), uniform(random));
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

impl Simulated {
    /// The result.
    pub fn result(&self) -> Value {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(self.number);
        let metadata = json!({
            "suite": "score",
            "variant": format!("{}.one.tiny.smoke.here", self.backend),
            "backend": self.backend,
            "accelerator": "one",
            "chips": 2,
            "model": "example/tiny",
            "revision": "0123456789abcdef0123456789abcdef01234567",
            "price": { "usdPerHour": 3.6, "source": "made up", "date": "2026-11-24" },
        });
        let mut runs = Vec::new();
        for (point, concurrency) in (0_u64..).zip(&self.concurrency) {
            for repetition in 0..self.runs {
                runs.push(self.run(point, repetition, *concurrency, &mut random));
            }
        }
        let minute = self.number % 60;
        let hour = self.number / 60 % 24;
        let day = 1 + self.number / 1_440 % 28;
        let start = format!("2026-10-{day:02}T{hour:02}:{minute:02}:00.000Z");
        json!({
            "schemaVersion": 1,
            "tool": { "name": "xbench-loadgen", "version": "0.1.0" },
            "status": "complete",
            "verdict": { "valid": true, "rules": [] },
            "startedAt": start,
            "endedAt": start.replace(":00.000Z", ":30.000Z"),
            "metadata": metadata,
            "config": {
                "schemaVersion": 1,
                "metadata": metadata,
                "target": { "url": "http://127.0.0.1:30000", "model": "example/tiny", "expect": { "page_size": 128 } },
                "workload": { "payload": "token-ids", "cache": "cold", "seed": 42, "uniqueRequests": 100, "shapes": [shape()] },
                "load": { "arrival": "closed", "concurrency": self.concurrency, "requests": self.requests, "runs": self.runs },
                "warmup": { "minRequests": 20 },
                "output": { "path": "result.json" },
            },
            "configHash": format!("{:064x}", self.backend.len()),
            "workload": {
                "sha256": "a".repeat(64),
                "payload": "token-ids",
                "cache": "cold",
                "shapes": [{ "shape": shape(), "requests": 100, "distinct": 100, "bytes": 100_000, "sha256": "b".repeat(64) }],
            },
            "environment": { "hostname": format!("{}-{}", self.backend, self.seed) },
            "server": {
                "url": "http://127.0.0.1:30000",
                "readySeconds": 1.5,
                "version": "0.1.0",
                "garbageCollectionFrozen": true,
                "cacheFlushes": 1,
                "expectations": [{ "key": "page_size", "expected": 128, "reported": 128, "equal": true, "allowed": false }],
            },
            "workers": { "count": 1, "included": [0] },
            "probe": [{ "shape": 0, "request": 0, "scores": [[0.25 + self.drift, 0.75 - self.drift], [0.5, 0.5], [0.9, 0.1]] }],
            "runs": runs,
            "saturation": [],
        })
    }

    /// The result as a file.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.result()).expect("it prints");
        text.push('\n');
        text
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "durations are positive and counts small"
    )]
    fn run(
        &self,
        point: u64,
        repetition: usize,
        concurrency: u64,
        random: &mut ChaCha8Rng,
    ) -> Value {
        let speed = self.speed * (self.spread * normal(random)).exp();
        let median = 5_000_000.0 * (concurrency as f64).sqrt() / speed;
        let mut histogram =
            Histogram::<u64>::new_with_bounds(1, 1_000_000_000, 3).expect("bounds are constant");
        histogram.auto(true);
        let mut total = 0.0;
        for _ in 0..self.requests {
            let latency = median * (0.2 * normal(random)).exp();
            total += latency;
            histogram.record(latency as u64).expect("it grows");
        }
        let seconds = total / 1e9 / concurrency as f64;
        let requests = self.requests as f64;
        let distribution = distribution(&histogram);
        json!({
            "point": point,
            "repetition": repetition,
            "shapeIndex": 0,
            "shape": shape(),
            "load": { "arrival": "closed", "concurrency": concurrency },
            "status": "complete",
            "verdict": { "valid": true, "rules": [{ "rule": "complete", "passed": true, "measured": 1, "limit": 1 }] },
            "warnings": [],
            "startedAt": "2026-10-01T00:00:10.000Z",
            "plan": { "requests": self.requests },
            "warmup": { "requests": 40, "failed": 0, "seconds": 0.3, "steady": true },
            "counts": {
                "planned": self.requests, "sent": self.requests, "sentInTime": self.requests, "succeeded": self.requests,
                "failed": 0, "unfinished": 0, "unsent": 0, "heldBack": 0, "retried": 0, "afterEnd": 0,
                "items": self.requests * 3, "tokens": self.requests * 300, "inFlightPeak": concurrency,
            },
            "sendSeconds": seconds,
            "elapsedSeconds": seconds,
            "throughput": {
                "sentPerSecond": requests / seconds,
                "requestsPerSecond": requests / seconds,
                "itemsPerSecond": requests * 3.0 / seconds,
                "tokensPerSecond": requests * 300.0 / seconds,
            },
            "latency": { "sent": distribution, "firstByte": distribution },
            "errors": [],
            "intervalSeconds": 10,
            "intervals": [{
                "startSeconds": 0, "sent": self.requests, "succeeded": self.requests, "failed": 0,
                "items": self.requests * 3, "latency": distribution,
            }],
            "client": { "cpuSeconds": 0.1, "spinSeconds": 0, "cpuFraction": 0.01, "peakMemoryBytes": 5_000_000 },
        })
    }
}

/// Three items of 60 tokens to a query of 40.
fn shape() -> Value {
    json!({ "items": 3, "queryTokens": 40, "itemTokens": 60 })
}

#[expect(clippy::cast_precision_loss, reason = "durations are far below 2^53")]
fn distribution(histogram: &Histogram<u64>) -> Value {
    let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e6;
    json!({
        "count": histogram.len(),
        "min": histogram.min() as f64 / 1e6,
        "mean": histogram.mean() / 1e6,
        "stdev": histogram.stdev() / 1e6,
        "p50": at(0.5),
        "p90": at(0.9),
        "p95": at(0.95),
        "p99": at(0.99),
        "p999": at(0.999),
        "max": histogram.max() as f64 / 1e6,
        "histogram": encode(histogram),
    })
}

/// A side of three results of one run each, in a folder; `change` makes of each what the test is about.
pub fn side(scenario: &Scenario, folder: &str, seed: u64, change: impl Fn(u64, &mut Value)) {
    for number in 0..3 {
        let simulated = Simulated {
            seed,
            number: 2 * number + seed % 2,
            spread: 0.005,
            requests: 1_000,
            ..Simulated::default()
        };
        let mut result = simulated.result();
        change(number, &mut result);
        let text = serde_json::to_string_pretty(&result).expect("it prints");
        scenario.write(format!("{folder}/{number}.json"), text);
    }
}

/// Two sides that do not differ but for what `change` does to the candidate's.
pub fn pair(change: impl Fn(u64, &mut Value)) -> Scenario {
    let scenario = Scenario::empty();
    side(&scenario, "base", 2, |_, _| {});
    side(&scenario, "candidate", 3, change);
    scenario
}

/// Changes a value of a result.
pub fn set(result: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = result
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("{pointer}"));
    match parent {
        Value::Array(list) => list[key.parse::<usize>().expect("an index")] = value,
        parent => parent[key] = value,
    }
}

impl Simulated {
    /// Writes results like this one into a folder, numbered so that two sides with an even and an odd seed
    /// took turns; `change` makes of each what a test is about.
    pub fn write(
        &self,
        scenario: &Scenario,
        folder: &str,
        results: u64,
        change: impl Fn(&mut Value),
    ) {
        for number in 0..results {
            let one = Self {
                number: 2 * number + self.seed % 2,
                ..self.clone()
            };
            let mut result = one.result();
            change(&mut result);
            scenario.write(format!("{folder}/{number}.json"), result.to_string());
        }
    }
}
