//! Places as programs outside want them: seen from the folder in which xbench was started.

use super::Label;
use crate::source::{SourceKind, Sources};
use std::path::{Component, Path};

/// Where the project lies, seen from where xbench was started.
///
/// What shows diagnostics beside a change names files from the top of the repository, which is where it
/// starts xbench; the project may lie below, and is then named with `-C`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder(String);

/// A place in a file of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilePlace {
    /// The file, with `/` between its parts.
    pub file: String,
    /// Line of the first character, from 1.
    pub line: u32,
    /// Column of the first character, in characters from 1.
    pub column: u32,
    /// Column after the last character, if it stands on the same line.
    pub end_column: u32,
}

impl Folder {
    /// The folder of an argument of `-C`. One that leads up or is absolute lies in no repository that
    /// xbench was started in the top of: files are then named from the project.
    pub fn of(argument: Option<&Path>) -> Self {
        let mut folder = String::new();
        for component in argument.into_iter().flat_map(Path::components) {
            match component {
                Component::Normal(name) => {
                    folder.push_str(&name.to_string_lossy());
                    folder.push('/');
                }
                Component::CurDir => {}
                _ => return Self::default(),
            }
        }
        Self(folder)
    }

    /// The place of a label, if it is one in a file of the project.
    pub(super) fn locate(&self, label: &Label, sources: &Sources) -> Option<FilePlace> {
        let place = label.place;
        let source = sources.get(place.source)?;
        if source.kind != SourceKind::ProjectFile {
            return None;
        }
        let span = source
            .text
            .get(place.start as usize..place.end as usize)
            .unwrap_or_default();
        let first_line = span.lines().next().unwrap_or_default();
        let width = u32::try_from(first_line.chars().count()).unwrap_or(u32::MAX);
        Some(FilePlace {
            file: format!("{}{}", self.0, source.name),
            line: place.line,
            column: place.column,
            end_column: place.column.saturating_add(width.max(1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_below_are_put_before_names() {
        let of = |text: &str| Folder::of(Some(Path::new(text))).0;
        assert_eq!(of("bench"), "bench/");
        assert_eq!(of("./a/b/"), "a/b/");
        assert_eq!(of("."), "");
        assert_eq!(of("../other"), "");
        assert_eq!(of("/elsewhere"), "");
        assert_eq!(Folder::of(None).0, "");
    }
}
