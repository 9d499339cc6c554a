//! What a reader should know besides the figures.

use super::comparison::PointComparison;
use super::gate::Verdict;
use super::group::Group;
use super::metric::Metric;
use super::point::Point;
use super::side::Side;
use crate::results::{Measurement, Status};
use crate::statistics::interval_coverage;
use std::collections::BTreeSet;

/// What a reader should know besides the figures.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// A result that ended early; its whole runs count.
    EndedEarly {
        /// The result.
        name: String,
        /// Why.
        reason: String,
    },
    /// Shapes and loads that only one side has.
    Unpaired {
        /// Which side.
        name: String,
        /// Which.
        points: Vec<Point>,
    },
    /// All runs of a side come from one start of its server.
    OneStart {
        /// Which side.
        name: String,
    },
    /// The same result is on both sides.
    OnBothSides {
        /// The result.
        name: String,
    },
    /// An accepted difference of the suite, as the results carry it.
    SuiteDifference {
        /// Path.
        path: String,
        /// Reason.
        reason: String,
    },
    /// The sides were not measured in turns.
    NotInterleaved,
    /// A percentile that is not judged, since runs have too few requests.
    FewRequests {
        /// The percentile.
        metric: Metric,
        /// Where.
        points: Vec<Point>,
        /// The fewest that a run has.
        fewest: u64,
        /// How many each would need.
        needed: u64,
    },
    /// So few runs that their intervals hold less than they are named for.
    ShortIntervals {
        /// Runs of both sides, the fewer first.
        runs: (usize, usize),
        /// How often such an interval holds the true change.
        coverage: f64,
    },
    /// Something of the client that differs between the sides.
    Client {
        /// What.
        what: ClientPart,
        /// The base's values.
        base: Vec<String>,
        /// The candidate's.
        candidate: Vec<String>,
    },
}

/// What of the client a result says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientPart {
    /// The load generator's version.
    Version,
    /// Its image.
    Image,
    /// Its machine's processors.
    Machine,
}

impl ClientPart {
    fn of(self, measurement: &Measurement) -> Option<String> {
        let document = &measurement.document;
        let text = match self {
            Self::Version => document.tool.version.clone(),
            Self::Image => {
                let image = document.metadata.pointer("/images/loadgen")?;
                image.as_str()?.to_owned()
            }
            Self::Machine => {
                let part = |key: &str| document.environment.get(key);
                let model = part("cpuModel").and_then(|model| model.as_str());
                match (part("cpus"), model) {
                    (Some(cpus), Some(model)) => format!("{cpus} x {model}"),
                    (Some(cpus), None) => format!("{cpus} CPUs"),
                    (None, model) => model?.to_owned(),
                }
            }
        };
        (!text.is_empty()).then_some(text)
    }
}

/// What of the client differs, where both sides say it.
fn clients(base: &Group, candidate: &Group) -> Vec<Remark> {
    let all = |group: &Group, what: ClientPart| -> BTreeSet<String> {
        let values = group.measurements.iter().filter_map(|one| what.of(one));
        values.collect()
    };
    let parts = [ClientPart::Version, ClientPart::Image, ClientPart::Machine];
    let differing = parts.into_iter().filter_map(|what| {
        let (base, candidate) = (all(base, what), all(candidate, what));
        let differs = !base.is_empty() && !candidate.is_empty() && base != candidate;
        differs.then(|| Remark::Client {
            what,
            base: base.into_iter().collect(),
            candidate: candidate.into_iter().collect(),
        })
    });
    differing.collect()
}

/// What to remark about the figures themselves.
pub(super) fn of_figures(points: &[PointComparison]) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = Vec::new();
    let all = || points.iter().flat_map(|point| &point.metrics);
    for metric in Metric::ALL {
        let mut at = Vec::new();
        let (mut least, mut most) = (u64::MAX, 0);
        for point in points {
            let gate = point.metric(metric).and_then(|metric| metric.gate);
            if let Some(Verdict::TooFewRequests { fewest, needed }) = gate.map(|gate| gate.verdict)
            {
                at.push(point.point.clone());
                least = least.min(fewest);
                most = needed;
            }
        }
        if !at.is_empty() {
            remarks.push(Remark::FewRequests {
                metric,
                points: at,
                fewest: least,
                needed: most,
            });
        }
    }
    let short = all()
        .filter(|metric| metric.interval.is_some())
        .map(|metric| {
            let counts = (metric.base.count, metric.candidate.count);
            (counts.0.min(counts.1), counts.0.max(counts.1))
        })
        .filter_map(|runs| Some((runs, interval_coverage(runs.0, runs.1)?)))
        .min_by(|one, other| one.1.total_cmp(&other.1));
    remarks.extend(short.map(|(runs, coverage)| Remark::ShortIntervals { runs, coverage }));
    remarks
}

/// Everything to remark about two sides.
pub(super) fn remarks(base: (&Group, &Side), candidate: (&Group, &Side)) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (group, _) in [base, candidate] {
        for measurement in &group.measurements {
            let document = &measurement.document;
            if document.status != Status::Complete {
                remarks.push(Remark::EndedEarly {
                    name: measurement.origin.name.clone(),
                    reason: document.reason.clone().unwrap_or_default(),
                });
            }
        }
    }
    for (side, other) in [(base.1, candidate.1), (candidate.1, base.1)] {
        let only = side
            .points
            .keys()
            .filter(|point| !other.points.contains_key(*point));
        let points: Vec<Point> = only.cloned().collect();
        if !points.is_empty() {
            remarks.push(Remark::Unpaired {
                name: side.name.clone(),
                points,
            });
        }
    }
    for (group, side) in [base, candidate] {
        if group.measurements.len() == 1 {
            remarks.push(Remark::OneStart {
                name: side.name.clone(),
            });
        }
    }
    let theirs: BTreeSet<_> = candidate
        .0
        .measurements
        .iter()
        .map(Measurement::identity)
        .collect();
    for measurement in &base.0.measurements {
        if theirs.contains(&measurement.identity()) {
            remarks.push(Remark::OnBothSides {
                name: measurement.origin.name.clone(),
            });
        }
    }
    // What a suite accepts lies between its variants, so it says nothing about one variant at two times.
    let mut differences = Vec::new();
    let (one, other) = (&base.1.subject, &candidate.1.subject);
    if one.variant.is_none() || one.variant != other.variant {
        differences.extend(one.differences.clone());
        differences.extend(other.differences.clone());
    }
    differences.sort();
    differences.dedup();
    remarks.extend(
        differences
            .into_iter()
            .map(|difference| Remark::SuiteDifference {
                path: difference.path,
                reason: difference.reason,
            }),
    );
    remarks.extend(clients(base.0, candidate.0));
    if is_one_after_the_other(base.0, candidate.0) {
        remarks.push(Remark::NotInterleaved);
    }
    remarks
}

/// Whether all results of one side were measured before the first one of the other, with several on
/// each: then whatever changed meanwhile counts as a difference.
fn is_one_after_the_other(base: &Group, candidate: &Group) -> bool {
    let starts = |group: &Group| -> Vec<String> {
        let starts = group
            .measurements
            .iter()
            .map(|one| one.document.started_at.clone());
        starts.filter(|start| !start.is_empty()).collect()
    };
    let (base, candidate) = (starts(base), starts(candidate));
    if base.len() < 2 || candidate.len() < 2 {
        return false;
    }
    // ISO 8601 in UTC sorts as text.
    base.iter().max() < candidate.iter().min() || candidate.iter().max() < base.iter().min()
}
