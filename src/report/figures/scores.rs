//! Scores of the candidate against the base's.

use super::Chapter;
use crate::compare::{ScorePair, Table, words};
use crate::report::chart::{Axis, Chart, Series};
use crate::report::figure::{Behind, Figure, Pair, columns};

/// Scores that are drawn at most.
const MOST_DOTS: usize = 1_500;

pub(super) fn chapter(pair: Pair<'_>) -> Chapter {
    let correctness = &pair.comparison.correctness;
    Chapter {
        title: "Scores",
        about: format!("{}.", words::scores(correctness)),
        figures: if correctness.pairs.is_empty() {
            Vec::new()
        } else {
            vec![figure(pair)]
        },
    }
}

fn figure(pair: Pair<'_>) -> Figure {
    let correctness = &pair.comparison.correctness;
    let limit = correctness.limits.max_absolute;
    let mut pairs: Vec<&ScorePair> = correctness.pairs.iter().collect();
    pairs.sort_by(|one, other| other.difference.abs().total_cmp(&one.difference.abs()));
    let all = pairs.len();
    let behind = Behind {
        base: (0..pair.base.measurements.len()).collect(),
        candidate: (0..pair.candidate.measurements.len()).collect(),
    };
    let table = table(&pairs, limit);
    pairs.truncate(MOST_DOTS);
    let mut series = Series::new(crate::report::chart::Ink::Candidate);
    series.dots = pairs
        .iter()
        .map(|pair| (pair.base, pair.difference))
        .collect();
    let differences: Vec<f64> = pairs
        .iter()
        .map(|pair| pair.difference)
        .chain([limit, -limit])
        .collect();
    Figure {
        title: "candidate's scores minus the base's".to_owned(),
        description: format!(
            "One dot for each of {all} scores: the base's score along x, how far the candidate's lies above or below \
             it along y. {}.",
            words::scores(correctness)
        ),
        chart: Chart {
            x: Axis::between("score of the base", 0.0, 1.0),
            y: Axis::linear("difference", differences),
            series: vec![series],
            shade: None,
            limits: vec![limit, -limit],
        },
        notes: if all > MOST_DOTS {
            vec![format!(
                "{MOST_DOTS} of {all} scores are drawn, those that differ most."
            )]
        } else {
            Vec::new()
        },
        table,
        behind,
    }
}

/// How many scores differ by how much.
fn table(pairs: &[&ScorePair], limit: f64) -> Table {
    let edges = [0.0, 1e-6, 1e-4, 1e-3, 0.005, 0.01, limit];
    let mut edges: Vec<f64> = edges.into_iter().filter(|edge| *edge <= limit).collect();
    edges.dedup();
    let within = |edge: f64| {
        pairs
            .iter()
            .filter(|pair| pair.difference.abs() <= edge)
            .count()
    };
    let mut rows: Vec<Vec<String>> = edges
        .iter()
        .map(|edge| vec![format!("at most {edge}"), within(*edge).to_string()])
        .collect();
    rows.push(vec![
        format!("more than {limit}"),
        (pairs.len() - within(limit)).to_string(),
    ]);
    Table {
        title: "scores by how far they differ".to_owned(),
        columns: columns(["difference", "scores"]),
        rows,
    }
}
