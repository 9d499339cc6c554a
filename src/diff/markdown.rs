//! Differences as a comment on a pull request.

use super::text::{View, because, hashes, place, summary};
use super::{Difference, Group, GroupKind, Item};
use crate::explain::text::short;
use crate::markdown::{MOST, RESERVE, escaped};
use std::fmt::Write;

/// The whole difference, at most [`MOST`] characters long. What does not fit is left out as whole
/// objects, and counted.
pub fn render(difference: &Difference, view: View) -> String {
    if difference.is_empty() {
        return "Nothing that is rendered changes.\n".to_owned();
    }
    let mut out = format!("**{}**\n\n", summary(difference));
    if let Some(line) = hashes(&difference.hashes) {
        let _ = writeln!(out, "And {line}.\n");
    }
    let mut length = out.chars().count();
    let mut cut = Vec::new();
    for group in &difference.groups {
        let text = section(group, view);
        let size = text.chars().count();
        if length + size + RESERVE > MOST {
            cut.push(group);
        } else {
            length += size;
            out.push_str(&text);
        }
    }
    if !cut.is_empty() {
        let objects: usize = cut.iter().map(|group| group.keys.len()).sum();
        let changes: usize = cut
            .iter()
            .map(|group| match &group.kind {
                GroupKind::Changed(items) => items.len(),
                GroupKind::Added | GroupKind::Removed => 1,
            })
            .sum();
        let _ = writeln!(
            out,
            "**Left out because a comment cannot hold it: {objects} objects with {changes} different \
             changes.** `xbench diff` with the same arguments shows everything."
        );
    }
    out
}

fn section(group: &Group, view: View) -> String {
    let mut out = String::new();
    let (what, is_open) = match group.kind {
        GroupKind::Added => ("new", false),
        GroupKind::Removed => ("gone", false),
        GroupKind::Changed(_) => ("changed", true),
    };
    let open = if is_open { " open" } else { "" };
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "<details{open}><summary><b>{}</b>: {what} in {}</summary>\n",
        escaped(&group.keys[0].title()),
        match group.keys.len() {
            1 => "one variant".to_owned(),
            several => format!("{several} variants"),
        }
    );
    for key in &group.keys {
        if let Some(place) = place(key) {
            let _ = writeln!(out, "- {}", code(&place));
        }
    }
    out.push('\n');
    match (&group.kind, view) {
        (GroupKind::Changed(items), View::Structural) => {
            out.push_str("| path | old | new | because |\n|---|---|---|---|\n");
            for item in items {
                row(item, &mut out);
            }
        }
        _ => {
            let fence = fence(&group.unified);
            let _ = writeln!(out, "{fence}diff\n{}{fence}", group.unified);
        }
    }
    out.push_str("\n</details>\n\n");
    out
}

fn row(item: &Item, out: &mut String) {
    let value = |value: &Option<serde_json::Value>| {
        value
            .as_ref()
            .map(|value| code(&short(value)))
            .unwrap_or_default()
    };
    let causes: Vec<String> = item
        .causes
        .iter()
        .map(|cause| code(&because(cause)))
        .collect();
    let _ = writeln!(
        out,
        "| {} | {} | {} | {} |",
        code(&item.path),
        value(&item.old),
        value(&item.new),
        causes.join("<br>")
    );
}

/// Text that nothing in it can end: HTML, because a backquote or `|` in a value would break Markdown.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// A fence that is longer than any run of backquotes in a text.
fn fence(text: &str) -> String {
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    "`".repeat((longest + 1).max(3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Key;

    fn group(number: usize) -> Group {
        let key = Key {
            suite: "s".to_owned(),
            variant: format!("v{number}"),
            blueprint: "score".to_owned(),
            kind: "Job".to_owned(),
            ordinal: 0,
        };
        let item = Item {
            path: format!("spec.x{number}"),
            old: Some("a|`<b>".into()),
            new: Some("\u{e9}".repeat(90).into()),
            causes: Vec::new(),
        };
        Group {
            keys: vec![key],
            kind: GroupKind::Changed(vec![item]),
            unified: String::new(),
        }
    }

    #[test]
    fn a_comment_is_never_too_long_and_says_what_was_cut() {
        let difference = Difference {
            groups: (0..2000).map(group).collect(),
            ..Difference::default()
        };
        let text = render(&difference, View::Structural);
        assert!((60_000..=MOST).contains(&text.chars().count()));
        let shown = text.matches("<details").count();
        let cut = format!("{0} objects with {0} different changes", 2000 - shown);
        assert!(text.contains(&cut), "{cut}");
    }

    #[test]
    fn values_cannot_break_the_table() {
        let text = section(&group(1), View::Structural);
        let row = text
            .lines()
            .find(|line| line.contains("spec.x1"))
            .expect("a row");
        assert_eq!(row.matches('|').count(), 5, "{row}");
        assert!(row.contains("a&#124;&#96;&lt;b&gt;"), "{row}");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("no"), "```");
        assert_eq!(fence("a ```` b"), "`````");
    }
}
