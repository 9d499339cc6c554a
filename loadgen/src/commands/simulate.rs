//! `simulate`: a Score server for a laptop.

use super::arguments::SimulateArguments;
use super::{Exit, Refusal, print};
use crate::config::Document;
use crate::signals::Stop;
use crate::simulate::{Options, Simulator};
use serde_json::Map;

pub(super) fn simulate(arguments: SimulateArguments) -> Result<Exit, Refusal> {
    let mut reported = Map::new();
    for argument in &arguments.arguments {
        let (key, value) = argument
            .split_once('=')
            .ok_or_else(|| Refusal::could_not(format!("--argument {argument}: write KEY=VALUE")))?;
        let value = Document::parse(value)
            .map_err(|problem| Refusal::could_not(format!("--argument {argument}: {problem}")))?;
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
    let stop = Stop::on_signals()?;
    let simulator = Simulator::bind(options)
        .map_err(|error| Refusal::could_not(format!("{}: {error}", arguments.listen)))?;
    let address = simulator.address()?;
    print(&format!("listening at http://{address}\n"))?;
    simulator.run(&stop.flag())?;
    Ok(Exit::Done)
}
