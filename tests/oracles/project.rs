//! A copy of the shipped project in a place of its own, for tests that watch what is read and when.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

/// Which of two files is created first.
pub(crate) type Order = fn(&PathBuf, &PathBuf) -> Ordering;

/// The suites that ship: what is rendered has to cover every blueprint and layer at least once.
pub(crate) const SUITES: [&str; 2] = ["score", "accelerators"];

/// Copies `base/`, `overlays/` and `schemas/` to `target/tmp/NAME/project`, which is made anew. Gives the
/// real path, without symbolic links. The files of a folder are created in the `order` given: some file systems
/// list them in that order, or in the reverse of it.
pub(crate) fn copy(name: &str, order: Order) -> PathBuf {
    let copy = empty(name).join("project");
    for folder in ["base", "overlays", "schemas"] {
        copy_tree(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &copy.join(folder),
            order,
        );
    }
    copy
}

/// An empty directory `target/tmp/NAME`, by its real path.
pub(crate) fn empty(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path.canonicalize().unwrap()
}

fn copy_tree(from: &Path, to: &Path, order: Order) {
    fs::create_dir_all(to).unwrap();
    let mut entries: Vec<PathBuf> = fs::read_dir(from)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort_by(order);
    for entry in entries {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy_tree(&entry, &target, order);
        } else {
            fs::copy(&entry, &target).unwrap();
        }
    }
}
