//! Differences for people, on a terminal.

use super::{Cause, Difference, Group, GroupKind, Hashes, Item, Key, Said};
use crate::diagnostic::text::Color;
use crate::explain::text::short;
use serde_json::Value;
use std::fmt::Write;

/// How changed objects are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Each changed value by its path.
    Structural,
    /// Lines, as `diff -u` shows them.
    Unified,
}

/// The whole difference; empty if nothing differs.
pub fn render(difference: &Difference, view: View, color: Color) -> String {
    let paint = Paint(color);
    let mut out = String::new();
    for group in &difference.groups {
        heading(group, paint, &mut out);
        match (&group.kind, view) {
            (_, View::Unified) => {
                for line in group.unified.lines() {
                    // Writing to a string cannot fail.
                    let _ = writeln!(out, "{}", paint.line(line));
                }
            }
            (GroupKind::Changed(items), View::Structural) => {
                for item in items {
                    change(item, paint, &mut out);
                }
            }
            (GroupKind::Added | GroupKind::Removed, View::Structural) => {}
        }
        out.push('\n');
    }
    if let Some(line) = hashes(&difference.hashes) {
        let _ = writeln!(out, "{}", paint.dim(&line));
    }
    if !difference.is_empty() {
        let _ = writeln!(out, "{}", summary(difference));
    }
    out
}

fn heading(group: &Group, paint: Paint, out: &mut String) {
    let (sign, what) = match group.kind {
        GroupKind::Added => ("+", "new"),
        GroupKind::Removed => ("-", "gone"),
        GroupKind::Changed(_) => ("~", "changed"),
    };
    let title = format!("{sign} {}: {what}", group.keys[0].title());
    let _ = writeln!(out, "{}", paint.bold(&title));
    for key in &group.keys {
        if let Some(place) = place(key) {
            let _ = writeln!(out, "  in {place}");
        }
    }
}

/// The variant an object belongs to, with its suite.
pub(super) fn place(key: &Key) -> Option<String> {
    match (key.variant.as_str(), key.suite.as_str()) {
        ("", _) => None,
        (variant, "") => Some(variant.to_owned()),
        (variant, suite) => Some(format!("{variant} ({suite})")),
    }
}

fn change(item: &Item, paint: Paint, out: &mut String) {
    let line = match (&item.old, &item.new) {
        (Some(old), Some(new)) => format!(
            "{}: {} -> {}",
            item.path,
            paint.removed(&short(old)),
            paint.added(&short(new))
        ),
        (None, Some(new)) => paint.added(&format!("+ {}: {}", item.path, short(new))),
        (Some(old), None) => paint.removed(&format!("- {}: {}", item.path, short(old))),
        (None, None) => String::new(),
    };
    let _ = writeln!(out, "  {line}");
    for cause in &item.causes {
        let _ = writeln!(out, "      {}", paint.dim(&because(cause)));
    }
}

/// A cause on one line.
pub(super) fn because(cause: &Cause) -> String {
    let said = |said: &Said| match &said.value {
        Value::Null => format!("null at {}", said.place),
        Value::Object(_) | Value::Array(_) => said.place.clone(),
        value => format!("{} at {}", short(value), said.place),
    };
    match (&cause.old, &cause.new) {
        (Some(old), Some(new)) => format!("{}: {}, was {}", cause.what, said(new), said(old)),
        (None, Some(new)) => format!("{}: {}", cause.what, said(new)),
        (Some(old), None) => format!("{}: gone, was {}", cause.what, said(old)),
        (None, None) => cause.what.clone(),
    }
}

/// The line that folds all hashes.
pub fn hashes(hashes: &Hashes) -> Option<String> {
    let all = [
        (hashes.renamed.len(), "name", "names"),
        (hashes.contents, "content hash", "content hashes"),
        (hashes.values, "values hash", "values hashes"),
        (hashes.references, "reference", "references"),
    ];
    let counted: Vec<String> = all
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, several)| format!("{count} {}", if *count == 1 { one } else { several }))
        .collect();
    (!counted.is_empty()).then(|| format!("hashes that follow: {}", counted.join(", ")))
}

/// How many objects changed.
pub fn summary(difference: &Difference) -> String {
    let count = |wanted: fn(&GroupKind) -> bool| {
        let groups = difference.groups.iter().filter(|group| wanted(&group.kind));
        groups.map(|group| group.keys.len()).sum::<usize>()
    };
    format!(
        "{} changed, {} new, {} gone; {} compared",
        count(|kind| matches!(kind, GroupKind::Changed(_))),
        count(|kind| matches!(kind, GroupKind::Added)),
        count(|kind| matches!(kind, GroupKind::Removed)),
        difference.compared
    )
}

#[derive(Clone, Copy)]
struct Paint(Color);

impl Paint {
    fn bold(self, text: &str) -> String {
        self.0.paint("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.0.paint("2", text)
    }

    fn removed(self, text: &str) -> String {
        self.0.paint("31", text)
    }

    fn added(self, text: &str) -> String {
        self.0.paint("32", text)
    }

    fn line(self, line: &str) -> String {
        match line.chars().next() {
            Some('-') => self.removed(line),
            Some('+') => self.added(line),
            Some('@') => self.0.paint("36", line),
            _ => line.to_owned(),
        }
    }
}
