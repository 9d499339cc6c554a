//! What new results are held against: the latest good one, a name that somebody gave, or a hash.

use super::gather::Recorded;
use crate::yaml;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The fewest digits of a hash.
const FEWEST_DIGITS: usize = 7;

/// Which results are the baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// The newest result before the newest one that is complete and whose runs all count.
    LatestGood,
    /// The results that `baseline set` named so.
    Tag(String),
    /// Results whose own SHA-256, configuration's hash or server image's digest begins so.
    Sha(String),
}

impl Baseline {
    /// Reads `latest-good`, `tag:NAME` or `sha:HEX`.
    ///
    /// # Errors
    ///
    /// Why it is none of them.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "latest-good" {
            return Ok(Self::LatestGood);
        }
        match text.split_once(':') {
            Some(("tag", name)) if is_name(name) => Ok(Self::Tag(name.to_owned())),
            Some(("sha", digits)) => {
                let digits = digits.strip_prefix("sha256:").unwrap_or(digits);
                let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                if is_hex && (FEWEST_DIGITS..=64).contains(&digits.len()) {
                    Ok(Self::Sha(digits.to_ascii_lowercase()))
                } else {
                    Err(format!(
                        "`{digits}` is no SHA-256: it takes {FEWEST_DIGITS} to 64 hexadecimal digits"
                    ))
                }
            }
            _ => Err(format!("`{text}` names no baseline")),
        }
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LatestGood => out.write_str("latest-good"),
            Self::Tag(name) => write!(out, "tag:{name}"),
            Self::Sha(digits) => write!(out, "sha:{digits}"),
        }
    }
}

/// Whether a baseline may be called so: letters, digits, `.`, `_`, `-`.
pub fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= 100 && name.bytes().all(is_part)
}

/// A result that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// Its file, for readers: it is found by its hash.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Variant, for readers.
    pub variant: String,
    /// Start, for readers.
    pub started_at: String,
}

/// The names that somebody gave to results: `baselines.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baselines {
    /// Results by name.
    pub named: BTreeMap<String, Vec<Tagged>>,
}

const HEADER: &str = "# Written by `xbench baseline`: results to hold new ones against, by name.\n";

impl Baselines {
    /// Reads a document that its schema accepts.
    pub fn from_value(value: &Value) -> Self {
        let mut named = BTreeMap::new();
        let all = value.get("baselines").and_then(Value::as_object);
        for (name, results) in all.into_iter().flatten() {
            let text = |one: &Value, key: &str| {
                let value = one.get(key).and_then(Value::as_str);
                value.unwrap_or_default().to_owned()
            };
            let results = results.as_array().into_iter().flatten();
            let tagged = results.map(|one| Tagged {
                name: text(one, "name"),
                sha256: text(one, "sha256"),
                variant: text(one, "variant"),
                started_at: text(one, "startedAt"),
            });
            named.insert(name.clone(), tagged.collect());
        }
        Self { named }
    }

    /// As a document.
    pub fn to_value(&self) -> Value {
        let named: BTreeMap<&String, Vec<Value>> = self
            .named
            .iter()
            .map(|(name, results)| {
                let results = results.iter().map(|one| {
                    json!({
                        "name": one.name,
                        "sha256": one.sha256,
                        "variant": one.variant,
                        "startedAt": one.started_at,
                    })
                });
                (name, results.collect())
            })
            .collect();
        json!({ "schemaVersion": 1, "baselines": named })
    }

    /// As a file.
    pub fn to_text(&self) -> String {
        let mut text = HEADER.to_owned();
        // Texts and lists of them can always be written.
        let _ = yaml::document(&self.to_value(), &mut text);
        text
    }
}

/// The baseline of a variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The variant's newest result.
    pub newest: Arc<Recorded>,
    /// What it is held against, by time; nothing if there is none.
    pub results: Vec<Arc<Recorded>>,
}

/// Chooses a baseline for each variant. The newest result is never its own.
pub fn choose(
    recorded: &[Arc<Recorded>],
    baseline: &Baseline,
    named: &Baselines,
) -> BTreeMap<String, Chosen> {
    let mut variants: BTreeMap<&str, Vec<&Arc<Recorded>>> = BTreeMap::new();
    for one in recorded {
        variants
            .entry(one.entry.context.variant.as_str())
            .or_default()
            .push(one);
    }
    variants
        .into_iter()
        .filter_map(|(variant, all)| {
            let (newest, earlier) = all.split_last()?;
            let results = match baseline {
                Baseline::LatestGood => earlier
                    .iter()
                    .rev()
                    .find(|one| one.entry.good)
                    .map(|one| Arc::clone(one))
                    .into_iter()
                    .collect(),
                Baseline::Tag(name) => {
                    let tagged = named.named.get(name).map(Vec::as_slice).unwrap_or_default();
                    let has =
                        |one: &Recorded| tagged.iter().any(|tag| tag.sha256 == one.file.sha256);
                    picked(earlier, has)
                }
                Baseline::Sha(digits) => picked(earlier, |one| {
                    let hashes = &one.entry.context.hashes;
                    one.file.sha256.starts_with(digits)
                        || hashes.iter().any(|hash| hash.starts_with(digits))
                }),
            };
            let chosen = Chosen {
                newest: Arc::clone(newest),
                results,
            };
            Some((variant.to_owned(), chosen))
        })
        .collect()
}

fn picked(all: &[&Arc<Recorded>], is_wanted: impl Fn(&Recorded) -> bool) -> Vec<Arc<Recorded>> {
    all.iter()
        .filter(|one| is_wanted(one))
        .map(|one| Arc::clone(one))
        .collect()
}
