//! The command line of `completions` and `complete`, and what may stand at a place of a command line.
//!
//! Nothing here is looked at by other commands: only `complete` gives arguments the names of a project.

use super::command;
use crate::schema::{Document, lookup};
use clap::{Arg, Args, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench completions bash > ~/.local/share/bash-completion/completions/xbench
  xbench completions zsh > ~/.zfunc/_xbench     # with ~/.zfunc in fpath, before compinit
  xbench completions fish > ~/.config/fish/completions/xbench.fish
  source <(xbench completions bash)             # for this shell only

As a plugin, `kubectl xbench` completes by way of kubectl's own completion: link
`kubectl_complete-xbench` to xbench in a folder of PATH.";

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// A shell that is completed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash 3.2 and newer.
    Bash,
    /// Z shell.
    Zsh,
    /// fish.
    Fish,
}

/// Arguments of `complete`.
#[derive(Args, Debug)]
pub struct CompleteArguments {
    /// Who asks: says how words were split, and how candidates are written
    #[arg(value_enum)]
    pub asker: Asker,
    /// Which of the words is completed, from 0
    pub index: usize,
    /// The words of the command line, program name first
    #[arg(last = true)]
    pub words: Vec<OsString>,
}

/// Who asks for candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Asker {
    /// The script for Bash, which splits words at `=` and `:`, and replaces the last piece alone.
    Bash,
    /// The script for Z shell.
    Zsh,
    /// The script for fish.
    Fish,
    /// `kubectl`.
    Kubectl,
}

/// A name with one line about it.
pub type Described = (String, String);

/// The names of a project, by the argument that takes them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The names that an argument takes.
    pub of: Vec<(&'static str, Vec<Described>)>,
}

/// Arguments that take paths of values, and whether a value follows.
const PATHS: [(&str, bool); 3] = [("set", true), ("set_string", true), ("path", false)];

/// What a word may be completed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What takes the place of the word.
    pub value: String,
    /// One line about it; may be empty.
    pub about: String,
}

impl Candidate {
    /// Whether the word goes on behind it.
    pub fn goes_on(&self) -> bool {
        self.value.ends_with(['=', '.', '/', ','])
    }
}

/// The project that a command line names with `-C`.
pub fn project_of(words: &[OsString]) -> Option<PathBuf> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.to_str()?;
        if matches!(text, "-C" | "--project") {
            return words.next().map(PathBuf::from);
        }
        let joined = text
            .strip_prefix("--project=")
            .or_else(|| text.strip_prefix("-C"));
        if let Some(folder) = joined {
            return Some(PathBuf::from(folder));
        }
    }
    None
}

/// What the word at an index may be completed to, seen from a folder.
pub fn candidates(
    names: &Names,
    words: Vec<OsString>,
    index: usize,
    folder: Option<&std::path::Path>,
) -> Vec<Candidate> {
    let mut command = with_names(command(false), &Arc::new(names.clone()));
    clap_complete::engine::complete(&mut command, words, index, folder)
        .unwrap_or_default()
        .into_iter()
        .map(|candidate| Candidate {
            value: candidate.get_value().to_string_lossy().into_owned(),
            about: candidate
                .get_help()
                .map(ToString::to_string)
                .and_then(|help| help.lines().next().map(str::to_owned))
                .unwrap_or_default(),
        })
        .collect()
}

fn with_names(command: clap::Command, names: &Arc<Names>) -> clap::Command {
    let command = command.mut_args(|arg| with_candidates(arg, names));
    if command.has_subcommands() {
        let names = Arc::clone(names);
        command.mut_subcommands(move |sub| with_names(sub, &names))
    } else {
        command
    }
}

fn with_candidates(arg: Arg, names: &Arc<Names>) -> Arg {
    let id = arg.get_id().as_str().to_owned();
    if let Some((_, has_value)) = PATHS.iter().find(|(path, _)| *path == id) {
        let has_value = *has_value;
        return arg.add(ArgValueCompleter::new(move |given: &OsStr| {
            paths(&given.to_string_lossy(), has_value)
        }));
    }
    if !names.of.iter().any(|(known, _)| *known == id) {
        return arg;
    }
    let names = Arc::clone(names);
    arg.add(ArgValueCompleter::new(move |given: &OsStr| {
        let given = given.to_string_lossy();
        let all = names.of.iter().filter(|(known, _)| *known == id);
        all.flat_map(|(_, described)| described)
            .filter(|(name, _)| name.starts_with(given.as_ref()))
            .map(|(name, about)| described_as(name, about))
            .collect()
    }))
}

