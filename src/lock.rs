//! The lock of an environment: the digests its builds produced.

use crate::hash::ContentHash;
use crate::project::OVERLAYS;
use crate::source::Place;
use crate::yaml::Node;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(String);

impl Digest {
    /// Reads a digest.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?;
        let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        (digits.len() == 64 && digits.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What was built from one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The image's name, for readers.
    pub name: String,
    /// What the registry stored.
    pub digest: Digest,
    /// Where the lock says so; nowhere yet if it is about to be written.
    pub place: Option<Place>,
}

/// Digests by the hash of the build context.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    entries: BTreeMap<String, Pinned>,
}

/// What a lock begins with.
const HEADER: &str = "\
# yaml-language-server: $schema=../../schemas/lock.schema.json

# Written by `xbench pin`: the digests of what was built, by the hash of the build context.
";

impl Lock {
    /// Reads a lock out of a tree that its schema accepts.
    pub fn from_tree(tree: &Node) -> Self {
        let entries = tree
            .get("images")
            .and_then(Node::as_map)
            .into_iter()
            .flatten()
            .filter_map(|(hash, entry)| {
                let text = |key: &str| entry.node.get(key).and_then(Node::as_str);
                let pinned = Pinned {
                    name: text("name")?.to_owned(),
                    digest: Digest::parse(text("digest")?)?,
                    place: Some(entry.key),
                };
                Some((hash.to_string(), pinned))
            })
            .collect();
        Self { entries }
    }

    /// The path of an environment's lock in the project.
    pub fn file(environment: &str) -> String {
        format!("{OVERLAYS}/environments/{environment}.lock.yaml")
    }

    /// The digest of what was built from a context, if it was built.
    pub fn digest(&self, context: &ContentHash) -> Option<&Digest> {
        let pinned = self.entries.get(&context.to_string())?;
        Some(&pinned.digest)
    }

    /// Every entry by its hash.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Pinned)> {
        let entries = self.entries.iter();
        entries.map(|(hash, pinned)| (hash.as_str(), pinned))
    }

    /// Pins what was built from a context; gives the digest it had before.
    pub fn pin(&mut self, context: &ContentHash, name: &str, digest: &Digest) -> Option<Digest> {
        let pinned = Pinned {
            name: name.to_owned(),
            digest: digest.clone(),
            place: None,
        };
        let before = self.entries.insert(context.to_string(), pinned);
        before.map(|before| before.digest)
    }

    /// The lock as a file: by the images' names, then by hash, so that the same lock is the same bytes.
    pub fn to_yaml(&self) -> String {
        let mut text = HEADER.to_owned();
        if self.entries.is_empty() {
            text.push_str("images: {}\n");
            return text;
        }
        text.push_str("images:\n");
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by(|(one, left), (other, right)| (&left.name, one).cmp(&(&right.name, other)));
        for (hash, pinned) in entries {
            // Quoted: a hash may be all digits. Writing to a string cannot fail.
            let _ = write!(
                text,
                "  \"{hash}\":\n    name: {}\n    digest: {}\n",
                pinned.name, pinned.digest
            );
        }
        text
    }
}
