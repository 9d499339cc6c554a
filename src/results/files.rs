//! The edge to the file system: which files a place names, and their bytes. Bounded: never more than
//! [`MOST_BYTES`] of one file, and no folder twice.

use super::location::is_candidate;
use super::rejected::{MOST_BYTES, Reason};
use crate::project::read_bounded;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The most files that one place may name.
const MOST_FILES: usize = 1_000_000;
/// How deep folders may lie in each other.
const DEEPEST: usize = 32;

/// A file, with what tells whether it has changed since.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was changed, in nanoseconds since 1970; 0 if the system does not say.
    pub modified: u128,
}

/// Whether something exists by this name.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// The file itself, or every result below a folder, sorted by name.
///
/// # Errors
///
/// If it does not exist or cannot be read.
pub fn below(path: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    if path.is_dir() {
        collect(path, 0, &mut found)?;
    } else {
        found.push(look(path.to_owned())?);
    }
    sort(&mut found);
    Ok(found)
}

/// The files that a pattern names, sorted by name.
///
/// # Errors
///
/// If it is no pattern, or a folder cannot be read.
pub fn matching(pattern: &str) -> io::Result<Vec<Found>> {
    let invalid = |error: glob::PatternError| io::Error::new(io::ErrorKind::InvalidInput, error);
    let mut found = Vec::new();
    for path in glob::glob(pattern).map_err(invalid)? {
        let path = path.map_err(io::Error::from)?;
        if path.is_dir() {
            found.extend(below(&path)?);
        } else {
            found.extend(regular(path)?);
        }
        if found.len() > MOST_FILES {
            return Err(too_many());
        }
    }
    sort(&mut found);
    found.dedup();
    Ok(found)
}

/// The bytes of a file, unless there are too many.
///
/// # Errors
///
/// If the operating system refuses.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where results are read"
)]
pub fn read(path: &Path) -> io::Result<Result<Vec<u8>, Reason>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > MOST_BYTES {
        return Ok(Err(Reason::TooLarge(Some(length))));
    }
    Ok(bounded(read_bounded(file, most())?))
}

/// The bytes of standard input, unless there are too many.
///
/// # Errors
///
/// If the operating system refuses.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where results are read"
)]
pub fn read_input() -> io::Result<Result<Vec<u8>, Reason>> {
    Ok(bounded(read_bounded(io::stdin().lock(), most())?))
}

fn most() -> usize {
    usize::try_from(MOST_BYTES).unwrap_or(usize::MAX)
}

/// A file may grow while it is read, and a device has no length.
fn bounded(bytes: Vec<u8>) -> Result<Vec<u8>, Reason> {
    if bytes.len() > most() {
        Err(Reason::TooLarge(None))
    } else {
        Ok(bytes)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where results are read"
)]
fn collect(folder: &Path, depth: usize, found: &mut Vec<Found>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        // Links to folders are not followed: they can lead back.
        if entry.file_type()?.is_dir() {
            if depth < DEEPEST {
                collect(&path, depth + 1, found)?;
            }
        } else if is_candidate(&entry.file_name().to_string_lossy()) {
            found.extend(regular(path)?);
        }
        if found.len() > MOST_FILES {
            return Err(too_many());
        }
    }
    Ok(())
}

/// What nobody named itself is only read if it is a file, or a link to one: to open a pipe may take forever.
fn regular(path: PathBuf) -> io::Result<Option<Found>> {
    let metadata = fs::metadata(&path)?;
    Ok(metadata.is_file().then(|| seen(path, &metadata)))
}

fn look(path: PathBuf) -> io::Result<Found> {
    let metadata = fs::metadata(&path)?;
    Ok(seen(path, &metadata))
}

fn seen(path: PathBuf, metadata: &fs::Metadata) -> Found {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    Found {
        path,
        bytes: metadata.len(),
        modified: modified.map_or(0, |since| since.as_nanos()),
    }
}

/// By name, byte by byte: to compare paths part by part takes longer than to find them.
fn sort(found: &mut [Found]) {
    found.sort_unstable_by(|one, other| one.path.as_os_str().cmp(other.path.as_os_str()));
}

fn too_many() -> io::Error {
    io::Error::other(format!("more than {MOST_FILES} files"))
}
