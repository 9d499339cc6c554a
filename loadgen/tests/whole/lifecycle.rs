//! Signals, disks, pipes, uploads, big bodies, many connections.

use crate::scenario::{PROGRAM, Scenario, count, finish, nothing_is_lost, simulate, text};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use xbench_loadgen::clock::{MILLISECOND, SECOND};
use xbench_loadgen::simulate::{Law, Options};

fn terminate(child: &std::process::Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
}

#[test]
fn a_signal_at_any_moment_leaves_a_result_within_five_seconds() {
    let server = simulate(Options {
        law: Law::Uniform(MILLISECOND, 200 * MILLISECOND),
        ..Options::default()
    });
    for load in [
        json!({"arrival": "closed", "concurrency": [8], "durationSeconds": 60}),
        json!({"arrival": "poisson", "ratesPerSecond": [200], "durationSeconds": 60, "runs": 3}),
    ] {
        for after in [700_u64, 1100, 1900] {
            let scenario = Scenario::simulated(&server)
                .with("/load", load.clone())
                .with("/probe", json!({"requests": 0}))
                .with(
                    "/warmup",
                    json!({"minRequests": 5, "window": 5, "tolerance": 10}),
                );
            let child = scenario.command(&[]).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(after));
            terminate(&child);
            let signalled = Instant::now();
            let output = finish(child);
            assert!(
                signalled.elapsed() < Duration::from_secs(5),
                "it took {:?}",
                signalled.elapsed()
            );
            assert_eq!(output.status.code(), Some(3), "{}", text(&output));
            if scenario.path("out/result.json").exists() {
                let result = scenario.read("out/result.json");
                assert_eq!(result["status"], "interrupted");
                assert_eq!(result["verdict"]["valid"], false);
                nothing_is_lost(&result);
            } else {
                assert!(
                    text(&output).contains("before anything was measured"),
                    "{}",
                    text(&output)
                );
            }
        }
    }
}

