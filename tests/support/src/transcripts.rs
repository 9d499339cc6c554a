//! A folder of transcripts, one folder a command, held against the tree of commands: every command has its
//! help, a success and a failure in it, and every example of a help is one that the command line accepts.

use crate::shell::{calls, examples};
use crate::transcript::{Transcript, Typed};
use crate::{differs, files_below, is_updating};
use clap::Command;
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The transcript of a command's help, in its folder.
const HELP: &str = "help.txt";
/// What asks for help.
const ASK_HELP: [&str; 2] = ["-h", "--help"];

/// The transcripts of one program.
pub struct Transcripts {
    /// The program.
    pub program: &'static str,
    /// Its command line.
    pub command: Command,
    /// The folder of its transcripts.
    pub folder: PathBuf,
    /// The test target, for the command that writes them anew.
    pub target: &'static str,
    /// Commands whose success says something else each time, which other tests look at.
    pub successes_elsewhere: &'static [&'static str],
}

impl Transcripts {
    /// Runs one test for each transcript, and one for each command.
    pub fn run(self) -> ExitCode {
        let arguments = Arguments::from_args();
        let program = Path::new(self.program);
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let mut trials = Vec::new();
        let mut found = Found::default();
        for file in files_below(&self.folder) {
            let path = self.folder.join(&file);
            let name = format!("transcripts/{}", file.with_extension("").display());
            found.add(&self.command, &file, &path);
            let target = self.target;
            trials.push(Trial::test(name, move || {
                replay(program, &path, target).map_err(Failed::from)
            }));
        }
        let found = Arc::new(found);
        // What a transcript shows is known once it is written.
        let commands = if is_updating() {
            Vec::new()
        } else {
            paths(&self.command)
        };
        for path in commands {
            let (root, found) = (self.command.clone(), Arc::clone(&found));
            let elsewhere = self.successes_elsewhere;
            let title = format!("commands/{name}{}", spaced(&path));
            trials.push(Trial::test(title, move || {
                let missing = [
                    found.missing(&root, &path, elsewhere),
                    wrong_examples(&root, &path),
                ]
                .concat();
                if missing.is_empty() {
                    Ok(())
                } else {
                    Err(missing.join("\n").into())
                }
            }));
        }
        trials.push(Trial::test("no_transcript_is_forgotten", move || {
            if found.strays.is_empty() {
                Ok(())
            } else {
                Err(found.strays.join("\n").into())
            }
        }));
        libtest_mimic::run(&arguments, trials).exit_code()
    }
}

fn replay(program: &Path, path: &Path, target: &str) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let again = Transcript::read(&text)?.replay(program)?;
    differs(path, &again, target).map_or(Ok(()), Err)
}

/// Where a command stands: the names from the program's down, without it.
type CommandPath = Vec<String>;

fn spaced(path: &[String]) -> String {
    let names = path.iter().flat_map(|name| [" ", name]);
    names.collect()
}

/// All commands that people see, the program itself first.
fn paths(root: &Command) -> Vec<CommandPath> {
    let mut all = vec![Vec::new()];
    for command in root.get_subcommands().filter(|one| !one.is_hide_set()) {
        all.extend(paths(command).into_iter().map(|mut path| {
            path.insert(0, command.get_name().to_owned());
            path
        }));
    }
    all
}

fn at<'a>(root: &'a Command, path: &[String]) -> Option<&'a Command> {
    let mut names = path.iter();
    names.try_fold(root, |command, name| command.find_subcommand(name))
}

/// The command that a call means.
fn meant(root: &Command, call: &[String]) -> CommandPath {
    let mut command = root;
    let mut path = Vec::new();
    for word in call.iter().skip(1) {
        if let Some(next) = command.find_subcommand(word) {
            path.push(next.get_name().to_owned());
            command = next;
        }
    }
    path
}

/// A call that transcripts show.
struct Shown {
    asks_help: Option<String>,
    code: Option<i32>,
    file: PathBuf,
}

#[derive(Default)]
struct Found {
    by_command: BTreeMap<CommandPath, Vec<Shown>>,
    /// What is wrong with files as such.
    strays: Vec<String>,
}

impl Found {
    fn add(&mut self, root: &Command, file: &Path, path: &Path) {
        let folder: CommandPath = file
            .parent()
            .into_iter()
            .flat_map(Path::components)
            .map(|name| name.as_os_str().to_string_lossy().into_owned())
            .collect();
        let text = fs::read_to_string(path).unwrap_or_default();
        let typed = Transcript::read(&text).map_or(Vec::new(), |read| read.typed);
        let mut is_about_its_folder = false;
        for Typed { line, code } in typed {
            for call in calls(&line, root.get_name()) {
                let meant = meant(root, &call);
                is_about_its_folder |= meant == folder;
                let asks_help = call
                    .iter()
                    .find(|word| ASK_HELP.contains(&word.as_str()))
                    .cloned();
                self.by_command.entry(meant).or_default().push(Shown {
                    asks_help,
                    code,
                    file: file.to_owned(),
                });
            }
        }
        let is_program = folder.is_empty();
        if !is_program && (at(root, &folder).is_none() || !is_about_its_folder) {
            self.strays.push(format!(
                "{} is not about a command that there is: `{}{}`",
                file.display(),
                root.get_name(),
                spaced(&folder)
            ));
        }
    }

    /// What no transcript shows of a command.
    fn missing(&self, root: &Command, path: &[String], elsewhere: &[&str]) -> Vec<String> {
        let shown = self.by_command.get(path).map_or(&[][..], Vec::as_slice);
        let home: PathBuf = path.iter().collect();
        let name = format!("`{}{}`", root.get_name(), spaced(path));
        let mut missing = Vec::new();
        for flag in ASK_HELP {
            let is_shown = shown
                .iter()
                .any(|one| one.asks_help.as_deref() == Some(flag) && one.file == home.join(HELP));
            if !is_shown {
                missing.push(format!(
                    "{} shows no `{flag}` of {name}",
                    home.join(HELP).display()
                ));
            }
        }
        let runs = || shown.iter().filter(|one| one.asks_help.is_none());
        let needs_more = at(root, path).is_none_or(Command::is_subcommand_required_set)
            || elsewhere.contains(&path.join(" ").as_str());
        if !needs_more && !runs().any(|one| one.code == Some(0)) {
            missing.push(format!("no transcript shows {name} do what it is for"));
        }
        if !runs().any(|one| matches!(one.code, Some(1..))) {
            missing.push(format!("no transcript shows {name} fail"));
        }
        missing
    }
}

/// Examples of a command's help that the command line does not accept, and a help without any.
fn wrong_examples(root: &Command, path: &[String]) -> Vec<String> {
    let Some(command) = at(root, path) else {
        return Vec::new();
    };
    let help = command.get_after_help().map(ToString::to_string);
    let lines = examples(&help.unwrap_or_default());
    let name = root.get_name();
    if lines.is_empty() {
        return vec![format!(
            "the help of `{name}{}` has no examples",
            spaced(path)
        )];
    }
    let mut wrong = Vec::new();
    let mut is_about_itself = false;
    for line in lines {
        let calls = calls(&line, name);
        if calls.is_empty() {
            wrong.push(format!("this example does not call {name}: {line}"));
        }
        for call in calls {
            is_about_itself |= meant(root, &call).starts_with(path);
            if let Err(error) = root.clone().try_get_matches_from(call) {
                wrong.push(format!("{line}\n{error}"));
            }
        }
    }
    if !is_about_itself {
        wrong.push(format!("no example of `{name}{}` is of it", spaced(path)));
    }
    wrong
}
