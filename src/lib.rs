//! The renderer and the comparison, as a library.

pub mod blueprint;
pub mod diagnostic;
pub mod cli;
pub mod commands;
pub mod hash;
pub mod images;
pub mod kubernetes;
pub mod layer;
pub mod lint;
pub mod lock;
pub mod machine;
pub mod names;
pub mod output;
pub mod parity;
pub mod path;
pub mod pipeline;
pub mod plan;
pub mod project;
pub mod render;
pub mod schema;
pub mod select;
pub mod source;
pub mod suite;
pub mod template;
pub mod verify;
pub mod yaml;

use cli::{Arguments, ColorChoice, Command, MessageFormat};
use commands::Context;
use diagnostic::{Code, Diagnostic, Severity, text::Color};
use project::{Library, Project};
use source::Sources;
use std::io::{IsTerminal, Write};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// The answer is "no": the input is invalid, or differs.
    No,
    /// It could not work: the command line makes no sense, or a file cannot be read or written.
    Trouble,
}

/// Runs a command and reports to standard error.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    if let Err(problems) = execute(arguments, &mut sources, &mut diagnostics) {
        diagnostics.extend(problems);
    }
    diagnostic::sort(&mut diagnostics, &sources);
    report(arguments, &diagnostics, &sources);
    outcome(&diagnostics)
}

fn execute(
    arguments: &Arguments,
    sources: &mut Sources,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(), Vec<Diagnostic>> {
    if let Command::Verify { file } = &arguments.command {
        return commands::verify::run(sources, file, warnings);
    }
    let project = find_project(arguments).map_err(|problem| vec![problem])?;
    let mut context = Context {
        library: Library::new(project),
        warnings: Vec::new(),
    };
    let result = match &arguments.command {
        Command::Render(render) => {
            let options = commands::render::Options {
                request: render.request(),
                blueprint: render.blueprint.clone(),
                format: render.format.into(),
                output: render.output.clone(),
            };
            commands::render::run(&mut context, &options)
        }
        Command::Check => commands::check::run(&mut context),
        Command::List { format } => {
            commands::list::run(&mut context, *format == cli::ListFormat::Json)
        }
        Command::Verify { .. } => Ok(()),
    };
    *sources = context.library.sources;
    warnings.extend(context.warnings);
    result
}

fn find_project(arguments: &Arguments) -> Result<Project, Diagnostic> {
    match &arguments.project {
        Some(folder) => Project::at(folder),
        None => Project::around_current_folder(),
    }
}

fn report(arguments: &Arguments, diagnostics: &[Diagnostic], sources: &Sources) {
    let stderr = std::io::stderr();
    let color = match arguments.color {
        ColorChoice::Always => Color::Styled,
        ColorChoice::Auto if stderr.is_terminal() => Color::Styled,
        ColorChoice::Auto | ColorChoice::Never => Color::Plain,
    };
    let text = match arguments.message_format {
        MessageFormat::Human => diagnostic::text::render(diagnostics, sources, color),
        MessageFormat::Json => diagnostic::json::render(diagnostics, sources),
    };
    // There is nowhere left to report that standard error cannot be written to.
    let _ = stderr.lock().write_all(text.as_bytes());
}

fn outcome(diagnostics: &[Diagnostic]) -> Outcome {
    let errors = || {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
    };
    if errors().any(|error| matches!(error.code, Code::Io | Code::Usage)) {
        Outcome::Trouble
    } else if errors().next().is_some() {
        Outcome::No
    } else {
        Outcome::Done
    }
}
