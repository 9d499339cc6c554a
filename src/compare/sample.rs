//! What one side has at one point.

use super::group::{Group, RunRef};
use super::metric::Metric;
use crate::results::{Histogram, Subject};
use crate::statistics::{Summary, median};
use std::collections::BTreeMap;

/// Percentiles of the headline latency in milliseconds, from the merged histograms of all runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    /// How many latencies.
    pub count: u64,
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

/// Medians over the runs, and what follows from them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Derived {
    /// Requests per second.
    pub requests_per_second: Option<f64>,
    /// Items per second.
    pub items_per_second: Option<f64>,
    /// Prompt tokens per second, as the client counts them; nothing for recorded text.
    pub tokens_per_second: Option<f64>,
    /// Items per second and chip.
    pub items_per_second_per_chip: Option<f64>,
    /// Items for a dollar.
    pub items_per_usd: Option<f64>,
    /// Dollars for a million items.
    pub usd_per_million_items: Option<f64>,
    /// Failed requests of all that ended, over all runs.
    pub error_fraction: Option<f64>,
}

/// One side at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct PointSide {
    /// The runs that count.
    pub runs: Vec<RunRef>,
    /// How many starts of a server they come from.
    pub measurements: usize,
    /// The fewest requests that succeeded in a run.
    pub fewest_requests: u64,
    /// Medians and what follows.
    pub derived: Derived,
    /// Percentiles; nothing in formats without histograms.
    pub quantiles: Option<Quantiles>,
    /// Failed requests by class, over all runs.
    pub errors: BTreeMap<String, u64>,
    /// The values of each metric, one a run, in the order of `runs`, and for a search one a repetition.
    pub samples: BTreeMap<Metric, Vec<f64>>,
}

impl PointSide {
    /// The values of a metric.
    pub fn sample(&self, metric: Metric) -> &[f64] {
        self.samples
            .get(&metric)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Their summary.
    pub fn summary(&self, metric: Metric) -> Option<Summary> {
        Summary::of(self.sample(metric))
    }

    /// Gathers what a side has at a point.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(super) fn of(group: &Group, subject: &Subject, runs: Vec<RunRef>) -> Self {
        let all = || runs.iter().filter_map(|at| group.run(*at));
        let median_of = |part: fn(&crate::results::Throughput) -> f64| {
            let values: Vec<f64> = all().map(|run| part(&run.throughput)).collect();
            median(&values).filter(|value| *value > 0.0)
        };
        let items = median_of(|throughput| throughput.items_per_second);
        let hourly = subject.price.as_ref().map(|price| price.usd_per_hour);
        let items_per_usd = items
            .zip(hourly)
            .map(|(items, hourly)| items * 3_600.0 / hourly);
        let chips = subject.chips.map(|chips| chips as f64);
        let (mut succeeded, mut failed) = (0_u64, 0_u64);
        let mut errors = BTreeMap::new();
        for run in all() {
            succeeded = succeeded.saturating_add(run.counts.succeeded);
            failed = failed.saturating_add(run.counts.failed);
            for group in &run.errors {
                let count: &mut u64 = errors.entry(group.class.clone()).or_default();
                *count = count.saturating_add(group.count);
            }
        }
        let ended = succeeded.saturating_add(failed);
        let mut samples: BTreeMap<Metric, Vec<f64>> = BTreeMap::new();
        for metric in Metric::ALL {
            let divisor = match metric {
                Metric::ThroughputPerChip => chips,
                Metric::ThroughputPerDollar => hourly.map(|hourly| hourly / 3_600.0),
                _ => Some(1.0),
            };
            let values: Option<Vec<f64>> = all().map(|run| metric.of(run)).collect();
            if let (Some(values), Some(divisor)) = (values, divisor)
                && !values.is_empty()
            {
                samples.insert(metric, values.iter().map(|value| value / divisor).collect());
            }
        }
        let mut starts: Vec<usize> = runs.iter().map(|at| at.measurement).collect();
        starts.dedup();
        Self {
            measurements: starts.len(),
            fewest_requests: all()
                .map(|run| run.counts.succeeded)
                .min()
                .unwrap_or_default(),
            derived: Derived {
                requests_per_second: median_of(|throughput| throughput.requests_per_second),
                items_per_second: items,
                tokens_per_second: median_of(|throughput| throughput.tokens_per_second),
                items_per_second_per_chip: items.zip(chips).map(|(items, chips)| items / chips),
                items_per_usd,
                usd_per_million_items: items_per_usd.map(|items| 1e6 / items),
                error_fraction: (ended > 0).then(|| failed as f64 / ended as f64),
            },
            quantiles: quantiles(group, &runs),
            errors,
            samples,
            runs,
        }
    }

    /// What a side found in searches.
    pub(super) fn of_searches(runs: Vec<RunRef>, rates: Vec<f64>) -> Self {
        let mut starts: Vec<usize> = runs.iter().map(|at| at.measurement).collect();
        starts.dedup();
        Self {
            measurements: starts.len(),
            fewest_requests: 0,
            derived: Derived {
                requests_per_second: median(&rates),
                ..Derived::default()
            },
            quantiles: None,
            errors: BTreeMap::new(),
            samples: BTreeMap::from([(Metric::SustainedRate, rates)]),
            runs,
        }
    }
}

fn quantiles(group: &Group, runs: &[RunRef]) -> Option<Quantiles> {
    let parts: Option<Vec<&Histogram>> = runs
        .iter()
        .map(|at| {
            let measurement = group.measurements.get(at.measurement)?;
            measurement.histograms.get(at.run)?.as_ref()
        })
        .collect();
    let merged = Histogram::merged(parts?);
    let at = |quantile| merged.quantile(quantile);
    Some(Quantiles {
        count: merged.count(),
        p50: at(0.5)?,
        p90: at(0.9)?,
        p95: at(0.95)?,
        p99: at(0.99)?,
        p999: at(0.999)?,
        max: at(1.0)?,
    })
}
