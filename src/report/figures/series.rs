//! Throughput and latency over the time of a run.

use super::{Chapter, drawn};
use crate::compare::{PointComparison, Table, words};
use crate::report::chart::{Axis, Chart, Series, Spread};
use crate::report::figure::{Behind, Figure, Half, Middle, Pair, columns};
use crate::results::{Interval, Run};

/// Places along the time at most.
const MOST_BINS: usize = 60;
/// A last interval that the run's end cut shorter than this fraction says nothing; an only one is shown.
const SHORTEST: f64 = 0.5;

/// What is drawn over time.
#[derive(Clone, Copy)]
struct Quantity {
    name: &'static str,
    /// How intervals that are put together make one value.
    together: &'static str,
    of: fn(&[&Interval], f64) -> Option<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
#[expect(clippy::unnecessary_wraps, reason = "quantities have one form")]
fn rate(intervals: &[&Interval], seconds: f64) -> Option<f64> {
    let succeeded: u64 = intervals.iter().map(|interval| interval.succeeded).sum();
    Some(succeeded as f64 / seconds)
}

fn tail(intervals: &[&Interval], _: f64) -> Option<f64> {
    let tails = intervals
        .iter()
        .filter_map(|interval| Some(interval.latency.as_ref()?.p95));
    tails.reduce(f64::max)
}

const QUANTITIES: [Quantity; 2] = [
    Quantity {
        name: "requests/s",
        together: "their rate",
        of: rate,
    },
    Quantity {
        name: "p95 of each interval, ms",
        together: "the highest of them",
        of: tail,
    },
];

pub(super) fn chapter(pair: Pair<'_>, most: usize) -> Chapter {
    let (points, note) = drawn(pair, most);
    let figures: Vec<Figure> = points
        .into_iter()
        .flat_map(|point| {
            QUANTITIES
                .into_iter()
                .filter_map(move |quantity| figure(pair, point, quantity))
        })
        .collect();
    Chapter {
        title: "Over time",
        about: if figures.is_empty() {
            "The results hold no time series.".to_owned()
        } else {
            format!(
                "Lines are medians over runs, areas reach from the lowest run to the highest. The warm-up before a \
                 run is shaded; results hold its length and end, and no figures from within.{note}"
            )
        },
        figures,
    }
}

/// Length of an interval, and how many intervals make a place.
fn step(runs: &[&Run]) -> (f64, usize) {
    let length = runs
        .iter()
        .map(|run| run.interval_seconds)
        .max()
        .unwrap_or(1)
        .max(1);
    let longest = runs
        .iter()
        .map(|run| run.intervals.len())
        .max()
        .unwrap_or_default();
    let several = longest.div_ceil(MOST_BINS).max(1);
    #[expect(clippy::cast_precision_loss, reason = "intervals are seconds")]
    let seconds = length as f64;
    (seconds, several)
}

/// The value of each run at each place, with the place's middle.
fn binned(
    runs: &[&Run],
    (length, several): (f64, usize),
    quantity: Quantity,
) -> Vec<(f64, Middle)> {
    let mut places: Vec<(f64, Vec<f64>)> = Vec::new();
    for run in runs {
        for (index, chunk) in run.intervals.chunks(several).enumerate() {
            let intervals: Vec<&Interval> = chunk.iter().collect();
            let Some(first) = intervals.first() else {
                continue;
            };
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let nominal = length * intervals.len() as f64;
            let seconds = (run.elapsed_seconds - first.start_seconds).min(nominal);
            if seconds <= 0.0 || (index > 0 && seconds < nominal * SHORTEST) {
                continue;
            }
            if places.len() <= index {
                places.resize_with(index + 1, || {
                    (first.start_seconds + seconds / 2.0, Vec::new())
                });
                places[index].0 = first.start_seconds + seconds / 2.0;
            }
            places[index].1.extend((quantity.of)(&intervals, seconds));
        }
    }
    places
        .into_iter()
        .filter_map(|(at, values)| Some((at, Middle::of(&values)?)))
        .collect()
}

/// The longest warm-up before some runs, and what is to be said of all of them.
fn warm_up(half: &Half<'_>, runs: &[&Run]) -> (f64, String) {
    let warmed: Vec<_> = runs.iter().filter_map(|run| run.warmup.as_ref()).collect();
    let longest = warmed
        .iter()
        .map(|warmup| warmup.seconds)
        .fold(0.0, f64::max);
    let steady = warmed.iter().filter(|warmup| warmup.steady).count();
    let requests: u64 = warmed.iter().map(|warmup| warmup.requests).sum();
    let first = warmed
        .iter()
        .filter_map(|warmup| warmup.first_milliseconds)
        .fold(0.0, f64::max);
    let text = if warmed.is_empty() {
        format!("{}: no warm-up is recorded.", half.name)
    } else {
        format!(
            "{}: warm-up of at most {} s, {requests} requests over {} runs, steady at the end of {steady}; the \
             slowest first answer took {} ms.",
            half.name,
            words::number(Some(longest)),
            warmed.len(),
            words::number(Some(first))
        )
    };
    (longest, text)
}

/// Both sides over time: what is drawn, and what stands in the table.
#[derive(Default)]
struct Course {
    series: Vec<Series>,
    notes: Vec<String>,
    rows: Vec<(f64, Vec<String>)>,
    behind: Behind,
    /// The longest warm-up.
    before: f64,
    /// The end of the longest run.
    end: f64,
    /// How many intervals make a place.
    several: usize,
}

impl Course {
    fn of(pair: Pair<'_>, point: &PointComparison, quantity: Quantity) -> Self {
        let mut course = Self::default();
        for (half, before) in pair.halves().into_iter().zip([0, 2]) {
            course.add(&half, point, quantity, before);
        }
        course
    }

