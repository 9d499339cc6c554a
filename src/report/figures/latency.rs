//! Latency curves over percentiles, from merged histograms.

use super::curves::Curves;
use super::{Chapter, drawn};
use crate::compare::{PointComparison, words};
use crate::report::figure::{Behind, Figure, Half, Pair, columns};
use crate::results::Histogram;

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
    let mut curves = Curves::default();
    for half in pair.halves() {
        let histogram = merged(&half, point);
        curves.add(&half, histogram.as_ref(), 0.0);
        if histogram.is_some()
            && let Some(side) = half.side.points.get(&point.point)
        {
            behind.add(half.ink, &side.runs);
        }
        for (row, (_, fraction)) in rows.iter_mut().zip(shown) {
            let value = histogram
                .as_ref()
                .and_then(|histogram| histogram.quantile(fraction));
            row.push(words::number(value));
        }
    }
    let columns = columns(["percentile", "base, ms", "candidate, ms"]);
    let title = format!("latency, {}", point.point);
    curves.figure("Latency", title, columns, rows, behind)
}
