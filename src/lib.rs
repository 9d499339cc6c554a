//! The renderer and the comparison, as a library.

pub mod address;
pub mod blueprint;
pub mod cli;
pub mod commands;
pub mod compare;
pub mod diagnostic;
pub mod diff;
pub mod explain;
pub mod git;
pub mod hash;
pub mod history;
pub mod image;
pub mod images;
pub mod init;
pub mod kubernetes;
pub mod layer;
pub mod lint;
pub mod lock;
pub mod machine;
pub mod man;
pub mod markdown;
pub mod names;
pub mod output;
pub mod parity;
pub mod path;
pub mod pin;
pub mod pipeline;
pub mod plan;
pub mod project;
pub mod render;
pub mod report;
pub mod results;
pub mod schema;
pub mod select;
pub mod source;
pub mod statistics;
pub mod suite;
pub mod template;
pub mod verify;
pub mod yaml;

use cli::{Arguments, BaselineCommand, ColorChoice, Command, MessageFormat};
use commands::Context;
use commands::report::Target;
use diagnostic::{Code, Diagnostic, Folder, Severity, text::Color};
use output::Paging;
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
    let done = match execute(arguments, &mut sources, &mut diagnostics) {
        Ok(outcome) => outcome,
        Err(problems) => {
            diagnostics.extend(problems);
            Outcome::Done
        }
    };
    diagnostic::sort(&mut diagnostics, &sources);
    report(arguments, &diagnostics, &sources);
    match outcome(&diagnostics) {
        Outcome::Done => done,
        // "No" would mean that something differs.
        _ if matches!(arguments.command, Command::Diff(_)) => Outcome::Trouble,
        outcome => outcome,
    }
}

fn execute(
    arguments: &Arguments,
    sources: &mut Sources,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Outcome, Vec<Diagnostic>> {
    let color = color(
        arguments.color,
        std::io::IsTerminal::is_terminal(&output::stdout()),
    );
    match &arguments.command {
        Command::Verify(arguments) => {
            return commands::verify::run(sources, &arguments.file, warnings)
                .map(|()| Outcome::Done);
        }
        Command::Compare(compare) => {
            let options = compare.judged.options();
            return match compare.form() {
                Some(form) => commands::compare::run(sources, &options, form, color, warnings),
                None => commands::report::run(sources, &options, Target::Output, warnings),
            };
        }
        Command::Report(report) => {
            let options = report.judged.options();
            let target = Target::File(&report.output);
            return commands::report::run(sources, &options, target, warnings);
        }
        Command::History(history) => {
            return commands::history::run(sources, &history.options(color), warnings);
        }
        Command::Baseline(baseline) => {
            let done = match &baseline.command {
                BaselineCommand::Set {
                    name,
                    results,
                    file,
                } => commands::baseline::set(sources, name, results, file.as_deref(), warnings),
                BaselineCommand::List { path } => commands::baseline::list(sources, path),
            };
            return done.map(|()| Outcome::Done);
        }
        Command::Results(results) => {
            return commands::results::run(&results.action(), warnings);
        }
        Command::Schema(schema) => {
            return commands::schema::run(schema.name.as_deref(), paging(arguments))
                .map(|()| Outcome::Done);
        }
        Command::Init(init) if init.folder.is_some() => {
            return begin_project(arguments, init).map(|()| Outcome::Done);
        }
        Command::Completions(completions) => {
            return commands::complete::script(completions.shell).map(|()| Outcome::Done);
        }
        Command::Man(man) => {
            return commands::man::run(&man.folder).map(|()| Outcome::Done);
        }
        Command::Complete(asked) => {
            return commands::complete::run(asked).map(|()| Outcome::Done);
        }
        Command::Diff(diff) => {
            if let Some((old, new)) = diff.sides() {
                return commands::diff::folders(old, new, diff.shown(color));
            }
        }
        _ => {}
    }
    let project = find_project(arguments).map_err(|problem| vec![problem])?;
    let mut context = Context {
        library: Library::new(project),
        warnings: Vec::new(),
        paging: paging(arguments),
    };
    let result = on_project(arguments, &mut context, color);
    *sources = context.library.sources;
    warnings.extend(context.warnings);
    result
}

fn on_project(
    arguments: &Arguments,
    context: &mut Context,
    color: Color,
) -> Result<Outcome, Vec<Diagnostic>> {
    let done = match &arguments.command {
        Command::Render(render) => commands::render::run(context, &render.options()),
        Command::Explain(explain) => commands::explain::run(context, &explain.options()),
        Command::Diff(diff) => return commands::diff::run(context, &diff.options(color)?),
        Command::Check => commands::check::run(context),
        Command::Pin(pin) => commands::pin::run(context, &pin.options()),
        Command::List(list) => commands::list::run(context, list.format == cli::ListFormat::Json),
        Command::Init(init) => commands::init::in_project(context, init),
        // Those work without a project.
        Command::Verify(_)
        | Command::Compare(_)
        | Command::History(_)
        | Command::Baseline(_)
        | Command::Report(_)
        | Command::Results(_)
        | Command::Schema(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Complete(_) => Ok(()),
    };
    done.map(|()| Outcome::Done)
}

fn begin_project(arguments: &Arguments, init: &cli::InitArguments) -> Result<(), Vec<Diagnostic>> {
    match (&arguments.project, &init.folder) {
        (Some(_), _) => Err(vec![
            Diagnostic::error(Code::Usage, "-C names a project, and there is none yet")
                .help("name the new project's folder after `init`"),
        ]),
        (None, Some(folder)) => commands::init::project(folder),
        (None, None) => Ok(()),
    }
}

fn paging(arguments: &Arguments) -> Paging {
    if arguments.no_pager {
        Paging::Never
    } else {
        Paging::OnTerminal
    }
}

fn color(choice: ColorChoice, is_terminal: bool) -> Color {
    match choice {
        ColorChoice::Always => Color::Styled,
        ColorChoice::Auto if is_terminal => Color::Styled,
        ColorChoice::Auto | ColorChoice::Never => Color::Plain,
    }
}

fn find_project(arguments: &Arguments) -> Result<Project, Diagnostic> {
    match &arguments.project {
        Some(folder) => Project::at(folder),
        None => Project::around_current_folder(),
    }
}

fn report(arguments: &Arguments, diagnostics: &[Diagnostic], sources: &Sources) {
    let stderr = std::io::stderr();
    let color = color(arguments.color, stderr.is_terminal());
    let folder = Folder::of(arguments.project.as_deref());
    let text = match arguments.message_format {
        MessageFormat::Human => diagnostic::text::render(diagnostics, sources, color),
        MessageFormat::Json => diagnostic::json::render(diagnostics, sources),
        MessageFormat::Github => diagnostic::github::render(diagnostics, sources, &folder),
        MessageFormat::Sarif => diagnostic::sarif::render(diagnostics, sources, &folder),
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
