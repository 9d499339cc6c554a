//! What the index keeps of a result: who it is, whether it is good, and the medians of its runs.

use crate::compare::{Group, Metric, Point, Policy};
use crate::hash::ContentHash;
use crate::results::{Lack, Measurement, Status};
use crate::statistics::median;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The metrics of a trend, in the order of [`PointFigures::medians`].
pub const METRICS: [Metric; 4] = [
    Metric::Throughput,
    Metric::LatencyP50,
    Metric::LatencyP95,
    Metric::LatencyP99,
];

/// A result.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which of the results in its file, from 0.
    pub block: usize,
    /// What copies of it have in common.
    pub identity: String,
    /// Start, UTC; empty in formats that do not know it.
    pub started_at: String,
    /// Whether it came to its end and all its runs count.
    pub good: bool,
    /// What many results have in common.
    pub context: Arc<Context>,
    /// Shapes and loads that have runs that count.
    pub points: Vec<PointFigures>,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// Variant, or else backend and accelerator.
    pub variant: String,
    /// Hash over model, revision and workload: results with another one do not belong into one trend.
    pub inputs: String,
    /// Hash of the configuration, and digest of the server's image.
    pub hashes: Vec<String>,
    /// Every shape and load, in the order of the figures.
    pub points: Vec<PointName>,
}

/// A shape and a load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointName {
    /// Items, query tokens and item tokens; absent for a recorded workload.
    pub shape: Option<[u64; 3]>,
    /// Requests in flight, or requests per second; orders loads.
    pub amount: f64,
    /// Both in words.
    pub name: String,
}

/// A result's runs at one shape and load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointFigures {
    /// Runs that count.
    pub runs: usize,
    /// Medians over them, one for each of [`METRICS`].
    pub medians: [Option<f64>; 4],
}

impl Entry {
    /// What is kept of the result with this number in its file.
    pub fn of(block: usize, measurement: Measurement) -> Self {
        let document = &measurement.document;
        let subject = &measurement.subject;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let inputs = [
            text(&subject.model),
            text(&subject.revision),
            text(&document.workload.sha256),
        ];
        let image = text(&subject.server_image);
        let digest = image.rsplit_once("sha256:").map(|(_, digits)| digits);
        let whole = document.status == Status::Complete && !measurement.lacks.contains(&Lack::End);
        let mut identity =
            ContentHash::of_bytes(format!("{:?}", measurement.identity()).as_bytes()).to_string();
        // 128 bits tell any number of results apart.
        identity.truncate(32);
        let started_at = document.started_at.clone();
        let mut context = Context {
            variant: subject.title(),
            inputs: ContentHash::of_bytes(inputs.join("\n").as_bytes()).short(),
            hashes: [Some(document.config_hash.as_str()), digest]
                .into_iter()
                .flatten()
                .map(str::to_owned)
                .collect(),
            points: Vec::new(),
        };
        let group = Group {
            name: String::new(),
            measurements: vec![measurement],
        };
        let (points, left_out) = group.points(&Policy::default());
        let good = whole && left_out.is_empty() && !points.is_empty();
        context.points = points.keys().map(PointName::of).collect();
        let figures = points
            .into_values()
            .map(|runs| {
                let medians = METRICS.map(|metric| {
                    let values: Option<Vec<f64>> =
                        runs.iter().map(|at| metric.of(group.run(*at)?)).collect();
                    median(&values?)
                });
                PointFigures {
                    runs: runs.len(),
                    medians,
                }
            })
            .collect();
        Self {
            block,
            identity,
            started_at,
            good,
            context: Arc::new(context),
            points: figures,
        }
    }
}

impl PointName {
    #[expect(
        clippy::cast_precision_loss,
        reason = "requests in flight stay far below 2^53"
    )]
    fn of(point: &Point) -> Self {
        let in_flight = point.load.concurrency().map(|count| count as f64);
        Self {
            shape: point
                .shape
                .map(|shape| [shape.items, shape.query_tokens, shape.item_tokens]),
            amount: in_flight.or(point.load.rate()).unwrap_or_default(),
            name: point.to_string(),
        }
    }
}
