//! Tables as the template takes them.

use crate::compare::Table;
use serde::Serialize;

/// A table.
#[derive(Serialize)]
pub(super) struct TableView {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    /// The heading of this row and of those below it that have none.
    head: Option<Head>,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Head {
    text: String,
    /// How many rows it stands for, if several.
    span: Option<usize>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    class: &'static str,
}

impl TableView {
    /// A row without a heading belongs to the one above it.
    pub(super) fn of(table: &Table) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        let mut last_head = 0;
        for (index, row) in table.rows.iter().enumerate() {
            let (head, cells) = match row.split_first() {
                Some((head, cells)) => (head.as_str(), cells),
                None => ("", [].as_slice()),
            };
            let continues = head.is_empty() && index > 0;
            if continues {
                let span = index - last_head + 1;
                if let Some(head) = rows.get_mut(last_head).and_then(|row| row.head.as_mut()) {
                    head.span = Some(span);
                }
            } else {
                last_head = index;
            }
            rows.push(Row {
                head: (!continues).then(|| Head {
                    text: head.to_owned(),
                    span: None,
                }),
                cells: cells.iter().map(|text| Cell::of(text)).collect(),
            });
        }
        Self {
            caption: table.title.clone(),
            columns: table.columns.clone(),
            rows,
        }
    }
}

impl Cell {
    fn of(text: &str) -> Self {
        let is_figure =
            text.starts_with(|first: char| first.is_ascii_digit() || "+-<".contains(first));
        let class = match text.split([' ', ':']).next() {
            Some("PASS") => "pass",
            Some("FAIL") => "fail",
            Some("WARN") => "warn",
            Some("INCONCLUSIVE") => "open",
            _ if is_figure => "figure",
            _ => "words",
        };
        Self {
            text: text.to_owned(),
            class,
        }
    }
}
