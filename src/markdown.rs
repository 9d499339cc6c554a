//! What every comment on a pull request has to heed.

use std::fmt::Write;

/// A comment on GitHub holds 65,536 characters; this leaves room for whoever posts it.
pub const MOST: usize = 65_000;

/// Kept of [`MOST`] for what is said of what was cut.
pub const RESERVE: usize = 400;

/// Text that can neither end where it stands nor begin markup, a link or a mention.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' => out.push_str("&#124;"),
            '`' => out.push_str("&#96;"),
            '*' => out.push_str("&#42;"),
            '_' => out.push_str("&#95;"),
            '[' => out.push_str("&#91;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '~' => out.push_str("&#126;"),
            '\\' => out.push_str("&#92;"),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

/// A row of a table. The cells are escaped here.
pub fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    format!("| {} |", cells.join(" | "))
}

/// A comment that is filled from its beginning: what always stays, then tables and lists, of which rows are left
/// out, and counted, once the comment is full.
#[derive(Default)]
pub struct Comment {
    text: String,
    length: usize,
    cut: usize,
}

impl Comment {
    /// Adds what must stay. The caller keeps it short.
    pub fn keep(&mut self, text: &str) {
        self.length += text.chars().count();
        self.text.push_str(text);
    }

    /// Adds a head with rows below it, each a line without its end, as far as they fit, and an end.
    pub fn add(&mut self, head: &str, rows: impl IntoIterator<Item = String>, end: &str) {
        let mut rows = rows.into_iter();
        let needed = head.chars().count() + end.chars().count();
        if self.length + needed + RESERVE <= MOST {
            self.length += needed;
            self.text.push_str(head);
            for row in rows.by_ref() {
                let length = row.chars().count() + 1;
                if self.length + length + RESERVE > MOST {
                    self.cut += 1;
                    break;
                }
                self.length += length;
                self.text.push_str(&row);
                self.text.push('\n');
            }
            self.text.push_str(end);
        }
        self.cut += rows.count();
    }

    /// The comment, which says how many rows are not in it. `command` shows them.
    pub fn finish(mut self, command: &str) -> String {
        if self.cut > 0 {
            // Writing to a string cannot fail.
            let _ = writeln!(
                self.text,
                "**Left out because a comment cannot hold it: {} rows.** `{command}` with the same arguments shows \
                 everything.",
                self.cut
            );
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_never_too_long_and_counts_what_was_cut() {
        let rows =
            |count: usize| (0..count).map(|number| format!("- {number} {}", "\u{e9}".repeat(90)));
        let mut comment = Comment::default();
        comment.keep("**yes**\n");
        comment.add("<details>\n", rows(500), "</details>\n");
        comment.add("<details>\n", rows(500), "</details>\n");
        comment.add("<details>\n", rows(7), "</details>\n");
        let text = comment.finish("xbench compare");
        assert!((60_000..=MOST).contains(&text.chars().count()));
        let shown = text.matches("\n- ").count();
        assert!(text.contains(&format!("{} rows", 1_007 - shown)));
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
    }
}
