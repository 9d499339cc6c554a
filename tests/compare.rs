//! Comparisons of results as a user, a script and a reviewer meet them.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on ends by panicking"
)]

use serde_json::{Value, json};
use xbench::schema::{Document, Schemas};
use xbench_scenario::{Run, Scenario, Simulated};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

fn run(scenario: &Scenario, arguments: &[&str]) -> Run {
    scenario.program(XBENCH).args(arguments).run()
}

/// A side of three results of one run each, in a folder; `change` makes of each what the test is about.
fn side(scenario: &Scenario, folder: &str, seed: u64, change: impl Fn(u64, &mut Value)) {
    for number in 0..3 {
        let simulated = Simulated {
            seed,
            number: 2 * number + seed % 2,
            spread: 0.005,
            requests: 1_000,
            ..Simulated::default()
        };
        let mut result = simulated.result();
        change(number, &mut result);
        let text = serde_json::to_string_pretty(&result).expect("it prints");
        scenario.write(format!("{folder}/{number}.json"), text);
    }
}

/// Two sides that do not differ but for what `change` does to the candidate's.
fn pair(change: impl Fn(u64, &mut Value)) -> Scenario {
    let scenario = Scenario::empty();
    side(&scenario, "base", 2, |_, _| {});
    side(&scenario, "candidate", 3, change);
    scenario
}

fn set(result: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = result
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("{pointer}"));
    match parent {
        Value::Array(list) => list[key.parse::<usize>().expect("an index")] = value,
        parent => parent[key] = value,
    }
}

#[track_caller]
fn answer(said: &Run) -> Value {
    let answer: Value = serde_json::from_str(&said.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", said.stdout, said.stderr));
    let problems = Schemas::default().problems(Document::Comparison, &answer);
    assert!(problems.is_empty(), "{problems:?}");
    answer
}

#[test]
fn two_equal_sides_pass() {
    let scenario = pair(|_, _| {});
    let said = run(
        &scenario,
        &["compare", "base", "candidate", "--format", "json"],
    );
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    let answer = answer(&said);
    assert_eq!(answer["verdict"], "pass");
    let point = &answer["comparisons"][0]["points"][0];
    // 3 items, 2 chips, 3.60 USD an hour: an items/s is 1,000 items for a dollar.
    let derived = &point["base"]["derived"];
    let figure = |name: &str| derived[name].as_f64().expect("a number");
    let near = |one: f64, other: f64| assert!((one / other - 1.0).abs() < 1e-9, "{one} {other}");
    near(figure("itemsPerSecond"), 3.0 * figure("requestsPerSecond"));
    near(
        figure("itemsPerSecondPerChip"),
        figure("itemsPerSecond") / 2.0,
    );
    near(figure("itemsPerUsd"), figure("itemsPerSecond") * 1_000.0);
    near(figure("usdPerMillionItems"), 1e6 / figure("itemsPerUsd"));
    let throughput = &point["metrics"][0];
    assert_eq!(
        (&throughput["metric"], &throughput["base"]["runs"]),
        (&json!("throughput"), &json!(3))
    );
}

#[test]
fn a_loss_beyond_the_threshold_fails_in_every_format() {
    let scenario = Scenario::empty();
    side(&scenario, "base", 2, |_, _| {});
    for number in 0..3 {
        let slow = Simulated {
            seed: 3,
            number: 2 * number + 1,
            speed: 0.8,
            spread: 0.005,
            requests: 1_000,
            ..Simulated::default()
        };
        scenario.write(format!("candidate/{number}.json"), slow.text());
    }
    for (format, wanted) in [
        ("text", "FAIL: throughput "),
        ("markdown", "**FAIL: throughput "),
        ("csv", "throughput,requests/s,3,3,"),
        ("json", "\"verdict\": \"fail\""),
    ] {
        let said = run(
            &scenario,
            &["compare", "base", "candidate", "--format", format],
        );
        assert_eq!(said.code, Some(1), "{format}: {}", said.stderr);
        assert!(said.stdout.contains(wanted), "{format}: {}", said.stdout);
    }
    let loose = [
        "compare",
        "base",
        "candidate",
        "--fail",
        "throughput=30",
        "--fail",
        "latency-p95=50%",
    ];
    assert_eq!(run(&scenario, &loose).code, Some(0));
    scenario.write(
        "policy.yaml",
        "gates: {throughput: {worse: 0.1, action: warn}, latency-p95: null}\n",
    );
    let said = run(
        &scenario,
        &["compare", "base", "candidate", "--policy", "policy.yaml"],
    );
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stdout.contains("warning: throughput"),
        "{}",
        said.stdout
    );
}

