//! New files and folders: whole or not at all, and never over what is there.

use super::parent;
use crate::diagnostic::access::{unwritable_file, unwritable_folder};
use crate::diagnostic::{Code, Diagnostic};
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Creates a file with its content, at once.
///
/// # Errors
///
/// If there is such a file already, or the operating system refuses.
pub fn create_file(file: &Path, content: &[u8]) -> Result<(), Diagnostic> {
    write_file(file, content).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Diagnostic::error(Code::Usage, format!("`{}` exists already", file.display()))
                .help("choose another name, or move it away")
        }
        _ => unwritable_file(file, &error),
    })
}

fn write_file(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut temporary = tempfile::Builder::new()
        .prefix(".xbench-")
        // What a file gets that is made without further ado; the user's mask is taken off.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(parent(file))?;
    temporary.write_all(content)?;
    temporary.persist_noclobber(file)?;
    Ok(())
}

/// Creates a folder with files in it. A folder that is there may be used if it holds nothing but hidden
/// files, such as `.git`: those stay as they are.
///
/// # Errors
///
/// If there is anything else in it, or the operating system refuses.
#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
pub fn create_folder(folder: &Path, files: &[(&str, &[u8])]) -> Result<(), Diagnostic> {
    let is_there = folder.symlink_metadata().is_ok();
    if is_there {
        refuse_filled(folder)?;
    }
    let beside = if is_there { folder } else { parent(folder) };
    fs::create_dir_all(beside).map_err(|error| unwritable_folder(folder, &error))?;
    let staging = tempfile::Builder::new()
        .prefix(".xbench-")
        .tempdir_in(beside)
        .map_err(|error| unwritable_folder(folder, &error))?;
    let new = staging.path().join("new");
    write_files(&new, files).map_err(|error| unwritable_folder(folder, &error))?;
    let moved = if is_there {
        move_entries(&new, folder)
    } else {
        fs::rename(&new, folder)
    };
    moved.map_err(|error| unwritable_folder(folder, &error))
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is there is looked at first"
)]
fn refuse_filled(folder: &Path) -> Result<(), Diagnostic> {
    let entries = fs::read_dir(folder).map_err(|error| unwritable_folder(folder, &error))?;
    for entry in entries {
        let name = entry
            .map_err(|error| unwritable_folder(folder, &error))?
            .file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') {
            return Err(Diagnostic::error(
                Code::Usage,
                format!("`{}` already holds `{name}`", folder.display()),
            )
            .help("name a folder that does not exist yet, or is empty"));
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
fn write_files(folder: &Path, files: &[(&str, &[u8])]) -> io::Result<()> {
    fs::create_dir(folder)?;
    for (name, content) in files {
        let file = folder.join(name);
        fs::create_dir_all(parent(&file))?;
        fs::write(&file, content)?;
    }
    Ok(())
}

/// Moves the entries of one folder into another one; back again, if one of them cannot be moved.
#[expect(clippy::disallowed_methods, reason = "this is the writing edge")]
fn move_entries(from: &Path, to: &Path) -> io::Result<()> {
    let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        let (old, new) = (from.join(&name), to.join(&name));
        let done = if new.symlink_metadata().is_ok() {
            Err(io::Error::from(io::ErrorKind::AlreadyExists))
        } else {
            fs::rename(&old, &new)
        };
        if let Err(error) = done {
            for (old, new) in moved {
                // The first error is the one to report.
                let _ = fs::rename(new, old);
            }
            return Err(error);
        }
        moved.push((old, new));
    }
    Ok(())
}
