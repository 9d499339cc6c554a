//! The edge to registries: the digest of a tag over the OCI distribution API. Nothing else of xbench makes a
//! connection to one.

use crate::lock::Digest;
use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential};
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use std::time::Duration;

/// How long a registry may take to say anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a registry says of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has it.
    Found(Digest),
    /// It has no such tag.
    Absent,
    /// It could not be asked, or refused to say.
    Failed(String),
}

/// Asks for the digests of tags, one after the other. Credentials are those of `docker login`, credential
/// helpers included.
///
/// # Errors
///
/// If nothing can be asked at all.
pub fn ask(references: &[String]) -> Result<Vec<Answer>, String> {
    // A second call finds the first one's, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut answers = Vec::with_capacity(references.len());
        for reference in references {
            answers.push(match digest_of(reference).await {
                Ok(answer) => answer,
                Err(message) => Answer::Failed(message),
            });
        }
        Ok(answers)
    })
}

async fn digest_of(text: &str) -> Result<Answer, String> {
    let reference: Reference = text.parse().map_err(|error| format!("{error}"))?;
    let client = Client::try_from(ClientConfig {
        protocol: protocol(reference.resolve_registry()),
        connect_timeout: Some(PATIENCE),
        read_timeout: Some(PATIENCE),
        user_agent: concat!("xbench/", env!("CARGO_PKG_VERSION")),
        ..ClientConfig::default()
    })
    .map_err(|error| error.to_string())?;
    let auth = credentials(&reference)?;
    match client.fetch_manifest_digest(&reference, &auth).await {
        Ok(digest) => match Digest::parse(&digest) {
            Some(digest) => Ok(Answer::Found(digest)),
            None => Err(format!(
                "the registry answers with `{digest}`, which is no digest"
            )),
        },
        Err(error) if is_absent(&error) => Ok(Answer::Absent),
        Err(error) => Err(chain(&error)),
    }
}

/// As Docker has it: a registry on this machine needs no certificate.
fn protocol(registry: &str) -> ClientProtocol {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    if host == "localhost" || host.starts_with("127.") {
        ClientProtocol::Http
    } else {
        ClientProtocol::Https
    }
}

/// The address that `docker login` keeps the credentials of Docker Hub under.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

fn credentials(reference: &Reference) -> Result<RegistryAuth, String> {
    let server = match reference.registry() {
        "docker.io" => DOCKER_HUB,
        other => other,
    };
    match get_credential(server) {
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(RegistryAuth::Basic(user, password))
        }
        Ok(DockerCredential::IdentityToken(_)) => Err(format!(
            "the credentials for {server} are an identity token, which cannot be used here: log in with \
             a user and a password, or with a credential helper that gives them"
        )),
        Err(
            CredentialRetrievalError::ConfigNotFound
            | CredentialRetrievalError::NoCredentialConfigured,
        ) => Ok(RegistryAuth::Anonymous),
        // A helper that knows nothing of a registry says so by failing.
        Err(CredentialRetrievalError::HelperFailure { stdout, .. })
            if stdout.contains("credentials not found") =>
        {
            Ok(RegistryAuth::Anonymous)
        }
        Err(error) => Err(format!("no credentials for {server}: {error}")),
    }
}

fn is_absent(error: &OciDistributionError) -> bool {
    match error {
        OciDistributionError::ImageManifestNotFoundError(_) => true,
        OciDistributionError::ServerError { code, .. } => *code == 404,
        OciDistributionError::RegistryError { envelope, .. } => envelope.errors.iter().any(|one| {
            use oci_client::errors::OciErrorCode::{ManifestUnknown, NameUnknown, NotFound};
            matches!(one.code, ManifestUnknown | NameUnknown | NotFound)
        }),
        _ => false,
    }
}

/// An error with what is behind it: reqwest's own text says only that a request failed.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
