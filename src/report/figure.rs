//! A figure: a chart in words, as a drawing and as a table, with the results behind it.

use super::chart::{Chart, Ink};
use crate::compare::{Comparison, Group, PointSide, RunRef, Side, Table};
use crate::results::Run;
use std::collections::BTreeSet;

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) title: String,
    /// What can be seen, for those who cannot see it.
    pub(super) description: String,
    pub(super) chart: Chart,
    /// What one should know to read it.
    pub(super) notes: Vec<String>,
    pub(super) table: Table,
    pub(super) behind: Behind,
}

/// Results behind a figure: indexes into those of the base and of the candidate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) base: BTreeSet<usize>,
    pub(super) candidate: BTreeSet<usize>,
}

impl Behind {
    /// Adds the results that runs are from.
    pub(super) fn add(&mut self, ink: Ink, runs: &[RunRef]) {
        let results = match ink {
            Ink::Candidate => &mut self.candidate,
            _ => &mut self.base,
        };
        results.extend(runs.iter().map(|run| run.measurement));
    }
}

/// A comparison with the results behind it.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) comparison: &'a Comparison,
    pub(super) base: &'a Group,
    pub(super) candidate: &'a Group,
}

/// One side of a pair.
#[derive(Clone, Copy)]
pub(super) struct Half<'a> {
    pub(super) ink: Ink,
    pub(super) name: &'static str,
    pub(super) side: &'a Side,
    pub(super) group: &'a Group,
}

impl<'a> Pair<'a> {
    /// Base and candidate.
    pub(super) fn halves(&self) -> [Half<'a>; 2] {
        [
            Half {
                ink: Ink::Base,
                name: "base",
                side: &self.comparison.base,
                group: self.base,
            },
            Half {
                ink: Ink::Candidate,
                name: "candidate",
                side: &self.comparison.candidate,
                group: self.candidate,
            },
        ]
    }
}

impl<'a> Half<'a> {
    /// The runs at a point.
    pub(super) fn runs(&self, point: &PointSide) -> Vec<&'a Run> {
        let group = self.group;
        point
            .runs
            .iter()
            .filter_map(|run| group.run(*run))
            .collect()
    }
}

/// Names of columns.
pub(super) fn columns<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

/// Median, lowest and highest of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Middle {
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Middle {
    /// Of values; nothing if there is none.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        Some(Self {
            median: crate::statistics::median(values)?,
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}
