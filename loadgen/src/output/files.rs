//! Files that are whole or not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a measurement's files go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The result.
    pub result: PathBuf,
    /// The CSV.
    pub csv: PathBuf,
    /// The request log.
    pub requests: PathBuf,
}

impl Paths {
    /// The files beside a result.
    pub fn beside(result: &Path) -> Self {
        Self {
            result: result.to_owned(),
            csv: result.with_extension("csv"),
            requests: result.with_extension("requests.jsonl"),
        }
    }
}

/// Writes a file under another name, flushes it to the disk and renames it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("the path names no file"))?;
    let mut partial_name = name.to_owned();
    partial_name.push(".partial");
    let partial = path.with_file_name(partial_name);
    let written = write_flushed(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        _ = fs::remove_file(&partial);
        return written;
    }
    // The rename itself must reach the disk too; not every file system can flush a folder.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        _ = folder.sync_all();
    }
    Ok(())
}

fn write_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write_whole(&folder.path().join("no/such/folder"), b"x").is_err());
    }

    #[test]
    fn the_other_files_stand_beside_the_result() {
        let paths = Paths::beside(Path::new("out/result.json"));
        assert_eq!(paths.csv, Path::new("out/result.csv"));
        assert_eq!(paths.requests, Path::new("out/result.requests.jsonl"));
    }
}
