//! `xbench man`

use crate::cli;
use crate::diagnostic::{Code, Diagnostic};
use crate::man::{MARK, pages};
use crate::output;
use std::path::Path;

/// Writes the manual pages into a folder, which is made if it is not there, and which may hold the pages of others.
///
/// # Errors
///
/// If a file of that name is no page of xbench: then none is written. If the operating system refuses.
pub fn run(folder: &Path) -> Result<(), Vec<Diagnostic>> {
    let pages = pages(cli::command(false)).map_err(|error| {
        vec![Diagnostic::error(
            Code::Io,
            format!("cannot make the pages: {error}"),
        )]
    })?;
    let files: Vec<(String, String)> = pages
        .into_iter()
        .map(|page| (page.file, page.text))
        .collect();
    output::replace_marked_files(folder, &files, MARK).map_err(|problem| vec![problem])?;
    let shown = folder.display();
    let text = format!(
        "wrote {} pages into {shown}\nnext: man -l {shown}/xbench.1\n",
        files.len()
    );
    output::print([text]).map_err(|problem| vec![problem])
}
