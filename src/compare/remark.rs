//! What a reader should know besides the figures.

use super::group::Group;
use super::point::Point;
use super::side::Side;
use crate::results::{Measurement, Status};
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
