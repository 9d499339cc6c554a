//! Lists the files of the starter project, so that the program can hold a copy of them.
//!
//! A build script rather than a macro: files that were added since are seen as well.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script looks at its surroundings"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The folders of a project. Those of the load generator are what its image is built from.
const FOLDERS: [&str; 5] = [
    "base",
    "overlays",
    "schemas",
    "loadgen/image",
    "loadgen/src",
];
/// Files beside them.
const FILES: [&str; 1] = ["loadgen/Cargo.toml"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut list = String::from("[\n");
    let mut found: Vec<PathBuf> = FILES.iter().map(PathBuf::from).collect();
    for folder in FOLDERS {
        found.extend(files(&root, Path::new(folder))?);
    }
    for watched in FOLDERS.iter().chain(&FILES) {
        println!("cargo::rerun-if-changed={watched}");
    }
    for file in found {
        let name = file.to_string_lossy().replace('\\', "/");
        let path = root.join(&file).to_string_lossy().into_owned();
        // Writing to a string cannot fail.
        let _ = writeln!(list, "    ({name:?}, include_bytes!({path:?}).as_slice()),");
    }
    list.push_str("]\n");
    fs::write(out.join("starter.rs"), list)
}

/// Every file below a folder, sorted; without what editors and systems leave behind.
fn files(root: &Path, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_hidden = name.starts_with('.') && name != ".dockerignore";
        if is_hidden || name.ends_with('~') {
            continue;
        }
        let path = folder.join(&name);
        if entry.file_type()?.is_dir() {
            found.extend(files(root, &path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
