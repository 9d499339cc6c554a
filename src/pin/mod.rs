//! From what builds printed, or a registry says, to the lock of an environment.
//!
//! A digest is taken for a build context that the project renders, and for no other. All claims are looked
//! at before anything is written: if one of them is refused, the lock stays as it is.

mod claims;
#[cfg(feature = "registry")]
mod registry;

pub use claims::{Claim, read};
#[cfg(feature = "registry")]
pub use registry::{Answer, ask};

use crate::diagnostic::{Code, Diagnostic, enumerate};
use crate::hash::ContentHash;
use crate::images::Image;
use crate::lock::{Digest, Lock, Pinned};
use std::collections::BTreeMap;

/// The images that an environment can use, by the hash of their build context.
pub type Rendered = BTreeMap<ContentHash, Image>;

/// Which image each claim is about, and its digest.
///
/// # Errors
///
/// Every claim about an image that is not rendered, and every two claims that contradict each other.
pub fn matched<'a>(
    claims: &[Claim],
    rendered: &'a Rendered,
) -> Result<Vec<(&'a Image, Digest)>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut found: BTreeMap<ContentHash, (&Image, &Claim)> = BTreeMap::new();
    for claim in claims {
        let image = match find(claim, rendered) {
            Ok(image) => image,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let hash = image.context.hash;
        match found.get(&hash) {
            Some((_, first)) if first.digest != claim.digest => problems.push(
                Diagnostic::error(
                    Code::BuildOutput,
                    format!("`{}` has two digests", image.name),
                )
                .labelled(claim.place, claim.digest.to_string())
                .also(first.place, first.digest.to_string())
                .help("give what one build printed"),
            ),
            _ => drop(found.insert(hash, (image, claim))),
        }
    }
    if problems.is_empty() {
        let found = found.into_values();
        Ok(found
            .map(|(image, claim)| (image, claim.digest.clone()))
            .collect())
    } else {
        Err(problems)
    }
}

fn find<'a>(claim: &Claim, rendered: &'a Rendered) -> Result<&'a Image, Diagnostic> {
    let refuse = |message: String| Diagnostic::error(Code::BuildOutput, message).at(claim.place);
    let names = || {
        let tags = rendered
            .values()
            .map(|image| format!("{}:{}", image.name, image.context.hash));
        enumerate(tags.collect::<Vec<_>>().iter().map(String::as_str))
    };
    let Some(reference) = &claim.reference else {
        let mut images = rendered.values();
        return match (images.next(), images.next()) {
            (Some(image), None) => Ok(image),
            _ => Err(
                refuse("a digest alone does not say of which image".to_owned())
                    .help("write `REFERENCE DIGEST`, or name the image: --image NAME"),
            ),
        };
    };
    let Some((repository, tag)) = tag_of(reference) else {
        return Err(refuse(format!("`{reference}` has no tag")).help(
            "the tag says what was built: write `REPOSITORY:TAG@DIGEST` or `REPOSITORY:TAG DIGEST`",
        ));
    };
    let name = repository.rsplit('/').next().unwrap_or(repository);
    rendered
        .values()
        .find(|image| image.name == name && image.context.hash.to_string() == tag)
        .ok_or_else(|| {
            refuse(format!(
                "`{name}:{tag}` is no build context of this project"
            ))
            .help(format!(
                "it renders {}; was something changed since the build?",
                names()
            ))
        })
}

/// Repository and tag. A colon before the last `/` belongs to a port.
fn tag_of(reference: &str) -> Option<(&str, &str)> {
    reference
        .rsplit_once(':')
        .filter(|(_, tag)| !tag.is_empty() && !tag.contains('/'))
}

/// What a lock says that the project does not render any more, and what it renders and no lock entry pins.
pub fn stale<'a>(
    lock: &'a Lock,
    rendered: &'a Rendered,
) -> (Vec<(&'a str, &'a Pinned)>, Vec<&'a Image>) {
    let stale = lock
        .entries()
        .filter(|(hash, _)| !rendered.keys().any(|known| known.to_string() == *hash))
        .collect();
    let missing = rendered
        .values()
        .filter(|image| lock.digest(&image.context.hash).is_none())
        .collect();
    (stale, missing)
}