#[test]
fn the_same_files_give_the_same_bytes_in_any_order() {
    let scenario = pair(|_, _| {});
    let all = ["base/0.json", "base/1.json", "base/2.json"];
    let compare = |base: &[&str]| {
        let mut arguments = vec!["compare"];
        arguments.extend(base);
        arguments.extend(["--candidate", "candidate", "--format", "csv"]);
        run(&scenario, &arguments)
            .stdout
            .replace(&base.join(" "), "base")
    };
    assert_eq!(compare(&all), compare(&[all[2], all[0], all[1]]));
}

#[test]
fn what_differs_is_named_and_can_be_accepted_with_a_reason() {
    let scenario = pair(|_, result| {
        set(result, "/workload/sha256", json!("c".repeat(64)));
        set(result, "/metadata/revision", json!("another"));
        set(result, "/config/warmup/minRequests", json!(30));
        set(result, "/config/target/expect/page_size", json!(64));
        set(result, "/server/expectations/0/reported", json!(64));
    });
    let said = run(&scenario, &["compare", "base", "candidate"]);
    assert_eq!(said.code, Some(1));
    for path in [
        "workload.sha256",
        "metadata.revision",
        "config.warmup.minRequests",
        "config.target.expect.page_size",
        "server.reported.page_size",
    ] {
        assert!(
            said.stderr.contains(&format!("`{path}`")),
            "{path}: {}",
            said.stderr
        );
    }
    assert!(said.stderr.contains("30 in `candidate`"), "{}", said.stderr);
    assert_eq!(said.stdout, "");
    let mut arguments = vec!["compare", "base", "candidate", "--format", "json"];
    for allowance in [
        "workload=same text, other ids",
        "metadata.revision=same weights",
        "config=because",
        "server=because",
        "server.nothing=unused",
    ] {
        arguments.extend(["--allow-difference", allowance]);
    }
    let said = run(&scenario, &arguments);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stderr
            .contains("warning[unused-allowance]: `server.nothing` does not differ")
    );
    let accepted = &answer(&said)["comparisons"][0]["accepted"];
    assert_eq!(accepted.as_array().map(Vec::len), Some(5));
    assert_eq!(accepted[0]["by"], "command line");
}

