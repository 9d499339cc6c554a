//! The texts that were read, and places in them.
//!
//! A [`Place`] is small and `Copy`, so every node of every tree can carry one. It means something
//! only together with the [`Sources`] that handed out its [`SourceId`].

use std::sync::Arc;

/// Names one text in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// One text that was read: a file of the project, or an argument of the command line.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name shown to people: a path relative to the project with `/` between its parts, or
    /// the flag an argument came with.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    /// Where it came from.
    pub kind: SourceKind,
}

/// Where a text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A file of the project as it lies on the disk: the name leads to it.
    ProjectFile,
    /// Anything else: an argument, a file of another time or place, standard input.
    Elsewhere,
}

/// All texts of one run, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// Keeps a text that is no file of the project, and hands out its id.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        self.add_kind(SourceKind::Elsewhere, name, text)
    }

    /// Keeps a text and hands out its id.
    pub fn add_kind(
        &mut self,
        kind: SourceKind,
        name: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
    ) -> SourceId {
        let id = SourceId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(Source {
            name: name.into(),
            text: text.into(),
            kind,
        });
        id
    }

    /// The text behind an id, if this collection handed it out.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.all.get(id.0 as usize)
    }

    /// The place of the character that begins at a byte of a source.
    pub fn place_of_byte(&self, id: SourceId, index: usize) -> Place {
        let text = self.get(id).map_or("", |source| &source.text);
        let before = text.get(..index).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = text.get(index..).unwrap_or_default();
        let length = rest.chars().next().map_or(0, char::len_utf8);
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Place {
            source: id,
            line: number(before.matches('\n').count() + 1),
            column: number(before.get(line_start..).unwrap_or_default().chars().count() + 1),
            start: number(index),
            end: number(index + length),
        }
    }

    /// `file:line:column`, as editors and terminals understand it.
    pub fn locate(&self, place: Place) -> String {
        let name = self.get(place.source).map_or("?", |source| &source.name);
        format!("{name}:{}:{}", place.line, place.column)
    }

    /// The trimmed source line on which a place begins.
    pub fn line(&self, place: Place) -> &str {
        self.get(place.source)
            .and_then(|source| source.text.lines().nth(place.line as usize - 1))
            .map_or("", str::trim)
    }
}

/// A span of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The text it lies in.
    pub source: SourceId,
    /// Line of its first character, counted from 1.
    pub line: u32,
    /// Column of its first character in characters, counted from 1.
    pub column: u32,
    /// Byte offset of its first character.
    pub start: u32,
    /// Byte offset after its last character.
    pub end: u32,
}

impl Place {
    /// The first character of a source, for errors about the whole of it.
    pub fn top(source: SourceId) -> Self {
        Self {
            source,
            line: 1,
            column: 1,
            start: 0,
            end: 0,
        }
    }
}
