//! Where results are: a file, a folder, a pattern, or the same in object storage.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file, or a folder with everything below it.
    Path(PathBuf),
    /// A pattern of files: `*`, `?`, `[..]` and `**`.
    Pattern(String),
    /// An object, everything below a prefix, or a pattern of objects, in a bucket.
    Bucket(BucketUrl),
    /// Standard input.
    Input,
}

/// The kind of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Google Cloud Storage.
    Gs,
    /// Amazon S3, and what speaks its protocol.
    S3,
}

impl Scheme {
    /// As it stands in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Gs => "gs",
            Scheme::S3 => "s3",
        }
    }
}

/// `gs://bucket/path` or `s3://bucket/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUrl {
    /// Which protocol.
    pub scheme: Scheme,
    /// The bucket.
    pub bucket: String,
    /// What follows it, without slashes at its ends; may hold a pattern.
    pub path: String,
}

impl BucketUrl {
    /// The part of the path before a pattern, up to a slash; the whole path if there is none.
    pub fn prefix(&self) -> &str {
        match self.path.find(['*', '?', '[']) {
            Some(at) => {
                let before = self.path.get(..at).unwrap_or_default();
                before.rsplit_once('/').map_or("", |(prefix, _)| prefix)
            }
            None => &self.path,
        }
    }

    /// The path as a pattern, if it is one.
    pub fn pattern(&self) -> Option<&str> {
        self.path
            .contains(['*', '?', '['])
            .then_some(self.path.as_str())
    }

    /// The URL of an object in the bucket.
    pub fn object(&self, key: &str) -> String {
        format!("{}://{}/{key}", self.scheme.name(), self.bucket)
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.object(&self.path))
    }
}

/// Why a text names no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocationError {
    /// A scheme that is not read.
    Scheme(String),
    /// A URL without a bucket.
    NoBucket(String),
}

impl fmt::Display for LocationError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme) => write!(out, "results are not read from `{scheme}://`"),
            Self::NoBucket(url) => write!(out, "`{url}` names no bucket"),
        }
    }
}

impl Location {
    /// Reads what stands on the command line. A file that exists by that name is that file, even if its
    /// name looks like a pattern: `exists` tells.
    ///
    /// # Errors
    ///
    /// If it is a URL of a scheme that is not read, or without a bucket.
    pub fn parse(text: &str, exists: impl Fn(&Path) -> bool) -> Result<Self, LocationError> {
        if text == "-" {
            return Ok(Self::Input);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let scheme = match scheme {
                "gs" => Scheme::Gs,
                "s3" => Scheme::S3,
                "file" => return Ok(Self::Path(PathBuf::from(rest))),
                other => return Err(LocationError::Scheme(other.to_owned())),
            };
            let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() {
                return Err(LocationError::NoBucket(text.to_owned()));
            }
            return Ok(Self::Bucket(BucketUrl {
                scheme,
                bucket: bucket.to_owned(),
                path: path.trim_matches('/').to_owned(),
            }));
        }
        let path = Path::new(text);
        if text.contains(['*', '?', '[']) && !exists(path) {
            return Ok(Self::Pattern(text.to_owned()));
        }
        Ok(Self::Path(path.to_owned()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(out, "{}", path.display()),
            Self::Pattern(pattern) => out.write_str(pattern),
            Self::Bucket(url) => write!(out, "{url}"),
            Self::Input => out.write_str("standard input"),
        }
    }
}

/// Whether a file or an object of a folder may be a result, by its name: CSV files lie beside the
/// results that say more, and are read only when they are named.
pub fn is_candidate(name: &str) -> bool {
    name.ends_with(".json") && !name.ends_with(".partial") && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Location {
        Location::parse(text, |_| false).expect("it names a place")
    }

    #[test]
    fn places_are_told_apart() {
        assert_eq!(parse("-"), Location::Input);
        assert_eq!(parse("a/b.json"), Location::Path("a/b.json".into()));
        assert_eq!(parse("a/*.json"), Location::Pattern("a/*.json".to_owned()));
        let exists = Location::parse("a[1].json", |_| true);
        assert_eq!(exists, Ok(Location::Path("a[1].json".into())));
        let Location::Bucket(url) = parse("gs://b/nightly/**/l4*.json") else {
            panic!("a bucket");
        };
        assert_eq!((url.bucket.as_str(), url.prefix()), ("b", "nightly"));
        assert_eq!(url.pattern(), Some("nightly/**/l4*.json"));
        let Location::Bucket(url) = parse("s3://b") else {
            panic!("a bucket");
        };
        assert_eq!((url.prefix(), url.pattern()), ("", None));
        assert!(Location::parse("ftp://x/y", |_| false).is_err());
        assert!(Location::parse("gs:///y", |_| false).is_err());
    }
}
