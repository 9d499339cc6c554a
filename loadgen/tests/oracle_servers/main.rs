//! Against servers that share no code with this program: a Score server in Python, and S3 by `moto`.
//!
//! They need Python packages. `XBENCH_ORACLES` names a folder whose `venv` has them; then run
//! `cargo test --test oracle_servers -- --ignored`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[expect(
    dead_code,
    reason = "its simulated server is for the tests beside this one"
)]
#[path = "../whole/scenario.rs"]
mod scenario;

use scenario::{Scenario, count, errors, finish, nothing_is_lost, text};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use xbench_loadgen::transport::address::Authority;
use xbench_loadgen::transport::control::Control;

/// A program of the tools' virtual environment.
fn tool(name: &str) -> PathBuf {
    let folder = std::env::var_os("XBENCH_ORACLES")
        .expect("XBENCH_ORACLES names the folder of the test tools");
    PathBuf::from(folder).join("venv/bin").join(name)
}

/// A server process; dropping it kills it.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Server {
    fn score(arguments: &[&str]) -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/oracles/score_server/server.py");
        let mut child = Command::new(tool("python"))
            .arg(script)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the Score server of the test tools starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .trim()
            .strip_prefix("listening at ")
            .expect("it says where it listens")
            .to_owned();
        Self { child, url }
    }

    fn get(&self, path: &str) -> Value {
        let address = Authority::parse(&self.url)
            .unwrap()
            .resolve(Duration::from_secs(1))
            .unwrap();
        let control = Control {
            address,
            host: address.to_string(),
        };
        serde_json::from_slice(&control.get(path, Duration::from_secs(5)).unwrap().body).unwrap()
    }
}

#[test]
#[ignore = "needs the Python tools that XBENCH_ORACLES names"]
fn a_right_server_is_measured_without_a_failure() {
    let server = Server::score(&["--latency", "0.005"]);
    let scenario = Scenario::against(&server.url)
        .with("/target/expect", json!({"dtype": "bfloat16", "tp_size": 1}))
        .with("/target/profiler", json!(true))
        .with(
            "/load",
            json!({"arrival": "poisson", "ratesPerSecond": [100], "durationSeconds": 2}),
        )
        .with(
            "/warmup",
            json!({"minRequests": 10, "window": 10, "tolerance": 1}),
        );
    let result = scenario.result(0);
    nothing_is_lost(&result);
    assert_eq!(
        (count(&result, "failed"), count(&result, "sent")),
        (0, count(&result, "planned"))
    );
    assert_eq!(result["server"]["garbageCollectionFrozen"], false);
    assert!(result["server"]["cacheFlushes"].as_u64().unwrap() >= 1);
    for probe in result["probe"].as_array().unwrap() {
        for row in probe["scores"].as_array().unwrap() {
            let sum: f64 = row
                .as_array()
                .unwrap()
                .iter()
                .map(|score| score.as_f64().unwrap())
                .sum();
            assert!((sum - 1.0).abs() < 1e-6, "{row}");
        }
    }
    // The server saw the bodies whose hash the result carries, each as often as the others.
    let seen = server.get("/counts");
    assert_eq!(seen["bodies"].as_object().unwrap().len(), 20);
}

/// One request in five fails in this way.
fn provoke(fault: &str, class: &str) {
    let server = Server::score(&["--fault", fault, "--every", "5"]);
    let scenario = Scenario::against(&server.url)
        .with("/probe", json!({"requests": 0}))
        .with(
            "/timeouts",
            json!({"connectSeconds": 1, "requestSeconds": 1}),
        )
        .with("/load/requests", json!(100));
    let before = Instant::now();
    let result = scenario.result(5);
    assert!(
        before.elapsed() < Duration::from_secs(30),
        "{fault}: {:?}",
        before.elapsed()
    );
    nothing_is_lost(&result);
    assert_eq!(
        (count(&result, "sent"), count(&result, "succeeded")),
        (100, 80),
        "{fault}: {}",
        result["runs"][0]["errors"]
    );
    let found = errors(&result);
    if class == "broken" {
        // Which of the two depends on whether the connection had been used before.
        assert!(
            found
                .iter()
                .all(|(class, _)| class == "reset" || class == "stale-connection"),
            "{fault}: {found:?}"
        );
    } else {
        assert_eq!(found, [(class.to_owned(), 20)], "{fault}");
    }
    let seen = server.get("/counts");
    assert_eq!(
        (seen["requests"].as_u64(), seen["faults"].as_u64()),
        (Some(100), Some(20)),
        "{fault}"
    );
}

