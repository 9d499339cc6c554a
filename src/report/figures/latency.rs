//! Latency curves over percentiles, from merged histograms.

use super::{Chapter, drawn};
use crate::compare::{PointComparison, Table, words};
use crate::report::chart::{Axis, Chart, Series};
use crate::report::figure::{Behind, Figure, Half, Pair, columns};
use crate::results::Histogram;

/// Values of a curve at most; a screen shows no more.
const MOST_PLACES: u32 = 150;

pub(super) fn chapter(pair: Pair<'_>, most: usize) -> Chapter {
    let (points, note) = drawn(pair, most);
    let figures: Vec<Figure> = points
        .into_iter()
        .filter_map(|point| figure(pair, point))
        .collect();
    let about = if figures.is_empty() {
        "The results hold no histograms.".to_owned()
    } else {
        format!(
            "Over all requests of all runs that count; each further nine takes as much room as the one before. In \
             open loop, latency counts from the scheduled instant, in closed loop from the send.{note}"
        )
    };
    Chapter {
        title: "Latency",
        about,
        figures,
    }
}

/// All latencies of a side at a point.
fn merged(half: &Half<'_>, point: &PointComparison) -> Option<Histogram> {
    let side = half.side.points.get(&point.point)?;
    let parts = side.runs.iter().map(|run| {
        let measurement = half.group.measurements.get(run.measurement)?;
        measurement.histograms.get(run.run)?.as_ref()
    });
    let parts: Option<Vec<&Histogram>> = parts.collect();
    Some(Histogram::merged(parts?)).filter(|histogram| histogram.count() > 0)
}

/// Fractions that are as far apart on the axis, up to the last one that can be told.
pub(super) fn fractions(count: u64) -> impl Iterator<Item = f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let last = (count.max(10) as f64).log10();
    (0..=MOST_PLACES).map(move |step| {
        let nines = last * f64::from(step) / f64::from(MOST_PLACES);
        1.0 - 10_f64.powf(-nines)
    })
}

fn figure(pair: Pair<'_>, point: &PointComparison) -> Option<Figure> {
    let shown = [
        ("50", 0.5),
        ("75", 0.75),
        ("90", 0.9),
        ("95", 0.95),
        ("99", 0.99),
        ("99.9", 0.999),
        ("100", 1.0),
    ];
    let mut rows: Vec<Vec<String>> = shown
        .iter()
        .map(|(name, _)| vec![(*name).to_owned()])
        .collect();
    let mut behind = Behind::default();
    let mut series = Vec::new();
    let mut description = Vec::new();
    let mut count = 0;
    for half in pair.halves() {
        let mut one = Series::new(half.ink);
        let histogram = merged(&half, point);
        if let Some(histogram) = &histogram {
            count = count.max(histogram.count());
            one.line = fractions(histogram.count())
                .filter_map(|fraction| Some((fraction, histogram.quantile(fraction)?)))
                .collect();
            let at = |fraction| words::number(histogram.quantile(fraction));
            description.push(format!(
                "{}: median {} ms, 99th percentile {} ms.",
                half.name,
                at(0.5),
                at(0.99)
            ));
            if let Some(side) = half.side.points.get(&point.point) {
                behind.add(half.ink, &side.runs);
            }
        }
        for (row, (_, fraction)) in rows.iter_mut().zip(shown) {
            let value = histogram
                .as_ref()
                .and_then(|histogram| histogram.quantile(fraction));
            row.push(words::number(value));
        }
        series.push(one);
    }
    if count == 0 {
        return None;
    }
    let values: Vec<f64> = series
        .iter()
        .flat_map(|one| one.line.iter().map(|(_, value)| *value))
        .collect();
    let title = format!("latency, {}", point.point);
    Some(Figure {
        description: format!(
            "Latency in ms at each percentile. {}",
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
            columns: columns(["percentile", "base, ms", "candidate, ms"]),
            rows,
        },
        title,
        behind,
    })
}
