//! Diagnostics for people: a code frame each, and a last line that counts them.

use super::{Diagnostic, Label, Severity};
use crate::source::Sources;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Whether to draw in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// With ANSI escape codes.
    Styled,
    /// Plain text.
    Plain,
}

impl Color {
    /// A text with the ANSI code of its looks, or plain.
    pub fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Styled => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// Draws all diagnostics; empty for none.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, color: Color) -> String {
    let renderer = match color {
        Color::Styled => Renderer::styled(),
        Color::Plain => Renderer::plain(),
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&[frame(diagnostic, sources)]));
        out.push_str("\n\n");
    }
    if let Some(summary) = summary(diagnostics) {
        out.push_str(&summary);
        out.push('\n');
    }
    out
}

fn frame<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(visible(&diagnostic.message))
        .id(diagnostic.code.name())
        .elements(Vec::<Origin<'a>>::new());
    if let Some(label) = &diagnostic.primary {
        group = annotate(group, label, AnnotationKind::Primary, sources);
    }
    for label in &diagnostic.secondary {
        group = annotate(group, label, AnnotationKind::Context, sources);
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(visible(help))),
        None => group,
    }
}

/// Adds the line that a label points at. Only that line, or the first of several: a frame is to
/// be taken in at a glance, and a huge file must not make drawing slow.
fn annotate<'a>(
    group: Group<'a>,
    label: &'a Label,
    kind: AnnotationKind,
    sources: &'a Sources,
) -> Group<'a> {
    const WIDEST: usize = 400;
    let place = label.place;
    let Some(source) = sources.get(place.source) else {
        return group;
    };
    let text: &str = &source.text;
    let start = (place.start as usize).min(text.len());
    let line_start = text
        .get(..start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let line_end = text
        .get(start..)
        .and_then(|after| after.find(['\n', '\r']))
        .map_or(text.len(), |newline| start + newline);
    let line = text.get(line_start..line_end).unwrap_or_default();
    if line.len() > WIDEST || line.is_empty() {
        let origin = Origin::path(source.name.as_ref())
            .line(place.line as usize)
            .char_column(place.column as usize);
        return group.element(origin);
    }
    let from = start - line_start;
    let to = (place.end as usize).clamp(start, line_end) - line_start;
    let mut annotation = kind.span(from..to);
    if !label.text.is_empty() {
        annotation = annotation.label(visible(&label.text));
    }
    group.element(
        Snippet::source(line)
            .path(source.name.as_ref())
            .line_start(place.line as usize)
            .annotation(annotation),
    )
}

/// Control characters of the user's values must not reach the terminal.
fn visible(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() && character != '\n' {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            }
        })
        .collect()
}

fn summary(diagnostics: &[Diagnostic]) -> Option<String> {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    };
    let name = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        many => Some(format!("{many} {word}s")),
    };
    let parts: Vec<String> = [
        name(count(Severity::Error), "error"),
        name(count(Severity::Warning), "warning"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
