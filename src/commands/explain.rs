//! `xbench explain`

use super::Context;
use crate::address::{Address, Unresolved};
use crate::diagnostic::{Code, Diagnostic, enumerate};
use crate::explain::dockerfile::{self, Line};
use crate::explain::{Explanation, Recording, Target, annotate, json, text};
use crate::images;
use crate::output;
use crate::pipeline::{Request, make_each, object_blueprints};
use crate::yaml::WriteError;
use std::fmt::Write;

/// What to explain.
pub struct Options {
    /// In which variants.
    pub request: Request,
    /// Of which blueprint.
    pub blueprint: String,
    /// Which value; whole objects if absent.
    pub address: Option<String>,
    /// Whether to answer in JSON.
    pub as_json: bool,
}

/// Says where values come from. Variants with the same answer are answered together.
///
/// # Errors
///
/// Everything that keeps a variant from rendering, and addresses that lead nowhere.
pub fn run(context: &mut Context, options: &Options) -> Result<(), Vec<Diagnostic>> {
    if let Some(line) = options.address.as_deref().and_then(Line::parse) {
        return dockerfile_line(context, options, &line);
    }
    let address = match options.address.as_deref().map(Address::parse) {
        None => None,
        Some(Ok(address)) => Some(address),
        Some(Err(message)) => {
            return Err(vec![
                Diagnostic::error(Code::Usage, format!("this is not a path: {message}"))
                    .help("write `job.spec.template.spec.initContainers[server].image`"),
            ]);
        }
    };
    let recordings = record(context, options)?;
    let mut answers = Vec::new();
    let mut unresolved = Vec::new();
    for recording in &recordings {
        match targets(recording, address.as_ref()) {
            Ok(targets) => answers.extend(targets.into_iter().map(|target| (recording, target))),
            Err(error) => unresolved.push(error),
        }
    }
    // What is there in some variants only is answered for those.
    if let (true, Some(error)) = (answers.is_empty(), unresolved.into_iter().next()) {
        return Err(vec![
            Diagnostic::error(Code::UnknownName, error.message).help(error.help),
        ]);
    }
    let sources = &context.library.sources;
    let mut explained: Vec<(Explanation, Vec<String>)> = Vec::new();
    let mut out = String::new();
    for (recording, target) in answers {
        let variant = recording.planned.variant.id();
        let explanation = recording.explain(&target);
        let is_whole = explanation.value.is_object() || explanation.value.is_array();
        if is_whole && !options.as_json {
            let text = annotated(recording, &target, sources)
                .map_err(|error| vec![Diagnostic::error(Code::Kubernetes, error.to_string())])?;
            // Writing to a string cannot fail.
            let _ = writeln!(out, "# {} in {variant}\n{text}", explanation.address);
            continue;
        }
        let explanations = if is_whole {
            recording.explain_below(&target)
        } else {
            vec![explanation]
        };
        for explanation in explanations {
            match explained
                .iter_mut()
                .find(|(known, _)| *known == explanation)
            {
                Some((_, variants)) => variants.push(variant.clone()),
                None => explained.push((explanation, vec![variant.clone()])),
            }
        }
    }
    show(context, options, out, &explained)
}

fn show(
    context: &Context,
    options: &Options,
    before: String,
    explained: &[(Explanation, Vec<String>)],
) -> Result<(), Vec<Diagnostic>> {
    let sources = &context.library.sources;
    let mut out = before;
    if options.as_json {
        out = json::render(explained, sources);
    } else {
        for (index, (explanation, variants)) in explained.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            out.push_str(&text::render(explanation, variants, sources));
        }
    }
    output::show([out], context.paging).map_err(|problem| vec![problem])
}

/// Says where a line of a rendered Dockerfile comes from.
fn dockerfile_line(
    context: &mut Context,
    options: &Options,
    line: &Line,
) -> Result<(), Vec<Diagnostic>> {
    let library = &mut context.library;
    let contexts = library.contexts()?;
    let made = make_each(library, &options.request, |_, planned| {
        let images = images::of_variant(&planned.values, &contexts)?;
        let names: Vec<String> = images.iter().map(|image| image.name.clone()).collect();
        let image = images.iter().find(|image| image.name == line.image);
        let explanation =
            image.and_then(|image| dockerfile::explain(line, image, planned, &contexts));
        Ok((explanation, planned.variant.id(), names))
    })?;
    let mut explained: Vec<(Explanation, Vec<String>)> = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for (explanation, variant, names) in made.all {
        known.extend(names);
        let Some(explanation) = explanation else {
            continue;
        };
        match explained.iter_mut().find(|(one, _)| *one == explanation) {
            Some((_, variants)) => variants.push(variant),
            None => explained.push((explanation, vec![variant])),
        }
    }
    if explained.is_empty() {
        known.sort_unstable();
        known.dedup();
        let problem = if known.contains(&line.image) {
            let (image, number) = (&line.image, line.number);
            let message = format!("the Dockerfile of `{image}` has no line {number}");
            Diagnostic::error(Code::UnknownName, message)
        } else {
            let names = enumerate(known.iter().map(String::as_str));
            let message = format!("there is no image `{}`", line.image);
            Diagnostic::error(Code::UnknownName, message).help(format!("there are {names}"))
        };
        return Err(vec![problem]);
    }
    show(context, options, String::new(), &explained)
}

fn record(context: &mut Context, options: &Options) -> Result<Vec<Recording>, Vec<Diagnostic>> {
    let library = &mut context.library;
    let blueprints = object_blueprints(library, std::slice::from_ref(&options.blueprint))?;
    let made = make_each(library, &options.request, |schemas, planned| {
        let record = |blueprint| Recording::new(planned.clone(), blueprint, schemas);
        blueprints.iter().map(record).collect::<Result<Vec<_>, _>>()
    })?;
    Ok(made.all.into_iter().flatten().collect())
}

fn targets(recording: &Recording, address: Option<&Address>) -> Result<Vec<Target>, Unresolved> {
    match address.filter(|address| !address.is_empty()) {
        Some(address) => recording.find(address).map(|target| vec![target]),
        None => Ok((0..recording.objects.len())
            .map(|index| Target::Object(index, String::new()))
            .collect()),
    }
}

fn annotated(
    recording: &Recording,
    target: &Target,
    sources: &crate::source::Sources,
) -> Result<String, WriteError> {
    match target {
        Target::Object(index, pointer) => annotate::object(recording, *index, pointer, sources),
        Target::Values(pointer) => annotate::values(recording, pointer, sources),
    }
}
