//! What results say over time: one series for each variant, shape and load with the same inputs.

use super::baseline::Chosen;
use super::entry::{METRICS, PointFigures};
use super::gather::Recorded;
use crate::compare::{Direction, Metric};
use crate::statistics::{ChangePoint, Sensitivity, change_points};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Variant, shape and load, inputs.
type Key<'a> = (&'a str, &'a str, &'a str);

/// A result in a series.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendPoint {
    /// Its file.
    pub name: String,
    /// When it was measured, UTC.
    pub started_at: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Its runs.
    pub figures: PointFigures,
}

/// A metric that changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Which.
    pub metric: Metric,
    /// Index of the first result after the change.
    pub index: usize,
    /// Means on both sides, and how sure.
    pub point: ChangePoint,
}

impl Change {
    /// Ratio of the means.
    pub fn ratio(&self) -> Option<f64> {
        (self.point.before != 0.0).then(|| self.point.after / self.point.before)
    }

    /// Whether it is one for the worse.
    pub fn is_worse(&self) -> bool {
        (self.point.after < self.point.before)
            == (self.metric.direction() == Direction::HigherIsBetter)
    }
}

/// What the newest result is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The baseline's result.
    pub name: String,
    /// Its medians, one for each metric.
    pub medians: [Option<f64>; 4],
}

/// A series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Variant.
    pub variant: String,
    /// Shape and load.
    pub point: String,
    /// Hash over model, revision and workload.
    pub inputs: String,
    /// Results in their order.
    pub results: Vec<TrendPoint>,
    /// Changes, by their place.
    pub changes: Vec<Change>,
    /// The baseline, if one was asked for and has this shape and load.
    pub baseline: Option<Held>,
}

impl Series {
    /// The values of a metric, one a result.
    pub fn values(&self, metric: usize) -> Vec<f64> {
        let all = self.results.iter();
        all.filter_map(|result| *result.figures.medians.get(metric)?)
            .collect()
    }
}

/// All series, by variant and load.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trend {
    /// How many results there are.
    pub results: usize,
    /// The series.
    pub series: Vec<Series>,
}

impl Trend {
    /// The trend of results that are sorted by time; of each series only the newest `last`.
    pub fn of(
        recorded: &[Recorded],
        baselines: &BTreeMap<String, Chosen>,
        last: Option<usize>,
        sensitivity: Sensitivity,
    ) -> Self {
        let mut all: BTreeMap<Key<'_>, Vec<(&Recorded, &PointFigures)>> = BTreeMap::new();
        for one in recorded {
            let entry = &one.entry;
            for figures in &entry.points {
                let key = (
                    entry.variant.as_str(),
                    figures.name.as_str(),
                    entry.inputs.as_str(),
                );
                all.entry(key).or_default().push((one, figures));
            }
        }
        let mut series: Vec<Series> = all
            .into_iter()
            .map(|((variant, point, inputs), results)| {
                let skipped = last.map_or(0, |last| results.len().saturating_sub(last));
                let results: Vec<TrendPoint> = results[skipped..]
                    .iter()
                    .map(|(one, figures)| TrendPoint {
                        name: one.listed.name.clone(),
                        started_at: one.entry.started_at.clone(),
                        sha256: one.sha256.clone(),
                        figures: (*figures).clone(),
                    })
                    .collect();
                Series {
                    variant: variant.to_owned(),
                    point: point.to_owned(),
                    inputs: inputs.to_owned(),
                    changes: changes(&results, sensitivity),
                    baseline: held(baselines.get(variant), point, inputs),
                    results,
                }
            })
            .collect();
        series.sort_by(in_order);
        Self {
            results: recorded.len(),
            series,
        }
    }

    /// The number of changes.
    pub fn changes(&self) -> usize {
        self.series.iter().map(|series| series.changes.len()).sum()
    }
}

fn held(chosen: Option<&Chosen>, point: &str, inputs: &str) -> Option<Held> {
    let one = chosen?.results.last()?;
    if one.entry.inputs != inputs {
        return None;
    }
    let figures = one.entry.points.iter().find(|other| other.name == point)?;
    Some(Held {
        name: one.listed.name.clone(),
        medians: figures.medians,
    })
}

fn in_order(one: &Series, other: &Series) -> Ordering {
    let key = |series: &Series| {
        let figures = series.results.first().map(|result| &result.figures);
        (
            series.variant.clone(),
            figures.and_then(|figures| figures.shape),
        )
    };
    let amount = |series: &Series| series.results.first().map_or(0.0, |one| one.figures.amount);
    key(one)
        .cmp(&key(other))
        .then(amount(one).total_cmp(&amount(other)))
        .then_with(|| one.point.cmp(&other.point))
        .then_with(|| one.inputs.cmp(&other.inputs))
}

fn changes(results: &[TrendPoint], sensitivity: Sensitivity) -> Vec<Change> {
    let mut found = Vec::new();
    for (number, metric) in METRICS.into_iter().enumerate() {
        let (places, values): (Vec<usize>, Vec<f64>) = results
            .iter()
            .enumerate()
            .filter_map(|(index, result)| Some((index, result.figures.medians[number]?)))
            .unzip();
        found.extend(
            change_points(&values, sensitivity)
                .into_iter()
                .map(|point| Change {
                    metric,
                    index: places[point.index],
                    point,
                }),
        );
    }
    found.sort_by_key(|change| (change.index, change.metric));
    found
}