#[test]
fn a_signal_while_waiting_for_the_server_ends_at_once() {
    let scenario = Scenario::against("http://127.0.0.1:9")
        .with("/target/readiness/timeoutSeconds", json!(600));
    let child = scenario.command(&[]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    terminate(&child);
    let output = finish(child);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
}

#[test]
fn what_cannot_be_written_is_an_error_before_anything_is_measured() {
    let server = simulate(Options::default());
    for path in ["/proc/no/result.json", "/dev/null/result.json", "/"] {
        let output = Scenario::simulated(&server)
            .with("/output", json!({"path": path}))
            .run(&[]);
        assert_eq!(output.status.code(), Some(2), "{path}: {}", text(&output));
        assert!(
            text(&output).contains("output.path"),
            "{path}: {}",
            text(&output)
        );
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_full_disk_loses_nothing() {
    // /dev/full cannot stand for a file that is renamed: the request log meets it instead, through a
    // link, and the result is complete both in its file and in the log.
    let server = simulate(Options::default());
    let scenario = Scenario::simulated(&server).with("/output/requestLog", json!(true));
    std::fs::create_dir_all(scenario.path("out")).unwrap();
    std::os::unix::fs::symlink("/dev/full", scenario.path("out/result.requests.jsonl")).unwrap();
    let output = scenario.run(&[]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("No space left"), "{}", text(&output));
    let log = scenario.path("log.txt");
    std::fs::write(&log, &output.stdout).unwrap();
    assert_eq!(count(&scenario.read("log.txt"), "succeeded"), 200);
    assert_eq!(count(&scenario.read("out/result.json"), "succeeded"), 200);
}

#[test]
fn the_log_alone_is_enough() {
    let server = simulate(Options::default());
    let scenario = Scenario::simulated(&server);
    let output = scenario.run(&[]);
    assert_eq!(output.status.code(), Some(0));
    std::fs::write(scenario.path("log.txt"), &output.stdout).unwrap();
    assert_eq!(scenario.read("log.txt"), scenario.read("out/result.json"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let server = simulate(Options::default());
    let scenario = Scenario::simulated(&server);
    let mut child = scenario.command(&[]).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_refused_upload_has_its_own_exit_code_and_loses_nothing() {
    let server = simulate(Options::default());
    let scenario = Scenario::simulated(&server)
        .with("/output/upload", json!("s3://bucket/results/"))
        .with("/output/uploadAttempts", json!(2));
    let mut command = scenario.command(&[]);
    command.envs([
        ("AWS_ENDPOINT", "http://127.0.0.1:9"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_REGION", "us-east-1"),
    ]);
    let output = finish(command.spawn().unwrap());
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(text(&output).contains("2 tries"), "{}", text(&output));
    assert_eq!(count(&scenario.read("out/result.json"), "succeeded"), 200);
}

/// First line and body of a request.
type Received = (String, Vec<u8>);

/// Google's storage as far as an upload needs it: refuses twice, then takes what it is given.
fn google(refusals: usize) -> (String, JoinHandle<Vec<Received>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for stream in listener.incoming().take(refusals + 1) {
            let mut stream = std::io::BufReader::new(stream.unwrap());
            let mut length = 0;
            let mut first = String::new();
            std::io::BufRead::read_line(&mut stream, &mut first).unwrap();
            loop {
                let mut line = String::new();
                std::io::BufRead::read_line(&mut stream, &mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            std::io::Read::read_exact(&mut stream, &mut body).unwrap();
            let status = if seen.len() < refusals {
                "503 Busy"
            } else {
                "200 OK"
            };
            seen.push((first.trim().to_owned(), body));
            let answer = format!(
                "HTTP/1.1 {status}\r\nETag: \"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            std::io::Write::write_all(stream.get_mut(), answer.as_bytes()).unwrap();
        }
        seen
    });
    (url, thread)
}

#[test]
fn an_upload_to_google_is_tried_again() {
    let server = simulate(Options::default());
    let (url, thread) = google(2);
    let scenario =
        Scenario::simulated(&server).with("/output/upload", json!("gs://bucket/pre/fix"));
    let account = scenario.path("account.json");
    let key = json!({"gcs_base_url": url, "disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""});
    std::fs::write(&account, key.to_string()).unwrap();
    let mut command = scenario.command(&[]);
    command
        .env("GOOGLE_SERVICE_ACCOUNT", &account)
        .env("GOOGLE_ALLOW_HTTP", "true");
    let output = finish(command.spawn().unwrap());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let seen = thread.join().unwrap();
    assert_eq!(seen.len(), 3);
    let (request, body) = &seen[2];
    let request = request.replace("%2F", "/").replace("%2E", ".");
    assert!(
        request.starts_with("PUT /bucket/pre/fix/test.") && request.contains(".json"),
        "{request}"
    );
    assert_eq!(
        body,
        &std::fs::read(scenario.path("out/result.json")).unwrap()
    );
}

#[test]
fn a_clock_that_jumps_changes_no_figure() {
    // The program runs under a wall clock that is years off and runs ten times too fast, if the tool
    // for that is there; nothing is measured with the wall clock, so no figure may move.
    let library = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ]
    .into_iter()
    .find(|path| std::path::Path::new(path).exists());
    let server = simulate(Options {
        law: Law::Constant(20 * MILLISECOND),
        ..Options::default()
    });
    let scenario = Scenario::simulated(&server).with(
        "/load",
        json!({"arrival": "closed", "concurrency": [1], "requests": 50}),
    );
    let mut command = scenario.command(&[]);
    if let Some(library) = library {
        command
            .env("LD_PRELOAD", library)
            .env("FAKETIME", "-3650d x10")
            .env("DONT_FAKE_MONOTONIC", "1");
    }
    let output = finish(command.spawn().unwrap());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let result = scenario.read("out/result.json");
    let started = result["startedAt"].as_str().unwrap();
    assert_eq!(library.is_some(), started < "2020", "{started}");
    let run = &result["runs"][0];
    let elapsed = run["elapsedSeconds"].as_f64().unwrap();
    assert!((1.0..5.0).contains(&elapsed), "{elapsed} s for 50 x 20 ms");
    let p50 = run["latency"]["sent"]["p50"].as_f64().unwrap();
    assert!((20.0..40.0).contains(&p50), "{p50} ms");
}

#[test]
fn an_upload_to_a_folder_holds_all_files() {
    let server = simulate(Options::default());
    let scenario = Scenario::simulated(&server).with("/output/csv", json!(true));
    let url = format!("file://{}", scenario.path("bucket/prefix").display());
    let scenario = scenario.with("/output/upload", json!(url));
    let result = scenario.result(0);
    let mut names: Vec<String> = std::fs::read_dir(scenario.path("bucket/prefix"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names[0].starts_with("test.") && names[0].contains(".csv"),
        "{names:?}"
    );
    let copy: Value = serde_json::from_slice(
        &std::fs::read(scenario.path("bucket/prefix").join(&names[1])).unwrap(),
    )
    .unwrap();
    assert_eq!(copy, result);
}

#[test]
fn a_body_of_50_megabytes_goes_through() {
    let server = simulate(Options::default());
    let scenario = Scenario::simulated(&server)
        .with("/workload/uniqueRequests", json!(1))
        .with(
            "/workload/shapes",
            json!([{"items": 100, "queryTokens": 1000, "itemTokens": 85000}]),
        )
        .with("/workload/payload", json!("repeated-text"))
        .with("/workload/text", json!("<|x|> "))
        .with("/workload/cache", json!("sglang-identical"))
        .with(
            "/load",
            json!({"arrival": "closed", "concurrency": [2], "requests": 4}),
        )
        .with("/timeouts/requestSeconds", json!(50))
        .with("/probe", json!({"requests": 0}));
    let result = scenario.result(0);
    assert!(result["workload"]["shapes"][0]["bytes"].as_u64().unwrap() > 50_000_000);
    assert_eq!(
        (count(&result, "succeeded"), count(&result, "items")),
        (4, 400)
    );
}

#[test]
fn thousands_of_open_requests_are_held() {
    // 100,000 are tried by `benches/loadgen/open_requests.sh`: both ends need a file for each.
    let open = 4000;
    let server = simulate(Options {
        law: Law::Constant(3 * SECOND),
        ..Options::default()
    });
    let scenario = Scenario::simulated(&server)
        .with("/load", json!({"arrival": "constant", "ratesPerSecond": [2000], "requests": open, "maxInFlight": 100_000}))
        .with("/timeouts/requestSeconds", json!(30))
        .with("/probe", json!({"requests": 0}));
    let result = scenario.result(0);
    assert_eq!(count(&result, "succeeded"), open);
    assert_eq!(count(&result, "inFlightPeak"), open);
}

#[test]
fn the_simulated_server_says_where_it_listens_and_stops_on_a_signal() {
    let mut child = Command::new(PROGRAM)
        .args([
            "simulate",
            "--listen",
            "127.0.0.1:0",
            "--argument",
            "dtype=bfloat16",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    let url = line
        .trim()
        .strip_prefix("listening at ")
        .unwrap()
        .to_owned();
    let scenario = Scenario::against(&url).with("/target/expect", json!({"dtype": "bfloat16"}));
    assert_eq!(count(&scenario.result(0), "succeeded"), 200);
    terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_no_result_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.json");
    for (content, words) in [
        ("hello", "not a result"),
        ("{}", "`runs` is missing"),
        ("", "not a result"),
    ] {
        std::fs::write(&file, content).unwrap();
        let output = Command::new(PROGRAM)
            .arg("validate")
            .arg(&file)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{content}");
        assert!(
            text(&output).contains(words),
            "{content}: {}",
            text(&output)
        );
    }
    let output = Command::new(PROGRAM)
        .args(["validate", "/no/such/file"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
