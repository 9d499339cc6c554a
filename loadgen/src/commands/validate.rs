//! `validate`: a result against its schema.

use super::arguments::ValidateArguments;
use super::{Exit, MIB, Refusal, print, read_file};
use crate::result::{ReadError, ResultDocument, read};
use std::path::Path;

pub(super) fn validate(arguments: &ValidateArguments) -> Result<Exit, Refusal> {
    let result = read_result(&arguments.file)?;
    let trust = if result.verdict.valid {
        "VALID"
    } else {
        "INVALID"
    };
    print(&format!(
        "{}: a result of {} runs, {trust}\n",
        arguments.file.display(),
        result.runs.len()
    ))?;
    Ok(Exit::Done)
}

/// The largest result or log, in bytes.
const MOST: u64 = 256 * MIB;

/// Reads a result from a file or, as `-`, from standard input.
pub(super) fn read_result(path: &Path) -> Result<ResultDocument, Refusal> {
    let bytes = read_file(path, MOST)?;
    read(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        let name = path.display();
        Refusal::no(match error {
            ReadError::NotJson(_) => vec![format!("{name}: {error}")],
            ReadError::Invalid(problems) => problems
                .iter()
                .map(|problem| format!("{name}: {problem}"))
                .collect(),
        })
    })
}
