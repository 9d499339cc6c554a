//! Documents whose files and commands can be tried: what stands in their fenced blocks.
//!
//! A block below a line that names a file (`` `a/b.yaml`: ``) is that file, or what is added to it (`` `a/b.yaml`,
//! at its end: ``). A block `console` holds commands after `$ `, which go on after a `\` at the end of a line, and
//! what they print; `...` stands for anything.

use std::path::Path;

/// A step through a document, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A file to write: its name and what is in it.
    File(String, String),
    /// What to write at the end of a file.
    Addition(String, String),
    /// A command to run, and what it prints; nothing if the document does not say.
    Command(String, String),
}

/// The steps through a document.
pub fn steps(document: &Path) -> Vec<Step> {
    let text = std::fs::read_to_string(document).expect("the document is there");
    let mut steps = Vec::new();
    let mut before = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if !line.is_empty() {
                before = line;
            }
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text = || block.join("\n") + "\n";
        let file = before
            .strip_prefix('`')
            .and_then(|line| line.split_once('`'));
        match file {
            _ if language == "console" => commands(&block, &mut steps),
            Some((file, ":")) => steps.push(Step::File(file.to_owned(), text())),
            Some((file, ", at its end:")) => steps.push(Step::Addition(file.to_owned(), text())),
            _ => panic!("a block of {language} below `{before}` names no file"),
        }
    }
    steps
}

fn commands(block: &[&str], steps: &mut Vec<Step>) {
    let mut goes_on = false;
    for line in block {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) if !goes_on => {
                steps.push(Step::Command(command.to_owned(), String::new()));
                goes_on = command.ends_with('\\');
            }
            (_, Some(Step::Command(command, _))) if goes_on => {
                command.push('\n');
                command.push_str(line);
                goes_on = line.ends_with('\\');
            }
            (_, Some(Step::Command(_, printed))) => {
                printed.push_str(line);
                printed.push('\n');
            }
            _ => panic!("`{line}` follows no command"),
        }
    }
}

/// Whether a text is what a document says, in which `...` stands for anything. Space at the end does not count.
pub fn is_as_printed(text: &str, printed: &str) -> bool {
    let mut parts = printed.trim_end().split("...");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.trim_end().strip_prefix(first) else {
        return false;
    };
    let mut is_open = false;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
        is_open = part.is_empty();
    }
    is_open || rest.is_empty()
}
