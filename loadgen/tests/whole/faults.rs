//! Every class of failure is provoked, counted right, and never enters latency.

use crate::scenario::{Scenario, count, errors, nothing_is_lost, simulate};
use serde_json::json;
use xbench_loadgen::clock::{MILLISECOND, SECOND};
use xbench_loadgen::simulate::{Law, Options};

/// Runs against a server that fails one request in five in this way.
fn provoke(fault: &str, class: &str) {
    let server = simulate(Options {
        law: Law::Constant(MILLISECOND),
        faults: vec![format!("{fault}=0.2").parse().unwrap()],
        ..Options::default()
    });
    let scenario = Scenario::simulated(&server)
        .with("/probe", json!({"requests": 0}))
        .with(
            "/timeouts",
            json!({"connectSeconds": 1, "requestSeconds": 0.3}),
        )
        .with("/load/requests", json!(100));
    let result = scenario.result(5);
    nothing_is_lost(&result);
    let failed = count(&result, "failed");
    assert!((5..40).contains(&failed), "{fault}: {failed} of 100 failed");
    assert_eq!(errors(&result), [(class.to_owned(), failed)], "{fault}");
    assert_eq!(count(&result, "sent"), 100);
    assert_eq!(
        server.requests(),
        100,
        "{fault}: every request reached the server once"
    );
    assert_eq!(result["runs"][0]["verdict"]["valid"], false);
    let slowest = result["runs"][0]["latency"]["sent"]["max"]
        .as_f64()
        .unwrap();
    assert!(
        slowest < 250.0,
        "{fault}: a failure of 300 ms entered latency: {slowest} ms"
    );
}

#[test]
fn server_silence() {
    provoke("silence", "timeout");
}

#[test]
fn slow_bodies() {
    provoke("slow-body", "slow-body");
}

#[test]
fn truncated_answers() {
    provoke("truncated", "truncated");
}

#[test]
fn http_4xx() {
    provoke("http-400", "http-4xx");
}

#[test]
fn http_5xx() {
    provoke("http-500", "http-5xx");
}

#[test]
fn what_is_not_http() {
    provoke("not-http", "malformed-http");
}

#[test]
fn what_is_not_json() {
    provoke("bad-json", "malformed-json");
}

#[test]
fn nan() {
    provoke("nan", "not-a-number");
}

#[test]
fn missing_rows() {
    provoke("missing-row", "wrong-rows");
}

#[test]
fn missing_columns() {
    provoke("missing-column", "wrong-columns");
}

#[test]
fn sums_off_one() {
    provoke("bad-sum", "bad-sum");
}

#[test]
fn probabilities_above_one() {
    provoke("out-of-range", "out-of-range");
}

#[test]
fn resets_are_told_by_whether_the_connection_was_new() {
    let server = simulate(Options {
        faults: vec!["reset=0.2".parse().unwrap()],
        ..Options::default()
    });
    let scenario = Scenario::simulated(&server).with("/probe", json!({"requests": 0}));
    let result = scenario.result(5);
    nothing_is_lost(&result);
    let classes: Vec<String> = errors(&result)
        .into_iter()
        .map(|(class, _)| class)
        .collect();
    assert!(
        classes
            .iter()
            .all(|class| class == "reset" || class == "stale-connection"),
        "{classes:?}"
    );
    assert_eq!(server.requests(), 200);
}

#[test]
fn connections_past_their_keep_alive_are_not_used_again() {
    // The server lets go after 300 ms, the client uses a connection every 500 ms.
    let server = simulate(Options {
        keep_alive: 300 * MILLISECOND,
        ..Options::default()
    });
    let scenario = Scenario::simulated(&server).with(
        "/load",
        json!({"arrival": "constant", "ratesPerSecond": [2], "requests": 8}),
    );
    let result = scenario.result(0);
    assert_eq!(
        (count(&result, "succeeded"), count(&result, "failed")),
        (8, 0)
    );
}

#[test]
fn a_refused_connection_never_left_and_a_dead_server_ends_the_run() {
    let server = simulate(Options {
        law: Law::Constant(MILLISECOND),
        die_after: Some(300),
        ..Options::default()
    });
    let scenario = Scenario::simulated(&server)
        .with("/probe", json!({"requests": 0}))
        .with(
            "/load",
            json!({"arrival": "poisson", "ratesPerSecond": [100], "durationSeconds": 60}),
        );
    let before = std::time::Instant::now();
    let result = scenario.result(6);
    assert!(
        before.elapsed().as_secs() < 20,
        "it went on for {} s",
        before.elapsed().as_secs()
    );
    nothing_is_lost(&result);
    assert_eq!(result["status"], "failed");
    assert!(
        result["reason"]
            .as_str()
            .unwrap()
            .contains("the server died"),
        "{}",
        result["reason"]
    );
    assert!(
        errors(&result).iter().any(|(class, _)| class == "connect"),
        "{:?}",
        errors(&result)
    );
}

#[test]
fn a_server_that_never_becomes_ready_is_an_error_at_the_deadline() {
    let server = simulate(Options {
        ready_after: 600 * SECOND,
        ..Options::default()
    });
    let scenario =
        Scenario::simulated(&server).with("/target/readiness/timeoutSeconds", json!(0.5));
    let output = scenario.run(&[]);
    assert_eq!(output.status.code(), Some(6));
    let text = crate::scenario::text(&output);
    assert!(
        text.contains("not ready within 0.5 s") && text.contains("503"),
        "{text}"
    );
    assert!(!scenario.path("out/result.json").exists());
}

#[test]
fn a_server_that_becomes_ready_is_waited_for() {
    let server = simulate(Options {
        ready_after: SECOND,
        ..Options::default()
    });
    let result = Scenario::simulated(&server).result(0);
    assert!(
        result["server"]["readySeconds"].as_f64().unwrap() > 0.3,
        "{}",
        result["server"]
    );
}

#[test]
fn a_server_that_answers_everything_wrongly_ends_the_first_warm_up() {
    let server = simulate(Options {
        law: Law::Constant(20 * MILLISECOND),
        faults: vec!["http-500=1".parse().unwrap()],
        ..Options::default()
    });
    let scenario = Scenario::simulated(&server)
        .with("/load/runs", json!(3))
        .with("/warmup", json!({"minRequests": 20, "maxSeconds": 1}));
    let result = scenario.result(5);
    assert_eq!(result["status"], "failed");
    let reason = result["reason"].as_str().unwrap();
    assert!(
        reason.contains("requests of the warm-up failed")
            && reason.contains("http-5xx, for example status 500: "),
        "{reason}"
    );
    assert_eq!(result["verdict"]["valid"], false);
    assert_eq!(
        result["runs"].as_array().unwrap().len(),
        1,
        "the next runs do not start"
    );
    assert_eq!(count(&result, "sent"), 0);
    let warmup = &result["runs"][0]["warmup"];
    assert_eq!(warmup["requests"], warmup["failed"]);
}
