//! `xbench schema`

use crate::diagnostic::{Code, Diagnostic, instead};
use crate::output::{self, Paging};
use crate::schema::Document;
use std::fmt::Write;

/// Prints a schema as it lies in `schemas/`, or what schemas there are.
///
/// # Errors
///
/// If there is no such schema, or standard output cannot be written to.
pub fn run(name: Option<&str>, paging: Paging) -> Result<(), Vec<Diagnostic>> {
    let text = match name {
        None => listing(),
        Some(name) => match Document::named(name) {
            Some(document) => document.text().to_owned(),
            None => return Err(vec![unknown(name)]),
        },
    };
    output::show([text], paging).map_err(|problem| vec![problem])
}

fn listing() -> String {
    let width = Document::ALL
        .iter()
        .map(|document| document.name().len())
        .max()
        .unwrap_or_default();
    Document::ALL.iter().fold(String::new(), |mut text, one| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:width$}  {}", one.name(), one.description());
        text
    })
}

fn unknown(name: &str) -> Diagnostic {
    let known = || Document::ALL.iter().map(|document| document.name());
    Diagnostic::error(Code::UnknownName, format!("there is no schema `{name}`"))
        .help(instead(name, known()))
}