fn described_as(value: &str, about: &str) -> CompletionCandidate {
    let help = (!about.is_empty()).then(|| about.to_owned().into());
    CompletionCandidate::new(value).help(help)
}

/// The next key of a path of values, or the values that a key can have.
fn paths(given: &str, has_value: bool) -> Vec<CompletionCandidate> {
    let sections = Document::Sections.parse();
    let (path, value) = match given.split_once('=') {
        Some((path, value)) if has_value => (path, Some(value)),
        _ => (given, None),
    };
    let (around, last) = match (value, path.rsplit_once('.')) {
        (Some(_), _) => (path, ""),
        (None, Some((around, last))) => (around, last),
        (None, None) => ("", path),
    };
    let mut keys = around.split('.').filter(|key| !key.is_empty());
    let Some(schema) = keys.try_fold(&sections, |schema, key| {
        lookup::property(&sections, schema, key)
    }) else {
        return Vec::new();
    };
    if let Some(value) = value {
        return values(schema)
            .into_iter()
            .filter(|one| one.starts_with(value))
            .map(|one| described_as(&format!("{path}={one}"), ""))
            .collect();
    }
    let prefix = path.get(..path.len() - last.len()).unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    let known = properties.keys().filter(|key| key.starts_with(last));
    known
        .filter_map(|key| {
            let property = lookup::property(&sections, schema, key)?;
            let about = property.get("description").and_then(Value::as_str);
            let is_map = property.get("properties").is_some()
                || property
                    .get("additionalProperties")
                    .is_some_and(Value::is_object);
            let after = match (is_map, has_value) {
                (true, _) => ".",
                (false, true) => "=",
                (false, false) => "",
            };
            let shown = format!("{prefix}{key}{after}");
            Some(described_as(&shown, about.unwrap_or_default()))
        })
        .collect()
}

fn values(schema: &Value) -> Vec<String> {
    let options = schema.get("enum").and_then(Value::as_array);
    if let Some(options) = options {
        let names = options.iter().filter_map(Value::as_str);
        return names.map(str::to_owned).collect();
    }
    let types = schema.get("type").and_then(Value::as_array);
    let is_bool = types.is_some_and(|types| types.iter().any(|one| one == "boolean"));
    if is_bool {
        vec!["true".to_owned(), "false".to_owned()]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<String> {
        let names = Names {
            of: vec![("backend", vec![("one".to_owned(), "The first".to_owned())])],
        };
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let index = words.len() - 1;
        candidates(&names, words, index, None)
            .into_iter()
            .map(|candidate| candidate.value)
            .collect()
    }

    #[test]
    fn commands_flags_names_and_paths_are_completed() {
        assert!(found("xbench ren").contains(&"render".to_owned()));
        assert_eq!(found("xbench render --back"), ["--backend"]);
        assert_eq!(found("xbench render --backend o"), ["one"]);
        assert_eq!(found("xbench render --backend two,o"), ["two,one"]);
        assert_eq!(found("xbench diff --backend=o"), ["--backend=one"]);
        assert_eq!(found("xbench render --set job.back"), ["job.backoffLimit="]);
        assert_eq!(found("xbench explain server.fl"), ["server.flags."]);
        assert_eq!(
            found("xbench render --set policy.images="),
            ["policy.images=digest", "policy.images=recipe"]
        );
    }

    #[test]
    fn the_project_is_the_one_that_the_line_names() {
        let of = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            project_of(&words)
        };
        assert_eq!(of("xbench -C a render"), Some(PathBuf::from("a")));
        assert_eq!(of("xbench render --project=b"), Some(PathBuf::from("b")));
        assert_eq!(of("xbench render"), None);
    }
}
