//! Figures over the load: the same shape under more and more requests in flight, or at higher and higher
//! rates.

use crate::compare::words;
use crate::compare::{LoadKey, Point, PointSide, Table};
use crate::report::chart::{Axis, Chart, Series, Spread};
use crate::report::figure::{Behind, Figure, Half, Middle, Pair};
use std::collections::{BTreeMap, BTreeSet};

/// How requests arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Loop {
    Closed,
    Open,
}

/// What is drawn over the load.
pub(super) struct Quantity<'a> {
    /// With its unit.
    pub(super) name: &'a str,
    /// The value of each run at a point.
    pub(super) values: &'a dyn Fn(&Half<'_>, &PointSide) -> Vec<f64>,
}

type Rows = BTreeMap<(String, Loop), BTreeSet<Point>>;

/// One figure for each shape that was measured under some load that has a number.
pub(super) fn figures(pair: Pair<'_>, quantity: &Quantity<'_>) -> Vec<Figure> {
    let mut rows = Rows::new();
    for half in pair.halves() {
        for point in half.side.points.keys() {
            if let Some((kind, _)) = place(&point.load) {
                let row = rows.entry((point.shape_text(), kind)).or_default();
                row.insert(point.clone());
            }
        }
    }
    rows.into_iter()
        .filter_map(|((shape, kind), points)| figure(pair, quantity, &shape, kind, &points))
        .collect()
}

fn place(load: &LoadKey) -> Option<(Loop, f64)> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "nobody sends 2^53 requests at once"
    )]
    let closed = load.concurrency().map(|count| (Loop::Closed, count as f64));
    closed.or_else(|| Some((Loop::Open, load.rate()?)))
}

fn figure(
    pair: Pair<'_>,
    quantity: &Quantity<'_>,
    shape: &str,
    kind: Loop,
    points: &BTreeSet<Point>,
) -> Option<Figure> {
    let mut behind = Behind::default();
    let mut series = Vec::new();
    let mut cells: BTreeMap<&Point, Vec<String>> = BTreeMap::new();
    for half in pair.halves() {
        let mut one = Series::new(half.ink);
        for point in points {
            let row = cells.entry(point).or_default();
            let found = half.side.points.get(point);
            let middle = found.and_then(|side| Middle::of(&(quantity.values)(&half, side)));
            let (Some((_, x)), Some(side), Some(middle)) = (place(&point.load), found, middle)
            else {
                row.extend(["-".to_owned(), "-".to_owned(), "0".to_owned()]);
                continue;
            };
            behind.add(half.ink, &side.runs);
            one.line.push((x, middle.median));
            one.whiskers.push(Spread {
                x,
                low: middle.low,
                high: middle.high,
            });
            row.extend([
                words::number(Some(middle.median)),
                format!(
                    "{} .. {}",
                    words::number(Some(middle.low)),
                    words::number(Some(middle.high))
                ),
                side.runs.len().to_string(),
            ]);
        }
        one.dots.clone_from(&one.line);
        series.push(one);
    }
    let loads: Vec<f64> = points
        .iter()
        .filter_map(|point| Some(place(&point.load)?.1))
        .collect();
    let values: Vec<f64> = series
        .iter()
        .flat_map(|one| one.whiskers.iter().map(|spread| spread.high))
        .collect();
    if values.is_empty() {
        return None;
    }
    let (x_title, way) = match kind {
        Loop::Closed => ("requests in flight", "closed loop"),
        Loop::Open => ("requests/s asked for", "open loop"),
    };
    let title = format!("{}, {shape}, {way}", quantity.name);
    Some(Figure {
        description: format!(
            "{} against {x_title}: medians over runs with their range. {}",
            quantity.name,
            in_words(&series)
        ),
        chart: Chart {
            x: Axis::measured(x_title, &sorted(loads)),
            y: Axis::linear(quantity.name, values),
            series,
            shade: None,
            limits: Vec::new(),
        },
        notes: Vec::new(),
        table: Table {
            title: title.clone(),
            columns: [
                "load",
                "base, median",
                "base, range",
                "base, runs",
                "candidate, median",
                "candidate, range",
                "candidate, runs",
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: cells
                .into_iter()
                .map(|(point, row)| [vec![point.load.to_string()], row].concat())
                .collect(),
        },
        title,
        behind,
    })
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// Where each line begins and ends.
fn in_words(series: &[Series]) -> String {
    let ends = series.iter().filter_map(|one| {
        let (first, last) = (one.line.first()?, one.line.last()?);
        let name = one.ink.name();
        Some(if one.line.len() == 1 {
            format!("{name}: {}.", words::number(Some(first.1)))
        } else {
            format!(
                "{name}: from {} to {}.",
                words::number(Some(first.1)),
                words::number(Some(last.1))
            )
        })
    });
    ends.collect::<Vec<_>>().join(" ")
}
