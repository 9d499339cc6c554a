//! The edge to object storage: which objects a URL names, and their bytes.
//!
//! Credentials come as the clouds' own tools take them: from the environment, files it names, or the
//! machine's identity. Tries, waiting and memory are bounded. An object that cannot be read whole is an
//! error, never a smaller set of results.

#[cfg(not(feature = "object-storage"))]
use super::location::BucketUrl;
use std::fmt;
use std::time::Duration;

/// How long to wait, and how often to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For one request with its answer.
    pub request: Duration,
    /// Tries after the first one.
    pub retries: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            request: Duration::from_mins(1),
            retries: 4,
        }
    }
}

/// An object, with what tells whether it has changed since.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// Its key in the bucket.
    pub key: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its entity tag, or else the time of its last change.
    pub version: String,
}

/// Why a bucket could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageError(pub String);

impl fmt::Display for StorageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(feature = "object-storage")]
pub use remote::Bucket;

/// A bucket, in a build that cannot read any.
#[cfg(not(feature = "object-storage"))]
pub struct Bucket;

#[cfg(not(feature = "object-storage"))]
impl Bucket {
    /// Says that this build cannot.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn open(url: &BucketUrl, _patience: Patience) -> Result<Self, StorageError> {
        Err(StorageError(format!(
            "{url}: this xbench was built without the `object-storage` feature"
        )))
    }

    /// Nothing.
    ///
    /// # Errors
    ///
    /// Never: there is no such bucket.
    pub fn list(&self) -> Result<Vec<Object>, StorageError> {
        Ok(Vec::new())
    }

    /// Nothing.
    ///
    /// # Errors
    ///
    /// Never: there is no such bucket.
    pub fn read(
        &self,
        _objects: &[Object],
        _take: impl FnMut(&Object, Result<Vec<u8>, super::Reason>),
    ) -> Result<(), StorageError> {
        Ok(())
    }
}

#[cfg(feature = "object-storage")]
mod remote {
    use super::super::location::{BucketUrl, Scheme, is_candidate};
    use super::super::rejected::{MOST_BYTES, Reason};
    use super::{Object, Patience, StorageError};
    use futures_util::{StreamExt, TryStreamExt, stream};
    use object_store::aws::AmazonS3Builder;
    use object_store::gcp::GoogleCloudStorageBuilder;
    use object_store::path::Path;
    use object_store::{
        ClientOptions, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
    };
    use std::time::Duration;
    use tokio::runtime::Runtime;

    /// The most objects that a URL may name.
    const MOST_OBJECTS: usize = 1_000_000;
    /// Requests under way at once, as long as the objects are small.
    const AT_ONCE: usize = 16;
    /// Objects larger than this are read one after the other.
    const LARGE: u64 = 8 * 1024 * 1024;

    /// An opened bucket.
    pub struct Bucket {
        url: BucketUrl,
        store: Box<dyn ObjectStore>,
        runtime: Runtime,
    }

    impl Bucket {
        /// Prepares to read; asks nothing yet.
        ///
        /// # Errors
        ///
        /// If credentials that the environment names cannot be used.
        pub fn open(url: &BucketUrl, patience: Patience) -> Result<Self, StorageError> {
            // Fails only if another part of the process has chosen a provider before.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| StorageError(error.to_string()))?;
            let store = open(url, patience)
                .map_err(|error| StorageError(format!("{url}: {}", chain(&error))))?;
            Ok(Self {
                url: url.clone(),
                store,
                runtime,
            })
        }

        /// The objects that the URL names, sorted by key: one, those below a prefix that may be results,
        /// or those that match a pattern.
        ///
        /// # Errors
        ///
        /// If the store does not answer, or refuses.
        pub fn list(&self) -> Result<Vec<Object>, StorageError> {
            let failed = |error: object_store::Error| self.error(&self.url.path, &error);
            let pattern = self
                .url
                .pattern()
                .map(glob::Pattern::new)
                .transpose()
                .map_err(|error| StorageError(format!("{}: {error}", self.url)))?;
            let prefix = Path::parse(self.url.prefix())
                .map_err(|error| StorageError(format!("{}: {error}", self.url)))?;
            if pattern.is_none() && is_object(&self.url.path) {
                let meta = self
                    .runtime
                    .block_on(self.store.head(&prefix))
                    .map_err(failed)?;
                return Ok(vec![object(meta)]);
            }
            let listed = self
                .store
                .list(Some(&prefix).filter(|path| !path.as_ref().is_empty()));
            let mut found: Vec<Object> = self
                .runtime
                .block_on(
                    listed
                        .take(MOST_OBJECTS + 1)
                        .map_ok(object)
                        .try_collect::<Vec<_>>(),
                )
                .map_err(failed)?;
            if found.len() > MOST_OBJECTS {
                return Err(StorageError(format!(
                    "{}: more than {MOST_OBJECTS} objects",
                    self.url
                )));
            }
            found.retain(|object| match &pattern {
                Some(pattern) => pattern.matches_with(&object.key, OPTIONS),
                None => is_candidate(object.key.rsplit('/').next().unwrap_or_default()),
            });
            found.sort();
            Ok(found)
        }

