//! The writing edge: standard output, and folders that are replaced as a whole.

mod create;
mod pager;

pub use create::{create_file, create_folder};
pub use pager::Paging;

use crate::diagnostic::access::{unwritable_file, unwritable_folder};
use crate::diagnostic::{Code, Diagnostic};
use crate::hash::ContentHash;
use crate::render::Artifact;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

/// The file that lists what xbench wrote into a folder, as `sha256sum --check` reads it.
const SUMS: &str = "SHA256SUMS";

/// Standard output, to ask what it is.
#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
pub fn stdout() -> io::Stdout {
    io::stdout()
}

/// Writes texts to standard output, one after the other. A reader that has seen enough is not an error.
///
/// # Errors
///
/// If the operating system refuses for another reason.
#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
pub fn print(texts: impl IntoIterator<Item = String>) -> Result<(), Diagnostic> {
    let mut out = io::stdout().lock();
    let written = texts
        .into_iter()
        .try_for_each(|text| out.write_all(text.as_bytes()))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Diagnostic::error(
            Code::Io,
            format!("cannot write to standard output: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Shows texts to a person: on a terminal through a pager, otherwise like [`print()`].
///
/// # Errors
///
/// If the operating system refuses to write.
pub fn show(texts: impl IntoIterator<Item = String>, paging: Paging) -> Result<(), Diagnostic> {
    let texts: Vec<String> = texts.into_iter().collect();
    let is_empty = texts.iter().all(String::is_empty);
    match pager::start(paging, &stdout()).filter(|_| !is_empty) {
        None => print(texts),
        Some(pager) => match pager::feed(pager, texts) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Diagnostic::error(
                Code::Io,
                format!("cannot write to the pager: {error}"),
            )
            .help("leave it out with --no-pager, or name another one in PAGER")),
            _ => Ok(()),
        },
    }
}

/// Replaces a file as a whole: whoever reads it sees the old one or the new one, and if it cannot be written,
/// the old one stays.
///
/// # Errors
///
/// If the operating system refuses.
pub fn replace_file(file: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let refuse = |error: &io::Error| unwritable_file(file, error);
    let mut new = tempfile::Builder::new()
        .prefix(".xbench-")
        .tempfile_in(parent(file))
        .map_err(|error| refuse(&error))?;
    new.write_all(bytes)
        .and_then(|()| new.as_file().sync_all())
        .and_then(|()| set_mode(new.path(), FILE_MODE))
        .map_err(|error| refuse(&error))?;
    new.persist(file).map_err(|error| refuse(&error.error))?;
    Ok(())
}

/// Replaces a folder by rendered files. The old folder stays as it is until all new files are
/// written, and a folder that holds anything else is refused.
///
/// # Errors
///
/// If the folder holds files of others, or the operating system refuses.
#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
pub fn replace_folder(folder: &Path, artifacts: &[Artifact]) -> Result<(), Diagnostic> {
    let refuse = |error: &io::Error| unwritable_folder(folder, error);
    if folder.file_name().is_none() {
        return Err(Diagnostic::error(
            Code::Usage,
            format!("`{}` cannot be replaced as a whole", folder.display()),
        )
        .help(format!(
            "name a folder below it, for example {}",
            folder.join("rendered").display()
        )));
    }
    // A link stays, and what it leads to is replaced.
    let target = folder.canonicalize().ok().filter(|_| folder.is_symlink());
    let folder = target.as_deref().unwrap_or(folder);
    refuse_foreign(folder)?;
    let parent = parent(folder);
    fs::create_dir_all(parent).map_err(|error| refuse(&error))?;
    let staging = tempfile::Builder::new()
        .prefix(".xbench-")
        .tempdir_in(parent)
        .map_err(|error| refuse(&error))?;
    let new = staging.path().join("new");
    write_all(&new, artifacts).map_err(|error| refuse(&error))?;
    if folder.exists() {
        let old = staging.path().join("old");
        fs::rename(folder, &old).map_err(|error| refuse(&error))?;
        if let Err(error) = fs::rename(&new, folder) {
            // Put the old folder back; the first error is the one to report.
            let _ = fs::rename(&old, folder);
            return Err(refuse(&error));
        }
    } else {
        fs::rename(&new, folder).map_err(|error| refuse(&error))?;
    }
    Ok(())
}

/// Writes results into a folder, which is made if it is not there, each as a file of its own that is whole
/// or not there. A file that says the same already is left alone.
///
/// # Errors
///
/// If a file of that name says something else, or the operating system refuses.
#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
pub fn results(folder: &Path, results: &[(String, String)]) -> Result<(), Diagnostic> {
    fs::create_dir_all(folder).map_err(|error| unwritable_folder(folder, &error))?;
    for (name, text) in results {
        let path = folder.join(name);
        match fs::read_to_string(&path) {
            Ok(there) if there == *text => continue,
            Ok(_) => {
                return Err(Diagnostic::error(
                    Code::Usage,
                    format!("`{}` is there and says something else", path.display()),
                )
                .help("name another folder"));
            }
            Err(_) => {}
        }
        replace_file(&path, text.as_bytes())?;
    }
    Ok(())
}

/// Writes a file of a kind that has a mark near its start, and replaces only one of that kind.
///
/// # Errors
///
/// If the file is something else, or the operating system refuses.
pub fn replace_marked_file(file: &Path, text: &str, mark: &str) -> Result<(), Diagnostic> {
    refuse_unmarked(file, mark)?;
    replace_file(file, text.as_bytes())
}

/// Writes files of a kind that has a mark near its start into a folder, which is made if it is not there and may
/// hold anything else.
///
/// # Errors
///
/// If one of the files is there and is something else: then none is written. If the operating system refuses.
#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
pub fn replace_marked_files(
    folder: &Path,
    files: &[(String, String)],
    mark: &str,
) -> Result<(), Diagnostic> {
    for (name, _) in files {
        refuse_unmarked(&folder.join(name), mark)?;
    }
    fs::create_dir_all(folder).map_err(|error| unwritable_folder(folder, &error))?;
    for (name, text) in files {
        replace_file(&folder.join(name), text.as_bytes())?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is replaced is looked at first"
)]
fn refuse_unmarked(file: &Path, mark: &str) -> Result<(), Diagnostic> {
    /// The mark is among so many first bytes.
    const START: u64 = 4_096;
    if file.is_file() {
        let mut start = Vec::new();
        fs::File::open(file)
            .and_then(|file| file.take(START).read_to_end(&mut start))
            .map_err(|error| {
                Diagnostic::error(
                    Code::Io,
                    format!("cannot look into `{}`: {error}", file.display()),
                )
            })?;
        if !start.is_empty() && !String::from_utf8_lossy(&start).contains(mark) {
            return Err(Diagnostic::error(
                Code::Usage,
                format!("`{}` is there and is something else", file.display()),
            )
            .help("name another place, or move it away"));
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
fn write_all(folder: &Path, artifacts: &[Artifact]) -> io::Result<()> {
    fs::create_dir(folder)?;
    set_mode(folder, FOLDER_MODE)?;
    let mut sums = String::new();
    for artifact in artifacts {
        let file = folder.join(&artifact.path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
            let above = parent.ancestors().take_while(|above| *above != folder);
            above
                .into_iter()
                .try_for_each(|above| set_mode(above, FOLDER_MODE))?;
        }
        fs::write(&file, &artifact.bytes)?;
        set_mode(&file, FILE_MODE)?;
        // Writing to a string cannot fail.
        let _ = writeln!(
            sums,
            "{}  {}",
            ContentHash::of_bytes(&artifact.bytes),
            artifact.path
        );
    }
    let sums_file = folder.join(SUMS);
    fs::write(&sums_file, sums)?;
    set_mode(&sums_file, FILE_MODE)
}

/// The folder that holds a path.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// The modes of what is written, whatever the umask: they are part of what a build copies.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// A folder may be replaced if it is empty, or if every file in it stands in its list.
#[expect(
    clippy::disallowed_methods,
    reason = "what is replaced is looked at first"
)]
fn refuse_foreign(folder: &Path) -> Result<(), Diagnostic> {
    let refuse = |error: &io::Error| {
        Diagnostic::error(
            Code::Io,
            format!("cannot look into `{}`: {error}", folder.display()),
        )
    };
    if !folder.exists() {
        return Ok(());
    }
    if !folder.is_dir() {
        return Err(unwritable_folder(
            folder,
            &io::ErrorKind::NotADirectory.into(),
        ));
    }
    let sums = match fs::read_to_string(folder.join(SUMS)) {
        Ok(sums) => sums,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(refuse(&error)),
    };
    let own: BTreeSet<PathBuf> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(_, path)| PathBuf::from(path))
        .chain([PathBuf::from(SUMS)])
        .collect();
    let mut found = Vec::new();
    files_below(folder, Path::new(""), &mut found).map_err(|error| refuse(&error))?;
    match found.iter().find(|file| !own.contains(*file)) {
        None => Ok(()),
        Some(foreign) => Err(Diagnostic::error(
            Code::Usage,
            format!(
                "`{}` holds `{}`, which xbench did not write",
                folder.display(),
                foreign.display()
            ),
        )
        .help("the folder is replaced as a whole: name one that does not exist yet")),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is replaced is looked at first"
)]
fn files_below(root: &Path, below: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            files_below(root, &path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}
