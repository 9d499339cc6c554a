//! What results say over time: one series for each variant, shape and load with the same inputs.

use super::baseline::Chosen;
use super::entry::{METRICS, PointFigures, PointName};
use super::gather::Recorded;
use crate::compare::{Direction, Metric};
use crate::statistics::{ChangePoint, Sensitivity, change_points};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Variant, shape and load, inputs.
type Key<'a> = (&'a str, &'a str, &'a str);

/// A result in a series.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendPoint {
    /// The result.
    pub recorded: Arc<Recorded>,
    /// Which of its shapes and loads.
    pub place: usize,
}

impl TrendPoint {
    /// Its file.
    pub fn name(&self) -> Cow<'_, str> {
        self.recorded.file.listed.name()
    }

    /// When it was measured, UTC.
    pub fn started_at(&self) -> &str {
        &self.recorded.entry.started_at
    }

    /// Runs that count.
    pub fn runs(&self) -> usize {
        self.figures().map_or(0, |figures| figures.runs)
    }

    /// Medians over them.
    pub fn medians(&self) -> [Option<f64>; 4] {
        self.figures().map_or([None; 4], |figures| figures.medians)
    }

    fn figures(&self) -> Option<&PointFigures> {
        self.recorded.entry.points.get(self.place)
    }

    fn point(&self) -> Option<&PointName> {
        self.recorded.entry.context.points.get(self.place)
    }
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
        all.filter_map(|result| *result.medians().get(metric)?)
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
        recorded: &[Arc<Recorded>],
        baselines: &BTreeMap<String, Chosen>,
        last: Option<usize>,
        sensitivity: Sensitivity,
    ) -> Self {
        let mut all: HashMap<Key<'_>, Vec<(&Arc<Recorded>, usize)>> = HashMap::new();
        for one in recorded {
            let context = &one.entry.context;
            for (place, point) in context.points.iter().enumerate() {
                let key = (
                    context.variant.as_str(),
                    point.name.as_str(),
                    context.inputs.as_str(),
                );
                all.entry(key).or_default().push((one, place));
            }
        }
        let mut series: Vec<Series> = all
            .into_iter()
            .map(|((variant, point, inputs), results)| {
                let skipped = last.map_or(0, |last| results.len().saturating_sub(last));
                let results: Vec<TrendPoint> = results[skipped..]
                    .iter()
                    .map(|(one, place)| TrendPoint {
                        recorded: Arc::clone(one),
                        place: *place,
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
    let context = &one.entry.context;
    if context.inputs != inputs {
        return None;
    }
    let place = context
        .points
        .iter()
        .position(|other| other.name == point)?;
    Some(Held {
        name: one.file.listed.name().into_owned(),
        medians: one.entry.points.get(place)?.medians,
    })
}

fn in_order(one: &Series, other: &Series) -> Ordering {
    let key = |series: &Series| {
        let point = series.results.first().and_then(TrendPoint::point);
        (series.variant.clone(), point.and_then(|point| point.shape))
    };
    let amount = |series: &Series| {
        let point = series.results.first().and_then(TrendPoint::point);
        point.map_or(0.0, |point| point.amount)
    };
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
            .filter_map(|(index, result)| Some((index, result.medians()[number]?)))
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
