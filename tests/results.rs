//! Results as they are found: in files, folders, patterns and logs, damaged, of others.
#![expect(clippy::panic, reason = "a test that cannot go on ends by panicking")]

mod answers;

use answers::{XBENCH, run};
use serde_json::{Value, json};
use xbench::schema::Document;
use xbench_scenario::{Run, Scenario, Simulated, pair, set};

/// What `compare --format json` said.
#[track_caller]
fn answer(said: &Run) -> Value {
    answers::answer(said, Document::Comparison)
}

#[test]
fn patterns_logs_and_standard_input_are_places_too() {
    let scenario = pair(|_, _| {});
    let block = |text: String| {
        format!("noise\n-----BEGIN XBENCH RESULT-----\n{text}-----END XBENCH RESULT-----\n")
    };
    let log: String = (0..3)
        .map(|n| block(scenario.read(format!("candidate/{n}.json"))))
        .collect();
    scenario.write("pods.log", &log);
    for candidate in [
        "candidate/*.json",
        "candidate/[0-2].json",
        "**/candidate/?.json",
        "pods.log",
    ] {
        let said = run(&scenario, &["compare", "base", candidate, "--format=json"]);
        assert_eq!(answer(&said)["verdict"], "pass", "{candidate}");
    }
    let said = scenario
        .program(XBENCH)
        .args(["compare", "base", "-", "--format=json"])
        .input(log.as_str())
        .run();
    assert_eq!(answer(&said)["verdict"], "pass");
    let said = run(
        &scenario,
        &["results", "extract", "pods.log", "-o", "extracted"],
    );
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let said = run(
        &scenario,
        &["compare", "base", "extracted", "--format=json"],
    );
    assert_eq!(
        answer(&said)["comparisons"][0]["points"][0]["candidate"]["runs"],
        3
    );
}

#[test]
fn a_cut_log_gives_what_is_there_and_says_so() {
    let scenario = Scenario::empty();
    let simulated = Simulated {
        runs: 3,
        ..Simulated::default()
    };
    let text = simulated.text();
    let cut = text.rfind("\"throughput\"").expect("the last run has one");
    let log = format!("-----BEGIN XBENCH RESULT-----\n{}", &text[..cut]);
    let said = scenario
        .program(XBENCH)
        .args(["results", "extract"])
        .input(log.as_str())
        .run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stderr.contains("warning[incomplete]"),
        "{}",
        said.stderr
    );
    let result: Value = serde_json::from_str(&said.stdout).expect("a result");
    assert_eq!(result["status"], "interrupted");
    assert_eq!(result["runs"].as_array().map(Vec::len), Some(2));
    let early = scenario
        .program(XBENCH)
        .args(["results", "extract"])
        .input(&log[..200])
        .run();
    assert_eq!(early.code, Some(1));
    assert!(
        early.stderr.contains("cut before the first run ended"),
        "{}",
        early.stderr
    );
}

