//! From places to entries: what the index knows is taken from it, the rest is read.

use super::entry::Entry;
use super::index::{Index, Known};
use super::listing::{self, Listed, Listing};
use crate::diagnostic::{Code, Diagnostic};
use crate::hash::ContentHash;
use crate::results::threads::on_all_processors;
use crate::results::{Decoder, Reason};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Files that are read before what was found is kept.
const AT_ONCE: usize = 512;

/// A file that holds results.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Where it is.
    pub listed: Listed,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// A result of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Where it is.
    pub file: Arc<File>,
    /// What is kept of it.
    pub entry: Entry,
}

/// All results, and what is none.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Results by start, then name; of copies the first.
    pub recorded: Vec<Arc<Recorded>>,
    /// Copies of results.
    pub copies: usize,
    /// Results that do not say when they were measured.
    pub undated: usize,
    /// Files that hold no result, with the reason.
    pub rejected: Vec<(String, String)>,
}

/// Gathers what places hold.
///
/// # Errors
///
/// If something that is there cannot be read.
pub fn gather(listing: Listing, index: &mut Index) -> Result<Gathered, Vec<Diagnostic>> {
    let mut recalled = index.recall(&listing);
    index.store(&[], &recalled.gone);
    let new: Vec<(&Listed, Option<&Known>)> = (0..)
        .zip(&listing.all)
        .zip(&recalled.same)
        .filter(|(_, same)| same.is_none())
        .map(|((place, listed), _)| (listed, recalled.changed.get(&place)))
        .collect();
    let mut read = Vec::new();
    for part in new.chunks(AT_ONCE) {
        let found = decoded(part)
            .map_err(|why| vec![Diagnostic::error(Code::Io, format!("cannot read {why}"))])?;
        let kept: Vec<(&Listed, &Known)> = found
            .iter()
            .map(|(listed, known)| (*listed, known))
            .collect();
        index.store(&kept, &[]);
        read.extend(
            found
                .into_iter()
                .map(|(listed, known)| (listed.key.clone(), known)),
        );
    }
    drop(new);
    let mut read: HashMap<String, Known> = read.into_iter().collect();
    let mut gathered = Gathered::default();
    for (listed, same) in listing.all.into_iter().zip(recalled.same.drain(..)) {
        // What is gone since it was listed is in neither.
        if let Some(known) = same.or_else(|| read.remove(&listed.key)) {
            gathered.add(listed, known);
        }
    }
    gathered.sort();
    Ok(gathered)
}

/// Reads files. With each comes what was known of it before it changed.
fn decoded<'a>(
    wanted: &[(&'a Listed, Option<&Known>)],
) -> Result<Vec<(&'a Listed, Known)>, String> {
    const PART: usize = 16;
    let parts: Vec<&[(&'a Listed, Option<&Known>)]> = wanted.chunks(PART).collect();
    let decoder = Decoder::default();
    on_all_processors(&parts, |part, found| {
        let names: Vec<&'a Listed> = part.iter().map(|(listed, _)| *listed).collect();
        listing::read(&names, |listed, bytes| {
            let before = part.iter().find(|(other, _)| std::ptr::eq(*other, listed));
            let before = before.and_then(|(_, before)| *before);
            found.push((listed, known_from(&decoder, listed, bytes, before)));
        })
    })
}

fn known_from(
    decoder: &Decoder,
    listed: &Listed,
    bytes: Result<Vec<u8>, Reason>,
    before: Option<&Known>,
) -> Known {
    let rejected = |sha256: String, why: &Reason| Known {
        sha256,
        entries: Vec::new(),
        rejected: Some(why.to_string()),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(reason) => return rejected(String::new(), &reason),
    };
    let sha256 = ContentHash::of_bytes(&bytes).to_string();
    if let Some(before) = before.filter(|before| before.sha256 == sha256) {
        // Only its time is another.
        return before.clone();
    }
    match decoder.decode(&listed.name(), &bytes) {
        Ok(found) => Known {
            sha256,
            entries: (0..)
                .zip(found)
                .map(|(block, measurement)| Entry::of(block, measurement))
                .collect(),
            rejected: None,
        },
        Err(why) => rejected(sha256, &why.reason),
    }
}

impl Gathered {
    fn add(&mut self, listed: Listed, known: Known) {
        if let Some(reason) = known.rejected {
            self.rejected.push((listed.name().into_owned(), reason));
        }
        if known.entries.is_empty() {
            return;
        }
        let file = Arc::new(File {
            listed,
            sha256: known.sha256,
        });
        for entry in known.entries {
            if entry.started_at.is_empty() {
                self.undated += 1;
            } else {
                self.recorded.push(Arc::new(Recorded {
                    file: Arc::clone(&file),
                    entry,
                }));
            }
        }
    }

    /// By start, then name; of copies the first stays.
    fn sort(&mut self) {
        self.rejected.sort();
        // ISO 8601 in UTC sorts as text. Files came sorted, and the sort keeps their order.
        self.recorded
            .sort_by(|one, other| one.entry.started_at.cmp(&other.entry.started_at));
        let before = self.recorded.len();
        let mut seen = HashSet::with_capacity(before);
        let is_new: Vec<bool> = self
            .recorded
            .iter()
            .map(|one| seen.insert(one.entry.identity.as_str()))
            .collect();
        let mut is_new = is_new.into_iter();
        self.recorded.retain(|_| is_new.next().unwrap_or(true));
        self.copies = before - self.recorded.len();
    }

    /// What the user should know about what was not used.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = self
            .rejected
            .iter()
            .map(|(name, reason)| {
                Diagnostic::warning(Code::NotAResult, format!("`{name}` is left out: {reason}"))
            })
            .collect();
        if self.copies > 0 {
            all.push(Diagnostic::warning(
                Code::LeftOut,
                format!(
                    "{} results are left out: they are copies of others",
                    self.copies
                ),
            ));
        }
        if self.undated > 0 {
            all.push(Diagnostic::warning(
                Code::LeftOut,
                format!(
                    "{} results are left out: they do not say when they were measured",
                    self.undated
                ),
            ));
        }
        all
    }
}
