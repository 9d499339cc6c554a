//! `validate`: a result against its schema.

use super::arguments::ValidateArguments;
use super::{Exit, complain, print};
use crate::result::{ReadError, ResultDocument, read};
use std::io::Read;
use std::path::Path;

pub(super) fn validate(arguments: &ValidateArguments) -> Exit {
    match read_file(&arguments.file) {
        Ok(result) => {
            let trust = if result.verdict.valid {
                "VALID"
            } else {
                "INVALID"
            };
            let line = format!(
                "{}: a result of {} runs, {trust}\n",
                arguments.file.display(),
                result.runs.len()
            );
            match print(&line) {
                Ok(()) => Exit::Done,
                Err(error) => {
                    complain(&error.to_string());
                    Exit::CouldNot
                }
            }
        }
        Err((exit, message)) => {
            complain(&message);
            exit
        }
    }
}

/// Reads a result from a file or, as `-`, from standard input.
pub(super) fn read_file(path: &Path) -> Result<ResultDocument, (Exit, String)> {
    let mut bytes = Vec::new();
    let got = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    got.map_err(|error| (Exit::CouldNot, format!("{}: {error}", path.display())))?;
    read(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        let message = match &error {
            ReadError::NotJson(_) => format!("{}: {error}", path.display()),
            ReadError::Invalid(problems) => {
                let lines: Vec<String> = problems
                    .iter()
                    .map(|problem| format!("{}: {problem}", path.display()))
                    .collect();
                lines.join("\nerror: ")
            }
        };
        (Exit::No, message)
    })
}
