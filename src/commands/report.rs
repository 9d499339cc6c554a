//! `xbench report`

use super::compare::{Judged, Options, judged};
use crate::diagnostic::{Code, Diagnostic};
use crate::report::{self, Entry, Report};
use crate::source::Sources;
use crate::{Outcome, output};
use std::path::Path;

/// Where the page goes.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Into a file.
    File(&'a Path),
    /// To standard output.
    Output,
}

/// Compares, and writes what came out as a page. Candidates that may not be compared are errors, and on the
/// page too, beside those that may.
///
/// # Errors
///
/// Everything that keeps results from being read or the page from being written.
pub fn run(
    sources: &mut Sources,
    options: &Options,
    target: Target<'_>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Outcome, Vec<Diagnostic>> {
    let judged = judged(sources, options, warnings)?;
    let page = page(&judged)?;
    match target {
        Target::File(file) => output::replace_marked_file(file, &page, report::MARK),
        Target::Output => output::print([page]),
    }
    .map_err(|problem| vec![problem])?;
    warnings.extend(judged.refusals());
    Ok(judged.outcome(options))
}

/// The page; that it cannot be made is a mistake of the program.
fn page(judged: &Judged) -> Result<String, Vec<Diagnostic>> {
    let sides = &judged.sides;
    let reason = |problem: &Diagnostic| (problem.message.clone(), problem.help.clone());
    let entries = sides.candidates.iter().zip(&judged.comparisons);
    let report = Report {
        base: &sides.base,
        entries: entries
            .map(|(candidate, compared)| Entry {
                candidate,
                outcome: match compared {
                    Ok(comparison) => report::Outcome::Compared(comparison),
                    Err(problems) => {
                        report::Outcome::Refused(problems.iter().map(reason).collect())
                    }
                },
            })
            .collect(),
        rejected: sides
            .rejected
            .iter()
            .map(|rejected| rejected.diagnostic(false).message)
            .collect(),
    };
    report::render(&report).map_err(|error| {
        vec![Diagnostic::error(
            Code::Io,
            format!("cannot make the page: {error}"),
        )]
    })
}