#[test]
fn a_bad_file_is_named_and_stops_nothing_unless_strict() {
    let good = Simulated::default().text();
    let change = |pointer: &str, value: Value| {
        let mut result = Simulated::default().result();
        set(&mut result, pointer, value);
        result.to_string()
    };
    let digits = good.find("\"requestsPerSecond\": ").expect("it has one") + 21;
    let end = digits + good[digits..].find(',').expect("more follows");
    let with_nan = format!("{}NaN{}", &good[..digits], &good[end..]);
    let cases = [
        (
            "truncated",
            good[..good.len() / 2].to_owned(),
            "it ends in the middle, in line ",
        ),
        ("empty", String::new(), "it is empty"),
        ("not-json", "hello".to_owned(), "it is not JSON"),
        ("nan", with_nan, "NaN in line "),
        (
            "negative",
            change("/runs/0/latency/sent/p50", json!(-1.5)),
            "/runs/0/latency/sent/p50 is -1.5; the least is 0",
        ),
        (
            "huge-number",
            good.replacen("\"readySeconds\": 1.5", "\"readySeconds\": 1e999", 1),
            "it is not JSON: number out of range",
        ),
        (
            "missing",
            change("/runs/0/counts", json!({})),
            "/runs/0/counts lacks \"planned\"",
        ),
        (
            "unknown",
            change("/surprise", json!(1)),
            "it holds `surprise`, which the format does not know",
        ),
        (
            "not-a-histogram",
            change("/runs/0/latency/sent/histogram", json!("HISTFAAA")),
            "/runs/0/latency/sent: no HDR histogram",
        ),
        (
            "other-count",
            change("/runs/0/latency/sent/count", json!(3)),
            "the histogram counts 200 durations, the figures beside it 3",
        ),
        (
            "contradiction",
            change("/runs/0/counts/succeeded", json!(7)),
            "200 latencies of 7 requests that succeeded",
        ),
        (
            "newer",
            change("/schemaVersion", json!(2)),
            "it has version 2 of the format, and this xbench reads version 1",
        ),
        (
            "deep",
            "[".repeat(200_000),
            "it is not JSON: recursion limit exceeded",
        ),
        (
            "wide",
            format!("[{}1]", "1,".repeat(3_000_001)),
            "it holds more than 3000000 values",
        ),
    ];
    for (name, text, why) in &cases {
        let scenario = pair(|_, _| {});
        scenario.write(format!("candidate/{name}.json"), text);
        let said = run(&scenario, &["compare", "base", "candidate"]);
        assert_eq!(said.code, Some(0), "{name}: {}", said.stderr);
        let wanted = format!("`candidate/{name}.json` is left out: ");
        assert!(said.stderr.contains(&wanted), "{name}: {}", said.stderr);
        let flat = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(why), "{name}: {}", said.stderr);
        let strict = run(&scenario, &["compare", "base", "candidate", "--strict"]);
        assert_eq!(
            (strict.code, strict.stdout.as_str()),
            (Some(1), ""),
            "{name}"
        );
    }
}

#[test]
fn a_huge_file_is_refused_by_its_length() {
    let scenario = pair(|_, _| {});
    scenario.write("candidate/huge.json", "{");
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(scenario.path("candidate/huge.json"));
    // A hole: ten gigabytes that take no room.
    file.and_then(|file| file.set_len(10 * 1024 * 1024 * 1024))
        .expect("the file grows");
    let said = run(&scenario, &["compare", "base", "candidate"]);
    assert_eq!(said.code, Some(0));
    assert!(
        said.stderr
            .contains("it has 10240 MiB, more than the 64 MiB"),
        "{}",
        said.stderr
    );
}

#[test]
fn places_that_cannot_be_read_are_trouble_and_give_no_answer() {
    let scenario = pair(|_, _| {});
    scenario.write("empty/readme.txt", "nothing here");
    for (places, wanted) in [
        (["base", "nowhere"], "cannot read `nowhere`"),
        (["base", "empty"], "`empty` holds no result"),
        (["base", "no*thing"], "`no*thing` holds no result"),
        (["base", "ftp://x/y"], "results are not read from `ftp://`"),
    ] {
        let said = run(&scenario, &["compare", places[0], places[1]]);
        assert_eq!(
            (said.code, said.stdout.as_str()),
            (Some(2), ""),
            "{places:?}"
        );
        assert!(said.stderr.contains(wanted), "{places:?}: {}", said.stderr);
    }
    let said = run(
        &scenario,
        &["compare", "base/0.json", "base/1.json", "candidate"],
    );
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr
            .contains("nothing says which results are the candidate"),
        "{}",
        said.stderr
    );
}

const BENCH_SCORE: &str = "\
test_duration_secs,minute_interval,target_rps,item_count,server_type,distribution,unique_requests,total_requests,\
successful_requests,failed_requests,send_duration_secs,total_duration_secs,avg_response_time_ms,\
p50_response_time_ms,p90_response_time_ms,p99_response_time_ms
60,1,160,10,HTTP,POISSON,100,8646,8646,0,66.6,66.7,12.1,11.0,18.0,25.0
60,2,160,10,HTTP,POISSON,100,954,900,54,66.6,66.7,13.1,12.0,19.0,27.0
";

