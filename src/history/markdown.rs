//! Trends as a comment on a pull request, or for a page.

use super::entry::METRICS;
use super::text::{day, sentence};
use super::trend::{Series, Trend};
use crate::compare::words;
use crate::markdown::{Comment, escaped, row};

/// A table of what is newest, and a list of changes; at most [`MOST`](crate::markdown::MOST) characters long, and
/// what does not fit is counted.
pub fn render(trend: &Trend) -> String {
    let mut comment = Comment::default();
    let changes: Vec<String> = trend
        .series
        .iter()
        .flat_map(|series| {
            series.changes.iter().map(move |change| {
                let what = format!("{}, {}: ", series.variant, series.point);
                format!("- {}", escaped(&(what + &sentence(change, series))))
            })
        })
        .collect();
    if changes.is_empty() {
        comment.keep("No changes.\n\n");
    } else {
        comment.add("Changes:\n\n", changes, "\n");
    }
    let mut columns = ["variant", "shape and load", "results", "newest"]
        .map(str::to_owned)
        .to_vec();
    columns.extend(METRICS.map(|metric| format!("{} ({})", words::metric(metric), metric.unit())));
    let figures = METRICS.map(|_| " ---: |").concat();
    let head = format!("{}\n| --- | --- | ---: | --- |{figures}\n", row(&columns));
    comment.add(&head, trend.series.iter().filter_map(newest), "");
    comment.finish("xbench history")
}

/// The row of a series: its newest result.
fn newest(series: &Series) -> Option<String> {
    let newest = series.results.last()?;
    let mut cells = vec![
        series.variant.clone(),
        series.point.clone(),
        series.results.len().to_string(),
        day(newest.started_at()).to_owned(),
    ];
    for (index, median) in newest.medians().iter().enumerate() {
        let held = series
            .baseline
            .as_ref()
            .and_then(|held| held.medians[index]);
        let against = median
            .zip(held.filter(|held| *held > 0.0))
            .map(|(median, held)| format!(" ({})", words::change(median / held)))
            .unwrap_or_default();
        cells.push(format!("{}{against}", words::number(*median)));
    }
    Some(row(&cells))
}
