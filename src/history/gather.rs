//! From places to entries: what the index knows is taken from it, the rest is read.

use super::entry::Entry;
use super::index::{Index, Known};
use super::listing::{self, Listed, Listing};
use crate::diagnostic::{Code, Diagnostic};
use crate::hash::ContentHash;
use crate::results::decode::{Decoder, Reason};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Files that are read before what was found is kept.
const AT_ONCE: usize = 512;

/// A result of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Where it is.
    pub listed: Listed,
    /// SHA-256 of its file.
    pub sha256: String,
    /// What is kept of it.
    pub entry: Entry,
}

/// All results, and what is none.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Results by start, then name; of copies the first.
    pub recorded: Vec<Recorded>,
    /// Copies of results.
    pub copies: usize,
    /// Results that do not say when they were measured.
    pub undated: usize,
    /// Files that hold no result, with the reason.
    pub rejected: Vec<(String, String)>,
    /// Files that were read because the index did not know them as they are.
    pub read: usize,
}

/// Gathers what places hold.
///
/// # Errors
///
/// If something that is there cannot be read.
pub fn gather(listing: &Listing, index: &mut Index) -> Result<Gathered, Vec<Diagnostic>> {
    let mut known = index.known(&listing.prefixes);
    let is_known = |listed: &Listed, known: Option<&Known>| {
        known.is_some_and(|known| known.bytes == listed.bytes && known.version == listed.version)
    };
    let (old, new): (Vec<&Listed>, Vec<&Listed>) = listing
        .all
        .iter()
        .partition(|listed| is_known(listed, known.get(&listed.key)));
    let present: BTreeSet<&str> = listing.all.iter().map(|one| one.key.as_str()).collect();
    let gone: Vec<String> = known
        .keys()
        .filter(|key| {
            let is_below = listing.whole.iter().any(|prefix| key.starts_with(prefix));
            is_below && !present.contains(key.as_str())
        })
        .cloned()
        .collect();
    index.store(&[], &gone);
    let mut gathered = Gathered::default();
    let mut all = Vec::with_capacity(listing.all.len());
    for listed in old {
        if let Some(known) = known.remove(&listed.key) {
            all.push((listed.clone(), known));
        }
    }
    for part in new.chunks(AT_ONCE) {
        let found = decoded(part, |key| known.get(key))
            .map_err(|why| vec![Diagnostic::error(Code::Io, format!("cannot read {why}"))])?;
        gathered.read += found.len();
        let kept: Vec<(String, Known)> = found
            .iter()
            .map(|(listed, known)| (listed.key.clone(), known.clone()))
            .collect();
        index.store(&kept, &[]);
        all.extend(found);
    }
    sort(all, &mut gathered);
    Ok(gathered)
}

/// Reads files on all processors.
fn decoded<'a>(
    wanted: &[&Listed],
    known: impl Fn(&str) -> Option<&'a Known> + Sync,
) -> Result<Vec<(Listed, Known)>, String> {
    const PART: usize = 16;
    let parts: Vec<&[&Listed]> = wanted.chunks(PART).collect();
    let next = AtomicUsize::new(0);
    let decoder = Decoder::default();
    let work = || {
        let mut found = Vec::new();
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            listing::read(part, |listed, bytes| {
                found.push((
                    listed.clone(),
                    known_from(&decoder, listed, bytes, known(&listed.key)),
                ));
            })?;
        }
        Ok::<_, String>(found)
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(parts.len());
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut all = work()?;
        for other in others {
            match other.join() {
                Ok(found) => all.extend(found?),
                Err(_) => return Err("results: a thread ended early".to_owned()),
            }
        }
        Ok(all)
    })
}

fn known_from(
    decoder: &Decoder,
    listed: &Listed,
    bytes: Result<Vec<u8>, Reason>,
    before: Option<&Known>,
) -> Known {
    let mut known = Known {
        bytes: listed.bytes,
        version: listed.version.clone(),
        sha256: String::new(),
        entries: Vec::new(),
        rejected: None,
    };
    match bytes {
        Err(reason) => known.rejected = Some(reason.to_string()),
        Ok(bytes) => {
            known.sha256 = ContentHash::of_bytes(&bytes).to_string();
            if let Some(before) = before.filter(|before| before.sha256 == known.sha256) {
                // Only its time is another.
                known.entries.clone_from(&before.entries);
                known.rejected.clone_from(&before.rejected);
                return known;
            }
            match decoder.decode(&listed.name, &bytes) {
                Ok(found) => {
                    known.entries = (0..)
                        .zip(found)
                        .map(|(block, measurement)| Entry::of(block, measurement))
                        .collect();
                }
                Err(rejected) => known.rejected = Some(rejected.reason.to_string()),
            }
        }
    }
    known
}

fn sort(all: Vec<(Listed, Known)>, gathered: &mut Gathered) {
    for (listed, known) in all {
        if let Some(reason) = known.rejected {
            gathered.rejected.push((listed.name.clone(), reason));
        }
        for entry in known.entries {
            if entry.started_at.is_empty() {
                gathered.undated += 1;
                continue;
            }
            gathered.recorded.push(Recorded {
                listed: listed.clone(),
                sha256: known.sha256.clone(),
                entry,
            });
        }
    }
    gathered.rejected.sort();
    // ISO 8601 in UTC sorts as text.
    gathered.recorded.sort_by(|one, other| {
        let key = |one: &Recorded| (one.entry.block, one.sha256.clone());
        one.entry
            .started_at
            .cmp(&other.entry.started_at)
            .then_with(|| one.listed.name.cmp(&other.listed.name))
            .then_with(|| key(one).cmp(&key(other)))
    });
    let mut seen = BTreeSet::new();
    let before = gathered.recorded.len();
    gathered
        .recorded
        .retain(|recorded| seen.insert(recorded.entry.identity.clone()));
    gathered.copies = before - gathered.recorded.len();
}

impl Gathered {
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
