//! Comparisons for people, on a terminal.

use super::comparison::{Comparison, Overall};
use super::outline::{Outline, Table};
use super::words::visible;
use crate::diagnostic::text::Color;
use std::fmt::Write;

/// All comparisons, the verdict first.
pub fn render(comparisons: &[Comparison], color: Color) -> String {
    let mut out = String::new();
    for (comparison, index) in comparisons.iter().zip(0..) {
        if index > 0 {
            out.push('\n');
        }
        one(comparison, color, &mut out);
    }
    out
}

fn one(comparison: &Comparison, color: Color, out: &mut String) {
    let outline = Outline::of(comparison);
    let code = match comparison.overall {
        Overall::Pass => "1;32",
        Overall::Fail => "1;31",
        Overall::Inconclusive | Overall::None => "1;33",
    };
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}\n", color.paint(code, &visible(&outline.headline)));
    let widest = outline
        .facts
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    for (name, fact) in &outline.facts {
        let _ = writeln!(out, "{name:widest$}  {}", visible(fact));
    }
    for table in &outline.tables {
        let _ = writeln!(out, "\n{}", color.paint("1", &table.title));
        draw(table, color, out);
    }
    for (name, list) in &outline.lists {
        let _ = writeln!(out, "\n{}", color.paint("1", name));
        for entry in list {
            let _ = writeln!(out, "  - {}", visible(entry));
        }
    }
}

/// Columns as wide as their widest cell; figures to the right, words to the left.
fn draw(table: &Table, color: Color, out: &mut String) {
    let cells = || std::iter::once(&table.columns).chain(&table.rows);
    let width = |column: usize| {
        let lengths = cells().filter_map(|row| Some(row.get(column)?.chars().count()));
        lengths.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let is_figure = |column: usize| {
        let mut column = table.rows.iter().filter_map(|row| row.get(column));
        column.all(|cell| !cell.chars().any(char::is_alphabetic))
    };
    let right: Vec<bool> = (0..table.columns.len())
        .map(|column| column > 0 && is_figure(column))
        .collect();
    for (row, index) in cells().zip(0..) {
        let mut line = String::from(" ");
        for ((cell, width), right) in row.iter().zip(&widths).zip(&right) {
            let padding = " ".repeat(width - cell.chars().count().min(*width));
            let text = visible(cell);
            let _ = if *right {
                write!(line, " {padding}{text} ")
            } else {
                write!(line, " {text}{padding} ")
            };
        }
        let line = line.trim_end();
        let _ = writeln!(
            out,
            "{}",
            if index == 0 {
                color.paint("2", line)
            } else {
                verdicts(line, color)
            }
        );
    }
}

/// Colours the words that decide.
fn verdicts(line: &str, color: Color) -> String {
    let words = [
        ("FAIL (", "31"),
        ("WARN (", "33"),
        ("INCONCLUSIVE (", "33"),
        ("PASS (", "32"),
    ];
    let found = words
        .iter()
        .find_map(|(word, code)| Some((line.rfind(word)?, code)));
    match found {
        Some((at, code)) => {
            let (before, verdict) = line.split_at(at);
            format!("{before}{}", color.paint(code, verdict))
        }
        None => line.to_owned(),
    }
}
