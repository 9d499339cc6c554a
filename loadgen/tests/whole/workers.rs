//! Workers share one schedule without overlap, and their results merge exactly.

use crate::scenario::{PROGRAM, Scenario, count, finish, simulate, text};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use xbench_loadgen::clock::MILLISECOND;
use xbench_loadgen::simulate::{Law, Options};

fn scenario(server: &xbench_loadgen::simulate::Handle, name: &str) -> Scenario {
    Scenario::simulated(server)
        .with(
            "/load",
            json!({"arrival": "poisson", "ratesPerSecond": [300], "durationSeconds": 2}),
        )
        .with(
            "/output",
            json!({"path": format!("{name}.json"), "requestLog": true}),
        )
}

fn log(scenario: &Scenario, name: &str) -> Vec<(u64, u64)> {
    let text = std::fs::read_to_string(scenario.path(&format!("{name}.requests.jsonl"))).unwrap();
    let number = |line: &Value, key: &str| line[key].as_u64().unwrap();
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| (number(&line, "request"), number(&line, "scheduledNs")))
        .collect()
}

#[test]
fn three_workers_are_one() {
    let server = simulate(Options {
        law: Law::Constant(3 * MILLISECOND),
        ..Options::default()
    });
    let alone = scenario(&server, "result");
    let mut command = alone.command(&[]);
    let output = finish(command.current_dir(alone.path("")).spawn().unwrap());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let whole = alone.read("result.json");

    let start = SystemTime::now() + Duration::from_secs(3);
    let start = start
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
        .to_string();
    let shared = scenario(&server, "result");
    let children: Vec<_> = (0..3)
        .map(|worker| {
            let folder = shared.path(&worker.to_string());
            std::fs::create_dir_all(&folder).unwrap();
            let mut command = shared.command(&["--workers", "3", "--start-at", &start]);
            command
                .env("JOB_COMPLETION_INDEX", worker.to_string())
                .current_dir(folder)
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = finish(child);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    let merge = |workers: &[u32], out: &str| {
        let files = workers
            .iter()
            .map(|worker| shared.path(&format!("{worker}/result.json")));
        Command::new(PROGRAM)
            .arg("merge")
            .args(files)
            .arg("--out")
            .arg(shared.path(out))
            .output()
            .unwrap()
    };
    let output = merge(&[2, 0, 1], "merged.json");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let merged = shared.read("merged.json");

    // The same requests at the same instants as one process sends, each once.
    let mut sent: Vec<_> = (0..3)
        .flat_map(|worker| log(&shared, &format!("{worker}/result")))
        .collect();
    let mut expected = log(&alone, "result");
    sent.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sent, expected);
    for name in ["planned", "sent", "succeeded", "failed", "items", "tokens"] {
        assert_eq!(count(&merged, name), count(&whole, name), "{name}");
    }
    assert_eq!(merged["runs"][0]["plan"], whole["runs"][0]["plan"]);
    assert_eq!(
        merged["runs"][0]["latency"]["scheduled"]["count"],
        count(&whole, "succeeded")
    );
    assert_eq!(merged["workers"]["included"], json!([0, 1, 2]));
    let parts: Vec<Value> = (0..3)
        .map(|worker| shared.read(&format!("{worker}/result.json")))
        .collect();
    let max = |result: &Value| {
        result["runs"][0]["latency"]["scheduled"]["max"]
            .as_f64()
            .unwrap()
    };
    let largest = parts.iter().map(max).fold(0.0, f64::max);
    assert!((max(&merged) - largest).abs() < 1e-9);

    let twice = merge(&[0, 0], "twice.json");
    assert_eq!(twice.status.code(), Some(1));
    assert!(text(&twice).contains("twice"), "{}", text(&twice));
}

#[test]
fn a_start_that_has_passed_is_an_error() {
    let server = simulate(Options::default());
    let output = Scenario::simulated(&server).run(&[
        "--workers",
        "2",
        "--worker",
        "0",
        "--start-at",
        "2020-01-01T00:00:00Z",
    ]);
    assert_eq!(output.status.code(), Some(6));
    assert!(text(&output).contains("has passed"), "{}", text(&output));
}

#[test]
fn workers_need_their_number_and_a_start() {
    let server = simulate(Options::default());
    let scenario = Scenario::simulated(&server);
    for (arguments, words) in [
        (&["--workers", "2", "--worker", "0"][..], "--start-at"),
        (
            &["--workers", "2", "--start-at", "now"][..],
            "JOB_COMPLETION_INDEX",
        ),
        (
            &["--workers", "2", "--worker", "2", "--start-at", "1"][..],
            "not below",
        ),
        (
            &["--workers", "2", "--worker", "1", "--start-at", "x"][..],
            "no instant",
        ),
    ] {
        let output = scenario.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            text(&output)
        );
        assert!(
            text(&output).contains(words),
            "{arguments:?}: {}",
            text(&output)
        );
    }
}
