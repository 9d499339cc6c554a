//! How late requests were sent, against the schedule: whether the client kept up.

use super::Chapter;
use super::latency::fractions;
use crate::compare::{Table, words};
use crate::report::chart::{Axis, Chart, Series};
use crate::report::figure::{Behind, Figure, Half, Pair, columns};
use crate::results::Histogram;

pub(super) fn chapter(pair: Pair<'_>) -> Chapter {
    let figures: Vec<Figure> = figure(pair).into_iter().collect();
    Chapter {
        title: "Send lateness",
        about: if figures.is_empty() {
            "No run was an open loop with a histogram of its send errors. A closed loop has no schedule to be late \
             against."
                .to_owned()
        } else {
            "From the scheduled instant of a request to its send, over all open-loop runs that count: the client's \
             own error."
                .to_owned()
        },
        figures,
    }
}

/// Everything that was late at a side, by point.
fn lateness(half: &Half<'_>, behind: &mut Behind) -> (Histogram, Vec<Vec<String>>) {
    let mut all = Vec::new();
    let mut rows = Vec::new();
    for (point, side) in &half.side.points {
        let decoded: Vec<Histogram> = half
            .runs(side)
            .into_iter()
            .filter_map(|run| run.client.send_error.as_ref()?.histogram().ok()?)
            .collect();
        if decoded.is_empty() {
            continue;
        }
        behind.add(half.ink, &side.runs);
        let merged = Histogram::merged(&decoded);
        let at = |fraction| words::number(merged.quantile(fraction));
        rows.push(vec![
            point.to_string(),
            half.name.to_owned(),
            merged.count().to_string(),
            at(0.5),
            at(0.99),
            at(1.0),
        ]);
        all.push(merged);
    }
    (Histogram::merged(&all), rows)
}

fn figure(pair: Pair<'_>) -> Option<Figure> {
    let mut behind = Behind::default();
    let mut rows = Vec::new();
    let mut series = Vec::new();
    let mut description = Vec::new();
    let mut count = 0;
    for half in pair.halves() {
        let (histogram, some) = lateness(&half, &mut behind);
        count = count.max(histogram.count());
        rows.extend(some);
        let mut one = Series::new(half.ink);
        one.line = fractions(histogram.count())
            // A lateness below a microsecond is none.
            .filter_map(|fraction| Some((fraction, histogram.quantile(fraction)?.max(0.001))))
            .collect();
        if histogram.count() > 0 {
            let at = |fraction| words::number(histogram.quantile(fraction));
            description.push(format!(
                "{}: median {} ms, 99th percentile {} ms.",
                half.name,
                at(0.5),
                at(0.99)
            ));
        }
        series.push(one);
    }
    if count == 0 {
        return None;
    }
    rows.sort();
    let values: Vec<f64> = series
        .iter()
        .flat_map(|one| one.line.iter().map(|(_, value)| *value))
        .collect();
    let title = "send lateness, all open-loop runs".to_owned();
    Some(Figure {
        description: format!(
            "Lateness of sends in ms at each percentile. {}",
            description.join(" ")
        ),
        chart: Chart {
            x: Axis::percentiles("percentile", count),
            y: Axis::fitting("ms", values),
            series,
            shade: None,
            limits: Vec::new(),
        },
        notes: Vec::new(),
        table: Table {
            title: title.clone(),
            columns: columns([
                "shape and load",
                "side",
                "sends",
                "p50, ms",
                "p99, ms",
                "max, ms",
            ]),
            rows,
        },
        title,
        behind,
    })
}
