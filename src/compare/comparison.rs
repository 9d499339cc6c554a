//! The comparison of two sides, whole.

use super::comparability::{self, Accepted, Allowance, Refusal};
use super::correctness::{self, Correctness, ScoreStatus};
use super::gate::{GateOutcome, Verdict, confirm, judge};
use super::group::{Group, LeftOutRun, RunRef};
use super::metric::{Direction, Metric};
use super::native::{NativeView, best};
use super::point::{LoadKey, Point};
use super::policy::{Action, Policy};
use super::remark::{self, Remark, remarks};
use super::sample::PointSide;
use super::side::{Side, SideSource};
use crate::hash::ContentHash;
use crate::results::Status;
use crate::statistics::{
    Interval, Stream, Summary, hodges_lehmann, holm, mann_whitney, ratio_interval, welch_above,
};
use std::collections::BTreeMap;

/// The verdict over everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overall {
    /// Scores are equal, and no gate that fails does anything but pass.
    Pass,
    /// Scores differ, or a gate failed.
    Fail,
    /// Something could not be shown.
    Inconclusive,
    /// There is nothing that a verdict could rest on: too few runs, or results that do not say enough.
    None,
}

impl Overall {
    /// In machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Overall::Pass => "pass",
            Overall::Fail => "fail",
            Overall::Inconclusive => "inconclusive",
            Overall::None => "none",
        }
    }
}

/// A metric of both sides at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricComparison {
    /// The metric.
    pub metric: Metric,
    /// The base's runs.
    pub base: Summary,
    /// The candidate's runs.
    pub candidate: Summary,
    /// Hodges-Lehmann estimate of `candidate - base`, in the metric's unit.
    pub shift: f64,
    /// Ratio of the medians, `candidate / base`; nothing if the base's is zero.
    pub ratio: Option<f64>,
    /// Its 95 % interval; nothing for fewer than two runs on a side.
    pub interval: Option<Interval>,
    /// Exact Mann-Whitney test over runs, two-sided; nothing for fewer than two runs on a side.
    pub p_value: Option<f64>,
    /// The same after Holm's correction over all metrics of all points that are tested.
    pub adjusted_p_value: Option<f64>,
    /// The gate, if the policy has one for the metric.
    pub gate: Option<GateOutcome>,
}

/// Both sides at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct PointComparison {
    /// Shape and load.
    pub point: Point,
    /// The base.
    pub base: PointSide,
    /// The candidate.
    pub candidate: PointSide,
    /// Metrics that both have.
    pub metrics: Vec<MetricComparison>,
}

impl PointComparison {
    /// One of its metrics.
    pub fn metric(&self, metric: Metric) -> Option<&MetricComparison> {
        self.metrics.iter().find(|one| one.metric == metric)
    }
}

/// Two sides, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The base.
    pub base: Side,
    /// The candidate.
    pub candidate: Side,
    /// The portable view: the same shapes and loads with the same settings on both.
    pub points: Vec<PointComparison>,
    /// The best-native view.
    pub native: NativeView,
    /// Scores.
    pub correctness: Correctness,
    /// Differences that were accepted.
    pub accepted: Vec<Accepted>,
    /// What could not be verified, since results do not say it; with anything in it there is no verdict.
    pub unverified: Vec<String>,
    /// Runs that do not count.
    pub left_out: Vec<LeftOutRun>,
    /// What else to know.
    pub remarks: Vec<Remark>,
    /// Indexes of the allowances that were needed.
    pub used_allowances: Vec<usize>,
    /// The policy.
    pub policy: Policy,
    /// The verdict.
    pub overall: Overall,
}

impl Comparison {
    /// Every gate with its answer.
    pub fn gates(&self) -> impl Iterator<Item = (&Point, &MetricComparison, GateOutcome)> {
        self.points.iter().flat_map(|point| {
            let gated = |metric: &MetricComparison| metric.gate.is_some();
            point
                .metrics
                .iter()
                .filter(move |metric| gated(metric))
                .filter_map(|metric| Some((&point.point, metric, metric.gate?)))
        })
    }
}

