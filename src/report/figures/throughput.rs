//! Throughput against the load.

use super::Chapter;
use super::load::{self, Quantity};
use crate::compare::PointSide;
use crate::report::figure::{Half, Pair};

pub(super) fn chapter(pair: Pair<'_>) -> Chapter {
    let items = |half: &Half<'_>, point: &PointSide| -> Vec<f64> {
        let runs = half.runs(point);
        let rates = runs.iter().map(|run| run.throughput.items_per_second);
        rates.filter(|rate| *rate > 0.0).collect()
    };
    let figures = load::figures(
        pair,
        &Quantity {
            name: "items/s",
            values: &items,
        },
    );
    Chapter {
        title: "Throughput",
        about: if figures.is_empty() {
            "No run says at which concurrency or rate it was measured.".to_owned()
        } else {
            "Dots are medians over runs, upright lines reach from the lowest run to the highest."
                .to_owned()
        },
        figures,
    }
}
