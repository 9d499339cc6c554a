//! Layers in an editor: what the language server that editors use for YAML makes of the shipped schemas, offline.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]
#![expect(clippy::disallowed_methods, reason = "an editor reads files")]

use serde_json::{Value, json};
use std::path::Path;
use xbench_scenario::{Scenario, ask, files_below, oracle_folder, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// What a person sees who opens files of a project, one answer a question.
#[track_caller]
fn seen(project: &Path, questions: &[Value]) -> Vec<Value> {
    let script = repository().join("tests/oracles/editor.mjs");
    let tools = oracle_folder();
    let questions = Value::from(questions).to_string();
    let arguments = [&script, &*tools, project].map(|path: &Path| path.to_str().expect("Unicode"));
    let [script, tools, project] = arguments;
    let answer = ask(
        Path::new("node"),
        &[],
        &[script, tools, project, &questions],
        "",
    )
    .yes();
    let mut answer: Value = serde_json::from_str(&answer).expect("the script prints JSON");
    assert_eq!(answer["asked"], json!([]), "an editor would have to fetch");
    serde_json::from_value(answer["answers"].take()).expect("the script prints a list")
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn every_shipped_layer_is_known_and_without_a_fault() {
    let project = repository();
    let files: Vec<String> = files_below(&project.join("overlays"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "yaml"))
        .map(|file| format!("overlays/{}", file.display()))
        .collect();
    assert!(files.len() > 10, "{files:?}");
    let whole = files.iter().map(|file| json!({"file": file}));
    // A key that no schema has shows that the file's schema was found, and is heeded.
    let broken = files.iter().map(|file| {
        let text = std::fs::read_to_string(project.join(file)).expect("the file can be read");
        json!({"file": file, "text": format!("{text}\nno-such-key: 1\n")})
    });
    let questions: Vec<Value> = whole.chain(broken).collect();
    let answers = seen(&project, &questions);
    let (whole, broken) = answers.split_at(files.len());
    for (file, answer) in files.iter().zip(whole) {
        assert_eq!(answer["problems"], json!([]), "{file}");
    }
    for (file, answer) in files.iter().zip(broken) {
        let problems = answer["problems"].to_string();
        assert!(
            problems.contains("no-such-key is not allowed"),
            "{file}: {problems}"
        );
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn a_new_environment_is_completed_explained_and_checked_while_it_is_typed() {
    let scenario = Scenario::new();
    let flags = [
        "init",
        "environment",
        "lab",
        "--namespace=bench",
        "--service-account=bench",
        "--registry=registry.test/bench",
        "--cache-size=100Gi",
        "--results=s3://results-of-lab/score",
    ];
    scenario.program(XBENCH).args(flags).run().done();
    let file = "overlays/environments/lab.yaml";
    let text = std::fs::read_to_string(scenario.path(file)).expect("it was written");
    let line = text
        .lines()
        .position(|line| line.starts_with("  namespace:"))
        .expect("a namespace");
    let on_a_key = json!({"line": line, "character": 4});
    let renamed = text.replace("  namespace:", "  namespcae:");
    let at_its_start = json!({"line": line, "character": 2});
    let answers = seen(
        &scenario.path(""),
        &[
            json!({"file": file, "at": on_a_key}),
            json!({"file": file, "text": renamed, "at": at_its_start}),
        ],
    );
    let (whole, misspelt) = (&answers[0], &answers[1]);
    assert_eq!(whole["problems"], json!([]));
    let hover = whole["hover"].as_str().unwrap_or_default();
    assert!(hover.contains("environment.schema.json"), "{hover}");
    assert!(misspelt["problems"].to_string().contains("namespcae"));
    let offered = misspelt["completions"].as_array().expect("a list");
    assert!(offered.contains(&json!("namespace")), "{offered:?}");
}
