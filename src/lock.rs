//! The lock of an environment: the digests its builds produced.

use crate::hash::ContentHash;
use crate::yaml::Node;
use std::collections::BTreeMap;
use std::fmt;

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

/// Digests by the hash of what was built.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    digests: BTreeMap<String, Digest>,
}

impl Lock {
    /// Reads a lock out of a tree that its schema accepts.
    pub fn from_tree(tree: &Node) -> Self {
        let digests = tree
            .get("images")
            .and_then(Node::as_map)
            .into_iter()
            .flatten()
            .filter_map(|(hash, entry)| {
                let digest = entry.node.get("digest")?.as_str()?;
                Some((hash.to_string(), Digest::parse(digest)?))
            })
            .collect();
        Self { digests }
    }

    /// The digest of what was built from a content, if it was built.
    pub fn digest(&self, content: &ContentHash) -> Option<&Digest> {
        self.digests.get(&content.to_string())
    }
}
