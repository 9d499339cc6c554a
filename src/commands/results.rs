//! `xbench results`

use super::compare::read;
use crate::Outcome;
use crate::compare::words::visible;
use crate::diagnostic::access::unreadable;
use crate::diagnostic::{Code, Diagnostic};
use crate::output;
use crate::results::block::{self, Extent};
use crate::results::storage::Patience;
use crate::results::{Decoder, Measurement, Reason, Rejected, Status, files};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What to do with results.
pub enum Action {
    /// Take them out of logs.
    Extract {
        /// Logs; standard input if there are none.
        logs: Vec<String>,
        /// Folder; standard output if there is none.
        output: Option<PathBuf>,
    },
    /// Check and list them.
    Check(Vec<String>),
}

/// Does it.
///
/// # Errors
///
/// Everything that keeps results from being read or written, and what is no valid result.
pub fn run(action: &Action, warnings: &mut Vec<Diagnostic>) -> Result<Outcome, Vec<Diagnostic>> {
    match action {
        Action::Extract { logs, output } => extract(logs, output.as_deref(), warnings),
        Action::Check(places) => check(places, warnings),
    }
}

fn extract(
    logs: &[String],
    folder: Option<&Path>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Outcome, Vec<Diagnostic>> {
    let input = ["-".to_owned()];
    let logs = if logs.is_empty() { &input } else { logs };
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for log in logs {
        let bytes = match log.as_str() {
            "-" => files::read_input(),
            path => files::read(Path::new(path)),
        };
        let name = if log == "-" { "standard input" } else { log };
        match bytes {
            Err(error) => problems.push(unreadable(name, &error)),
            Ok(Err(reason)) => problems.push(rejected(name, reason)),
            Ok(Ok(bytes)) => blocks(name, &bytes, &mut found, &mut problems, warnings),
        }
    }
    let written = match folder {
        Some(folder) => output::results(folder, &found),
        None => one(found),
    };
    problems.extend(written.err());
    if problems.is_empty() {
        Ok(Outcome::Done)
    } else {
        Err(problems)
    }
}

/// One result goes to standard output as it is; several would be no JSON.
fn one(found: Vec<(String, String)>) -> Result<(), Diagnostic> {
    if found.len() > 1 {
        return Err(
            Diagnostic::error(Code::Usage, format!("there are {} results", found.len()))
                .help("name a folder for them with --output"),
        );
    }
    output::print(found.into_iter().map(|(_, json)| json))
}

/// The valid results of a log: name and text.
fn blocks(
    name: &str,
    bytes: &[u8],
    found: &mut Vec<(String, String)>,
    problems: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) {
    // A log may hold bytes of any program.
    let log = String::from_utf8_lossy(bytes);
    let blocks = block::find(&log);
    if blocks.is_empty() {
        problems.push(rejected(name, Reason::NoBlock));
    }
    let decoder = Decoder::default();
    for block in blocks {
        let place = format!("{name}:{}", block.line);
        if block.extent == Extent::Useless {
            problems.push(rejected(&place, Reason::CutTooEarly));
            continue;
        }
        match decoder.decode(&place, block.json.as_bytes()) {
            Err(rejected) => problems.push(rejected.diagnostic(true)),
            Ok(measurements) => {
                if block.extent == Extent::Cut {
                    warnings.push(
                        Diagnostic::warning(
                            Code::Incomplete,
                            format!("`{place}` was cut: its whole runs are kept, and its status is `interrupted`"),
                        )
                        .help("look for the file that the load generator uploaded"),
                    );
                }
                let stem = measurements.first().map(stem).unwrap_or_default();
                let text = block.json.trim_end().to_owned() + "\n";
                found.push((format!("{stem}.json"), text));
            }
        }
    }
}

fn rejected(name: &str, reason: Reason) -> Diagnostic {
    Rejected {
        name: name.to_owned(),
        reason,
    }
    .diagnostic(true)
}

/// A name that no other measurement has: variant, start, configuration, worker. The load generator
/// names uploads so, too.
fn stem(measurement: &Measurement) -> String {
    let document = &measurement.document;
    let safe = |text: &str| -> String {
        text.chars()
            .map(|letter| match letter {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => letter,
                _ => '-',
            })
            .collect()
    };
    let start = document.started_at.replace(['-', ':'], "");
    let worker = match (document.workers.count, document.workers.included.first()) {
        (count, Some(worker)) if count > 1 => format!(".w{worker}"),
        _ => String::new(),
    };
    format!(
        "{}.{}.{}{worker}",
        safe(measurement.subject.variant.as_deref().unwrap_or("result")),
        safe(&start),
        document.config_hash.get(..8).unwrap_or_default()
    )
}

fn check(places: &[String], warnings: &mut Vec<Diagnostic>) -> Result<Outcome, Vec<Diagnostic>> {
    let collected = read(places, false, Patience::default(), warnings)?;
    let mut report = String::new();
    for measurement in &collected.measurements {
        let document = &measurement.document;
        let valid = document
            .runs
            .iter()
            .filter(|run| run.validity.valid)
            .count();
        let status = match document.status {
            Status::Complete => "complete",
            Status::Interrupted => "interrupted",
            Status::Failed => "failed",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            report,
            "{}: {}, {status}, {valid} of {} runs valid",
            visible(&measurement.origin.name),
            visible(&measurement.subject.title()),
            document.runs.len()
        );
    }
    output::print([report]).map_err(|problem| vec![problem])?;
    Ok(if collected.rejected.is_empty() {
        Outcome::Done
    } else {
        Outcome::No
    })
}