#[test]
fn what_the_suite_accepts_needs_no_argument() {
    let accepted = json!([{ "path": "/server/flags/page-size", "reason": "no page of 128 there" }]);
    let scenario = pair(|_, result| {
        set(result, "/config/target/expect/page_size", json!(64));
        set(result, "/server/expectations/0/reported", json!(64));
        result["metadata"]["differences"] = accepted.clone();
    });
    let said = run(&scenario, &["compare", "base", "candidate"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stdout
            .contains("accepted by the suite: no page of 128 there"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_side_is_of_one_kind() {
    let scenario = pair(|number, result| {
        if number == 1 {
            set(result, "/metadata/accelerator", json!("another"));
        }
    });
    let said = run(&scenario, &["compare", "base", "candidate"]);
    assert_eq!(said.code, Some(1));
    let wanted = "results of the candidate differ among themselves in `metadata.accelerator`";
    assert!(said.stderr.contains(wanted), "{}", said.stderr);
}

#[test]
fn one_set_is_grouped_by_its_metadata() {
    let scenario = Scenario::empty();
    for (backend, seed) in [("jax-tpu", 4), ("pytorch-cuda", 5), ("third", 6)] {
        for number in 0..3 {
            let simulated = Simulated {
                seed,
                number,
                backend: backend.to_owned(),
                ..Simulated::default()
            };
            scenario.write(format!("all/{backend}/{number}.json"), simulated.text());
        }
    }
    let arguments = [
        "compare", "--by", "backend", "--base", "third", "all", "--format", "json",
    ];
    let said = run(&scenario, &arguments);
    let answer = answer(&said);
    let name = |at: usize, side: &str| answer["comparisons"][at][side]["name"].clone();
    let names = [
        name(0, "base"),
        name(1, "base"),
        name(0, "candidate"),
        name(1, "candidate"),
    ];
    assert_eq!(names, ["third", "third", "jax-tpu", "pytorch-cuda"]);
    let said = run(&scenario, &["compare", "--by", "model", "all"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr.contains("all results have the same `model`"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_drift_of_one_score_fails_even_with_one_run() {
    let scenario = Scenario::empty();
    for (name, drift) in [("base", 0.0), ("same", 0.019), ("drifted", 0.05)] {
        let simulated = Simulated {
            drift,
            seed: 9,
            backend: "one".to_owned(),
            ..Simulated::default()
        };
        let mut result = simulated.result();
        set(&mut result, "/environment/hostname", json!(name));
        scenario.write(format!("{name}.json"), result.to_string());
    }
    let said = run(&scenario, &["compare", "base.json", "same.json"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(
        said.stdout
            .starts_with("NO VERDICT: it takes at least 3 runs"),
        "{}",
        said.stdout
    );
    let said = run(
        &scenario,
        &["compare", "base.json", "same.json", "--require-verdict"],
    );
    assert_eq!(said.code, Some(1));
    let said = run(&scenario, &["compare", "base.json", "drifted.json"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.stdout
            .starts_with("FAIL: scores differ (by 0.05 for item 0 of request 0"),
        "{}",
        said.stdout
    );
    let loose = [
        "compare",
        "base.json",
        "drifted.json",
        "--max-score-difference",
        "0.06",
        "--mean-score-difference=0.1",
    ];
    assert_eq!(run(&scenario, &loose).code, Some(0));
}

#[test]
fn without_scores_there_is_no_pass() {
    let scenario = pair(|_, result| set(result, "/probe", json!([])));
    let said = run(
        &scenario,
        &["compare", "base", "candidate", "--require-verdict"],
    );
    assert_eq!(said.code, Some(1));
    assert!(
        said.stdout
            .starts_with("INCONCLUSIVE: there are no scores to compare"),
        "{}",
        said.stdout
    );
}

#[test]
fn runs_that_prove_nothing_are_left_out_and_listed() {
    let scenario = pair(|number, result| match number {
        0 => set(result, "/runs/0/status", json!("interrupted")),
        1 => {
            let rule =
                json!({ "rule": "errors", "passed": false, "measured": 0.02, "limit": 0.001 });
            set(
                result,
                "/runs/0/verdict",
                json!({ "valid": false, "rules": [rule] }),
            );
        }
        _ => set(result, "/runs/0/warmup/steady", json!(false)),
    });
    let said = run(&scenario, &["compare", "base", "candidate"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr
            .contains("candidate has no run that counts: 3 are"),
        "{}",
        said.stderr
    );
    let said = run(
        &scenario,
        &[
            "compare",
            "base",
            "candidate",
            "--keep",
            "invalid",
            "--keep",
            "not-warmed-up",
        ],
    );
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stdout
            .contains("1 run of `candidate/0.json`: interrupted"),
        "{}",
        said.stdout
    );
    assert!(said.stderr.contains("warning[left-out]"), "{}", said.stderr);
    let all = [
        "compare",
        "base",
        "candidate",
        "--keep=invalid",
        "--keep=not-warmed-up",
        "--keep=interrupted",
    ];
    assert!(run(&scenario, &all).stdout.starts_with("PASS"));
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
            "/ holds `surprise`, which the format does not know",
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
fn a_comment_is_never_too_long() {
    let scenario = Scenario::empty();
    for (folder, seed) in [("base", 2), ("candidate", 3)] {
        let simulated = Simulated {
            seed,
            requests: 20,
            concurrency: (1..250).collect(),
            ..Simulated::default()
        };
        scenario.write(format!("{folder}.json"), simulated.text());
    }
    let said = run(
        &scenario,
        &[
            "compare",
            "base.json",
            "candidate.json",
            "--format=markdown",
        ],
    );
    let length = said.stdout.chars().count();
    assert!((50_000..=65_000).contains(&length), "{length}");
    assert!(
        said.stdout
            .contains("Left out because a comment cannot hold it: ")
    );
    assert_eq!(
        said.stdout.matches("<details").count(),
        said.stdout.matches("</details>").count()
    );
}
