//! `simulate`: a Score server for a laptop.

use super::arguments::SimulateArguments;
use super::{Exit, complain, print};
use crate::config::Document;
use crate::signals::Stop;
use crate::simulate::{Options, Simulator};
use serde_json::Map;

pub(super) fn simulate(arguments: SimulateArguments) -> Exit {
    match serve(arguments) {
        Ok(()) => Exit::Done,
        Err(message) => {
            complain(&message);
            Exit::CouldNot
        }
    }
}

fn serve(arguments: SimulateArguments) -> Result<(), String> {
    let mut reported = Map::new();
    for argument in &arguments.arguments {
        let (key, value) = argument
            .split_once('=')
            .ok_or_else(|| format!("--argument {argument}: write KEY=VALUE"))?;
        let value = Document::parse(value)
            .map_err(|problem| format!("--argument {argument}: {problem}"))?;
        reported.insert(key.to_owned(), value.value);
    }
    let options = Options {
        listen: arguments.listen,
        law: arguments.latency,
        stall: arguments.stall,
        faults: arguments.faults,
        seed: arguments.seed,
        ready_after: arguments.ready_after,
        keep_alive: arguments.keep_alive,
        compile: arguments.compile,
        die_after: arguments.die_after,
        arguments: reported,
    };
    crate::transport::socket::raise_file_limit();
    let stop = Stop::on_signals().map_err(|error| error.to_string())?;
    let simulator =
        Simulator::bind(options).map_err(|error| format!("{}: {error}", arguments.listen))?;
    let address = simulator.address().map_err(|error| error.to_string())?;
    print(&format!("listening at http://{address}\n")).map_err(|error| error.to_string())?;
    simulator
        .run(&stop.flag())
        .map_err(|error| error.to_string())
}
