//! Trends for people.

use super::entry::METRICS;
use super::trend::{Change, Series, Trend, TrendPoint};
use crate::compare::words::{self, visible};
use std::fmt::Write;

/// The most characters of a line that is drawn.
const WIDTH: usize = 40;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// All series with their changes.
pub fn render(trend: &Trend) -> String {
    let mut out = String::new();
    let mut variant = "";
    for series in &trend.series {
        if series.variant != variant {
            variant = &series.variant;
            let _ = writeln!(out, "{}", visible(variant));
        }
        draw(series, &mut out);
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "{} results, {} series, {} changes",
        trend.results,
        trend.series.len(),
        trend.changes()
    );
    out
}

fn draw(series: &Series, out: &mut String) {
    let (Some(first), Some(newest)) = (series.results.first(), series.results.last()) else {
        return;
    };
    let _ = writeln!(
        out,
        "  {} (inputs {}): {} results, {} to {}",
        visible(&series.point),
        visible(&series.inputs),
        series.results.len(),
        day(first.started_at()),
        day(newest.started_at())
    );
    for (index, metric) in METRICS.into_iter().enumerate() {
        let values = series.values(index);
        let Some(last) = newest.medians()[index] else {
            continue;
        };
        let held = series
            .baseline
            .as_ref()
            .and_then(|held| held.medians[index]);
        let against = held
            .filter(|held| *held > 0.0)
            .map(|held| format!("  {} against the baseline", words::change(last / held)))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "    {:12} {}  newest {} {}{against}",
            words::metric(metric),
            line(&values),
            words::number(Some(last)),
            metric.unit(),
        );
    }
    for change in &series.changes {
        let _ = writeln!(out, "    {}", visible(&sentence(change, series)));
    }
}

/// A change in words.
pub(super) fn sentence(change: &Change, series: &Series) -> String {
    let result = series.results.get(change.index);
    let when = result.map_or("", TrendPoint::started_at);
    let name = result.map(TrendPoint::name).unwrap_or_default();
    let word = if change.is_worse() { "worse" } else { "better" };
    format!(
        "{when}  {} {word}: {} to {} {} ({}, p {}), from {name} on",
        words::metric(change.metric),
        words::number(Some(change.point.before)),
        words::number(Some(change.point.after)),
        change.metric.unit(),
        change.ratio().map_or_else(|| "-".to_owned(), words::change),
        words::probability(Some(change.point.p_value)),
    )
}

/// The day of a time.
pub(super) fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// Values as bars from the lowest to the highest; of many, the median of each part.
fn line(values: &[f64]) -> String {
    let part = values.len().div_ceil(WIDTH).max(1);
    let shown: Vec<f64> = values
        .chunks(part)
        .filter_map(crate::statistics::median)
        .collect();
    let low = shown.iter().copied().fold(f64::INFINITY, f64::min);
    let high = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    shown.iter().map(|value| bar(*value, low, high)).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the place lies between 0 and 7"
)]
fn bar(value: f64, low: f64, high: f64) -> char {
    // What is almost flat should look so.
    let reach = (high - low).max(high.abs() * 0.02);
    let place = if reach > 0.0 {
        (value - low) / reach * 7.0
    } else {
        0.0
    };
    BARS.get(place.round() as usize).copied().unwrap_or('█')
}
