//! Errors as data: a code, a message, places and a way out. Drawn by [`text`] for people and by
//! [`json`] for programs, by [`github`] and [`sarif`] for what shows them beside a change.

pub mod access;
pub mod code;
pub mod github;
pub mod json;
mod place;
pub mod sarif;
pub mod text;

pub use code::Code;
pub use place::Folder;

use crate::path::ValuePath;
use crate::source::{Place, Sources};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is produced.
    Error,
    /// Something is produced, and the reader should know this about it.
    Warning,
}

/// A place with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is pointed at.
    pub place: Place,
    /// The remark beside it; may be empty.
    pub text: String,
}

/// One thing to tell the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of thing it is; stable across versions.
    pub code: Code,
    /// What is wrong, in the user's words, lowercase.
    pub message: String,
    /// The value it is about, if it is about one.
    pub path: Option<ValuePath>,
    /// Where; absent for what has no place in a file.
    pub primary: Option<Label>,
    /// Other places that belong to it.
    pub secondary: Vec<Label>,
    /// The way out.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error of a kind, with its message.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            path: None,
            primary: None,
            secondary: Vec::new(),
            help: None,
        }
    }

    /// A warning of a kind, with its message.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        self.labelled(place, "")
    }

    /// Says where, with a remark.
    #[must_use]
    pub fn labelled(mut self, place: Place, text: impl Into<String>) -> Self {
        self.primary = Some(Label {
            place,
            text: text.into(),
        });
        self
    }

    /// Says which value it is about.
    #[must_use]
    pub fn about(mut self, path: ValuePath) -> Self {
        self.path = Some(path);
        self
    }

    /// Says where, if it is not known better.
    #[must_use]
    pub fn or_at(self, place: Place) -> Self {
        if self.primary.is_some() {
            self
        } else {
            self.at(place)
        }
    }

    /// Adds another place that belongs to it.
    #[must_use]
    pub fn also(mut self, place: Place, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            place,
            text: text.into(),
        });
        self
    }

    /// Says the way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says the way out, where there is one.
    #[must_use]
    pub fn help_if(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }
}

/// Sorts by file, line and column, and drops what is said twice.
pub fn sort(diagnostics: &mut Vec<Diagnostic>, sources: &Sources) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        let (file, line, column) = diagnostic
            .primary
            .as_ref()
            .map(|label| {
                let file = sources
                    .get(label.place.source)
                    .map(|source| source.name.to_string());
                (file, label.place.line, label.place.column)
            })
            .unwrap_or_default();
        (
            file,
            line,
            column,
            diagnostic.severity,
            diagnostic.message.clone(),
        )
    });
    // A file that was read twice is another source, but no other file.
    diagnostics.dedup_by(|one, other| {
        let place = |diagnostic: &Diagnostic| {
            let label = diagnostic.primary.as_ref()?;
            Some(sources.locate(label.place))
        };
        one.message == other.message && one.code == other.code && place(one) == place(other)
    });
}

/// `; did you mean X?` material: the nearest of `known` to `given`, if it is near at all.
///
/// Near means at most a third of the longer name's characters differ (Damerau-Levenshtein), as
/// compilers do it, so that a suggestion is worth reading.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .filter(|(distance, name)| {
            let longer = given.chars().count().max(name.chars().count());
            *distance * 3 <= longer
        })
        .min_by_key(|(distance, name)| (*distance, name.len()))
        .map(|(_, name)| name)
}

/// `did you mean X?`, if something known is near.
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(given, known).map(|name| format!("did you mean `{name}`?"))
}

/// `did you mean X?`, or else what there is.
pub fn instead<'a>(given: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    did_you_mean(given, known.clone()).unwrap_or_else(|| there_are(known))
}

/// `there are a, b and c`, and so on for one and for none.
pub fn there_are<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.into_iter().collect();
    match all.as_slice() {
        [] => "there is none".to_owned(),
        [one] => format!("there is only `{one}`"),
        many => format!("there are {}", enumerate(many.iter().copied())),
    }
}

/// `a, b and c` with each in backquotes; shortens long lists.
pub fn enumerate<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let all: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match all.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        many if many.len() > SHOWN => {
            let shown = many.iter().take(SHOWN).cloned().collect::<Vec<_>>();
            format!("{} and {} more", shown.join(", "), many.len() - SHOWN)
        }
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_near_names() {
        let known = ["dtype", "page-size", "random-seed"];
        assert_eq!(nearest("dtpye", known), Some("dtype"));
        assert_eq!(nearest("pagesize", known), Some("page-size"));
        assert_eq!(nearest("quantization", known), None);
    }

    #[test]
    fn enumerates_like_a_person() {
        assert_eq!(enumerate(["a"]), "`a`");
        assert_eq!(enumerate(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
