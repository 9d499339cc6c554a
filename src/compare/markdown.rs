//! Comparisons as a comment on a pull request.

use super::comparison::Comparison;
use super::outline::{Outline, Table};
use crate::markdown::{self, MOST, RESERVE};
use std::fmt::Write;

/// All comparisons, at most [`MOST`] characters long. What does not fit is left out row by row from the
/// end, and counted; verdicts and facts come first and stay.
pub fn render(comparisons: &[Comparison]) -> String {
    let outlines: Vec<Outline> = comparisons.iter().map(Outline::of).collect();
    let mut page = Page::default();
    for outline in &outlines {
        let _ = writeln!(page.text, "**{}**\n", escaped(&outline.headline));
        for (name, fact) in &outline.facts {
            let _ = writeln!(page.text, "- {name}: {}", escaped(fact));
        }
        page.text.push('\n');
    }
    page.length = page.text.chars().count();
    for outline in &outlines {
        for (table, index) in outline.tables.iter().zip(0..) {
            page.table(table, index == 0);
        }
        for (name, list) in &outline.lists {
            page.list(name, list);
        }
    }
    if page.cut > 0 {
        let _ = writeln!(
            page.text,
            "**Left out because a comment cannot hold it: {} rows.** `xbench compare` with the same arguments shows \
             everything.",
            page.cut
        );
    }
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
    length: usize,
    cut: usize,
}

impl Page {
    /// Adds a line, if it fits.
    fn line(&mut self, line: &str) -> bool {
        let length = line.chars().count() + 1;
        let fits = self.length + length + RESERVE <= MOST;
        if fits {
            self.length += length;
            self.text.push_str(line);
            self.text.push('\n');
        }
        fits
    }

    fn table(&mut self, table: &Table, is_open: bool) {
        let open = if is_open { " open" } else { "" };
        let head = format!(
            "<details{open}><summary>{}</summary>\n\n{}\n{}",
            escaped(&table.title),
            row(&table.columns),
            row(&vec!["---".to_owned(); table.columns.len()]),
        );
        let mut left = table.rows.iter();
        if self.line(&head) {
            for cells in left.by_ref() {
                if !self.line(&row(cells)) {
                    self.cut += 1;
                    break;
                }
            }
            self.text.push_str("\n</details>\n\n");
            self.length += 14;
        }
        self.cut += left.count();
    }

    fn list(&mut self, name: &str, list: &[String]) {
        let mut left = list.iter();
        if self.line(&format!("<details><summary>{}</summary>\n", escaped(name))) {
            for entry in left.by_ref() {
                if !self.line(&format!("- {}", escaped(entry))) {
                    self.cut += 1;
                    break;
                }
            }
            self.text.push_str("\n</details>\n\n");
            self.length += 14;
        }
        self.cut += left.count();
    }
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    format!("| {} |", cells.join(" | "))
}

/// Text in which nothing means anything to Markdown, outside of code too.
fn escaped(text: &str) -> String {
    markdown::escaped(text).replace('~', "&#126;")
}
