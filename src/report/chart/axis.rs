//! Axes: which values there are, where they lie, and which of them are written down.

use crate::compare::words;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// How values become places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Linear,
    Logarithmic,
    /// Fractions below 1: each further nine takes as much room as the one before.
    Percentile,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Axis {
    /// What it shows, with its unit.
    pub(in crate::report) title: String,
    scale: Scale,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Places with their labels.
    pub(super) ticks: Vec<(f64, String)>,
}

/// Above this ratio of the largest to the smallest value, small ones could not be told apart.
const WIDE: f64 = 30.0;

impl Axis {
    /// From zero, or where values are negative from the lowest, to the highest.
    pub(in crate::report) fn linear(
        title: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        let (low, high) = extent(values);
        let low = low.min(0.0);
        let high = if high > low { high } else { low + 1.0 };
        let margin = (high - low) * 0.05;
        Self::between(
            title,
            if low < 0.0 { low - margin } else { low },
            high + margin,
        )
    }

    /// Exactly between two values.
    pub(in crate::report) fn between(title: impl Into<String>, low: f64, high: f64) -> Self {
        let places = RangedCoordf64::from(low..high).key_points(7_usize);
        Self {
            title: title.into(),
            scale: Scale::Linear,
            low,
            high,
            ticks: places
                .into_iter()
                .map(|at| {
                    // What a step of 0.1 leaves of zero.
                    let at = if at.abs() < (high - low) * 1e-9 {
                        0.0
                    } else {
                        at
                    };
                    (at, words::number(Some(at)))
                })
                .collect(),
        }
    }

    /// Powers of ten; values that are not positive lie at the lower end.
    pub(in crate::report) fn logarithmic(
        title: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        let (low, high) = extent(values.into_iter().filter(|value| *value > 0.0));
        let (low, high) = if high > 0.0 { (low, high) } else { (1.0, 10.0) };
        let (low, high) = (low.log10() - 0.05, high.log10() + 0.05);
        let mut ticks = Vec::new();
        let mut decade = low.floor();
        while decade <= high {
            let factors: &[f64] = if high - low > 3.0 {
                &[1.0]
            } else {
                &[1.0, 2.0, 5.0]
            };
            for factor in factors {
                let at = decade + factor.log10();
                if (low..=high).contains(&at) {
                    ticks.push((at, words::number(Some(10_f64.powf(decade) * factor))));
                }
            }
            decade += 1.0;
        }
        Self {
            title: title.into(),
            scale: Scale::Logarithmic,
            low,
            high,
            ticks,
        }
    }

    /// Linear where all values can be told apart, logarithmic where not.
    pub(in crate::report) fn fitting(title: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().collect();
        let (low, high) = extent(values.iter().copied().filter(|value| *value > 0.0));
        if low > 0.0 && high / low > WIDE {
            Self::logarithmic(format!("{title}, logarithmic"), values)
        } else {
            Self::linear(title, values)
        }
    }

    /// The values that were measured and no others: concurrency, rates.
    pub(in crate::report) fn measured(title: impl Into<String>, values: &[f64]) -> Self {
        let mut axis = Self::logarithmic(title, values.iter().copied());
        axis.low -= 0.05;
        axis.high += 0.05;
        axis.ticks.clear();
        let room = (axis.high - axis.low) / 12.0;
        for value in values {
            let at = axis.at(*value);
            // Labels that would lie on each other are left out; the table has them all.
            if axis.ticks.last().is_none_or(|(last, _)| at - last > room) {
                axis.ticks.push((at, words::number(Some(*value))));
            }
        }
        axis
    }

    /// Percentiles, from the lowest value to the one that `count` values can tell.
    pub(in crate::report) fn percentiles(title: impl Into<String>, count: u64) -> Self {
        let high = nines(1.0 - 1.0 / as_float(count.max(2))).clamp(1.0, 5.0);
        let named = [
            (0.0, "0"),
            (0.5, "50"),
            (0.9, "90"),
            (0.99, "99"),
            (0.999, "99.9"),
            (0.9999, "99.99"),
            (0.99999, "99.999"),
        ];
        Self {
            title: title.into(),
            scale: Scale::Percentile,
            low: 0.0,
            high: high + 0.02,
            ticks: named
                .into_iter()
                .map(|(fraction, name)| (nines(fraction), name.to_owned()))
                .filter(|(at, _)| *at <= high + 0.02)
                .collect(),
        }
    }

    /// Names in order, at 0, 1, 2 and so on.
    pub(in crate::report) fn names(title: impl Into<String>, names: &[String]) -> Self {
        let places = (0_u32..).map(f64::from);
        let count = as_float(names.len() as u64);
        Self {
            title: title.into(),
            scale: Scale::Linear,
            low: -0.5,
            high: count - 0.5,
            ticks: places.zip(names.iter().cloned()).collect(),
        }
    }

    /// The place of a value, never outside of the axis.
    pub(super) fn at(&self, value: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic if value > 0.0 => value.log10(),
            Scale::Logarithmic => self.low,
            Scale::Percentile => nines(value),
        };
        place.clamp(self.low, self.high)
    }
}

/// How the drawing library sees an axis: its values are places.
impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, place: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.low..self.high).map(place, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, place: &f64) -> String {
        let near = (self.high - self.low) * 1e-6;
        let found = self.ticks.iter().find(|(at, _)| (at - place).abs() <= near);
        found.map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

/// How many nines: 1 for 0.9, 2 for 0.99.
fn nines(fraction: f64) -> f64 {
    -(1.0 - fraction).max(1e-9).log10()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn as_float(count: u64) -> f64 {
    count as f64
}

/// The lowest and the highest finite value; zero twice if there is none.
fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let found = finite.fold(None, |found: Option<(f64, f64)>, value| {
        let (low, high) = found.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn nothing_and_what_is_not_finite_make_an_axis_all_the_same() {
        for values in [vec![], vec![0.0], vec![f64::NAN, f64::INFINITY], vec![-3.0]] {
            for axis in [
                Axis::linear("x", values.clone()),
                Axis::logarithmic("x", values.clone()),
                Axis::fitting("x", values.clone()),
                Axis::measured("x", &values),
            ] {
                assert!(axis.low < axis.high, "{values:?}: {axis:?}");
                assert!(axis.at(f64::MAX) <= axis.high);
            }
        }
    }

    #[test]
    fn every_nine_takes_the_same_room() {
        let axis = Axis::percentiles("percentile", 100_000);
        assert_eq!(
            labels(&axis),
            ["0", "50", "90", "99", "99.9", "99.99", "99.999"]
        );
        let step = axis.at(0.99) - axis.at(0.9);
        assert!((axis.at(0.999) - axis.at(0.99) - step).abs() < 1e-9);
        assert_eq!(
            labels(&Axis::percentiles("percentile", 100)),
            ["0", "50", "90", "99"]
        );
    }

    #[test]
    fn small_values_can_be_told_apart() {
        assert_eq!(Axis::fitting("ms", [1.0, 20.0]).scale, Scale::Linear);
        let wide = Axis::fitting("ms", [1.0, 2_000.0]);
        assert_eq!(wide.scale, Scale::Logarithmic);
        assert_eq!(labels(&wide), ["1", "10", "100", "1000"]);
    }
}
