//! How the program was called: by its own name, or by `kubectl` as a plugin.
//!
//! `kubectl xbench` starts a program called `kubectl-xbench`, and `kubectl_complete-xbench` to complete its
//! command line. Both may be links to `xbench`. `kubectl diff` starts what `KUBECTL_EXTERNAL_DIFF` names, with its
//! two folders before all other words.

use super::Arguments;
use clap::{CommandFactory, FromArgMatches};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The name that `kubectl` looks for.
const PLUGIN: &str = "kubectl-xbench";
/// The name that `kubectl` looks for to complete the plugin's command line.
const PLUGIN_COMPLETION: &str = "kubectl_complete-xbench";

/// Reads the command line, program name first. What is wrong with it is reported here, and ends the
/// program with 2.
pub fn read(words: impl IntoIterator<Item = OsString>) -> Arguments {
    let mut words: Vec<OsString> = words.into_iter().collect();
    let called = |name: &str| words.first().is_some_and(|word| is_called(word, name));
    let is_plugin = called(PLUGIN);
    if called(PLUGIN_COMPLETION) {
        let index = words.len().saturating_sub(1).to_string();
        let asked = ["xbench", "complete", "kubectl", &index, "--"];
        words.splice(..0, asked.map(OsString::from));
    }
    if is_asked_by_kubectl_diff(&words) {
        words[1..4].rotate_right(1);
    }
    let matches = command(is_plugin).get_matches_from(words);
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// With `KUBECTL_EXTERNAL_DIFF='xbench diff'`, kubectl runs `xbench LIVE-1 MERGED-2 diff`.
fn is_asked_by_kubectl_diff(words: &[OsString]) -> bool {
    let is_folder = |word: &OsStr, name: &str| {
        let last = Path::new(word).file_name().and_then(OsStr::to_str);
        last.is_some_and(|last| last.starts_with(name))
    };
    match words {
        [_, live, merged, command, ..] => {
            command == "diff" && is_folder(live, "LIVE-") && is_folder(merged, "MERGED-")
        }
        _ => false,
    }
}

fn is_called(program: &OsStr, name: &str) -> bool {
    Path::new(program)
        .file_stem()
        .is_some_and(|stem| stem == name)
}

/// The command line's description, as `xbench` or as a plugin of `kubectl` by whose name help then speaks.
pub fn command(is_plugin: bool) -> clap::Command {
    let command = Arguments::command();
    if !is_plugin {
        return command;
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|subcommand| subcommand.get_name().to_owned())
        .chain(["COMMAND".to_owned()])
        .collect();
    with_plugin_examples(command.bin_name("kubectl xbench"), &names)
}

fn with_plugin_examples(command: clap::Command, names: &[String]) -> clap::Command {
    let examples = command.get_after_help().map(ToString::to_string);
    let command = command.mut_subcommands(|subcommand| with_plugin_examples(subcommand, names));
    let Some(mut examples) = examples else {
        return command;
    };
    for name in names {
        let own = format!("xbench {name}");
        examples = examples.replace(&own, &format!("kubectl {own}"));
    }
    command.after_help(examples)
}
