//! Copies of the files in object storage, with bounded tries.

use std::fmt;
use std::time::Duration;

/// A file to copy.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Name within the folder.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Why nothing was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadError(pub String);

impl fmt::Display for UploadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Copies files into the folder that a `gs://`, `s3://` or `file://` URL names.
///
/// Credentials come from the environment, as the clouds' own tools take them; without any, from the
/// machine's identity. `patience` bounds all tries together.
#[cfg(feature = "upload")]
pub fn upload(
    url: &str,
    files: &[Upload],
    attempts: u32,
    patience: Duration,
) -> Result<(), UploadError> {
    let error = |error: &dyn fmt::Display| UploadError(error.to_string());
    // Fails only if another part of the process has chosen a provider before.
    _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|found| error(&found))?;
    let (store, prefix) = store::open(url)?;
    runtime.block_on(async {
        let all = store::put_all(store.as_ref(), &prefix, files, attempts);
        match tokio::time::timeout(patience, all).await {
            Ok(done) => done,
            Err(_) => Err(UploadError(format!(
                "not done within {} s",
                patience.as_secs_f64()
            ))),
        }
    })
}

/// A build without uploads says so.
#[cfg(not(feature = "upload"))]
pub fn upload(
    url: &str,
    _files: &[Upload],
    _attempts: u32,
    _patience: Duration,
) -> Result<(), UploadError> {
    Err(UploadError(format!(
        "{url}: this program was built without the `upload` feature"
    )))
}

#[cfg(feature = "upload")]
mod store {
    use super::{Upload, UploadError};
    use object_store::aws::AmazonS3Builder;
    use object_store::gcp::GoogleCloudStorageBuilder;
    use object_store::local::LocalFileSystem;
    use object_store::path::Path;
    use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
    use std::time::Duration;

    /// Longest try.
    const TRY: Duration = Duration::from_mins(1);

    /// The store that a URL names, and the path within it.
    pub(super) fn open(url: &str) -> Result<(Box<dyn ObjectStore>, Path), UploadError> {
        let wrong = |error: &dyn std::fmt::Display| UploadError(format!("{url}: {error}"));
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong(&"not a URL"))?;
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = Path::parse(path.trim_matches('/')).map_err(|error| wrong(&error))?;
        // The tries are counted here, not there.
        let retry = RetryConfig {
            max_retries: 0,
            retry_timeout: TRY,
            ..RetryConfig::default()
        };
        let client = ClientOptions::new()
            .with_timeout(TRY)
            .with_connect_timeout(Duration::from_secs(10));
        let store: Box<dyn ObjectStore> = match scheme {
            "gs" => Box::new(
                GoogleCloudStorageBuilder::from_env()
                    .with_bucket_name(bucket)
                    .with_retry(retry)
                    .with_client_options(client.with_allow_http(allow_http("GOOGLE_ALLOW_HTTP")))
                    .build()
                    .map_err(|error| wrong(&error))?,
            ),
            "s3" => Box::new(
                AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .with_retry(retry)
                    .with_client_options(client.with_allow_http(allow_http("AWS_ALLOW_HTTP")))
                    .build()
                    .map_err(|error| wrong(&error))?,
            ),
            "file" => {
                let folder = format!("{bucket}/{path}");
                std::fs::create_dir_all(&folder).map_err(|error| wrong(&error))?;
                let store =
                    LocalFileSystem::new_with_prefix(folder).map_err(|error| wrong(&error))?;
                return Ok((Box::new(store.with_fsync(true)), Path::default()));
            }
            _ => return Err(wrong(&"the scheme is not gs, s3 or file")),
        };
        Ok((store, prefix))
    }

    /// Whether plain HTTP is accepted, as the store's own variable says: for stores on this machine.
    fn allow_http(variable: &str) -> bool {
        std::env::var(variable).is_ok_and(|value| value == "true")
    }

    pub(super) async fn put_all(
        store: &dyn ObjectStore,
        prefix: &Path,
        files: &[Upload],
        attempts: u32,
    ) -> Result<(), UploadError> {
        for file in files {
            let path = prefix.clone().join(file.name.as_str());
            let mut pause = Duration::from_millis(500);
            let mut attempt = 1;
            while let Err(error) = store.put(&path, file.bytes.clone().into()).await {
                if attempt >= attempts {
                    return Err(UploadError(format!(
                        "{path}: {attempt} tries: {}",
                        chain(&error)
                    )));
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(10));
                attempt += 1;
            }
        }
        Ok(())
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

#[cfg(all(test, feature = "upload"))]
mod tests {
    use super::*;

    fn file() -> Vec<Upload> {
        vec![Upload {
            name: "a.json".to_owned(),
            bytes: b"{}".to_vec(),
        }]
    }

    #[test]
    fn a_local_folder_is_made_and_filled() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("deep/er");
        upload(
            &format!("file://{}/", target.display()),
            &file(),
            1,
            Duration::from_secs(5),
        )
        .unwrap();
        assert_eq!(std::fs::read(target.join("a.json")).unwrap(), b"{}");
    }

    #[test]
    fn what_cannot_be_reached_is_an_error_after_its_tries() {
        for url in ["ftp://x/y", "nothing", "file:///dev/null/x"] {
            assert!(
                upload(url, &file(), 2, Duration::from_secs(5)).is_err(),
                "{url}"
            );
        }
    }
}
