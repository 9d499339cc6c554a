//! Which results there are, with what tells whether one has changed, and their bytes.

use crate::diagnostic::access::why;
use crate::diagnostic::{Code, Diagnostic};
use crate::results::location::BucketUrl;
use crate::results::storage::{Bucket, Object, Patience};
use crate::results::{Decoder, Reason, Rejected};
use crate::results::{Location, Measurement, files};
use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

/// A file or an object that may hold results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name on this machine: an absolute path, or a URL.
    pub key: String,
    /// Its length.
    pub bytes: u64,
    /// What is another one when it has changed.
    pub version: Version,
    /// How to read it.
    pub place: Place,
}

impl Listed {
    /// Its name as the user would write it.
    pub fn name(&self) -> Cow<'_, str> {
        match &self.place {
            Place::File(path) => path.to_string_lossy(),
            Place::Object(..) => Cow::Borrowed(&self.key),
        }
    }
}

/// Tells whether something has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// Nanoseconds since 1970 of a file's last change.
    Modified(u64),
    /// An object's entity tag, or else the time of its last change.
    Tag(String),
}

/// Where bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// An object.
    Object(BucketUrl, Object),
}

/// What places name.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Everything, sorted by key, each once.
    pub all: Vec<Listed>,
    /// Beginnings of keys: the index may hold others below them, and those are gone.
    pub whole: Vec<String>,
    /// Beginnings of keys that cover everything.
    pub prefixes: Vec<String>,
}

/// Lists what places name.
///
/// # Errors
///
/// If a place does not exist or cannot be read, or is standard input.
pub fn list(locations: &[Location]) -> Result<Listing, Vec<Diagnostic>> {
    let mut listing = Listing::default();
    let mut problems = Vec::new();
    for location in locations {
        let added = match location {
            Location::Path(path) => local(path, &mut listing),
            Location::Pattern(pattern) => matching(pattern, &mut listing),
            Location::Bucket(url) => remote(url, &mut listing),
            Location::Input => {
                problems.push(
                    Diagnostic::error(Code::Usage, "a history is not read from standard input")
                        .help("name a folder, a pattern, gs://BUCKET/PATH or s3://BUCKET/PATH"),
                );
                continue;
            }
        };
        if let Err(why) = added {
            problems.push(Diagnostic::error(
                Code::Io,
                format!("cannot read `{location}`: {why}"),
            ));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    listing
        .all
        .sort_unstable_by(|one, other| one.key.cmp(&other.key));
    listing.all.dedup_by(|one, other| one.key == other.key);
    Ok(listing)
}

fn local(path: &Path, listing: &mut Listing) -> Result<(), String> {
    let found = files::below(path).map_err(|error| why(&error))?;
    let root = absolute(path)?;
    let mut prefix = root.to_string_lossy().into_owned();
    if path.is_dir() {
        prefix.push('/');
        listing.whole.push(prefix.clone());
    }
    listing.prefixes.push(prefix);
    for file in found {
        let rest = file.path.strip_prefix(path).unwrap_or(&file.path);
        let key = if root == path || rest == Path::new("") {
            absolute(&file.path)?
        } else {
            root.join(rest)
        };
        listing.all.push(listed(key, file));
    }
    Ok(())
}

fn matching(pattern: &str, listing: &mut Listing) -> Result<(), String> {
    let found = files::matching(pattern).map_err(|error| why(&error))?;
    for file in found {
        let key = absolute(&file.path)?;
        listing.prefixes.push(key.to_string_lossy().into_owned());
        listing.all.push(listed(key, file));
    }
    Ok(())
}

fn remote(url: &BucketUrl, listing: &mut Listing) -> Result<(), String> {
    let bucket = Bucket::open(url, Patience::default()).map_err(|error| error.to_string())?;
    let objects = bucket.list().map_err(|error| error.to_string())?;
    let prefix = url.object(url.prefix());
    if url.pattern().is_none() {
        listing
            .whole
            .push(format!("{}/", prefix.trim_end_matches('/')));
    }
    listing.prefixes.push(prefix);
    for object in objects {
        listing.all.push(Listed {
            key: url.object(&object.key),
            bytes: object.bytes,
            version: Version::Tag(object.version.clone()),
            place: Place::Object(url.clone(), object),
        });
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| error.to_string())
}

fn listed(key: PathBuf, file: files::Found) -> Listed {
    Listed {
        key: key
            .into_os_string()
            .into_string()
            .unwrap_or_else(|other| other.to_string_lossy().into_owned()),
        bytes: file.bytes,
        // Until the year 2554.
        version: Version::Modified(u64::try_from(file.modified).unwrap_or_default()),
        place: Place::File(file.path),
    }
}

/// The bytes of things that were listed, each given to `take`. What is gone since is passed over.
///
/// # Errors
///
/// If one cannot be read.
pub(super) fn read<'a>(
    wanted: &[&'a Listed],
    mut take: impl FnMut(&'a Listed, Result<Vec<u8>, Reason>),
) -> Result<(), String> {
    let mut objects: Vec<(&'a BucketUrl, Vec<(&'a Listed, Object)>)> = Vec::new();
    for listed in wanted {
        match &listed.place {
            Place::File(path) => match files::read(path) {
                Ok(bytes) => take(listed, bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{}: {error}", listed.name())),
            },
            Place::Object(url, object) => {
                match objects.iter_mut().find(|(other, _)| *other == url) {
                    Some((_, all)) => all.push((listed, object.clone())),
                    None => objects.push((url, vec![(listed, object.clone())])),
                }
            }
        }
    }
    for (url, all) in objects {
        let bucket = Bucket::open(url, Patience::default()).map_err(|error| error.to_string())?;
        let wanted: Vec<Object> = all.iter().map(|(_, object)| object.clone()).collect();
        bucket
            .read(&wanted, |object, bytes| {
                let listed = all.iter().find(|(_, other)| other.key == object.key);
                if let Some((listed, _)) = listed {
                    take(listed, bytes);
                }
            })
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The results of one file or object.
///
/// # Errors
///
/// If it cannot be read, is gone, or holds no result any more.
pub fn load(listed: &Listed) -> Result<Vec<Measurement>, Diagnostic> {
    let refuse = |why: String| {
        Diagnostic::error(Code::Io, format!("cannot read `{}`: {why}", listed.name()))
    };
    let mut found = None;
    read(&[listed], |_, bytes| {
        found = Some(match bytes {
            Ok(bytes) => Decoder::default().decode(&listed.name(), &bytes),
            Err(reason) => Err(Rejected {
                name: listed.name().into_owned(),
                reason,
            }),
        });
    })
    .map_err(refuse)?;
    match found {
        None => Err(refuse("it is gone since it was listed".to_owned())),
        Some(Err(rejected)) => Err(rejected.diagnostic(true)),
        Some(Ok(measurements)) => Ok(measurements),
    }
}
