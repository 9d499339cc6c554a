//! What the configuration promises: locks, flags, errors, replay, sweeps, loads, search.

use crate::scenario::{PROGRAM, Scenario, count, simulate, text};
use serde_json::{Map, Value, json};
use std::process::Command;
use xbench_loadgen::clock::MILLISECOND;
use xbench_loadgen::simulate::{Law, Options};

fn reporting(arguments: Value) -> Options {
    let arguments: Map<String, Value> = serde_json::from_value(arguments).unwrap();
    Options {
        law: Law::Constant(MILLISECOND),
        arguments,
        ..Options::default()
    }
}

#[test]
fn a_server_that_is_not_the_one_locked_is_refused() {
    let server = simulate(reporting(
        json!({"dtype": "float16", "tp_size": 1, "random_seed": 1}),
    ));
    let expect = json!({"dtype": "bfloat16", "tp_size": 1.0, "page_size": 16, "random_seed": 42});
    let scenario = Scenario::simulated(&server)
        .with("/target/expect", expect)
        .with("/target/allowMismatch", json!(["random_seed"]));
    let output = scenario.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    for words in [
        "`dtype` is \"float16\" on the server, but the configuration locks \"bfloat16\"",
        "`page_size` is null",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains("`tp_size`"), "{said}");
    let allowed = scenario.with(
        "/target/allowMismatch",
        json!(["random_seed", "dtype", "page_size"]),
    );
    let result = allowed.result(0);
    let differing = result["server"]["expectations"].as_array().unwrap();
    assert_eq!(
        differing.iter().filter(|one| one["equal"] == false).count(),
        3
    );
    assert_eq!(result["server"]["info"]["dtype"], "float16");
}

