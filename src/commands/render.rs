//! `xbench render`

use super::Context;
use crate::diagnostic::{Code, Diagnostic};
use crate::output;
use crate::pipeline::{Request, blueprints, plan_each};
use crate::render::{Artifact, Format, list, render, stream, tree};
use std::path::PathBuf;

/// What to render, and where to.
pub struct Options {
    /// Which variants.
    pub request: Request,
    /// Which blueprint.
    pub blueprint: String,
    /// How objects are written.
    pub format: Format,
    /// The folder to replace; standard output if absent.
    pub output: Option<PathBuf>,
}

/// Renders everything first and writes it afterwards, so that nothing is half written.
///
/// # Errors
///
/// Everything that keeps it from rendering or writing.
pub fn run(context: &mut Context, options: &Options) -> Result<(), Vec<Diagnostic>> {
    let library = &mut context.library;
    let blueprints = blueprints(library, std::slice::from_ref(&options.blueprint))?;
    let mut text = String::new();
    let mut objects = Vec::new();
    let mut artifacts: Vec<Artifact> = Vec::new();
    let unwritable = |error: crate::yaml::WriteError| {
        vec![Diagnostic::error(Code::Kubernetes, error.to_string())]
    };
    plan_each(library, &options.request, |library, planned| {
        for blueprint in &blueprints {
            let rendered = render(&planned, blueprint, &library.schemas)?;
            match (&options.output, options.format) {
                (Some(_), format) => artifacts.extend(
                    tree(&planned.variant, &blueprint.name, &rendered, format)
                        .map_err(unwritable)?,
                ),
                (None, Format::Json) => {
                    objects.extend(rendered.into_iter().map(|rendered| rendered.object));
                }
                (None, Format::Yaml) => {
                    for rendered in &rendered {
                        stream(rendered, &mut text).map_err(unwritable)?;
                    }
                }
            }
        }
        Ok(())
    })?;
    let written = match &options.output {
        Some(folder) => output::replace_folder(folder, &artifacts),
        None if options.format == Format::Json => output::print(&list(&objects)),
        None => output::print(&text),
    };
    written.map_err(|problem| vec![problem])
}
