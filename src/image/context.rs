//! Build contexts and their hashes.

use crate::hash::ContentHash;
use std::fmt::Write;

/// The mode of every file of a context, as git writes it: nothing in one is executed from there.
const MODE: &str = "100644";

/// A file of a build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextFile {
    /// Path in the context, with `/` between its parts.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Everything a build sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildContext {
    /// Its files, sorted by path.
    pub files: Vec<ContextFile>,
    /// The hash of [`Self::listing`]: the image's tag and identity.
    pub hash: ContentHash,
}

impl BuildContext {
    /// A context of these files.
    pub fn new(mut files: Vec<ContextFile>) -> Self {
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        let hash = ContentHash::of_bytes(listing(&files).as_bytes());
        Self { files, hash }
    }

    /// What is hashed: a line a file, sorted by path, of mode, SHA-256 and path.
    pub fn listing(&self) -> String {
        listing(&self.files)
    }
}

fn listing(files: &[ContextFile]) -> String {
    let mut listing = String::with_capacity(files.len() * 128);
    for file in files {
        let hash = ContentHash::of_bytes(&file.bytes);
        // Writing to a string cannot fail.
        let _ = writeln!(listing, "{MODE} {hash} {}", file.path);
    }
    listing
}