#[test]
fn all_errors_are_shown_at_once_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.yaml");
    std::fs::write(
        &file,
        "schemaVersion: 1\nmetadata: {variant: x}\ntarget: {url: 'https://a', model: m}\nworkload:\n  payload: token-ids\n  \
         shpaes: []\nload:\n  arrival: closed\n  ratesPerSecond: [1]\n  concurrency: [0]\n  durationSeconds: 1\noutput: {path: r.json}\n",
    )
    .unwrap();
    let output = Command::new(PROGRAM)
        .args(["run", "--config"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    for words in [
        "bad.yaml:3:10: /target/url",
        "bad.yaml:6:3: /workload/shpaes: unknown key (did you mean `shapes`?)",
        "`shapes` is missing",
        "bad.yaml:9:3: /load/ratesPerSecond: not allowed here: not with `arrival: closed`",
        "bad.yaml:10:17: /load/concurrency/0",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
}

#[test]
fn every_field_is_a_flag_too() {
    let server = simulate(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    let output = Command::new(PROGRAM)
        .args([
            "run",
            "--target-url",
            &format!("http://{}", server.address()),
            "--load-requests",
            "10",
        ])
        .args([
            "--load-duration-seconds",
            "null",
            "--workload-shapes",
            "{items: 1, queryTokens: 2, itemTokens: 3}",
        ])
        .args([
            "--warmup-min-requests",
            "0",
            "--metadata-variant",
            "by-flags",
            "--output-path",
        ])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let result: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(result["metadata"]["variant"], "by-flags");
    assert_eq!(count(&result, "succeeded"), 10);
}

#[test]
fn a_recorded_workload_is_sent_byte_for_byte() {
    let server = simulate(Options::default());
    let made = Scenario::simulated(&server);
    let result = made.result(0);
    let file = made.path("recorded.jsonl");
    let recorded = Command::new(PROGRAM)
        .args(["workload", "--config"])
        .arg(made.path("config.yaml"))
        // The flag's former name.
        .arg("--out")
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(recorded.status.code(), Some(0), "{}", text(&recorded));
    let replayed = Scenario::simulated(&server)
        .with("/workload/shapes", Value::Null)
        .with("/workload/replay", json!(file))
        .result(0);
    assert_eq!(
        replayed["workload"]["shapes"][0]["sha256"],
        result["workload"]["shapes"][0]["sha256"]
    );
    assert_eq!(replayed["workload"]["payload"], "replay");
    assert_eq!(replayed["probe"][0]["scores"], result["probe"][0]["scores"]);
}

#[test]
fn shapes_and_loads_are_swept_and_interleaved() {
    let server = simulate(Options::default());
    let shapes = json!([{"items": 1, "queryTokens": 5, "itemTokens": 5}, {"items": 2, "queryTokens": 5, "itemTokens": 5}]);
    let result = Scenario::simulated(&server)
        .with("/workload/shapes", shapes)
        .with(
            "/load",
            json!({"arrival": "closed", "concurrency": [1, 2], "requests": 20, "runs": 2}),
        )
        .result(0);
    let order: Vec<_> = result["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["point"].as_u64().unwrap())
        .collect();
    assert_eq!(order, [0, 1, 2, 3, 3, 2, 1, 0]);
    assert_eq!(result["probe"].as_array().unwrap().len(), 8);
    let items: Vec<_> = result["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["counts"]["items"].as_u64().unwrap())
        .collect();
    assert_eq!(items, [20, 20, 40, 40, 40, 40, 20, 20]);
}

#[test]
fn every_open_loop_sends_its_plan() {
    let server = simulate(Options {
        law: Law::Constant(2 * MILLISECOND),
        ..Options::default()
    });
    for load in [
        json!({"arrival": "constant", "ratesPerSecond": [200], "durationSeconds": 1}),
        json!({"arrival": "poisson", "ratesPerSecond": [200], "requests": 150}),
        json!({"arrival": "gamma", "burstiness": 0.3, "ratesPerSecond": [200], "durationSeconds": 1}),
        json!({"arrival": "poisson", "stages": [
            {"durationSeconds": 0.5, "ratePerSecond": 300, "ramp": true},
            {"durationSeconds": 0.2, "ratePerSecond": 1000},
            {"durationSeconds": 0.5, "ratePerSecond": 50}]}),
    ] {
        let scenario = Scenario::simulated(&server).with("/load", load.clone());
        let result = scenario.result(0);
        let planned = count(&result, "planned");
        assert!(planned >= 100, "{load}: {planned}");
        assert_eq!(
            (count(&result, "sent"), count(&result, "succeeded")),
            (planned, planned),
            "{load}"
        );
        assert_eq!(result["runs"][0]["plan"]["requests"], planned);
        let again = scenario.result(0);
        assert_eq!(
            again["runs"][0]["plan"]["sha256"], result["runs"][0]["plan"]["sha256"],
            "{load}"
        );
    }
}

#[test]
fn the_search_finds_where_the_objective_breaks() {
    // Constant 10 ms meets 200 ms at any rate; the bound of the search is what ends it.
    let server = simulate(Options {
        law: Law::Constant(10 * MILLISECOND),
        ..Options::default()
    });
    let search = json!({"p99Milliseconds": 200, "minRate": 400, "maxRate": 800, "trialSeconds": 0.8, "confidence": 0.9});
    let scenario = Scenario::simulated(&server)
        // An unoptimized client on a busy machine is not what is tested here.
        .with(
            "/validity",
            json!({"sendErrorP99Milliseconds": 1000, "maxCpuFraction": 10}),
        )
        .with("/load", json!({"arrival": "saturate", "saturate": search}));
    let result = scenario.result(0);
    assert_eq!(
        result["saturation"][0]["ratePerSecond"], 800.0,
        "{}",
        result["saturation"]
    );
    // And 1 ms is met at none.
    let search = json!({"p99Milliseconds": 1, "minRate": 400, "maxRate": 800, "trialSeconds": 0.5, "confidence": 0.9});
    let result = scenario.with("/load/saturate", search).result(0);
    assert_eq!(
        result["saturation"][0].get("ratePerSecond"),
        None,
        "{}",
        result["saturation"]
    );
    assert_eq!(result["saturation"][0]["trials"][0]["outcome"], "fail");
}

#[test]
fn the_csv_has_the_columns_of_sglangs_program() {
    let server = simulate(Options::default());
    let scenario = Scenario::simulated(&server)
        .with("/output/csv", json!(true))
        .with("/output/requestLog", json!(true));
    let result = scenario.result(0);
    let csv = std::fs::read_to_string(scenario.path("out/result.csv")).unwrap();
    let columns: Vec<&str> = csv.lines().next().unwrap().split(',').take(16).collect();
    assert_eq!(columns.join(","), "test_duration_secs,minute_interval,target_rps,item_count,server_type,distribution,\
        unique_requests,total_requests,successful_requests,failed_requests,send_duration_secs,total_duration_secs,\
        avg_response_time_ms,p50_response_time_ms,p90_response_time_ms,p99_response_time_ms".replace(' ', ""));
    let row: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(
        (row[3], row[5], row[6], row[7], row[8], row[9]),
        ("3", "CLOSED", "20", "200", "200", "0")
    );
    let log = std::fs::read_to_string(scenario.path("out/result.requests.jsonl")).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len() as u64, count(&result, "sent"));
    assert!(
        lines.iter().all(
            |line| line["doneNs"].as_u64() > line["sentNs"].as_u64() && line["error"].is_null()
        )
    );
}

#[test]
fn warm_up_waits_for_a_server_that_compiles() {
    let server = simulate(Options {
        law: Law::Constant(MILLISECOND),
        compile: 100 * MILLISECOND,
        ..Options::default()
    });
    let result = Scenario::simulated(&server)
        .with(
            "/warmup",
            json!({"minRequests": 10, "window": 10, "tolerance": 0.5}),
        )
        .result(0);
    let warmup = &result["runs"][0]["warmup"];
    assert!(warmup["requests"].as_u64().unwrap() >= 20, "{warmup}");
    assert_eq!(warmup["steady"], true);
    assert_eq!(count(&result, "sent"), 200);
}
