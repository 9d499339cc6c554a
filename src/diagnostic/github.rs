//! Diagnostics as workflow commands, which GitHub Actions shows beside the lines of a change.
//!
//! One line each, whatever a message holds: a value can neither end its line nor begin a command.
//! Source: `docs.github.com`, "Workflow commands for GitHub Actions"; the escapes are those of
//! `actions/toolkit`, `packages/core/src/command.ts`.

use super::{Diagnostic, Folder, Label, Severity};
use crate::source::Sources;
use std::fmt::Write;

/// All diagnostics; empty for none.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, folder: &Folder) -> String {
    diagnostics
        .iter()
        .fold(String::new(), |mut text, diagnostic| {
            command(&mut text, diagnostic, sources, folder);
            text
        })
}

fn command(text: &mut String, diagnostic: &Diagnostic, sources: &Sources, folder: &Folder) {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let primary = diagnostic.primary.as_ref();
    let place = primary.and_then(|label| folder.locate(label, sources));
    let mut properties = Vec::new();
    if let Some(place) = &place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
        properties.push(format!("endColumn={}", place.end_column));
    }
    properties.push(format!("title={}", property(diagnostic.code.name())));
    let elsewhere = primary.filter(|_| place.is_none());
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "::{level} {}::{}",
        properties.join(","),
        data(&message(diagnostic, elsewhere, sources))
    );
}

/// The message with all that has no property of its own.
fn message(diagnostic: &Diagnostic, elsewhere: Option<&Label>, sources: &Sources) -> String {
    let mut message = diagnostic.message.clone();
    let mut line = |text: String| {
        message.push('\n');
        message.push_str(&text);
    };
    if let Some(label) = elsewhere {
        line(format!("in {}", sources.locate(label.place)));
    }
    if let Some(label) = diagnostic
        .primary
        .as_ref()
        .filter(|one| !one.text.is_empty())
    {
        line(label.text.clone());
    }
    for label in &diagnostic.secondary {
        line(format!("{}: {}", sources.locate(label.place), label.text));
    }
    if let Some(help) = &diagnostic.help {
        line(format!("help: {help}"));
    }
    message
}

fn data(text: &str) -> String {
    escape(text, &[])
}

fn property(text: &str) -> String {
    escape(text, &[':', ','])
}

/// Escapes `%`, control characters and what else is named, as the runner takes it back.
fn escape(text: &str, more: &[char]) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '%' | '\n' | '\r' => percent(&mut escaped, character),
            other if more.contains(&other) => percent(&mut escaped, other),
            other if other.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}

fn percent(escaped: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = write!(escaped, "%{:02X}", u32::from(character));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::{Place, SourceKind};

    #[test]
    fn nothing_a_message_holds_ends_its_line() {
        let mut sources = Sources::default();
        let source = sources.add_kind(SourceKind::ProjectFile, "a,b:c%.yaml", "key: value\n");
        let place = Place {
            source,
            line: 1,
            column: 6,
            start: 5,
            end: 10,
        };
        let diagnostic = Diagnostic::error(Code::Schema, "100%\r\n::error::no\u{1b}")
            .at(place)
            .help("a, b: c");
        let folder = Folder::of(Some(std::path::Path::new("bench")));
        assert_eq!(
            render(&[diagnostic], &sources, &folder),
            "::error file=bench/a%2Cb%3Ac%25.yaml,line=1,col=6,endColumn=11,title=schema::\
             100%25%0D%0A::error::no\u{fffd}%0Ahelp: a, b: c\n"
        );
    }
}
