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
                .args(["--output-path", &format!("w{worker}.json")])
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
            .map(|worker| shared.path(&format!("{worker}/w{worker}.json")));
        Command::new(PROGRAM)
            .arg("merge")
            .args(files)
            .arg("--output")
            .arg(shared.path(out))
            .output()
            .unwrap()
    };
    let output = merge(&[2, 0, 1], "merged.json");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let merged = shared.read("merged.json");

    // The same requests at the same instants as one process sends, each once.
    let mut sent: Vec<_> = (0..3)
        .flat_map(|worker| log(&shared, &format!("{worker}/w{worker}")))
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
        .map(|worker| shared.read(&format!("{worker}/w{worker}.json")))
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

    let mut other = parts[1].clone();
    other["config"]["load"]["seed"] = json!(99);
    std::fs::write(shared.path("1/w1.json"), other.to_string()).unwrap();
    let differs = merge(&[0, 1], "differs.json");
    assert_eq!(differs.status.code(), Some(1));
    assert!(
        text(&differs).contains("their configuration (load.seed)"),
        "{}",
        text(&differs)
    );
}

/// Two runs of 1 s with a warm-up each, by two workers that start together.
fn two_runs(server: &xbench_loadgen::simulate::Handle, pause: f64) -> Scenario {
    Scenario::simulated(server)
        .with(
            "/load",
            json!({"arrival": "poisson", "ratesPerSecond": [100], "durationSeconds": 1, "runs": 2, "pauseSeconds": pause}),
        )
        .with(
            "/warmup",
            json!({"minRequests": 10, "window": 5, "tolerance": 10}),
        )
}

/// An instant on a whole second, so far ahead that readiness, probe and the first warm-up fit before it.
fn soon() -> SystemTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UNIX_EPOCH + Duration::from_secs(now.as_secs() + 4)
}

#[test]
fn several_runs_start_at_their_instants_with_the_warm_up_in_the_pause() {
    let server = simulate(Options {
        law: Law::Constant(3 * MILLISECOND),
        ..Options::default()
    });
    let start = soon();
    let shared = two_runs(&server, 2.5);
    let children: Vec<_> = (0..2)
        .map(|worker| {
            let path = shared.path(&format!("w{worker}.json"));
            shared
                .command(&["--workers", "2", "--start-at"])
                .arg(xbench_loadgen::wall::utc(start))
                .args(["--worker", &worker.to_string(), "--output-path"])
                .arg(path)
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = finish(child);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    for worker in 0..2 {
        let result = shared.read(&format!("w{worker}.json"));
        let runs = result["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 2);
        let begins = [start, start + Duration::from_millis(3500)];
        for (run, planned) in runs.iter().zip(begins) {
            assert!(run["warmup"]["requests"].as_u64().unwrap() >= 10, "{run}");
            let began = xbench_loadgen::wall::parse(run["startedAt"].as_str().unwrap()).unwrap();
            let apart = began
                .duration_since(planned)
                .unwrap_or_else(|early| early.duration());
            assert!(apart < Duration::from_millis(20), "off by {apart:?}");
        }
    }
}

#[test]
fn a_pause_too_short_for_the_warm_up_keeps_what_was_measured() {
    let server = simulate(Options::default());
    let scenario = two_runs(&server, 0.0);
    let output = scenario.run(&["--start-at", &xbench_loadgen::wall::utc(soon())]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let table = text(&output);
    let table = table.split("-----BEGIN").next().unwrap();
    assert!(table.contains("which has passed"), "{table}");
    let result = scenario.read("out/result.json");
    assert_eq!(result["status"], "failed");
    let reason = result["reason"].as_str().unwrap();
    assert!(
        reason.contains("run 2") && reason.contains("has passed"),
        "{reason}"
    );
    assert_eq!(result["runs"].as_array().unwrap().len(), 1);
    assert_eq!(result["runs"][0]["status"], "complete");
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
    assert_eq!(output.status.code(), Some(2));
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
