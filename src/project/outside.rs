//! Files that the command line names, wherever they are.

use super::{read_bounded, text};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::access::unreadable;
use crate::source::{SourceId, SourceKind, Sources};
use std::fs::File;
use std::io;
use std::path::Path;

/// Keeps a text of at most so many bytes as a source: a file, or standard input for `-`.
///
/// # Errors
///
/// If it cannot be read, is too large, or is not UTF-8.
#[expect(
    clippy::disallowed_methods,
    reason = "the reading edge for files from outside the project"
)]
pub fn read_outside(
    file: &Path,
    most: usize,
    sources: &mut Sources,
) -> Result<SourceId, Diagnostic> {
    let (name, bytes) = if file == Path::new("-") {
        let bytes = read_bounded(io::stdin().lock(), most);
        ("standard input".to_owned(), bytes)
    } else {
        let bytes = File::open(file).and_then(|file| read_bounded(file, most));
        (file.display().to_string(), bytes)
    };
    let bytes = bytes.map_err(|error| unreadable(&name, &error))?;
    text(&name, bytes, most, SourceKind::Elsewhere, sources)
}
