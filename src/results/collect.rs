//! Everything that a command line names, read and decoded: the results, and what is none.

use super::decode::Decoder;
use super::files;
use super::identity::Measurement;
use super::location::{BucketUrl, Location};
use super::rejected::{Reason, Rejected};
use super::storage::{Bucket, Patience};
use super::threads::on_all_processors;
use crate::diagnostic::access::why;
use crate::diagnostic::{Code, Diagnostic};
use std::collections::BTreeSet;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// The results, sorted by their start and name.
    pub measurements: Vec<Measurement>,
    /// What is no usable result, sorted by name.
    pub rejected: Vec<Rejected>,
    /// Names of files that hold a measurement that another file holds too.
    pub copies: Vec<String>,
}

impl Collected {
    /// What the user should know about what was not used; errors if `strict`.
    pub fn diagnostics(&self, strict: bool) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = self
            .rejected
            .iter()
            .map(|rejected| rejected.diagnostic(strict))
            .collect();
        all.extend(self.copies.iter().map(|name| {
            Diagnostic::warning(
                Code::LeftOut,
                format!(
                    "`{name}` is left out: it is a copy of a measurement that was read already"
                ),
            )
        }));
        for measurement in &self.measurements {
            let name = &measurement.origin.name;
            if !measurement.lacks.is_empty() {
                let lacks: Vec<&str> = measurement.lacks.iter().map(|lack| lack.text()).collect();
                all.push(Diagnostic::warning(
                    Code::Incomplete,
                    format!(
                        "`{name}` does not say everything; it lacks {}",
                        lacks.join(", ")
                    ),
                ));
            }
        }
        all
    }
}

/// Reads and decodes places. Results that appear twice are kept once.
///
/// # Errors
///
/// If a place does not exist or cannot be read: then there is no answer, rather than one from a part.
pub fn collect(locations: &[Location], patience: Patience) -> Result<Collected, Vec<Diagnostic>> {
    let mut all = Vec::new();
    let mut problems = Vec::new();
    for location in locations {
        let read = match location {
            Location::Path(path) => files::below(path)
                .map_err(|error| why(&error))
                .and_then(|found| local(&found)),
            Location::Pattern(pattern) => files::matching(pattern)
                .map_err(|error| why(&error))
                .and_then(|found| local(&found)),
            Location::Bucket(url) => remote(url, patience),
            Location::Input => input(),
        };
        match read {
            Ok(found) if found.is_empty() => problems.push(
                Diagnostic::error(Code::Io, format!("`{location}` holds no result"))
                    .help("in folders and buckets, results are the files that end in `.json`"),
            ),
            Ok(found) => all.extend(found),
            Err(why) => problems.push(Diagnostic::error(
                Code::Io,
                format!("cannot read `{location}`: {why}"),
            )),
        }
    }
    if problems.is_empty() {
        Ok(sorted(all))
    } else {
        Err(problems)
    }
}

type Decoded = Result<Vec<Measurement>, Rejected>;

fn sorted(all: Vec<Decoded>) -> Collected {
    let mut collected = Collected::default();
    for one in all {
        match one {
            Ok(found) => collected.measurements.extend(found),
            Err(rejected) => collected.rejected.push(rejected),
        }
    }
    collected
        .rejected
        .sort_by(|one, other| one.name.cmp(&other.name));
    collected.rejected.dedup();
    collected.measurements.sort_by(|one, other| {
        let key = |measurement: &Measurement| {
            (
                measurement.document.started_at.clone(),
                measurement.origin.name.clone(),
            )
        };
        key(one).cmp(&key(other))
    });
    let mut seen = BTreeSet::new();
    let mut names = BTreeSet::new();
    let copies = &mut collected.copies;
    collected.measurements.retain(|measurement| {
        let is_new = seen.insert(measurement.identity());
        // One file that is named twice is no news.
        if !is_new && !names.contains(&measurement.origin.name) {
            copies.push(measurement.origin.name.clone());
        }
        names.insert(measurement.origin.name.clone());
        is_new
    });
    collected
}

fn input() -> Result<Vec<Decoded>, String> {
    let bytes = files::read_input().map_err(|error| why(&error))?;
    Ok(vec![decoded(&Decoder::default(), "standard input", bytes)])
}

fn decoded(decoder: &Decoder, name: &str, bytes: Result<Vec<u8>, Reason>) -> Decoded {
    match bytes {
        Ok(bytes) => decoder.decode(name, &bytes),
        Err(reason) => Err(Rejected {
            name: name.to_owned(),
            reason,
        }),
    }
}

/// Reads and decodes files.
fn local(found: &[files::Found]) -> Result<Vec<Decoded>, String> {
    let decoder = Decoder::default();
    on_all_processors(found, |file, done| {
        let name = file.path.display().to_string();
        let bytes = files::read(&file.path).map_err(|error| format!("{name}: {error}"))?;
        done.push(decoded(&decoder, &name, bytes));
        Ok(())
    })
}

fn remote(url: &BucketUrl, patience: Patience) -> Result<Vec<Decoded>, String> {
    let bucket = Bucket::open(url, patience).map_err(|error| error.to_string())?;
    let objects = bucket.list().map_err(|error| error.to_string())?;
    let decoder = Decoder::default();
    let mut all = Vec::with_capacity(objects.len());
    bucket
        .read(&objects, |object, bytes| {
            all.push(decoded(&decoder, &url.object(&object.key), bytes));
        })
        .map_err(|error| error.to_string())?;
    Ok(all)
}
