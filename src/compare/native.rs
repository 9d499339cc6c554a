//! Each side at its best: which shape and load it does the most items a second with, without paying for
//! it in latency.

use super::metric::Metric;
use super::point::Point;
use super::sample::{Derived, PointSide};
use std::collections::BTreeMap;

/// The best point of a side.
#[derive(Clone, Debug, PartialEq)]
pub struct BestNative {
    /// Shape and load.
    pub point: Point,
    /// Its figures.
    pub derived: Derived,
    /// Its p95 in milliseconds.
    pub p95: f64,
    /// The lowest p95 of all points of the side.
    pub lowest_p95: f64,
    /// How many points of the side are within the guardrail.
    pub within: usize,
    /// How many points the side has.
    pub points: usize,
}

/// Both sides at their best.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeView {
    /// The base.
    pub base: Option<BestNative>,
    /// The candidate.
    pub candidate: Option<BestNative>,
}

impl NativeView {
    /// Candidate by base, for a figure that both have.
    pub fn ratio(&self, part: impl Fn(&Derived) -> Option<f64>) -> Option<f64> {
        let base = part(&self.base.as_ref()?.derived)?;
        let candidate = part(&self.candidate.as_ref()?.derived)?;
        (base > 0.0).then(|| candidate / base)
    }
}

/// The highest throughput in items among points whose p95 is within `guardrail` times the lowest one.
pub(super) fn best(sides: &BTreeMap<Point, PointSide>, guardrail: f64) -> Option<BestNative> {
    let rows: Vec<(&Point, &PointSide, f64, f64)> = sides
        .iter()
        .filter_map(|(point, side)| {
            let p95 = side.quantiles.map(|quantiles| quantiles.p95).or_else(|| {
                side.summary(Metric::LatencyP95)
                    .map(|summary| summary.median)
            })?;
            Some((point, side, p95, side.derived.items_per_second?))
        })
        .collect();
    let lowest_p95 = rows.iter().map(|row| row.2).fold(f64::INFINITY, f64::min);
    let within = || rows.iter().filter(|row| row.2 <= lowest_p95 * guardrail);
    let (point, side, p95, _) = within().max_by(|one, other| one.3.total_cmp(&other.3))?;
    Some(BestNative {
        point: (*point).clone(),
        derived: side.derived,
        p95: *p95,
        lowest_p95,
        within: within().count(),
        points: rows.len(),
    })
}
