//! `xbench completions` and `xbench complete`

use crate::cli::complete::{
    Asker, Candidate, CompleteArguments, Described, Names, Shell, candidates, project_of,
};
use crate::diagnostic::Diagnostic;
use crate::layer::Axis;
use crate::output;
use crate::project::{Library, Project};
use std::ffi::OsString;
use std::fmt::Write;

/// Prints the script that makes a shell ask `xbench complete`.
///
/// # Errors
///
/// If standard output cannot be written to.
pub fn script(shell: Shell) -> Result<(), Vec<Diagnostic>> {
    let script = match shell {
        Shell::Bash => include_str!("complete/xbench.bash"),
        Shell::Zsh => include_str!("complete/_xbench"),
        Shell::Fish => include_str!("complete/xbench.fish"),
    };
    output::print([script.to_owned()]).map_err(|problem| vec![problem])
}

/// Prints what a word may be completed to. A project that cannot be read offers no names: the command
/// that is being typed will say what is wrong with it.
///
/// # Errors
///
/// If standard output cannot be written to.
pub fn run(asked: &CompleteArguments) -> Result<(), Vec<Diagnostic>> {
    let Line { words, index, cut } = Line::new(asked);
    let project = match project_of(&words) {
        Some(folder) => Project::at(&folder),
        None => Project::around_current_folder(),
    };
    let names = project.map(names).unwrap_or_default();
    let here = std::path::Path::new(".");
    let mut text = String::new();
    for candidate in candidates(&names, words, index, Some(here)) {
        line(&mut text, asked.asker, &candidate, cut);
    }
    if asked.asker == Asker::Kubectl {
        // Complete nothing else, and put no space behind what goes on: cobra's directives 4 and 2.
        text.push_str(":6\n");
    }
    output::print([text]).map_err(|problem| vec![problem])
}

/// The words as xbench would be given them.
struct Line {
    words: Vec<OsString>,
    /// The word that is completed.
    index: usize,
    /// How much of it the shell keeps in front of a candidate.
    cut: usize,
}

impl Line {
    fn new(asked: &CompleteArguments) -> Self {
        let plain = Self {
            words: asked.words.clone(),
            index: asked.index,
            cut: 0,
        };
        if asked.asker == Asker::Bash {
            plain.joined()
        } else {
            plain
        }
    }

    /// Puts together what Bash has split at `=` and `:`.
    fn joined(self) -> Self {
        let mut words: Vec<OsString> = Vec::new();
        let mut index = self.index;
        let mut cut = 0;
        let mut is_open = false;
        for (at, word) in self.words.into_iter().enumerate() {
            let is_separator = word == "=" || word == ":";
            match words.last_mut() {
                Some(last) if is_separator || is_open => {
                    let before = last.len();
                    last.push(&word);
                    if at == self.index {
                        cut = if is_separator { last.len() } else { before };
                        index = words.len() - 1;
                    }
                }
                _ => {
                    words.push(word);
                    if at == self.index {
                        index = words.len() - 1;
                    }
                }
            }
            is_open = is_separator;
        }
        Self { words, index, cut }
    }
}

fn line(text: &mut String, asker: Asker, candidate: &Candidate, cut: usize) {
    // A name with a line break in it could not be typed.
    if candidate.value.contains(['\n', '\t']) {
        return;
    }
    let Candidate { value, about } = candidate;
    // Writing to a string cannot fail.
    let _ = match asker {
        Asker::Bash => writeln!(text, "{}", value.get(cut..).unwrap_or(value)),
        Asker::Zsh => {
            let mark = if candidate.goes_on() { '+' } else { ' ' };
            let value = value.replace('\\', "\\\\").replace(':', "\\:");
            writeln!(text, "{mark}{value}:{about}")
        }
        Asker::Fish | Asker::Kubectl => writeln!(text, "{value}\t{about}"),
    };
}

/// Everything of a project that an argument can name.
fn names(project: Project) -> Names {
    let mut library = Library::new(project);
    let mut of: Vec<(&'static str, Vec<Described>)> = Vec::new();
    let mut layers = Vec::new();
    for axis in Axis::ALL {
        let described: Vec<Described> = library
            .layer_names(axis)
            .unwrap_or_default()
            .into_iter()
            .map(|name| {
                let about = about_layer(&mut library, axis, &name);
                (name, about)
            })
            .collect();
        layers.extend(described.iter().cloned());
        of.push((flag(axis), described));
    }
    let suites = library.suite_names().unwrap_or_default();
    let suites = suites.into_iter().map(|name| {
        let suite = library.suite(&name).ok();
        (
            name,
            suite.map(|suite| suite.description).unwrap_or_default(),
        )
    });
    of.push(("suite", suites.collect()));
    let blueprints = library.blueprint_names().unwrap_or_default();
    let blueprints = blueprints.into_iter().map(|name| {
        let manifest = library.manifest(&name).ok();
        let about = manifest.map(|manifest| manifest.description);
        (name, about.unwrap_or_default())
    });
    of.push(("blueprint", blueprints.collect()));
    of.push(("between", layers));
    Names { of }
}

/// The argument that chooses a layer of an axis.
fn flag(axis: Axis) -> &'static str {
    match axis {
        Axis::Environment => "env",
        other => other.name(),
    }
}

fn about_layer(library: &mut Library, axis: Axis, name: &str) -> String {
    let layer = library.layer(axis, name, None).ok();
    layer
        .and_then(|layer| {
            let about = layer.values.at([axis.name(), "description"])?.as_str()?;
            Some(about.to_owned())
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bash_has_split_is_put_together() {
        let line = |words: &[&str], index: usize| {
            let asked = CompleteArguments {
                asker: Asker::Bash,
                index,
                words: words.iter().map(OsString::from).collect(),
            };
            let Line { words, index, cut } = Line::new(&asked);
            (words[index].to_string_lossy().into_owned(), cut)
        };
        let set = ["xbench", "render", "--set", "=", "job."];
        assert_eq!(line(&set, 4), ("--set=job.".to_owned(), 6));
        let open = ["xbench", "render", "--backend", "="];
        assert_eq!(line(&open, 3), ("--backend=".to_owned(), 10));
        let plain = ["xbench", "render", "--backend", "j"];
        assert_eq!(line(&plain, 3), ("j".to_owned(), 0));
        let value = ["xbench", "render", "--set", "a.b", "=", "tr"];
        assert_eq!(line(&value, 5), ("a.b=tr".to_owned(), 4));
    }
}
