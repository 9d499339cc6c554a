//! Comparisons as a comment on a pull request.

use super::comparison::Comparison;
use super::outline::{Outline, Table};
use crate::markdown::{Comment, escaped, row};

/// All comparisons, at most [`MOST`](crate::markdown::MOST) characters long. What does not fit is left out row by
/// row from the end, and counted; verdicts and facts come first and stay.
pub fn render(comparisons: &[Comparison]) -> String {
    let outlines: Vec<Outline> = comparisons.iter().map(Outline::of).collect();
    let mut comment = Comment::default();
    for outline in &outlines {
        comment.keep(&format!("**{}**\n\n", escaped(&outline.headline)));
        for (name, fact) in &outline.facts {
            comment.keep(&format!("- {name}: {}\n", escaped(fact)));
        }
        comment.keep("\n");
    }
    for outline in &outlines {
        for (table, index) in outline.tables.iter().zip(0..) {
            comment.add(
                &head(table, index == 0),
                table.rows.iter().map(|cells| row(cells)),
                END,
            );
        }
        for (name, list) in &outline.lists {
            comment.add(
                &format!("<details><summary>{}</summary>\n\n", escaped(name)),
                list.iter().map(|entry| format!("- {}", escaped(entry))),
                END,
            );
        }
    }
    comment.finish("xbench compare")
}

const END: &str = "\n</details>\n\n";

fn head(table: &Table, is_open: bool) -> String {
    format!(
        "<details{}><summary>{}</summary>\n\n{}\n{}\n",
        if is_open { " open" } else { "" },
        escaped(&table.title),
        row(&table.columns),
        row(&vec!["---".to_owned(); table.columns.len()]),
    )
}
