//! `merge`: one result from those of workers.

use super::arguments::MergeArguments;
use super::validate::read_result;
use super::{Exit, Refusal, print, store};
use crate::config::{Document, parse};
use crate::output::{table, write_whole};
use crate::result::merge as merge_results;

pub(super) fn merge(arguments: &MergeArguments) -> Result<Exit, Refusal> {
    let parts = arguments
        .files
        .iter()
        .map(|path| read_result(path))
        .collect::<Result<Vec<_>, _>>()?;
    // The limits of validity are the configuration's own.
    let limits = parts
        .first()
        .and_then(|part| parse(&Document::from_value(part.config.clone())).ok())
        .map(|config| config.validity)
        .unwrap_or_default();
    let result =
        merge_results(parts, &limits).map_err(|error| Refusal::no(vec![error.to_string()]))?;
    let text = store::json(&result);
    match &arguments.output {
        Some(path) => {
            write_whole(path, text.as_bytes())
                .map_err(|error| Refusal::could_not(format!("{}: {error}", path.display())))?;
            print(&table(&result))?;
        }
        None => print(&text)?,
    }
    Ok(Exit::Done)
}
