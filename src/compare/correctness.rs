//! Whether both sides give the same scores: every score of every probe request, each result of the
//! candidate against each result of the base.

use super::group::Group;
use super::policy::ScoreLimits;
use crate::results::Measurement;
use crate::statistics::median;
use std::collections::BTreeMap;

/// The most single drifts that are kept.
const MOST_DRIFTS: usize = 20;

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreStatus {
    /// Equal within the limits.
    Pass,
    /// Not equal.
    Fail,
    /// There are no scores to compare.
    Unknown,
}

impl ScoreStatus {
    /// In machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            ScoreStatus::Pass => "pass",
            ScoreStatus::Fail => "fail",
            ScoreStatus::Unknown => "unknown",
        }
    }
}

/// One score that differs by more than the limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Shape, in words.
    pub shape: String,
    /// Request within the shape.
    pub request: u64,
    /// Item within the request.
    pub item: usize,
    /// Label.
    pub label: usize,
    /// Score of the base, and the result that has it.
    pub base: (f64, String),
    /// Score of the candidate, and the result that has it.
    pub candidate: (f64, String),
    /// How far they lie apart.
    pub difference: f64,
}

/// A score that both sides have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScorePair {
    /// Score of a result of the base.
    pub base: f64,
    /// How far the score of a result of the candidate lies above it; that of the two results which lie
    /// furthest apart.
    pub difference: f64,
}

/// Scores compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Correctness {
    /// What came out.
    pub status: ScoreStatus,
    /// Scores compared: labels of items of probe requests that both sides have.
    pub scores: usize,
    /// Largest difference between a result of one side and one of the other.
    pub max_absolute: f64,
    /// Largest mean difference of a candidate's result from the base's medians.
    pub mean_absolute: f64,
    /// Largest difference between results of the base.
    pub base_spread: f64,
    /// Largest difference between results of the candidate.
    pub candidate_spread: f64,
    /// The limits.
    pub limits: ScoreLimits,
    /// Scores that differ by more than the limit, the largest first.
    pub drifts: Vec<Drift>,
    /// How many there are in all.
    pub drift_count: usize,
    /// Every score that both sides have.
    pub pairs: Vec<ScorePair>,
    /// What else is wrong: failed probes, answers of another form.
    pub problems: Vec<String>,
}

/// Where a score stands: the shape's own hash, request, item and label.
type Place = (String, u64, usize, usize);

/// Every score of a side by its place, with the index of its result.
#[derive(Default)]
struct Scores {
    all: BTreeMap<Place, Vec<(usize, f64)>>,
    shapes: BTreeMap<String, String>,
    /// Rows and columns of each answer, to see answers of another form.
    forms: BTreeMap<(String, u64), (usize, usize)>,
    problems: Vec<String>,
}

impl Scores {
    fn of(group: &Group) -> Self {
        let mut scores = Self::default();
        for (index, measurement) in group.measurements.iter().enumerate() {
            for answer in &measurement.document.probe {
                let Some((shape, name)) = shape_of(measurement, answer.shape) else {
                    continue;
                };
                let Some(rows) = &answer.scores else {
                    let why = answer.error.as_deref().unwrap_or("no reason given");
                    scores.problems.push(format!(
                        "probe request {} of {name} failed in `{}`: {why}",
                        answer.request, measurement.origin.name
                    ));
                    continue;
                };
                let form = (rows.len(), rows.first().map_or(0, Vec::len));
                let known = *scores
                    .forms
                    .entry((shape.clone(), answer.request))
                    .or_insert(form);
                if known != form {
                    scores.problems.push(format!(
                        "probe request {} of {name} has {} items and {} labels in `{}`, and {} and {} elsewhere",
                        answer.request, form.0, form.1, measurement.origin.name, known.0, known.1
                    ));
                }
                for (item, row) in rows.iter().enumerate() {
                    for (label, score) in row.iter().enumerate() {
                        let place = (shape.clone(), answer.request, item, label);
                        scores.all.entry(place).or_default().push((index, *score));
                    }
                }
                scores.shapes.insert(shape, name);
            }
        }
        scores
    }

    /// The largest difference between results of this side.
    fn spread(&self) -> f64 {
        let spreads = self.all.values().map(|values| {
            let (low, high) = extremes(values);
            high.1 - low.1
        });
        spreads.fold(0.0, f64::max)
    }
}

