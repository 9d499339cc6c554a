//! Trends for a comment or a page.

use super::entry::METRICS;
use super::text::{day, sentence};
use super::trend::Trend;
use crate::compare::words;
use std::fmt::Write;

/// A table of what is newest, and a list of changes.
pub fn render(trend: &Trend) -> String {
    let mut out = String::from("| variant | shape and load | results | newest |");
    for metric in METRICS {
        let _ = write!(out, " {} ({}) |", words::metric(metric), metric.unit());
    }
    out.push_str("\n| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |\n");
    for series in &trend.series {
        let Some(newest) = series.results.last() else {
            continue;
        };
        let _ = write!(
            out,
            "| {} | {} | {} | {} |",
            cell(&series.variant),
            cell(&series.point),
            series.results.len(),
            day(newest.started_at())
        );
        for (index, median) in newest.medians().iter().enumerate() {
            let held = series
                .baseline
                .as_ref()
                .and_then(|held| held.medians[index]);
            let against = median
                .zip(held.filter(|held| *held > 0.0))
                .map(|(median, held)| format!(" ({})", words::change(median / held)))
                .unwrap_or_default();
            let _ = write!(out, " {}{against} |", words::number(*median));
        }
        out.push('\n');
    }
    if trend.changes() == 0 {
        out.push_str("\nNo changes.\n");
        return out;
    }
    out.push_str("\nChanges:\n\n");
    for series in &trend.series {
        for change in &series.changes {
            let _ = writeln!(
                out,
                "- {}, {}: {}",
                cell(&series.variant),
                cell(&series.point),
                cell(&sentence(change, series))
            );
        }
    }
    out
}

/// A text that cannot end a cell, or begin markup of its own.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '|' | '<' | '>' | '`' | '*' | '_' | '[' | ']' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
