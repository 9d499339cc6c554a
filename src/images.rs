//! How the objects of a variant name their images.

use crate::diagnostic::{Code, Diagnostic};
use crate::image::{BuildContext, Role};
use crate::layer::Axis;
use crate::lock::Lock;
use crate::path::ValuePath;
use crate::project::Contexts;
use crate::select::Variant;
use crate::yaml::{Kind, Node};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What images are named with: the build contexts of the project, and the digests of an environment.
#[derive(Clone, Copy)]
pub struct Pins<'a> {
    /// What images are built from.
    pub contexts: &'a Contexts,
    /// What builds produced.
    pub lock: &'a Lock,
    /// What becomes of an image without a digest.
    pub unpinned: Unpinned,
}

/// What becomes of an image without a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpinned {
    /// What the environment's policy says.
    AsPolicy,
    /// It is named by its tag: nothing is applied, it is about to be built.
    Accepted,
}

/// One image of a variant.
#[derive(Clone, Debug)]
pub struct Image {
    /// What it is for.
    pub role: Role,
    /// Its name, without the registry.
    pub name: String,
    /// Registry and name, without tag or digest.
    pub repository: String,
    /// What it is built from.
    pub context: Arc<BuildContext>,
}

impl Image {
    /// The image under its tag, which is the hash of what it is built from.
    pub fn tagged(&self) -> String {
        format!("{}:{}", self.repository, self.context.hash)
    }
}

/// The images of a variant.
///
/// # Errors
///
/// Everything that keeps a build context from being made.
pub fn of_variant(values: &Node, contexts: &Contexts) -> Result<Vec<Image>, Vec<Diagnostic>> {
    let text = |path: &[&str]| {
        let node = values.at(path.iter().copied());
        node.and_then(Node::as_str).unwrap_or_default()
    };
    let registry = text(&["environment", "registry"]);
    let mut images = Vec::new();
    let mut problems = Vec::new();
    for role in Role::ALL {
        let [section, image] = role.section();
        let name = text(&[section, image, "name"]).to_owned();
        match contexts.context(role, values) {
            Ok(context) => images.push(Image {
                role,
                repository: format!("{registry}/{name}"),
                name,
                context,
            }),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(images)
    } else {
        Err(problems)
    }
}

/// The images of a variant, and what templates know as `images`: a `reference` and the context's hash for each role,
/// and the roles that are `unpinned`, if there are any.
///
/// # Errors
///
/// Every image that cannot be built, or that the policy wants pinned and no lock entry pins.
pub fn resolve(
    values: &Node,
    pins: Pins<'_>,
    variant: &Variant,
) -> Result<(Vec<Image>, Value), Vec<Diagnostic>> {
    let is_allowed = pins.unpinned == Unpinned::Accepted
        || values
            .at(["policy", "allowUnpinned"])
            .is_some_and(|node| node.kind == Kind::Bool(true));
    let wants_digest = values.at(["policy", "images"]).and_then(Node::as_str) == Some("digest");
    let mut known = Map::new();
    let mut unpinned = Vec::new();
    let mut problems = Vec::new();
    let images = of_variant(values, pins.contexts)?;
    for image in &images {
        let reference = match pins.lock.digest(&image.context.hash) {
            Some(digest) if wants_digest => format!("{}@{digest}", image.repository),
            None if wants_digest && !is_allowed => {
                problems.push(unpinned_image(image, values, variant));
                continue;
            }
            None if wants_digest => {
                unpinned.push(image.role.name());
                image.tagged()
            }
            _ => image.tagged(),
        };
        known.insert(
            image.role.name().to_owned(),
            json!({"reference": reference, "content": image.context.hash.to_string()}),
        );
    }
    if !unpinned.is_empty() {
        known.insert("unpinned".to_owned(), json!(unpinned.join(",")));
    }
    if problems.is_empty() {
        Ok((images, Value::Object(known)))
    } else {
        Err(problems)
    }
}

fn unpinned_image(image: &Image, values: &Node, variant: &Variant) -> Diagnostic {
    let section = image.role.section();
    let path = ValuePath::from_pointer(&format!("/{}", section.join("/")));
    let place = values.at(section).map_or(values.place, |node| node.place);
    let message = format!("the image of `{path}` has no digest");
    Diagnostic::error(Code::UnpinnedImage, message)
        .labelled(place, "the recipe")
        .help(format!(
            "build it: {}; then pin what it printed: {}; or set `policy.images: recipe`",
            build_command(image, variant),
            pin_command(variant)
        ))
}

/// The command that builds an image.
pub fn build_command(image: &Image, variant: &Variant) -> String {
    format!(
        "`xbench render {} --env {} --backend {} --blueprint images --output images && gcloud builds \
         submit --config images/{name}/cloudbuild.yaml images/{name}`",
        variant.suite,
        variant.choice(Axis::Environment),
        variant.choice(Axis::Backend),
        name = image.name,
    )
}

/// The command that writes what a build printed into the lock.
pub fn pin_command(variant: &Variant) -> String {
    format!(
        "`gcloud builds describe BUILD --format json | xbench pin --env {} --from -`",
        variant.choice(Axis::Environment)
    )
}