/// The lowest and the highest score at a place.
fn extremes(values: &[(usize, f64)]) -> ((usize, f64), (usize, f64)) {
    let first = values.first().copied().unwrap_or_default();
    values.iter().fold((first, first), |(low, high), value| {
        (
            if value.1 < low.1 { *value } else { low },
            if value.1 > high.1 { *value } else { high },
        )
    })
}

fn shape_of(measurement: &Measurement, index: u64) -> Option<(String, String)> {
    let shapes = &measurement.document.workload.shapes;
    let shape = shapes.get(usize::try_from(index).ok()?)?;
    let name = match shape.shape {
        Some(size) => format!(
            "{} x {} items, {} query",
            size.items, size.item_tokens, size.query_tokens
        ),
        None => format!("recorded {index}"),
    };
    Some((shape.sha256.clone(), name))
}

/// Compares the scores of two sides.
pub(super) fn check(base: &Group, candidate: &Group, limits: ScoreLimits) -> Correctness {
    let (left, right) = (Scores::of(base), Scores::of(candidate));
    let mut correctness = Correctness {
        status: ScoreStatus::Unknown,
        scores: 0,
        max_absolute: 0.0,
        mean_absolute: 0.0,
        base_spread: left.spread(),
        candidate_spread: right.spread(),
        limits,
        drifts: Vec::new(),
        drift_count: 0,
        pairs: Vec::new(),
        problems: left
            .problems
            .iter()
            .chain(&right.problems)
            .cloned()
            .collect(),
    };
    other_forms(&left, &right, &mut correctness.problems);
    let name = |group: &Group, index: usize| {
        let measurement = group.measurements.get(index);
        measurement
            .map(|one| one.origin.name.clone())
            .unwrap_or_default()
    };
    let mut deviations: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (place, theirs) in &right.all {
        let Some(ours) = left.all.get(place) else {
            continue;
        };
        correctness.scores += 1;
        let ((base_low, base_high), (low, high)) = (extremes(ours), extremes(theirs));
        let up = (base_low, high, high.1 - base_low.1);
        let down = (base_high, low, base_high.1 - low.1);
        let (one, other, difference) = if up.2 >= down.2 { up } else { down };
        correctness.max_absolute = correctness.max_absolute.max(difference);
        correctness.pairs.push(ScorePair {
            base: one.1,
            difference: other.1 - one.1,
        });
        if difference > limits.max_absolute {
            let (shape, request, item, label) = place;
            correctness.drifts.push(Drift {
                shape: right.shapes.get(shape).cloned().unwrap_or_default(),
                request: *request,
                item: *item,
                label: *label,
                base: (one.1, name(base, one.0)),
                candidate: (other.1, name(candidate, other.0)),
                difference,
            });
        }
        let values: Vec<f64> = ours.iter().map(|(_, score)| *score).collect();
        let middle = median(&values).unwrap_or_default();
        for (index, score) in theirs {
            let (sum, count) = deviations.entry(*index).or_default();
            *sum += (score - middle).abs();
            *count += 1.0;
        }
    }
    let means = deviations.values().map(|(sum, count)| sum / count);
    correctness.mean_absolute = means.fold(0.0, f64::max);
    correctness.drift_count = correctness.drifts.len();
    correctness
        .drifts
        .sort_by(|one, other| other.difference.total_cmp(&one.difference));
    correctness.drifts.truncate(MOST_DRIFTS);
    correctness.status = status(&correctness);
    correctness
}

/// Answers that both sides have, and that have another number of items or labels.
fn other_forms(left: &Scores, right: &Scores, problems: &mut Vec<String>) {
    for ((shape, request), form) in &right.forms {
        let known = left.forms.get(&(shape.clone(), *request));
        if let Some(known) = known.filter(|known| *known != form) {
            problems.push(format!(
                "probe request {request} of {} has {} items and {} labels in the base, and {} and {} in the \
                 candidate",
                right.shapes.get(shape).cloned().unwrap_or_default(),
                known.0,
                known.1,
                form.0,
                form.1
            ));
        }
    }
}

fn status(correctness: &Correctness) -> ScoreStatus {
    let limits = correctness.limits;
    if !correctness.problems.is_empty()
        || correctness.max_absolute > limits.max_absolute
        || correctness.mean_absolute > limits.mean_absolute
        || correctness.base_spread > limits.max_absolute
        || correctness.candidate_spread > limits.max_absolute
    {
        ScoreStatus::Fail
    } else if correctness.scores == 0 {
        ScoreStatus::Unknown
    } else {
        ScoreStatus::Pass
    }
}
