//! Runs of the program whose answer is JSON that has a schema.

use serde_json::Value;
use xbench::schema::{Document, Schemas};
use xbench_scenario::{Run, Scenario};

pub(crate) const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

pub(crate) fn run(scenario: &Scenario, arguments: &[&str]) -> Run {
    scenario.program(XBENCH).args(arguments).run()
}

/// What a run said, which its schema accepts.
#[track_caller]
pub(crate) fn answer(said: &Run, document: Document) -> Value {
    let answer: Value = serde_json::from_str(&said.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", said.stdout, said.stderr));
    let problems = Schemas::default().problems(document, &answer);
    assert!(problems.is_empty(), "{problems:?}");
    answer
}