#[test]
fn formats_of_others_give_figures_and_no_verdict() {
    let scenario = Scenario::empty();
    let matrix = |rate: f64| {
        json!({
            "schema_version": "score_matrix_v1", "backend": "jax", "hardware": "v6e-1", "server_config": { "model": "m" },
            "workload_ref": "w", "results": [
                { "items": 10, "query_tokens": 128, "item_tokens": 64, "concurrency": 4, "rps": rate, "p50_ms": 20, "p95_ms": 30, "p99_ms": 40 },
                { "items": 1, "query_tokens": 128, "item_tokens": 64, "concurrency": 4, "items_per_second": rate, "p50_ms": 2 },
            ],
        })
        .to_string()
    };
    scenario
        .write("old.csv", format!("starting up\n{BENCH_SCORE}"))
        .write("new.csv", BENCH_SCORE.replace("11.0", "22.0"))
        .write("old.json", matrix(100.0))
        .write("new.json", matrix(50.0))
        .write("bad.csv", BENCH_SCORE.replace("11.0", "-11.0"))
        .write(
            "worse.json",
            matrix(50.0).replace("\"rps\":50.0", "\"rps\":\"many\""),
        );
    let said = run(&scenario, &["compare", "old.csv", "new.csv"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stdout
            .starts_with("NO VERDICT: the results do not say everything"),
        "{}",
        said.stdout
    );
    assert!(
        said.stderr.contains("it lacks the workload's hash"),
        "{}",
        said.stderr
    );
    let said = run(
        &scenario,
        &["compare", "old.json", "new.json", "--format=json"],
    );
    let answer = answer(&said);
    assert_eq!((said.code, &answer["verdict"]), (Some(0), &json!("none")));
    let ratios: Vec<&Value> = (0..2)
        .map(|at| &answer["comparisons"][0]["points"][at]["metrics"][0]["ratio"])
        .collect();
    assert_eq!(ratios, [&json!(0.5), &json!(0.5)]);
    for (file, why) in [
        ("bad.csv", "p50_response_time_ms is -11"),
        ("worse.json", "rps is \"many\""),
    ] {
        let said = run(&scenario, &["compare", "old.csv", file]);
        assert_eq!(said.code, Some(1), "{file}");
        assert!(said.stderr.contains(why), "{file}: {}", said.stderr);
    }
}

#[test]
fn a_copy_counts_once() {
    let scenario = pair(|_, _| {});
    scenario.write("base/again.json", scenario.read("base/0.json"));
    let said = run(
        &scenario,
        &[
            "compare",
            "base",
            "base/0.json",
            "--candidate",
            "candidate",
            "--format",
            "json",
        ],
    );
    assert!(
        said.stderr
            .contains("`base/again.json` is left out: it is a copy"),
        "{}",
        said.stderr
    );
    assert_eq!(
        answer(&said)["comparisons"][0]["points"][0]["base"]["runs"],
        3
    );
}

#[test]
fn contradictions_that_no_schema_sees_are_refused_with_their_place() {
    let broken = json!([{ "rule": "errors", "passed": false, "measured": 1, "limit": 0 }]);
    for (pointer, value, wanted) in [
        (
            "/runs/0/verdict/rules",
            broken.clone(),
            "/runs/0/verdict/valid: it is true, and the rule `errors` did not pass",
        ),
        ("/verdict/rules", broken, "/verdict/valid: it is true"),
        (
            "/probe/0/scores/1/0",
            json!(5e300),
            "/probe/0/scores/1/0: 5e300 is no probability",
        ),
        (
            "/startedAt",
            json!("2026-13-45T99:99:99.999Z"),
            "/startedAt: there is no such time",
        ),
        (
            "/runs/0/startedAt",
            json!("2026-02-29T00:00:00.000Z"),
            "/runs/0/startedAt: there is no such time",
        ),
    ] {
        let scenario = Scenario::empty();
        let mut result = Simulated::default().result();
        set(&mut result, pointer, value);
        scenario.write("one.json", result.to_string());
        let said = run(&scenario, &["results", "check", "one.json"]);
        assert_eq!(said.code, Some(1), "{pointer}: {}", said.stdout);
        assert!(said.stderr.contains(wanted), "{pointer}: {}", said.stderr);
    }
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let scenario = Scenario::empty();
    scenario.write(
        "one.json",
        format!("\u{feff}{}", Simulated::default().text()),
    );
    let said = run(&scenario, &["results", "check", "one.json"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a test makes a pipe of its own")]
#[test]
fn a_pipe_in_a_folder_is_passed_over() {
    let scenario = pair(|_, _| {});
    let pipe = scenario.path("base/pipe.json");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()));
    for place in ["base", "base/*.json"] {
        let said = run(&scenario, &["results", "check", place]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert_eq!(said.stdout.lines().count(), 3, "{}", said.stdout);
    }
}