    /// Adds a side, whose cells come after so many others.
    fn add(
        &mut self,
        half: &Half<'_>,
        point: &PointComparison,
        quantity: Quantity,
        cells_before: usize,
    ) {
        let Some(side) = half.side.points.get(&point.point) else {
            return;
        };
        let runs = half.runs(side);
        let step = step(&runs);
        self.several = self.several.max(step.1);
        let ends = runs.iter().map(|run| run.elapsed_seconds);
        self.end = ends.fold(self.end, f64::max);
        self.behind.add(half.ink, &side.runs);
        let (length, text) = warm_up(half, &runs);
        self.before = self.before.max(length);
        self.notes.push(text);
        let binned = binned(&runs, step, quantity);
        let mut one = Series::new(half.ink);
        for (index, (at, middle)) in binned.into_iter().enumerate() {
            one.line.push((at, middle.median));
            one.band.push(Spread {
                x: at,
                low: middle.low,
                high: middle.high,
            });
            if self.rows.len() <= index {
                self.rows.push((at, vec!["-".to_owned(); cells_before]));
            }
            self.rows[index].1.extend([
                words::number(Some(middle.median)),
                format!(
                    "{} .. {}",
                    words::number(Some(middle.low)),
                    words::number(Some(middle.high))
                ),
            ]);
        }
        // One place makes no line.
        if one.line.len() == 1 {
            one.dots.clone_from(&one.line);
            one.whiskers.clone_from(&one.band);
        }
        for (_, row) in &mut self.rows {
            row.resize(cells_before + 2, "-".to_owned());
        }
        self.series.push(one);
    }
}

fn figure(pair: Pair<'_>, point: &PointComparison, quantity: Quantity) -> Option<Figure> {
    let mut course = Course::of(pair, point, quantity);
    if course.rows.is_empty() {
        return None;
    }
    if course.several > 1 {
        let note = format!(
            "{} intervals make one place: {}.",
            course.several, quantity.together
        );
        course.notes.push(note);
    }
    let bands = course.series.iter().flat_map(|one| &one.band);
    let values: Vec<f64> = bands.flat_map(|spread| [spread.low, spread.high]).collect();
    let end = course.end.max(1.0);
    // A warm-up may take far longer than the run: then its end is shown.
    let shown = course.before.min(end);
    if shown < course.before {
        course.notes.push(format!(
            "Of the warm-up, the last {} s are shown.",
            words::number(Some(shown))
        ));
    }
    let title = format!("{}, {}", quantity.name, point.point);
    Some(Figure {
        description: format!(
            "{} over the seconds of a run, with the warm-up before it shaded. {}",
            quantity.name,
            overall(&course.series)
        ),
        chart: Chart {
            x: Axis::between("seconds from the run's start", -shown, end),
            y: Axis::fitting(quantity.name, values),
            series: course.series,
            shade: (shown > 0.0).then_some((-shown, 0.0)),
            limits: Vec::new(),
        },
        notes: course.notes,
        table: Table {
            title: title.clone(),
            columns: columns([
                "seconds",
                "base, median",
                "base, range",
                "candidate, median",
                "candidate, range",
            ]),
            rows: course
                .rows
                .into_iter()
                .map(|(at, row)| [vec![words::number(Some(at))], row].concat())
                .collect(),
        },
        title,
        behind: course.behind,
    })
}

/// Between what each line moves.
fn overall(series: &[Series]) -> String {
    let named = series.iter().filter_map(|one| {
        let values: Vec<f64> = one.line.iter().map(|(_, value)| *value).collect();
        let middle = Middle::of(&values)?;
        Some(format!(
            "{}: between {} and {}.",
            one.ink.name(),
            words::number(Some(middle.low)),
            words::number(Some(middle.high))
        ))
    });
    named.collect::<Vec<_>>().join(" ")
}
