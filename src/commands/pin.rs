//! `xbench pin`

use super::Context;
use crate::diagnostic::{Code, Diagnostic, there_are};
use crate::images::Image;
#[cfg(feature = "registry")]
use crate::layer::Axis;
use crate::lock::{Digest, Lock};
use crate::output;
use crate::pin::{self, Rendered};
use crate::pipeline::{Request, images};
use crate::project::{Library, read_outside};
#[cfg(feature = "registry")]
use crate::source::Place;
use std::fmt::Write;
use std::path::PathBuf;

/// The largest output of a build, in bytes: logs are not part of it.
const MOST: usize = 16 * 1024 * 1024;

/// What to pin, and by what.
pub struct Options {
    /// Which environment's lock.
    pub environment: Option<String>,
    /// Only this image.
    pub image: Option<String>,
    /// Where digests come from.
    pub source: Source,
}

/// Where digests come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From what builds printed.
    Files(Vec<PathBuf>),
    /// From the registry that the environment names.
    Registry,
    /// From nowhere: the lock is looked at.
    Check {
        /// Whether the registries of base images are asked.
        resolve: bool,
    },
}

/// Writes the lock of an environment, or looks at it.
///
/// # Errors
///
/// Whatever cannot be pinned; then nothing is written.
pub fn run(context: &mut Context, options: &Options) -> Result<(), Vec<Diagnostic>> {
    let library = &mut context.library;
    let environment = library.environment(options.environment.as_deref())?;
    let lock = library.lock(&environment)?;
    let rendered = rendered(library, &environment, options.image.as_deref())?;
    match &options.source {
        Source::Files(files) => {
            let mut claims = Vec::new();
            for file in files {
                let source = read_outside(file, MOST, &mut library.sources)
                    .map_err(|problem| vec![problem])?;
                claims.extend(pin::read(&library.sources, source)?);
            }
            let pinned = pin::matched(&claims, &rendered)?;
            write(library, &environment, lock, pinned)
        }
        Source::Registry => {
            let pinned = resolved(&rendered, &environment)?;
            write(library, &environment, lock, pinned)
        }
        Source::Check { resolve } => {
            if *resolve {
                context.warnings.extend(moved(library)?);
            }
            check(library, &environment, &lock, &rendered)
        }
    }
}

/// Every image that a suite of the project uses in an environment.
fn rendered(
    library: &mut Library,
    environment: &str,
    only: Option<&str>,
) -> Result<Rendered, Vec<Diagnostic>> {
    let mut rendered = Rendered::new();
    for suite in library.suite_names()? {
        let request = Request {
            suite: Some(suite),
            environment: Some(environment.to_owned()),
            ..Request::default()
        };
        let (found, _) = images(library, &request)?;
        rendered.extend(found.into_iter().map(|image| (image.context.hash, image)));
    }
    let Some(name) = only else {
        return Ok(rendered);
    };
    let names: Vec<String> = rendered.values().map(|image| image.name.clone()).collect();
    rendered.retain(|_, image| image.name == name);
    if rendered.is_empty() {
        let known = names.iter().map(String::as_str);
        return Err(vec![
            Diagnostic::error(Code::UnknownName, format!("there is no image `{name}`"))
                .help(there_are(known)),
        ]);
    }
    Ok(rendered)
}

fn write(
    library: &Library,
    environment: &str,
    mut lock: Lock,
    pinned: Vec<(&Image, Digest)>,
) -> Result<(), Vec<Diagnostic>> {
    let mut report = String::new();
    for (image, digest) in pinned {
        let before = lock.pin(&image.context.hash, &image.name, &digest);
        let how = match before {
            Some(before) if before == digest => "as before",
            Some(_) => "in place of another digest",
            None => "new",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            report,
            "{}:{} {digest} ({how})",
            image.name, image.context.hash
        );
    }
    let file = library.project().root().join(Lock::file(environment));
    output::replace_file(&file, lock.to_yaml().as_bytes())
        .and_then(|()| output::print([report]))
        .map_err(|problem| vec![problem])
}

