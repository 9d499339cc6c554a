//! SARIF against its public schema.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]

use serde_json::Value;
use xbench_scenario::{Scenario, ask, oracle, oracle_folder};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// What a run says in SARIF, accepted by the schema.
#[track_caller]
fn sarif(scenario: &Scenario, arguments: &[&str]) -> Value {
    let form = ["--message-format", "sarif"];
    let run = scenario.program(XBENCH).args(form).args(arguments).run();
    scenario.write("said.sarif", &run.stderr);
    let schemas = oracle("check-jsonschema");
    let schema = oracle_folder().join("schemas/sarif-2.1.0.json");
    let schema = schema.to_str().expect("Unicode");
    let file = scenario.path("said.sarif");
    let file = file.to_str().expect("Unicode");
    ask(&schemas, &[], &["--schemafile", schema, file], "").yes();
    serde_json::from_str(&run.stderr).expect("SARIF is JSON")
}

fn texts<'a>(log: &'a Value, pointer: &str, below: &str) -> Vec<&'a str> {
    let all = log.pointer(pointer).and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .filter_map(|one| one.pointer(below)?.as_str())
        .collect()
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn nothing_wrong_is_a_run_without_results() {
    let log = sarif(&Scenario::new(), &["check"]);
    assert_eq!(
        log.pointer("/runs/0/results"),
        Some(&Value::Array(Vec::new()))
    );
    let successful = "/runs/0/invocations/0/executionSuccessful";
    assert_eq!(log.pointer(successful), Some(&Value::Bool(true)));
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn what_is_wrong_points_into_files_seen_from_where_xbench_was_started() {
    let inner = Scenario::new();
    let scenario = Scenario::empty();
    for file in xbench_scenario::files_below(&inner.path("")) {
        scenario.write(
            std::path::Path::new("my bench").join(&file),
            inner.read(&file),
        );
    }
    scenario.write(
        "my bench/overlays/profiles/smoke.yaml",
        "profile: {description: \"é\", descripton: x}\nbenchmark: {load: {runs: many}}\n",
    );
    let log = sarif(&scenario, &["-C", "my bench", "check"]);
    let results = "/runs/0/results";
    assert_eq!(texts(&log, results, "/ruleId"), ["unknown-key", "schema"]);
    let place = "/locations/0/physicalLocation";
    let uris = texts(&log, results, &format!("{place}/artifactLocation/uri"));
    assert_eq!(uris, ["my%20bench/overlays/profiles/smoke.yaml"; 2]);
    let region = log.pointer(&format!("{results}/0{place}/region"));
    let expected = serde_json::json!({"startLine": 1, "startColumn": 29, "endColumn": 39});
    assert_eq!(region, Some(&expected), "columns count characters");
    let rules = texts(&log, "/runs/0/tool/driver/rules", "/shortDescription/text");
    assert_eq!(rules.len(), 2);
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn what_stands_in_two_files_relates_them_and_what_stands_in_none_is_a_notification() {
    let scenario = Scenario::new();
    let notifications = "/runs/0/invocations/0/toolExecutionNotifications";
    let log = sarif(&scenario, &["render", "--set", "job.backoffLimit=-1"]);
    assert_eq!(texts(&log, notifications, "/descriptor/id"), ["schema"]);
    assert_eq!(texts(&log, "/runs/0/results", "/ruleId"), [""; 0]);
    let log = sarif(&scenario, &["verify", "missing.yaml"]);
    assert_eq!(texts(&log, notifications, "/descriptor/id"), ["io"]);
    let successful = "/runs/0/invocations/0/executionSuccessful";
    assert_eq!(log.pointer(successful), Some(&Value::Bool(false)));
    scenario.edit(
        "overlays/backends/jax-tpu.yaml",
        "attention-backend: fa",
        "attention-backend: fa\n    random-seed: 7",
    );
    let log = sarif(&scenario, &["render"]);
    assert_eq!(texts(&log, "/runs/0/results", "/ruleId"), ["parity"]);
    let uri = "/physicalLocation/artifactLocation/uri";
    let here = texts(&log, "/runs/0/results/0/locations", uri);
    let there = texts(&log, "/runs/0/results/0/relatedLocations", uri);
    assert_eq!(here, ["overlays/backends/jax-tpu.yaml"]);
    assert_eq!(there, ["overlays/backends/_defaults.yaml"]);
}
