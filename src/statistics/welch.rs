//! Whether one sample lies above another, by their means.

use super::summary::Summary;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The one-sided p-value of Welch's test that `higher` lies above `lower`, on logarithms: rates and
/// latencies vary by factors. Nothing for fewer than two values on a side, or one that is not above zero.
///
/// Unlike a rank test it can be significant for three runs a side, at the price of assuming that logarithms
/// of runs are about normal.
#[expect(
    clippy::cast_precision_loss,
    reason = "samples are far smaller than 2^53"
)]
pub fn welch_above(lower: &[f64], higher: &[f64]) -> Option<f64> {
    let is_positive = |values: &[f64]| values.iter().all(|value| *value > 0.0);
    if lower.len() < 2 || higher.len() < 2 || !is_positive(lower) || !is_positive(higher) {
        return None;
    }
    let logarithms = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<_>>();
    let (lower, higher) = (
        Summary::of(&logarithms(lower))?,
        Summary::of(&logarithms(higher))?,
    );
    let part = |summary: &Summary| summary.deviation.powi(2) / summary.count as f64;
    let (one, other) = (part(&lower), part(&higher));
    let distance = higher.mean - lower.mean;
    if one + other <= 0.0 {
        return Some(if distance > 0.0 { 0.0 } else { 1.0 });
    }
    let weight = |part: f64, summary: &Summary| part.powi(2) / (summary.count as f64 - 1.0);
    let freedom = (one + other).powi(2) / (weight(one, &lower) + weight(other, &higher));
    let statistic = distance / (one + other).sqrt();
    Some(StudentsT::new(0.0, 1.0, freedom).ok()?.sf(statistic))
}