#[test]
#[ignore = "needs the Python tools that XBENCH_ORACLES names"]
fn every_fault_has_its_class() {
    for (fault, class) in [
        ("silence", "timeout"),
        ("slow-body", "slow-body"),
        ("truncated", "truncated"),
        ("http-400", "http-4xx"),
        ("http-503", "http-5xx"),
        ("crash", "http-5xx"),
        ("bad-json", "malformed-json"),
        ("html", "malformed-json"),
        ("null-scores", "missing-scores"),
        ("nan", "not-a-number"),
        ("infinity", "not-a-number"),
        ("null", "not-a-number"),
        ("missing-row", "wrong-rows"),
        ("extra-row", "wrong-rows"),
        ("missing-column", "wrong-columns"),
        ("bad-sum", "bad-sum"),
        ("out-of-range", "out-of-range"),
        ("reset", "broken"),
        ("close", "broken"),
    ] {
        provoke(fault, class);
    }
}

#[test]
#[ignore = "needs the Python tools that XBENCH_ORACLES names"]
fn a_server_that_dies_ends_the_run() {
    let server = Server::score(&["--fault", "die", "--every", "150"]);
    let scenario = Scenario::against(&server.url)
        .with("/probe", json!({"requests": 0}))
        .with(
            "/load",
            json!({"arrival": "poisson", "ratesPerSecond": [100], "durationSeconds": 60}),
        );
    let before = Instant::now();
    let result = scenario.result(6);
    assert!(
        before.elapsed() < Duration::from_secs(20),
        "{:?}",
        before.elapsed()
    );
    nothing_is_lost(&result);
    assert!(count(&result, "succeeded") >= 140);
    assert!(
        result["reason"]
            .as_str()
            .unwrap()
            .contains("the server died")
    );
}

#[test]
#[ignore = "needs the Python tools that XBENCH_ORACLES names"]
fn uvicorns_keep_alive_of_five_seconds_costs_no_request() {
    let server = Server::score(&[]);
    let scenario = Scenario::against(&server.url).with(
        "/load",
        json!({"arrival": "constant", "stages": [
            {"durationSeconds": 0.5, "ratePerSecond": 40},
            {"durationSeconds": 5.2, "ratePerSecond": 0},
            {"durationSeconds": 0.5, "ratePerSecond": 40},
            {"durationSeconds": 4.95, "ratePerSecond": 0},
            {"durationSeconds": 0.5, "ratePerSecond": 40}]}),
    );
    let result = scenario.result(0);
    assert_eq!(
        (count(&result, "succeeded"), count(&result, "failed")),
        (60, 0),
        "{}",
        result["runs"][0]["errors"]
    );
}

#[test]
#[ignore = "needs the Python tools that XBENCH_ORACLES names"]
fn results_reach_s3() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new(tool("moto_server"))
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("moto's server starts");
    let moto = Server {
        child,
        url: format!("http://127.0.0.1:{port}"),
    };
    let end = Instant::now() + Duration::from_secs(30);
    let s3 = |code: &str| {
        let script = format!("import boto3, sys; s3 = boto3.client('s3'); {code}");
        let mut command = Command::new(tool("python"));
        command
            .args(["-c", &script])
            .env("AWS_ENDPOINT_URL", &moto.url)
            .envs(CREDENTIALS);
        command.output().unwrap()
    };
    while !s3("s3.create_bucket(Bucket='bucket')").status.success() {
        assert!(Instant::now() < end, "moto does not answer");
        std::thread::sleep(Duration::from_millis(200));
    }
    let score = Server::score(&[]);
    let scenario =
        Scenario::against(&score.url).with("/output/upload", json!("s3://bucket/pre/fix/"));
    let mut command = scenario.command(&[]);
    command.env("AWS_ENDPOINT", &moto.url).envs(CREDENTIALS);
    let output = finish(command.spawn().unwrap());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let stored = s3(
        "keys = [one['Key'] for one in s3.list_objects_v2(Bucket='bucket', Prefix='pre/fix/')['Contents']]; \
         sys.stdout.buffer.write(s3.get_object(Bucket='bucket', Key=keys[0])['Body'].read())",
    );
    assert!(stored.status.success(), "{}", text(&stored));
    assert!(
        stored.stdout == std::fs::read(scenario.path("out/result.json")).unwrap(),
        "{}",
        text(&stored)
    );
}

/// What the simulated S3 accepts: anything.
const CREDENTIALS: [(&str, &str); 4] = [
    ("AWS_ALLOW_HTTP", "true"),
    ("AWS_ACCESS_KEY_ID", "x"),
    ("AWS_SECRET_ACCESS_KEY", "x"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
];
