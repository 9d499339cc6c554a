//! `xbench diff`

use super::Context;
use crate::Outcome;
use crate::diagnostic::text::Color;
use crate::diagnostic::{Code, Diagnostic, enumerate, instead};
use crate::diff::text::View;
use crate::diff::{Difference, Side, json, markdown, text};
use crate::explain::Recording;
use crate::git;
use crate::layer::Axis;
use crate::output::{self, Paging};
use crate::pipeline::{Request, make_each, object_blueprints};
use crate::project::{Library, read_objects};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to compare, and how to show it.
pub struct Options {
    /// Which variants of the project.
    pub request: Request,
    /// Of which blueprint.
    pub blueprint: String,
    /// What they are compared with.
    pub against: Against,
    /// How the answer is shown.
    pub shown: Shown,
}

/// How an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its form.
    pub format: Format,
    /// How changed objects are shown.
    pub view: View,
    /// Whether to colour.
    pub color: Color,
}

/// The old side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Against {
    /// Rendered objects: a folder, or a file.
    Rendered(PathBuf),
    /// The project at a revision of git.
    Revision(String),
    /// The first selector is the old side, the second one the new.
    Variants(String, String),
}

/// Form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
}

/// Compares what the project renders.
///
/// # Errors
///
/// Everything that keeps either side from being rendered or read.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Vec<Diagnostic>> {
    let library = &mut context.library;
    let (old, new) = match &options.against {
        Against::Rendered(path) => {
            let new = rendered(library, &options.request, options, false)?;
            (read(path)?, new)
        }
        Against::Revision(revision) => {
            let new = rendered(library, &options.request, options, false)?;
            let snapshot = git::snapshot(library.project().root(), revision)
                .map_err(|problem| vec![problem])?;
            let mut then = Library::new(library.project().at_another_time(snapshot));
            let old = at_revision(&mut then, options);
            if old.is_err() {
                // What is wrong stands in the files of then.
                std::mem::swap(library, &mut then);
            }
            let mut old = old?;
            old.sources = then.sources;
            (old, new)
        }
        Against::Variants(one, other) => {
            let mut of = |selector: &str| -> Result<Side, Vec<Diagnostic>> {
                let request = selected(library, &options.request, selector)?;
                let side = rendered(library, &request, options, true)?;
                only_one(&side, selector)?;
                Ok(side)
            };
            (of(one)?, of(other)?)
        }
    };
    let now = || context.library.sources.clone();
    let mut sides = (old, new);
    sides.1.sources = now();
    if matches!(options.against, Against::Variants(..)) {
        sides.0.sources = now();
    }
    show(&sides.0, &sides.1, options.shown, context.paging)
}

/// Compares two folders or files of objects, as `kubectl diff` asks for it.
///
/// # Errors
///
/// Everything that keeps either from being read.
pub fn folders(old: &Path, new: &Path, shown: Shown) -> Result<Outcome, Vec<Diagnostic>> {
    let (old, new) = (read(old), read(new));
    match (old, new) {
        (Ok(old), Ok(new)) => show(&old, &new, shown, Paging::Never),
        (Err(mut problems), Err(more)) => {
            problems.extend(more);
            Err(problems)
        }
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
    }
}

fn show(old: &Side, new: &Side, shown: Shown, paging: Paging) -> Result<Outcome, Vec<Diagnostic>> {
    let difference = Difference::between(old, new);
    let answer = match shown.format {
        Format::Text => text::render(&difference, shown.view, shown.color),
        Format::Json => json::render(&difference),
        Format::Markdown => markdown::render(&difference, shown.view),
    };
    output::show([answer], paging).map_err(|problem| vec![problem])?;
    Ok(if difference.is_empty() {
        Outcome::Done
    } else {
        Outcome::No
    })
}

/// Renders the variants of a request, keeping where everything came from.
fn rendered(
    library: &mut Library,
    request: &Request,
    options: &Options,
    is_one_variant: bool,
) -> Result<Side, Vec<Diagnostic>> {
    let names = std::slice::from_ref(&options.blueprint);
    let blueprints = object_blueprints(library, names)?;
    let made = make_each(library, request, |schemas, planned| {
        let record = |blueprint| Recording::new(planned.clone(), blueprint, schemas);
        blueprints.iter().map(record).collect::<Result<Vec<_>, _>>()
    })?;
    let recordings = made.all.into_iter().flatten().map(Arc::new);
    let all = recordings.flat_map(|recording| {
        let objects: Vec<_> = recording
            .objects
            .iter()
            .enumerate()
            .map(|(index, recorded)| {
                (
                    recorded.object.clone(),
                    Some((Arc::clone(&recording), index)),
                )
            })
            .collect();
        objects
    });
    Ok(Side::new(all, is_one_variant))
}

