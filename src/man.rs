//! Manual pages, made from the description of the command line: one for the program, and one for each command.

use clap::Command;
use clap::builder::{Resettable, StyledStr};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::io;

/// Stands in the first line of every page: a file without it is not one of ours.
pub const MARK: &str = "Written by `xbench man`";

/// What the paragraph about exit codes begins with in a help.
const EXIT_CODES: &str = "Exit codes: ";
/// What the paragraph of examples begins with in a help.
const EXAMPLES: &str = "Examples:\n";

/// A manual page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The name of its file: `xbench-render.1`.
    pub file: String,
    /// The page, for `man`.
    pub text: String,
}

/// The pages of a program and its commands, those of the program first.
///
/// # Errors
///
/// Never: pages are written to memory.
pub fn pages(command: Command) -> io::Result<Vec<Page>> {
    // There is a page for `help`, which is no command of its own.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, None, &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, above: Option<&str>, pages: &mut Vec<Page>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    pages.push(page(command, above)?);
    for below in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        add(below, Some(name), pages)?;
    }
    Ok(())
}

fn page(command: &Command, above: Option<&str>) -> io::Result<Page> {
    let after = command.get_after_help().map(ToString::to_string);
    let man = Man::new(command.clone().after_help(Resettable::<StyledStr>::Reset))
        .source(concat!("xbench ", env!("CARGO_PKG_VERSION")))
        .manual("xbench");
    let mut bytes = Vec::new();
    man.render(&mut bytes)?;
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    text.push_str(&more(&after.unwrap_or_default(), above));
    Ok(Page {
        file: man.get_filename(),
        text: format!(".\\\" {MARK}\n{}", as_typed(&text)),
    })
}

/// Characters that a formatter would show as others, so that an example could not be copied.
fn as_typed(text: &str) -> String {
    text.replace('~', "\\(ti")
        .replace('`', "\\(ga")
        .replace('^', "\\(ha")
}

/// What stands behind the options in a help, as sections.
fn more(after: &str, above: Option<&str>) -> String {
    let mut sections = Roff::new();
    let mut notes = Vec::new();
    let mut exit_codes = None;
    for paragraph in after.split("\n\n") {
        if let Some(examples) = paragraph.strip_prefix(EXAMPLES) {
            sections.control("SH", ["EXAMPLES"]).control("nf", []);
            for line in examples.lines() {
                sections.text([roman(line)]);
            }
            sections.control("fi", []);
        } else if let Some(codes) = paragraph.strip_prefix(EXIT_CODES) {
            exit_codes = Some(codes);
        } else if !paragraph.is_empty() {
            notes.push(paragraph);
        }
    }
    if let Some(codes) = exit_codes {
        sections.control("SH", ["EXIT STATUS"]).text([roman(codes)]);
    }
    for (index, note) in notes.iter().enumerate() {
        match index {
            0 => sections.control("SH", ["NOTES"]),
            _ => sections.control("PP", []),
        };
        sections.text([roman(*note)]);
    }
    if let Some(above) = above {
        sections
            .control("SH", ["SEE ALSO"])
            .text([roman(format!("{above}(1)"))]);
    }
    let text = sections.render();
    // What comes before the first section stands at the top of the page already.
    let start = text.find(".SH").unwrap_or(text.len());
    text[start..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_examples() {
        let pages = pages(crate::cli::command(false)).expect("memory takes it");
        let names: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        for name in ["xbench.1", "xbench-render.1", "xbench-baseline-set.1"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(!names.iter().any(|name| name.contains("help")), "{names:?}");
        for page in &pages {
            let first = page.text.lines().next().unwrap_or_default();
            assert!(first.contains(MARK), "{first}");
            assert!(page.text.contains(".SH EXAMPLES\n.nf\n"), "{}", page.file);
        }
    }
}
