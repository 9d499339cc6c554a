//! What a million items cost, against the load.

use super::Chapter;
use super::load::{self, Quantity};
use crate::compare::{PointSide, words};
use crate::report::figure::{Half, Pair};

pub(super) fn chapter(pair: Pair<'_>) -> Chapter {
    let dollars = |half: &Half<'_>, point: &PointSide| -> Vec<f64> {
        let Some(price) = &half.side.subject.price else {
            return Vec::new();
        };
        let runs = half.runs(point);
        let rates = runs.iter().map(|run| run.throughput.items_per_second);
        rates
            .filter(|rate| *rate > 0.0)
            .map(|rate| price.usd_per_hour / 3_600.0 / rate * 1e6)
            .collect()
    };
    let figures = load::figures(
        pair,
        &Quantity {
            name: "USD per million items",
            values: &dollars,
        },
    );
    let prices = pair.halves().map(|half| match &half.side.subject.price {
        None => format!("The {}'s results name no price.", half.name),
        Some(price) => format!(
            "{}: {} USD an hour for all chips together ({}).",
            half.name,
            words::number(Some(price.usd_per_hour)),
            [&price.source, &price.date]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        ),
    });
    Chapter {
        title: "Cost",
        about: prices.join(" "),
        figures,
    }
}
