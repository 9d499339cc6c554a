//! What a result is of: one document, with its origin and what it was measured on.

use super::document::Document;
use super::histogram::Histogram;
use super::rejected::Reason;
use crate::hash::ContentHash;
use serde_json::Value;
use std::fmt;

/// Where a result was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// File, URL of an object, or place in a log.
    pub name: String,
    /// SHA-256 of the bytes.
    pub sha256: ContentHash,
    /// How many bytes.
    pub bytes: u64,
}

/// What a foreign or damaged format does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lack {
    /// That the requests were the same.
    WorkloadHash,
    /// The settings.
    Configuration,
    /// Which revision of the model.
    Revision,
    /// Scores.
    Scores,
    /// Whether the client was the bottleneck.
    Validity,
    /// Whether it was warmed up.
    WarmUp,
    /// Histograms: percentiles cannot be merged.
    Histograms,
    /// The 95th percentile.
    Tail,
    /// Everything after the place where a log was cut.
    End,
}

impl Lack {
    /// In the user's words: "it does not say ..".
    pub fn text(self) -> &'static str {
        match self {
            Lack::WorkloadHash => "the workload's hash",
            Lack::Configuration => "the settings",
            Lack::Revision => "the model's revision",
            Lack::Scores => "scores",
            Lack::Validity => "proof that the client was not the bottleneck",
            Lack::WarmUp => "the warm-up",
            Lack::Histograms => "histograms",
            Lack::Tail => "95th percentiles",
            Lack::End => "what came after the place where the log was cut",
        }
    }
}

/// A price, as the environment's layer gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Of all chips together.
    pub usd_per_hour: f64,
    /// Where it was read.
    pub source: Option<String>,
    /// When.
    pub date: Option<String>,
}

/// A value that the suite wants equal and that is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Its path.
    pub path: String,
    /// Why the comparison is fair all the same.
    pub reason: String,
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// Variant: one choice per axis.
    pub variant: Option<String>,
    /// Backend.
    pub backend: Option<String>,
    /// Version of the backend: as configured, or else as the server reports it.
    pub backend_version: Option<String>,
    /// Accelerator.
    pub accelerator: Option<String>,
    /// Chips that the server used.
    pub chips: Option<u64>,
    /// Model.
    pub model: Option<String>,
    /// Revision of the model.
    pub revision: Option<String>,
    /// Profile of the load.
    pub profile: Option<String>,
    /// Image of the server.
    pub server_image: Option<String>,
    /// Price.
    pub price: Option<Price>,
    /// Differences that the suite accepts.
    pub differences: Vec<Difference>,
}

impl Subject {
    /// Reads a result's metadata.
    pub fn of(document: &Document) -> Self {
        let metadata = &document.metadata;
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
        let price = metadata.get("price").and_then(|price| {
            let part = |key: &str| price.get(key).and_then(Value::as_str).map(str::to_owned);
            let usd_per_hour = price.get("usdPerHour").and_then(Value::as_f64)?;
            (usd_per_hour > 0.0).then(|| Price {
                usd_per_hour,
                source: part("source"),
                date: part("date"),
            })
        });
        let differences = metadata.get("differences").and_then(Value::as_array);
        Self {
            variant: text("variant"),
            backend: text("backend"),
            backend_version: text("backendVersion").or_else(|| document.server.version.clone()),
            accelerator: text("accelerator"),
            chips: metadata
                .get("chips")
                .and_then(Value::as_u64)
                .filter(|chips| *chips > 0),
            model: text("model").or_else(|| {
                let model = document.config.pointer("/target/model")?;
                model.as_str().map(str::to_owned)
            }),
            revision: text("revision"),
            profile: text("profile"),
            server_image: metadata
                .pointer("/images/server")
                .and_then(Value::as_str)
                .map(str::to_owned),
            price,
            differences: differences
                .into_iter()
                .flatten()
                .filter_map(|one| {
                    let part = |key: &str| one.get(key)?.as_str().map(str::to_owned);
                    Some(Difference {
                        path: part("path")?,
                        reason: part("reason")?,
                    })
                })
                .collect(),
        }
    }

    /// A short name for people: the variant, or else backend and accelerator.
    pub fn title(&self) -> String {
        let parts = [&self.backend, &self.accelerator];
        let named = || {
            let known: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            (!known.is_empty()).then(|| known.join(" on "))
        };
        self.variant
            .clone()
            .or_else(named)
            .unwrap_or_else(|| "unnamed".to_owned())
    }
}

/// One result, checked: what commands work with.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Where it was read.
    pub origin: Origin,
    /// What it does not say; empty for a whole result of the load generator.
    pub lacks: Vec<Lack>,
    /// What was measured.
    pub subject: Subject,
    /// The result itself.
    pub document: Document,
    /// For each run of the document, the histogram of its headline latency, unpacked.
    pub histograms: Vec<Option<Histogram>>,
}

impl Measurement {
    /// Puts a document together with what is derived from it.
    ///
    /// # Errors
    ///
    /// If a headline histogram cannot be unpacked, or figures contradict each other.
    pub(super) fn of(origin: Origin, document: Document, lacks: Vec<Lack>) -> Result<Self, Reason> {
        let mut histograms: Vec<Option<Histogram>> = Vec::with_capacity(document.runs.len());
        for (index, run) in document.runs.iter().enumerate() {
            let pointer = |part: &str| format!("/runs/{index}/{part}");
            let name = if run.latency.scheduled.is_some() {
                "scheduled"
            } else {
                "sent"
            };
            let unpacked = match run.latency.headline() {
                Some(headline) => headline.histogram().map_err(|error| Reason::Histogram {
                    pointer: pointer(&format!("latency/{name}")),
                    problem: error.to_string(),
                })?,
                None => None,
            };
            if let Some(headline) = run.latency.headline() {
                let figures = &headline.figures;
                if figures.count != run.counts.succeeded {
                    return Err(Reason::Contradiction(format!(
                        "{}: {} latencies of {} requests that succeeded",
                        pointer("counts/succeeded"),
                        figures.count,
                        run.counts.succeeded
                    )));
                }
                let ordered = [
                    figures.min,
                    figures.p50,
                    figures.p90,
                    figures.p95,
                    figures.p99,
                    figures.max,
                ];
                if lacks.is_empty() && ordered.windows(2).any(|pair| pair[0] > pair[1] * 1.002) {
                    return Err(Reason::Contradiction(format!(
                        "{}: percentiles that are not in order",
                        pointer(&format!("latency/{name}"))
                    )));
                }
            }
            histograms.push(unpacked);
        }
        Ok(Self {
            origin,
            lacks,
            subject: Subject::of(&document),
            document,
            histograms,
        })
    }

    /// What makes two files copies of one measurement: configuration, start and worker.
    pub fn identity(&self) -> impl Ord + Clone + fmt::Debug + use<> {
        let document = &self.document;
        if document.started_at.is_empty() {
            return (
                self.origin.sha256.to_string(),
                String::new(),
                Vec::new(),
                String::new(),
            );
        }
        let pod = ["podUid", "pod", "hostname"]
            .iter()
            .find_map(|key| document.environment.get(key)?.as_str())
            .unwrap_or_default();
        (
            document.config_hash.clone(),
            document.started_at.clone(),
            document.workers.included.clone(),
            pod.to_owned(),
        )
    }
}
