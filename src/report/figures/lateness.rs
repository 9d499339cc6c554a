//! How late requests were sent, against the schedule: whether the client kept up.

use super::Chapter;
use super::curves::Curves;
use crate::compare::words;
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
    let mut curves = Curves::default();
    for half in pair.halves() {
        let (histogram, some) = lateness(&half, &mut behind);
        rows.extend(some);
        // A lateness below a microsecond is none.
        curves.add(&half, Some(&histogram), 0.001);
    }
    rows.sort();
    let columns = columns([
        "shape and load",
        "side",
        "sends",
        "p50, ms",
        "p99, ms",
        "max, ms",
    ]);
    let title = "send lateness, all open-loop runs".to_owned();
    curves.figure("Lateness of sends", title, columns, rows, behind)
}