        /// Reads objects, several at once, and gives each to `take` in an order of its own.
        ///
        /// # Errors
        ///
        /// If one cannot be read whole after all tries.
        pub fn read(
            &self,
            objects: &[Object],
            mut take: impl FnMut(&Object, Result<Vec<u8>, Reason>),
        ) -> Result<(), StorageError> {
            let (large, small): (Vec<&Object>, Vec<&Object>) =
                objects.iter().partition(|object| object.bytes > LARGE);
            for (objects, at_once) in [(small, AT_ONCE), (large, 1)] {
                self.runtime.block_on(async {
                    let mut answers = stream::iter(objects)
                        .map(|object| async move { (object, self.bytes(object).await) })
                        .buffer_unordered(at_once);
                    while let Some((object, answer)) = answers.next().await {
                        take(object, answer?);
                    }
                    Ok(())
                })?;
            }
            Ok(())
        }

        async fn bytes(&self, object: &Object) -> Result<Result<Vec<u8>, Reason>, StorageError> {
            if object.bytes > MOST_BYTES {
                return Ok(Err(Reason::TooLarge(Some(object.bytes))));
            }
            let failed = |error: object_store::Error| self.error(&object.key, &error);
            let path = Path::parse(&object.key).map_err(|error| {
                StorageError(format!("{}: {error}", self.url.object(&object.key)))
            })?;
            let answer = self.store.get(&path).await.map_err(failed)?;
            let size = answer.meta.size;
            // It may have been replaced by another one since it was listed.
            if size > MOST_BYTES {
                return Ok(Err(Reason::TooLarge(Some(size))));
            }
            let GetResultPayload::Stream(mut body) = answer.payload else {
                return Err(StorageError(format!("{}: no stream", self.url)));
            };
            let mut bytes = Vec::new();
            while let Some(part) = body.try_next().await.map_err(failed)? {
                if (bytes.len() + part.len()) as u64 > size {
                    break;
                }
                bytes.extend_from_slice(&part);
            }
            if bytes.len() as u64 == size {
                Ok(Ok(bytes))
            } else {
                Err(StorageError(format!(
                    "{}: {} bytes came of the {size} that were promised",
                    self.url.object(&object.key),
                    bytes.len()
                )))
            }
        }

        fn error(&self, key: &str, error: &object_store::Error) -> StorageError {
            StorageError(format!("{}: {}", self.url.object(key), chain(error)))
        }
    }

    /// As shells read patterns: `*` ends at a slash.
    const OPTIONS: glob::MatchOptions = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    };

    /// Whether a path names an object rather than what lies below a prefix.
    fn is_object(path: &str) -> bool {
        [".json", ".csv", ".log", ".txt"]
            .iter()
            .any(|ending| path.ends_with(ending))
    }

    fn object(meta: ObjectMeta) -> Object {
        Object {
            key: meta.location.to_string(),
            bytes: meta.size,
            version: meta
                .e_tag
                .unwrap_or_else(|| meta.last_modified.to_rfc3339()),
        }
    }

    fn open(url: &BucketUrl, patience: Patience) -> object_store::Result<Box<dyn ObjectStore>> {
        let retry = RetryConfig {
            max_retries: patience.retries,
            retry_timeout: patience.request * 3,
            ..RetryConfig::default()
        };
        let client = ClientOptions::new()
            .with_timeout(patience.request)
            .with_connect_timeout(patience.request.min(Duration::from_secs(10)));
        Ok(match url.scheme {
            Scheme::Gs => Box::new(
                GoogleCloudStorageBuilder::from_env()
                    .with_bucket_name(&url.bucket)
                    .with_retry(retry)
                    .with_client_options(client.with_allow_http(allow_http("GOOGLE_ALLOW_HTTP")))
                    .build()?,
            ),
            Scheme::S3 => Box::new(
                AmazonS3Builder::from_env()
                    .with_bucket_name(&url.bucket)
                    .with_retry(retry)
                    .with_client_options(client.with_allow_http(allow_http("AWS_ALLOW_HTTP")))
                    .build()?,
            ),
        })
    }

    /// Whether plain HTTP is accepted, as the store's own variable says: for stores on this machine.
    #[expect(
        clippy::disallowed_methods,
        reason = "credentials and endpoints of object storage come from the environment, as everywhere"
    )]
    fn allow_http(variable: &str) -> bool {
        std::env::var(variable).is_ok_and(|value| value == "true")
    }

    /// An error with its causes, which the outermost text often leaves out.
    fn chain(error: &dyn std::error::Error) -> String {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let inner_text = inner.to_string();
            if !text.contains(&inner_text) {
                text = format!("{text}: {inner_text}");
            }
            cause = inner.source();
        }
        text
    }
}
