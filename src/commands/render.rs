//! `xbench render`

use super::Context;
use crate::blueprint::CloudBuildTemplates;
use crate::diagnostic::{Code, Diagnostic};
use crate::output;
use crate::pipeline::{Request, blueprints, build_contexts, make_each};
use crate::plan::Planned;
use crate::project::Library;
use crate::render::{Artifact, Format, Rendered, list, render, stream, tree};
use crate::yaml::WriteError;
use serde_json::Value;
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
    if let Some(templates) = blueprints.iter().find_map(|one| one.cloud_build.as_ref()) {
        return contexts(library, options, templates);
    }
    let into_folder = options.output.is_some();
    let made = make_each(library, &options.request, |schemas, planned| {
        let mut piece = Piece::default();
        for blueprint in &blueprints {
            let rendered = render(planned, blueprint, schemas)?;
            piece
                .add(
                    planned,
                    &blueprint.name,
                    rendered,
                    options.format,
                    into_folder,
                )
                .map_err(|error| vec![Diagnostic::error(Code::Kubernetes, error.to_string())])?;
        }
        Ok(piece)
    })?;
    let pieces = made.all.into_iter();
    let written = match (&options.output, options.format) {
        (Some(folder), _) => {
            let artifacts: Vec<Artifact> = pieces.flat_map(|piece| piece.artifacts).collect();
            output::replace_folder(folder, &artifacts)
        }
        (None, Format::Json) => {
            let objects: Vec<Value> = pieces.flat_map(|piece| piece.objects).collect();
            output::print([list(&objects)])
        }
        (None, Format::Yaml) => output::print(pieces.map(|piece| piece.text)),
    };
    written.map_err(|problem| vec![problem])
}

/// Writes the build contexts of the images that the variants use.
fn contexts(
    library: &mut Library,
    options: &Options,
    templates: &CloudBuildTemplates,
) -> Result<(), Vec<Diagnostic>> {
    let Some(folder) = &options.output else {
        return Err(vec![
            Diagnostic::error(Code::Usage, "a build context is a folder, not a stream")
                .help("name a folder to write to: --output DIR"),
        ]);
    };
    let artifacts = build_contexts(library, &options.request, templates)?;
    output::replace_folder(folder, &artifacts).map_err(|problem| vec![problem])
}

/// What is written of one variant; which part is filled depends on where it goes.
#[derive(Default)]
struct Piece {
    text: String,
    objects: Vec<Value>,
    artifacts: Vec<Artifact>,
}

impl Piece {
    fn add(
        &mut self,
        planned: &Planned,
        blueprint: &str,
        rendered: Vec<Rendered>,
        format: Format,
        into_folder: bool,
    ) -> Result<(), WriteError> {
        if into_folder {
            self.artifacts
                .extend(tree(&planned.variant, blueprint, &rendered, format)?);
            return Ok(());
        }
        for rendered in rendered {
            match format {
                Format::Yaml => stream(&rendered, &mut self.text)?,
                Format::Json => self.objects.push(rendered.object),
            }
        }
        Ok(())
    }
}
