//! One side of a comparison: results that are taken together, and the runs of them that count.

use super::point::Point;
use super::policy::{Keep, Policy};
use crate::results::{Lack, Measurement, Price, Run, Status, Subject};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A run of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunRef {
    /// Index of the result in the group.
    pub measurement: usize,
    /// Index of the run in the result.
    pub run: usize,
}

/// What results are grouped by: a path into their metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKey(pub String);

impl GroupKey {
    /// The value of a result; `none` where it has none.
    pub fn of(&self, measurement: &Measurement) -> String {
        match self.value(measurement) {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => "none".to_owned(),
            Some(other) => other.to_string(),
        }
    }

    /// Whether a result has a value for it.
    pub fn is_in(&self, measurement: &Measurement) -> bool {
        self.value(measurement)
            .is_some_and(|value| !value.is_null())
    }

    fn value<'a>(&self, measurement: &'a Measurement) -> Option<&'a Value> {
        let path = self.0.strip_prefix("metadata.").unwrap_or(&self.0);
        let mut value = Some(&measurement.document.metadata);
        for key in path.split('.') {
            value = value.and_then(|value| value.get(key));
        }
        value
    }
}

/// What results can be grouped by: the keys of their metadata, sorted.
pub fn group_keys(measurements: &[Measurement]) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for measurement in measurements {
        for (key, value) in measurement
            .document
            .metadata
            .as_object()
            .into_iter()
            .flatten()
        {
            match value {
                Value::Object(map) => keys.extend(map.keys().map(|below| format!("{key}.{below}"))),
                _ => {
                    keys.insert(key.clone());
                }
            }
        }
    }
    keys.into_iter().collect()
}

/// Results that are taken together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they are called.
    pub name: String,
    /// The results.
    pub measurements: Vec<Measurement>,
}

/// Groups results by a value of their metadata, in the order of its values.
pub fn group_by(key: &GroupKey, measurements: Vec<Measurement>) -> Vec<Group> {
    let mut groups: BTreeMap<String, Vec<Measurement>> = BTreeMap::new();
    for measurement in measurements {
        groups
            .entry(key.of(&measurement))
            .or_default()
            .push(measurement);
    }
    groups
        .into_iter()
        .map(|(name, measurements)| Group { name, measurements })
        .collect()
}

/// Why a run does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// It did not come to its end.
    Interrupted(String),
    /// It is invalid by its own proof: the rules that do not hold.
    Invalid(Vec<String>),
    /// Latency was not steady before it, or it was not warmed up at all.
    NotWarmedUp,
    /// The result holds some of several workers.
    PartOfWorkers {
        /// How many it holds.
        included: usize,
        /// How many there are.
        count: u64,
    },
}

impl fmt::Display for LeftOut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted(reason) => write!(out, "interrupted: {reason}"),
            Self::Invalid(rules) => write!(out, "invalid by its own proof: {}", rules.join(", ")),
            Self::NotWarmedUp => out.write_str("not warmed up: latency was not steady before it"),
            Self::PartOfWorkers { included, count } => write!(
                out,
                "measurement of {included} of {count} workers: put them together with `xbench-loadgen merge`"
            ),
        }
    }
}

/// A run that does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOutRun {
    /// The result.
    pub name: String,
    /// Its run, from 0.
    pub run: usize,
    /// Shape and load.
    pub point: Point,
    /// Why.
    pub why: LeftOut,
}

impl Group {
    /// What was measured: that of the newest result, with the newest price there is.
    pub fn subject(&self) -> Subject {
        let mut subject = self
            .measurements
            .last()
            .map(|measurement| measurement.subject.clone())
            .unwrap_or_default();
        if subject.price.is_none() {
            subject.price = self.price();
        }
        subject
    }

    fn price(&self) -> Option<Price> {
        let mut prices = self.measurements.iter().rev();
        prices.find_map(|measurement| measurement.subject.price.clone())
    }

    /// What some of its results do not say.
    pub fn lacks(&self) -> Vec<Lack> {
        let mut lacks: Vec<Lack> = self
            .measurements
            .iter()
            .flat_map(|measurement| measurement.lacks.iter().copied())
            .collect();
        lacks.sort_unstable();
        lacks.dedup();
        lacks
    }

    /// A run by its reference.
    pub fn run(&self, at: RunRef) -> Option<&Run> {
        self.measurements
            .get(at.measurement)?
            .document
            .runs
            .get(at.run)
    }

    /// The runs that count, by point, and those that do not. Trials of a search belong to the search.
    pub fn points(&self, policy: &Policy) -> (BTreeMap<Point, Vec<RunRef>>, Vec<LeftOutRun>) {
        let mut points: BTreeMap<Point, Vec<RunRef>> = BTreeMap::new();
        let mut left_out = Vec::new();
        for (index, measurement) in self.measurements.iter().enumerate() {
            let trials: Vec<u64> = measurement
                .document
                .saturation
                .iter()
                .flat_map(|search| &search.trials)
                .flat_map(|trial| trial.runs.iter().copied())
                .collect();
            for (number, run) in measurement.document.runs.iter().enumerate() {
                if trials.contains(&(number as u64)) {
                    continue;
                }
                match why_not(measurement, run, policy) {
                    None => points.entry(Point::of(run)).or_default().push(RunRef {
                        measurement: index,
                        run: number,
                    }),
                    Some(why) => left_out.push(LeftOutRun {
                        name: measurement.origin.name.clone(),
                        run: number,
                        point: Point::of(run),
                        why,
                    }),
                }
            }
        }
        (points, left_out)
    }
}

fn why_not(measurement: &Measurement, run: &Run, policy: &Policy) -> Option<LeftOut> {
    let keeps = |kind| policy.keep.contains(&kind);
    let workers = &measurement.document.workers;
    if workers.included.len() as u64 != workers.count {
        return Some(LeftOut::PartOfWorkers {
            included: workers.included.len(),
            count: workers.count,
        });
    }
    if run.status != Status::Complete && !keeps(Keep::Interrupted) {
        let reason = run
            .reason
            .clone()
            .unwrap_or_else(|| "no reason given".to_owned());
        return Some(LeftOut::Interrupted(reason));
    }
    if !run.validity.valid && !keeps(Keep::Invalid) {
        let broken = run.validity.rules.iter().filter(|rule| !rule.passed);
        let rules = broken.map(|rule| {
            format!(
                "{} {} against {}",
                rule.rule,
                short(rule.measured),
                short(rule.limit)
            )
        });
        return Some(LeftOut::Invalid(rules.collect()));
    }
    let is_known = !measurement.lacks.contains(&Lack::WarmUp);
    let is_steady = run.warmup.as_ref().is_some_and(|warmup| warmup.steady);
    if is_known && !is_steady && !keeps(Keep::NotWarmedUp) {
        return Some(LeftOut::NotWarmedUp);
    }
    None
}

/// A number in at most four significant digits.
pub(super) fn short(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return if number == 0.0 {
            "0".to_owned()
        } else {
            "-".to_owned()
        };
    }
    let magnitude = number.abs().log10().floor();
    if magnitude >= 3.0 {
        return format!("{number:.0}");
    }
    let mut digits = 0;
    let mut place = magnitude;
    while place < 3.0 && digits < 9 {
        digits += 1;
        place += 1.0;
    }
    let text = format!("{number:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
