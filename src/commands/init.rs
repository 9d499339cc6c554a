//! `xbench init`

use super::Context;
use crate::cli::{EnvironmentArguments, InitArguments, InitCommand};
use crate::diagnostic::{Code, Diagnostic};
use crate::init::answers::{
    ALWAYS, Answers, BUCKET, CACHE_SIZE, CLAIM, DESCRIPTION, DIRECTORY, REGISTRY,
};
use crate::init::ask::{AskError, ask};
use crate::init::environment::{complete, refused, text, unanswered};
use crate::init::{STARTER, STARTER_README};
use crate::layer::{AssignmentKind, Axis};
use crate::output;
use crate::project::{OVERLAYS, is_layer_name};
use crate::schema::Schemas;
use crate::source::Sources;
use crate::yaml::{Dialect, read};
use std::io::{self, IsTerminal};
use std::path::Path;

/// Begins a project in a folder.
///
/// # Errors
///
/// If the folder holds anything, or cannot be written.
pub fn project(folder: &Path) -> Result<(), Vec<Diagnostic>> {
    let readme = ("README.md", STARTER_README.as_bytes());
    let files: Vec<(&str, &[u8])> = STARTER.iter().copied().chain([readme]).collect();
    output::create_folder(folder, &files).map_err(|problem| vec![problem])?;
    let shown = folder.display();
    let text = format!(
        "wrote a project into {shown}: {} files\n\
         next: xbench -C {} init environment NAME\n",
        files.len(),
        for_a_shell(&shown.to_string())
    );
    output::print([text]).map_err(|problem| vec![problem])
}

/// A word as a shell reads it.
fn for_a_shell(word: &str) -> String {
    let is_plain =
        |character: char| character.is_alphanumeric() || "._-/+@%:=,".contains(character);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Begins what is not a project: an environment in one.
///
/// # Errors
///
/// Everything that is wrong with the values, or keeps the file from being written.
pub fn in_project(context: &mut Context, arguments: &InitArguments) -> Result<(), Vec<Diagnostic>> {
    match &arguments.what {
        Some(InitCommand::Environment(environment)) => self::environment(context, environment),
        None => Ok(()),
    }
}

fn environment(
    context: &mut Context,
    arguments: &EnvironmentArguments,
) -> Result<(), Vec<Diagnostic>> {
    let library = &mut context.library;
    let name = &arguments.name;
    let known = library.layer_names(Axis::Environment)?;
    usable(name, &known).map_err(|problem| vec![problem])?;
    let sources = &mut library.sources;
    let mut answers = given(arguments, sources)?;
    if !unanswered(&answers).is_empty() && is_answerable() {
        asked(&mut answers, &library.schemas, sources)?;
    }
    let problems = unanswered(&answers);
    if !problems.is_empty() {
        return Err(problems);
    }
    complete(&mut answers, name, sources)?;
    let problems = refused(&answers, &library.schemas);
    if !problems.is_empty() {
        return Err(problems);
    }
    let value = answers.tree().to_json();
    let file = format!("{OVERLAYS}/{}/{name}.yaml", Axis::Environment.folder());
    let text = text(&value, name)
        .map_err(|error| vec![Diagnostic::error(Code::Usage, error.to_string())])?;
    let source = sources.add(file.as_str(), text.as_str());
    if read(sources, source, Dialect::Strict)?.to_json() != value {
        return Err(vec![Diagnostic::error(
            Code::Usage,
            "these values cannot be written so that they are read back the same",
        )]);
    }
    let path = library.project().root().join(&file);
    output::create_file(&path, text.as_bytes()).map_err(|problem| vec![problem])?;
    let next = format!("wrote {file}\nnext: xbench check; xbench render --env {name}\n");
    output::print([next]).map_err(|problem| vec![problem])
}

fn usable(name: &str, known: &[String]) -> Result<(), Diagnostic> {
    let file = format!("{OVERLAYS}/{}/{name}.yaml", Axis::Environment.folder());
    if !is_layer_name(name) || name.ends_with(".lock") {
        return Err(Diagnostic::error(
            Code::Usage,
            format!("`{name}` cannot be the name of an environment"),
        )
        .help(
            "use lowercase letters, digits, `-` and `.`, at most 63 characters, beginning and ending \
             with a letter or digit, and not ending in `.lock`",
        ));
    }
    if known.iter().any(|one| one == name) {
        return Err(
            Diagnostic::error(Code::Usage, format!("`{file}` exists already"))
                .help("choose another name, or edit that file"),
        );
    }
    Ok(())
}

fn given(
    arguments: &EnvironmentArguments,
    sources: &mut Sources,
) -> Result<Answers, Vec<Diagnostic>> {
    let [namespace, service_account, _, results] = ALWAYS;
    let mut answers = Answers::new(sources);
    for (question, text) in [
        (DESCRIPTION, &arguments.description),
        (namespace, &arguments.namespace),
        (service_account, &arguments.service_account),
        (BUCKET, &arguments.bucket),
        (CLAIM, &arguments.claim),
        (DIRECTORY, &arguments.directory),
        (CACHE_SIZE, &arguments.cache_size),
        (results, &arguments.results),
    ] {
        if let Some(text) = text {
            answers.take(sources, question.flag, question.path, text)?;
        }
    }
    if let Some((flags, registry)) = arguments.registry() {
        answers.take(sources, flags, REGISTRY.path, &registry)?;
    }
    for (kind, all) in [
        (AssignmentKind::Yaml, &arguments.set),
        (AssignmentKind::String, &arguments.set_string),
    ] {
        for text in all {
            answers.set(sources, kind, text)?;
        }
    }
    Ok(answers)
}

/// Whether a person sits in front of both ends.
#[expect(
    clippy::disallowed_methods,
    reason = "a person is asked only where one can answer"
)]
fn is_answerable() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

#[expect(clippy::disallowed_methods, reason = "a person answers there")]
fn asked(
    answers: &mut Answers,
    schemas: &Schemas,
    sources: &mut Sources,
) -> Result<(), Vec<Diagnostic>> {
    let mut input = io::stdin().lock();
    let mut output = io::stderr();
    ask(answers, schemas, sources, &mut input, &mut output).map_err(|error| match error {
        AskError::Problems(problems) => problems,
        AskError::Ended => vec![Diagnostic::error(
            Code::Usage,
            "the input ended before everything was answered: nothing was written",
        )],
        AskError::Io(error) => vec![Diagnostic::error(
            Code::Io,
            format!("cannot ask on the terminal: {error}"),
        )],
    })
}
