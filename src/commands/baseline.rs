//! `xbench baseline`

use super::{compare, policy};
use crate::diagnostic::{Code, Diagnostic};
use crate::history::{Baselines, Tagged, baseline::is_name};
use crate::output;
use crate::results::storage::Patience;
use crate::results::{Location, collect};
use crate::schema::Document;
use crate::source::Sources;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The file of names, beside the results.
pub(super) const FILE: &str = "baselines.yaml";

/// The names in a file; none if there is no such file.
///
/// # Errors
///
/// Everything that is wrong with it.
pub(super) fn read(sources: &mut Sources, file: &Path) -> Result<Baselines, Vec<Diagnostic>> {
    if !file.exists() {
        return Ok(Baselines::default());
    }
    let value = policy::value_of(sources, file, Document::Baselines)?;
    Ok(Baselines::from_value(&value))
}

/// Gives results a name.
///
/// # Errors
///
/// If a result cannot be read or is none, or the file cannot be read or written.
pub fn set(
    sources: &mut Sources,
    name: &str,
    results: &[String],
    file: Option<&Path>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(), Vec<Diagnostic>> {
    if !is_name(name) {
        return Err(vec![
            Diagnostic::error(Code::Usage, format!("`{name}` is no name for a baseline"))
                .help("take up to 100 letters, digits, `.`, `_` and `-`"),
        ]);
    }
    let locations = compare::locations(results)?;
    let file = match file {
        Some(file) => file.to_owned(),
        None => beside(&locations)?,
    };
    let mut baselines = read(sources, &file)?;
    let collected = collect(&locations, Patience::default())?;
    if !collected.rejected.is_empty() {
        return Err(collected.diagnostics(true));
    }
    warnings.extend(collected.diagnostics(false));
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut tagged: Vec<Tagged> = collected
        .measurements
        .iter()
        .map(|measurement| {
            let name = &measurement.origin.name;
            let short = Path::new(name).strip_prefix(folder);
            Tagged {
                name: short.map_or_else(|_| name.clone(), |path| path.display().to_string()),
                sha256: measurement.origin.sha256.to_string(),
                variant: measurement.subject.title(),
                started_at: measurement.document.started_at.clone(),
            }
        })
        .collect();
    tagged.sort_by(|one, other| one.name.cmp(&other.name));
    let results = match tagged.len() {
        1 => "1 result".to_owned(),
        count => format!("{count} results"),
    };
    baselines.named.insert(name.to_owned(), tagged);
    output::replace_file(&file, baselines.to_text().as_bytes())
        .and_then(|()| output::print([format!("{name}: {results} in {}\n", file.display())]))
        .map_err(|problem| vec![problem])
}

/// The file beside results: in the deepest folder that holds all of them.
fn beside(locations: &[Location]) -> Result<PathBuf, Vec<Diagnostic>> {
    let mut common: Option<PathBuf> = None;
    for location in locations {
        let folder = match location {
            Location::Path(path) if path.is_dir() => path.clone(),
            Location::Path(path) => path.parent().unwrap_or(Path::new("")).to_owned(),
            Location::Pattern(pattern) => {
                let literal = pattern.split(['*', '?', '[']).next().unwrap_or_default();
                PathBuf::from(literal.rsplit_once('/').map_or("", |(folder, _)| folder))
            }
            Location::Bucket(_) | Location::Input => {
                return Err(vec![
                    Diagnostic::error(Code::Usage, format!("names are not kept in `{location}`"))
                        .help("name a file of this machine with --file FILE"),
                ]);
            }
        };
        common = Some(match common {
            None => folder,
            Some(other) => {
                let pairs = other.components().zip(folder.components());
                pairs
                    .take_while(|(one, other)| one == other)
                    .map(|(one, _)| one)
                    .collect()
            }
        });
    }
    Ok(common.unwrap_or_default().join(FILE))
}

/// Shows the names.
///
/// # Errors
///
/// Everything that is wrong with the file.
pub fn list(sources: &mut Sources, path: &Path) -> Result<(), Vec<Diagnostic>> {
    let file = if path.is_dir() {
        path.join(FILE)
    } else {
        path.to_owned()
    };
    if !file.exists() {
        return Err(vec![
            Diagnostic::error(Code::Io, format!("there is no `{}`", file.display()))
                .help("`xbench baseline set NAME RESULT` makes it"),
        ]);
    }
    let baselines = read(sources, &file)?;
    let mut text = String::new();
    for (name, results) in &baselines.named {
        let _ = writeln!(text, "{name}");
        for one in results {
            let digits = one.sha256.get(..12).unwrap_or_default();
            let _ = writeln!(
                text,
                "  {digits}  {}  {}  {}",
                one.started_at, one.variant, one.name
            );
        }
    }
    output::print([text]).map_err(|problem| vec![problem])
}
