//! `workload`: the requests themselves, to look at or to replay.

use super::arguments::WorkloadArguments;
use super::run::bodies;
use super::{Exit, Refusal, print};
use crate::output::write_whole;

pub(super) fn workload(arguments: &WorkloadArguments) -> Result<Exit, Refusal> {
    let shapes = bodies(&arguments.source.config()?)?;
    let mut text = String::new();
    for request in shapes.iter().flat_map(|bodies| &bodies.requests) {
        text.push_str(&String::from_utf8_lossy(&request.body));
        text.push('\n');
    }
    match &arguments.output {
        Some(path) => write_whole(path, text.as_bytes())
            .map_err(|error| Refusal::could_not(format!("{}: {error}", path.display())))?,
        None => print(&text)?,
    }
    Ok(Exit::Done)
}