/// Compares a candidate with a base.
///
/// # Errors
///
/// If they may not be compared, or have nothing in common.
pub fn compare(
    base: &Group,
    candidate: &Group,
    policy: &Policy,
    allowances: &[Allowance],
) -> Result<Comparison, Refusal> {
    let checked = comparability::check(base, candidate, allowances)?;
    let (base_side, base_left_out) = side(base, policy);
    let (candidate_side, candidate_left_out) = side(candidate, policy);
    for (side, left_out) in [
        (&base_side, &base_left_out),
        (&candidate_side, &candidate_left_out),
    ] {
        if side.points.is_empty() {
            return Err(Refusal::NoRuns {
                name: side.name.clone(),
                left_out: left_out.len(),
            });
        }
    }
    let mut points: Vec<PointComparison> = base_side
        .points
        .iter()
        .filter_map(|(point, ours)| {
            let theirs = candidate_side.points.get(point)?;
            Some(paired(point, ours, theirs, policy))
        })
        .collect();
    if points.is_empty() {
        let names = |side: &Side| side.points.keys().map(ToString::to_string).collect();
        return Err(Refusal::NoPair {
            base: names(&base_side),
            candidate: names(&candidate_side),
        });
    }
    correct_for_many(&mut points);
    confirm_failures(&mut points);
    let correctness = correctness::check(base, candidate, policy.scores);
    let mut remarks = remarks((base, &base_side), (candidate, &candidate_side));
    let is_shared = remarks
        .iter()
        .any(|remark| matches!(remark, Remark::OnBothSides { .. }));
    let is_verified = checked.unverified.is_empty();
    if !is_verified || is_shared {
        let outcomes = points.iter_mut().flat_map(|point| &mut point.metrics);
        for gate in outcomes.filter_map(|metric| metric.gate.as_mut()) {
            // What is worse although a result is on both sides is worse all the more.
            if !is_verified || gate.verdict != Verdict::Fail {
                gate.verdict = Verdict::NotJudged;
            }
        }
    }
    remarks.extend(remark::of_figures(&points));
    let overall = overall(&points, &correctness);
    let mut left_out = base_left_out;
    left_out.extend(candidate_left_out);
    Ok(Comparison {
        native: NativeView {
            base: best(&base_side.points, policy.guardrail),
            candidate: best(&candidate_side.points, policy.guardrail),
        },
        remarks,
        base: base_side,
        candidate: candidate_side,
        points,
        correctness,
        accepted: checked.accepted,
        unverified: checked.unverified,
        left_out,
        used_allowances: checked.used.into_iter().collect(),
        policy: policy.clone(),
        overall,
    })
}

fn side(group: &Group, policy: &Policy) -> (Side, Vec<LeftOutRun>) {
    let subject = group.subject();
    let (points, left_out) = group.points(policy);
    let mut points: BTreeMap<Point, PointSide> = points
        .into_iter()
        .map(|(point, runs)| (point, PointSide::of(group, &subject, runs)))
        .collect();
    points.extend(searches(group));
    let side = Side {
        name: group.name.clone(),
        subject,
        points,
        sources: group
            .measurements
            .iter()
            .map(|measurement| SideSource {
                origin: measurement.origin.clone(),
                config_hash: measurement.document.config_hash.clone(),
                workload_sha256: measurement.document.workload.sha256.clone(),
                started_at: measurement.document.started_at.clone(),
            })
            .collect(),
    };
    (side, left_out)
}

/// The rates that searches found, by shape. A search without a rate found none that met the objective: 0.
fn searches(group: &Group) -> BTreeMap<Point, PointSide> {
    let mut found: BTreeMap<Point, (Vec<RunRef>, Vec<f64>)> = BTreeMap::new();
    for (index, measurement) in group.measurements.iter().enumerate() {
        for search in &measurement.document.saturation {
            if search.client_limited || measurement.document.status != Status::Complete {
                continue;
            }
            let shapes = &measurement.document.workload.shapes;
            let shape = usize::try_from(search.shape)
                .ok()
                .and_then(|at| shapes.get(at)?.shape);
            let (runs, rates) = found
                .entry(Point::new(shape, search.shape, LoadKey::Search))
                .or_default();
            runs.push(RunRef {
                measurement: index,
                run: 0,
            });
            rates.push(search.rate_per_second.unwrap_or(0.0));
        }
    }
    found
        .into_iter()
        .map(|(point, (runs, rates))| (point, PointSide::of_searches(runs, rates)))
        .collect()
}

fn paired(point: &Point, ours: &PointSide, theirs: &PointSide, policy: &Policy) -> PointComparison {
    let mut metrics: Vec<MetricComparison> = Vec::new();
    for metric in Metric::ALL {
        let throughput = metrics
            .iter()
            .find(|one| one.metric == Metric::Throughput && metric.is_throughput_by_a_constant())
            .cloned();
        metrics.extend(metric_comparison(
            point,
            metric,
            (ours, theirs),
            throughput,
            policy,
        ));
    }
    PointComparison {
        point: point.clone(),
        base: ours.clone(),
        candidate: theirs.clone(),
        metrics,
    }
}

