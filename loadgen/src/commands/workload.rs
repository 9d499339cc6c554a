//! `workload`: the requests themselves, to look at or to replay.

use super::arguments::WorkloadArguments;
use super::run::bodies;
use super::{Exit, complain, print};
use crate::output::write_whole;

pub(super) fn workload(arguments: &WorkloadArguments) -> Exit {
    let shapes = match arguments.source.config().and_then(|config| bodies(&config)) {
        Ok(shapes) => shapes,
        Err(problems) => {
            for problem in &problems {
                complain(problem);
            }
            return Exit::No;
        }
    };
    let mut text = String::new();
    for request in shapes.iter().flat_map(|bodies| &bodies.requests) {
        text.push_str(&String::from_utf8_lossy(&request.body));
        text.push('\n');
    }
    let written = match &arguments.out {
        Some(path) => write_whole(path, text.as_bytes())
            .map_err(|error| format!("{}: {error}", path.display())),
        None => print(&text).map_err(|error| error.to_string()),
    };
    match written {
        Ok(()) => Exit::Done,
        Err(message) => {
            complain(&message);
            Exit::CouldNot
        }
    }
}