fn check(
    library: &Library,
    environment: &str,
    lock: &Lock,
    rendered: &Rendered,
) -> Result<(), Vec<Diagnostic>> {
    let (stale, missing) = pin::stale(lock, rendered);
    let mut report = String::new();
    for image in rendered.values() {
        if let Some(digest) = lock.digest(&image.context.hash) {
            let _ = writeln!(report, "{}:{} {digest}", image.name, image.context.hash);
        }
    }
    output::print([report]).map_err(|problem| vec![problem])?;
    let mut problems: Vec<Diagnostic> = stale
        .into_iter()
        .map(|(hash, pinned)| {
            let message = format!("`{}:{hash}` is not rendered any more", pinned.name);
            let problem = Diagnostic::error(Code::StalePin, message);
            let problem = match pinned.place {
                Some(place) => problem.at(place),
                None => problem,
            };
            problem.help("remove the entry, or undo the change to what the image is built from")
        })
        .collect();
    problems.extend(missing.into_iter().map(|image| {
        let message = format!("`{}` is in no lock of `{environment}`", image.tagged());
        let problem = Diagnostic::error(Code::UnpinnedImage, message);
        let file = Lock::file(environment);
        let start = if library.project().root().join(&file).exists() {
            String::new()
        } else {
            format!("there is no {file} yet: ")
        };
        problem.help(format!(
            "{start}build it, then `xbench pin --from` or `xbench pin --resolve`"
        ))
    }));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// An image of somebody else that a layer pins.
#[cfg(feature = "registry")]
struct BasePin {
    tagged: String,
    digest: String,
    place: Place,
}

/// Every pinned image of every backend's layers: what has a repository, a tag and a digest.
#[cfg(feature = "registry")]
fn base_pins(library: &mut Library) -> Result<Vec<BasePin>, Vec<Diagnostic>> {
    let mut pins = Vec::new();
    let mut layers = Vec::new();
    layers.extend(library.defaults(Axis::Backend)?);
    for name in library.layer_names(Axis::Backend)? {
        layers.push(library.layer(Axis::Backend, &name, None)?);
    }
    for layer in layers {
        collect(&layer.values, &mut pins);
    }
    Ok(pins)
}

#[cfg(feature = "registry")]
fn collect(node: &crate::yaml::Node, pins: &mut Vec<BasePin>) {
    let text = |key: &str| node.get(key).and_then(crate::yaml::Node::as_str);
    if let (Some(repository), Some(tag), Some(digest)) =
        (text("repository"), text("tag"), node.get("digest"))
    {
        pins.push(BasePin {
            tagged: format!("{repository}:{tag}"),
            digest: digest.as_str().unwrap_or_default().to_owned(),
            place: digest.place,
        });
    }
    for entry in node.as_map().into_iter().flat_map(|map| map.values()) {
        collect(&entry.node, pins);
    }
}

#[cfg(feature = "registry")]
fn resolved<'a>(
    rendered: &'a Rendered,
    environment: &str,
) -> Result<Vec<(&'a Image, Digest)>, Vec<Diagnostic>> {
    use crate::pin::Answer;
    let references: Vec<String> = rendered.values().map(Image::tagged).collect();
    let answers = pin::ask(&references).map_err(|message| vec![unreachable(&message)])?;
    let mut pinned = Vec::new();
    let mut problems = Vec::new();
    for (image, answer) in rendered.values().zip(answers) {
        match answer {
            Answer::Found(digest) => pinned.push((image, digest)),
            Answer::Absent => problems.push(
                Diagnostic::error(
                    Code::UnpinnedImage,
                    format!("the registry has no `{}`", image.tagged()),
                )
                .help(format!(
                    "build it: `xbench render --env {environment} --blueprint images --output images`, \
                     then `gcloud builds submit --config images/{name}/cloudbuild.yaml images/{name}`; or \
                     leave it out: --image NAME",
                    name = image.name
                )),
            ),
            Answer::Failed(message) => {
                problems.push(unreachable(&format!("`{}`: {message}", image.tagged())));
            }
        }
    }
    if problems.is_empty() {
        Ok(pinned)
    } else {
        Err(problems)
    }
}

/// A warning for every base image whose tag is another image by now.
#[cfg(feature = "registry")]
fn moved(library: &mut Library) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    use crate::pin::Answer;
    let mut pins = base_pins(library)?;
    pins.sort_by(|one, other| one.tagged.cmp(&other.tagged));
    let references: Vec<String> = pins.iter().map(|pin| pin.tagged.clone()).collect();
    let answers = pin::ask(&references).map_err(|message| vec![unreachable(&message)])?;
    let mut warnings = Vec::new();
    let mut problems = Vec::new();
    for (pin, answer) in pins.iter().zip(answers) {
        let warn = |message: String| Diagnostic::warning(Code::StalePin, message).at(pin.place);
        match answer {
            Answer::Found(digest) if digest.to_string() == pin.digest => {}
            Answer::Found(digest) => warnings.push(
                warn(format!("`{}` is {digest} by now", pin.tagged))
                    .help("the pin still means the same image; take the new digest to update"),
            ),
            Answer::Absent => {
                warnings.push(warn(format!(
                    "the registry has no `{}` any more",
                    pin.tagged
                )));
            }
            Answer::Failed(message) => {
                problems.push(unreachable(&format!("`{}`: {message}", pin.tagged)).at(pin.place));
            }
        }
    }
    if problems.is_empty() {
        Ok(warnings)
    } else {
        Err(problems)
    }
}

#[cfg(feature = "registry")]
fn unreachable(message: &str) -> Diagnostic {
    Diagnostic::error(Code::Io, format!("cannot ask the registry: {message}"))
}

#[cfg(not(feature = "registry"))]
fn resolved<'a>(_: &'a Rendered, _: &str) -> Result<Vec<(&'a Image, Digest)>, Vec<Diagnostic>> {
    Err(vec![without_registry()])
}

#[cfg(not(feature = "registry"))]
fn moved(_: &mut Library) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    Err(vec![without_registry()])
}

#[cfg(not(feature = "registry"))]
fn without_registry() -> Diagnostic {
    Diagnostic::error(
        Code::Usage,
        "this xbench was built without access to registries",
    )
    .help("build it with the feature `registry`, or use `pin --from`")
}
