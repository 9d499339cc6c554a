//! Durations of both sides over percentiles, from merged histograms.

use crate::compare::{Table, words};
use crate::report::chart::{Axis, Chart, Series};
use crate::report::figure::{Behind, Figure, Half};
use crate::results::Histogram;

/// Values of a curve at most; a screen shows no more.
const MOST_PLACES: u32 = 150;

/// The curves of a figure.
#[derive(Default)]
pub(super) struct Curves {
    series: Vec<Series>,
    description: Vec<String>,
    /// Durations of the side that has more of them.
    count: u64,
}

impl Curves {
    /// Adds a side, whose curve is empty without a histogram. What is less than `least` ms is drawn there.
    pub(super) fn add(&mut self, half: &Half<'_>, histogram: Option<&Histogram>, least: f64) {
        let mut one = Series::new(half.ink);
        if let Some(histogram) = histogram.filter(|histogram| histogram.count() > 0) {
            self.count = self.count.max(histogram.count());
            one.line = fractions(histogram.count())
                .filter_map(|fraction| Some((fraction, histogram.quantile(fraction)?.max(least))))
                .collect();
            let at = |fraction| words::number(histogram.quantile(fraction));
            self.description.push(format!(
                "{}: median {} ms, 99th percentile {} ms.",
                half.name,
                at(0.5),
                at(0.99)
            ));
        }
        self.series.push(one);
    }

    /// The figure; nothing if no side has a curve.
    pub(super) fn figure(
        self,
        what: &str,
        title: String,
        columns: Vec<String>,
        rows: Vec<Vec<String>>,
        behind: Behind,
    ) -> Option<Figure> {
        if self.count == 0 {
            return None;
        }
        let values: Vec<f64> = self
            .series
            .iter()
            .flat_map(|one| one.line.iter().map(|(_, value)| *value))
            .collect();
        Some(Figure {
            description: format!(
                "{what} in ms at each percentile. {}",
                self.description.join(" ")
            ),
            chart: Chart {
                x: Axis::percentiles("percentile", self.count),
                y: Axis::fitting("ms", values),
                series: self.series,
                shade: None,
                limits: Vec::new(),
            },
            notes: Vec::new(),
            table: Table {
                title: title.clone(),
                columns,
                rows,
            },
            title,
            behind,
        })
    }
}

/// Fractions that are as far apart on the axis, up to the last one that can be told.
fn fractions(count: u64) -> impl Iterator<Item = f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let last = (count.max(10) as f64).log10();
    (0..=MOST_PLACES).map(move |step| {
        let nines = last * f64::from(step) / f64::from(MOST_PLACES);
        1.0 - 10_f64.powf(-nines)
    })
}
