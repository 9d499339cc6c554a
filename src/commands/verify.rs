//! `xbench verify`

use crate::diagnostic::{Code, Diagnostic};
use crate::output;
use crate::project::{object_files, read_outside};
use crate::source::{Place, Sources};
use crate::verify::{Verdict, objects, verify};
use crate::yaml::{Dialect, Node, read_all};
use std::fmt::Write;
use std::path::Path;

/// The largest input, in bytes: thousands of objects.
const MOST: usize = 64 * 1024 * 1024;

/// Verifies the objects of a file, of all files below a folder, or of standard input for `-`.
///
/// # Errors
///
/// Every object that was changed, and whatever keeps the input from being read.
pub fn run(
    sources: &mut Sources,
    file: &Path,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(), Vec<Diagnostic>> {
    let mut documents = Vec::new();
    for file in object_files(file).map_err(|problem| vec![problem])? {
        let source = read_outside(&file, MOST, sources).map_err(|problem| vec![problem])?;
        documents.extend(read_all(sources, source, Dialect::Lenient)?);
    }
    let mut report = String::new();
    let mut problems = Vec::new();
    let mut count = 0;
    for document in &documents {
        for object in objects(document) {
            let verified = verify(&object.to_json());
            let name = verified.name;
            let place = place(object, &verified.verdict);
            let problem = match verified.verdict {
                Verdict::Unchanged => {
                    count += 1;
                    // Writing to a string cannot fail.
                    let _ = writeln!(report, "{name}: unchanged");
                    continue;
                }
                Verdict::NotRendered => {
                    warnings.push(
                        Diagnostic::warning(
                            Code::NotRendered,
                            format!("{name} carries no hash: xbench did not render it"),
                        )
                        .at(place),
                    );
                    continue;
                }
                Verdict::Renamed => Diagnostic::error(
                    Code::Edited,
                    format!("{name} was renamed: its name does not end in its hash"),
                ),
                Verdict::Edited(paths) if paths.is_empty() => Diagnostic::error(
                    Code::Edited,
                    format!("{name} was changed after it was rendered"),
                ),
                Verdict::Edited(paths) => {
                    let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
                    Diagnostic::error(
                        Code::Edited,
                        format!(
                            "{name} was changed after it was applied: {}",
                            crate::diagnostic::enumerate(paths.iter().map(String::as_str))
                        ),
                    )
                }
            };
            count += 1;
            problems.push(problem.at(place).help("change a layer and render again"));
        }
    }
    output::print([report]).map_err(|problem| vec![problem])?;
    if count == 0 {
        problems.push(Diagnostic::error(
            Code::NotRendered,
            format!("{} holds no object that xbench rendered", named(file)),
        ));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn named(file: &Path) -> String {
    if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        format!("`{}`", file.display())
    }
}

/// Where an object begins, or the first value in it that was changed.
fn place(object: &Node, verdict: &Verdict) -> Place {
    match verdict {
        Verdict::Edited(paths) => {
            paths
                .first()
                .map_or(object, |path| object.follow(&path.to_pointer()).0)
                .place
        }
        _ => object.place,
    }
}
