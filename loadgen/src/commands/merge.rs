//! `merge`: one result from those of workers.

use super::arguments::MergeArguments;
use super::validate::read_file;
use super::{Exit, complain, print, store};
use crate::config::{Document, parse};
use crate::output::{table, write_whole};
use crate::result::merge as merge_results;

pub(super) fn merge(arguments: &MergeArguments) -> Exit {
    match merged(arguments) {
        Ok(()) => Exit::Done,
        Err((exit, message)) => {
            complain(&message);
            exit
        }
    }
}

fn merged(arguments: &MergeArguments) -> Result<(), (Exit, String)> {
    let parts = arguments
        .files
        .iter()
        .map(|path| read_file(path))
        .collect::<Result<Vec<_>, _>>()?;
    // The limits of validity are the configuration's own.
    let limits = parts
        .first()
        .and_then(|part| parse(&Document::from_value(part.config.clone())).ok())
        .map(|config| config.validity)
        .unwrap_or_default();
    let result = merge_results(parts, &limits).map_err(|error| (Exit::No, error.to_string()))?;
    let text = store::json(&result);
    let could_not = |error: std::io::Error| (Exit::CouldNot, error.to_string());
    match &arguments.out {
        Some(path) => {
            write_whole(path, text.as_bytes())
                .map_err(|error| (Exit::CouldNot, format!("{}: {error}", path.display())))?;
            print(&table(&result)).map_err(could_not)
        }
        None => print(&text).map_err(could_not),
    }
}
