//! Kubernetes objects from outside the project.

use super::{read_bounded, text};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::access::unreadable;
use crate::source::{SourceKind, Sources};
use crate::yaml::{Dialect, read_all};
use serde_json::Value;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The largest file, in bytes: thousands of objects.
const MOST: usize = 64 * 1024 * 1024;
/// The most files of a folder.
const MOST_FILES: usize = 100_000;

/// The objects of a file, or of all files below a folder in the order of their names, YAML or JSON.
/// Lists of checksums and hidden files are passed over.
///
/// # Errors
///
/// Everything that cannot be read.
#[expect(
    clippy::disallowed_methods,
    reason = "the objects to compare with come from outside the project"
)]
pub fn read_objects(path: &Path) -> Result<Vec<Value>, Vec<Diagnostic>> {
    let mut objects = Vec::new();
    for file in object_files(path).map_err(|problem| vec![problem])? {
        let bytes = File::open(&file).and_then(|opened| read_bounded(opened, MOST));
        let bytes = bytes.map_err(|error| vec![unreadable(file.display(), &error)])?;
        let mut sources = Sources::default();
        let name = file.display().to_string();
        let source = text(&name, bytes, MOST, SourceKind::Elsewhere, &mut sources)
            .map_err(|problem| vec![elsewhere(problem, &name)])?;
        let documents = read_all(&sources, source, Dialect::Lenient).map_err(|problems| {
            let all = problems.into_iter();
            all.map(|problem| elsewhere(problem, &name))
                .collect::<Vec<_>>()
        })?;
        let listed = documents
            .iter()
            .flat_map(|document| crate::verify::objects(document));
        objects.extend(listed.map(crate::yaml::Node::to_json));
    }
    Ok(objects)
}

/// A file, or all files below a folder in the order of their names, but for lists of checksums and hidden files.
///
/// # Errors
///
/// If a folder cannot be read.
pub fn object_files(path: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    below(path, &mut files).map_err(|error| unreadable(path.display(), &error))?;
    files.sort_unstable();
    Ok(files)
}

/// The file is no source of the project: its name and line go into the message.
fn elsewhere(mut problem: Diagnostic, name: &str) -> Diagnostic {
    let line = problem.primary.take().map(|label| label.place.line);
    problem.secondary.clear();
    problem.message = match line {
        Some(line) => format!("{name}:{line}: {}", problem.message),
        None => format!("{name}: {}", problem.message),
    };
    problem
}

#[expect(
    clippy::disallowed_methods,
    reason = "the objects to compare with come from outside the project"
)]
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_passed_over = name.to_string_lossy().starts_with('.') || name == "SHA256SUMS";
        if is_passed_over {
            continue;
        }
        if files.len() >= MOST_FILES {
            return Err(io::Error::other(format!("more than {MOST_FILES} files")));
        }
        if entry.file_type()?.is_dir() {
            below(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
