//! What is drawn of a comparison, one file a kind.

mod cost;
mod curves;
mod errors;
mod latency;
mod lateness;
mod load;
mod scores;
mod series;
mod throughput;

use super::figure::{Figure, Pair};
use crate::compare::{PointComparison, Verdict};

/// Figures of one kind, or why there are none.
pub(super) struct Chapter {
    pub(super) title: &'static str,
    /// What the figures show, and how to read them.
    pub(super) about: String,
    pub(super) figures: Vec<Figure>,
}

/// Every kind, of a comparison. Of figures that are drawn for each point, there are at most `most`.
pub(super) fn chapters(pair: Pair<'_>, most: usize) -> Vec<Chapter> {
    vec![
        throughput::chapter(pair),
        latency::chapter(pair, most),
        series::chapter(pair, most),
        lateness::chapter(pair),
        errors::chapter(pair),
        scores::chapter(pair),
        cost::chapter(pair),
    ]
}

/// The points that are drawn one by one: where there are more than fit, those with a failed gate first.
fn drawn(pair: Pair<'_>, most: usize) -> (Vec<&PointComparison>, String) {
    let has_failed = |point: &&PointComparison| {
        let gates = point.metrics.iter().filter_map(|metric| metric.gate);
        gates.into_iter().any(|gate| gate.verdict == Verdict::Fail)
    };
    let mut points: Vec<&PointComparison> = pair
        .comparison
        .points
        .iter()
        .filter(|point| {
            !point.base.runs.is_empty() && point.point.load != crate::compare::LoadKey::Search
        })
        .collect();
    let all = points.len();
    if all > most {
        points.sort_by_key(|point| !has_failed(point));
        points.truncate(most);
    }
    let note = if all > most {
        format!(
            " {most} of {all} shapes and loads are drawn, those with a failed gate first; the tables above have all of them."
        )
    } else {
        String::new()
    };
    (points, note)
}