fn metric_comparison(
    point: &Point,
    metric: Metric,
    (ours, theirs): (&PointSide, &PointSide),
    throughput: Option<MetricComparison>,
    policy: &Policy,
) -> Option<MetricComparison> {
    let (mut base, mut candidate) = (ours.sample(metric).to_vec(), theirs.sample(metric).to_vec());
    // Resampling must not depend on the order in which files were named.
    base.sort_by(f64::total_cmp);
    candidate.sort_by(f64::total_cmp);
    let summaries = (Summary::of(&base)?, Summary::of(&candidate)?);
    let is_repeated = base.len() > 1 && candidate.len() > 1;
    let ratio = (summaries.0.median > 0.0).then(|| summaries.1.median / summaries.0.median);
    let interval = match throughput {
        // The same runs by a constant on each side: the same interval, scaled.
        Some(throughput) => scaled(&throughput, ratio),
        None => {
            let stream = Stream {
                seed: policy.seed,
                number: number_of(point, metric),
            };
            ratio_interval(&base, &candidate, stream)
        }
    };
    let fewest = ours.fewest_requests.min(theirs.fewest_requests);
    let needed = metric.requests_needed();
    let gate = policy.gate(metric).map(|gate| {
        let verdict = judge(gate, ratio, interval, summaries, policy.minimum_runs);
        if fewest < needed && verdict != Verdict::NotJudged {
            // No test of it counts among the others.
            return GateOutcome {
                gate,
                p_worse: None,
                verdict: Verdict::TooFewRequests { fewest, needed },
            };
        }
        GateOutcome {
            gate,
            p_worse: match metric.direction() {
                Direction::HigherIsBetter => welch_above(&candidate, &base),
                Direction::LowerIsBetter => welch_above(&base, &candidate),
            },
            verdict,
        }
    });
    Some(MetricComparison {
        metric,
        base: summaries.0,
        candidate: summaries.1,
        shift: hodges_lehmann(&base, &candidate)?,
        ratio,
        interval,
        p_value: mann_whitney(&base, &candidate).filter(|_| is_repeated),
        adjusted_p_value: None,
        gate,
    })
}

/// The interval of throughput, for a ratio that is throughput's by a constant.
fn scaled(throughput: &MetricComparison, ratio: Option<f64>) -> Option<Interval> {
    let factor = ratio? / throughput.ratio.filter(|ratio| *ratio > 0.0)?;
    let interval = throughput.interval?;
    Some(Interval {
        low: interval.low * factor,
        high: interval.high * factor,
    })
}

/// A number that is always the same for a metric at a point.
fn number_of(point: &Point, metric: Metric) -> u64 {
    let hash = ContentHash::of_bytes(format!("{point}/{}", metric.name()).as_bytes()).to_string();
    hash.get(..16)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or_default()
}

/// Holm's correction over everything that was tested. Throughput by chip or dollar is no other test.
fn correct_for_many(points: &mut [PointComparison]) {
    let is_own = |metric: Metric| !metric.is_throughput_by_a_constant();
    let tested: Vec<f64> = points
        .iter()
        .flat_map(|point| &point.metrics)
        .filter(|metric| is_own(metric.metric))
        .filter_map(|metric| metric.p_value)
        .collect();
    let mut adjusted = holm(&tested).into_iter();
    for point in points {
        let mut throughput = None;
        for metric in &mut point.metrics {
            if !is_own(metric.metric) {
                metric.adjusted_p_value = throughput;
            } else if metric.p_value.is_some() {
                metric.adjusted_p_value = adjusted.next();
            }
            if metric.metric == Metric::Throughput {
                throughput = metric.adjusted_p_value;
            }
        }
    }
}

/// Among many gates some fail by chance: a failure stands only if it is significant over all gates of its
/// action together, by Holm's correction of one-sided tests.
fn confirm_failures(points: &mut [PointComparison]) {
    for action in [Action::Fail, Action::Warn] {
        let mut gates: Vec<&mut MetricComparison> = points
            .iter_mut()
            .flat_map(|point| &mut point.metrics)
            .filter(|metric| {
                let outcome = metric.gate.as_ref();
                outcome.is_some_and(|outcome| {
                    outcome.gate.action == action && outcome.p_worse.is_some()
                })
            })
            .collect();
        let all: Vec<f64> = gates
            .iter()
            .filter_map(|metric| metric.gate?.p_worse)
            .collect();
        for (metric, adjusted) in gates.iter_mut().zip(holm(&all)) {
            let samples = (metric.base, metric.candidate);
            if let Some(outcome) = &mut metric.gate {
                outcome.p_worse = Some(adjusted);
                confirm(outcome, all.len(), metric.ratio, samples);
            }
        }
    }
}

fn overall(points: &[PointComparison], correctness: &Correctness) -> Overall {
    let outcomes: Vec<Verdict> = points
        .iter()
        .flat_map(|point| &point.metrics)
        .filter_map(|metric| metric.gate)
        .filter(|outcome| outcome.gate.action == Action::Fail)
        .map(|outcome| outcome.verdict)
        .collect();
    if correctness.status == ScoreStatus::Fail || outcomes.contains(&Verdict::Fail) {
        Overall::Fail
    } else if outcomes.iter().all(|verdict| !verdict.is_judged()) {
        Overall::None
    } else if correctness.status == ScoreStatus::Unknown
        || outcomes.iter().any(|verdict| *verdict != Verdict::Pass)
    {
        Overall::Inconclusive
    } else {
        Overall::Pass
    }
}