/// What a revision renders. A suite, an environment or a blueprint that did not exist yet renders
/// nothing, and neither do layers that the command line names and that did not exist.
fn at_revision(then: &mut Library, options: &Options) -> Result<Side, Vec<Diagnostic>> {
    let request = &options.request;
    let has =
        |names: Vec<String>, name: Option<&String>| name.is_none_or(|name| names.contains(name));
    let narrowing = &request.narrowing;
    let is_there = has(then.suite_names()?, request.suite.as_ref())
        && has(
            then.layer_names(Axis::Environment)?,
            request.environment.as_ref(),
        )
        && has(then.blueprint_names()?, Some(&options.blueprint));
    // What the command line sets is a part of the change.
    let mut request = Request {
        assignments: Vec::new(),
        ..request.clone()
    };
    request.narrowing.is_of_another_time = true;
    for (axis, names) in [
        (Axis::Model, &narrowing.models),
        (Axis::Profile, &narrowing.profiles),
    ] {
        let known = then.layer_names(axis)?;
        let kept: Vec<String> = names
            .iter()
            .filter(|name| known.contains(name))
            .cloned()
            .collect();
        if kept.is_empty() && !names.is_empty() {
            return Ok(Side::default());
        }
        match axis {
            Axis::Model => request.narrowing.models = kept,
            _ => request.narrowing.profiles = kept,
        }
    }
    if !is_there {
        return Ok(Side::default());
    }
    match rendered(then, &request, options, false) {
        Err(problems) if problems.iter().all(|one| one.code == Code::EmptySelection) => {
            Ok(Side::default())
        }
        other => other,
    }
}

/// A request for one variant: layers named by commas, each with its axis if it is not plain from the
/// name (`profile=smoke`).
fn selected(
    library: &Library,
    request: &Request,
    selector: &str,
) -> Result<Request, Vec<Diagnostic>> {
    let mut request = request.clone();
    let mut problems = Vec::new();
    for part in selector
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (among, name) = match part.split_once('=') {
            None => (Axis::ALL.to_vec(), part),
            Some((axis, name)) => match Axis::named(axis) {
                Some(axis) => (vec![axis], name),
                None => {
                    problems.push(
                        Diagnostic::error(
                            Code::UnknownName,
                            format!("there is no axis `{axis}`, in `{part}`"),
                        )
                        .help(instead(axis, Axis::ALL.map(Axis::name))),
                    );
                    continue;
                }
            },
        };
        match layer(library, &among, name)? {
            Ok(axis) => set(&mut request, axis, name),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(request)
    } else {
        Err(problems)
    }
}

/// The axis of a layer that is named without it, or why that is not plain.
fn layer(
    library: &Library,
    among: &[Axis],
    name: &str,
) -> Result<Result<Axis, Diagnostic>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut known = Vec::new();
    for &axis in among {
        let names = library.layer_names(axis)?;
        if names.iter().any(|one| one == name) {
            found.push(axis);
        }
        known.extend(names);
    }
    let (message, help) = match found.as_slice() {
        [axis] => return Ok(Ok(*axis)),
        [] => (
            match among {
                [axis] => format!("there is no {axis} `{name}`"),
                _ => format!("there is no layer `{name}`"),
            },
            instead(name, known.iter().map(String::as_str)),
        ),
        several => (
            format!(
                "`{name}` is a layer of several axes: {}",
                enumerate(several.iter().map(|axis| axis.name()))
            ),
            format!("write `{}={name}`", several[0]),
        ),
    };
    Ok(Err(Diagnostic::error(Code::UnknownName, message).help(help)))
}

/// A comparison of two variants needs one on each side.
fn only_one(side: &Side, selector: &str) -> Result<(), Vec<Diagnostic>> {
    let mut variants: Vec<String> = side
        .objects
        .iter()
        .filter_map(|(_, subject)| subject.recording.as_ref())
        .map(|(recording, _)| recording.planned.variant.id())
        .collect();
    variants.dedup();
    if variants.len() == 1 {
        return Ok(());
    }
    Err(vec![
        Diagnostic::error(
            Code::Usage,
            format!("`{selector}` leaves {} variants", variants.len()),
        )
        .help(format!(
            "name more layers, separated by commas, to leave one of {}",
            enumerate(variants.iter().map(String::as_str))
        )),
    ])
}

fn set(request: &mut Request, axis: Axis, name: &str) {
    let names = vec![name.to_owned()];
    let narrowing = &mut request.narrowing;
    match axis {
        Axis::Backend => narrowing.backends = names,
        Axis::Accelerator => narrowing.accelerators = names,
        Axis::Model => narrowing.models = names,
        Axis::Profile => narrowing.profiles = names,
        Axis::Environment => request.environment = Some(name.to_owned()),
    }
}

fn read(path: &Path) -> Result<Side, Vec<Diagnostic>> {
    let all = read_objects(path)?;
    Ok(Side::new(
        all.into_iter().map(|object| (object, None)),
        false,
    ))
}
