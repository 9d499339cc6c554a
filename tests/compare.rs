//! Comparisons of results as a user, a script and a reviewer meet them.
#![expect(clippy::panic, reason = "a test that cannot go on ends by panicking")]

mod answers;

use answers::run;
use serde_json::{Value, json};
use xbench::schema::Document;
use xbench_scenario::{Run, Scenario, Simulated, pair, set, side};

/// What `compare --format json` said.
#[track_caller]
fn answer(said: &Run) -> Value {
    answers::answer(said, Document::Comparison)
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

#[test]
fn a_percentile_of_too_few_requests_is_not_judged() {
    let scenario = Scenario::empty();
    for (folder, seed, speed) in [("base", 2, 1.0), ("candidate", 3, 0.5)] {
        let few = Simulated {
            seed,
            speed,
            requests: 6,
            ..Simulated::default()
        };
        few.write(&scenario, folder, 3, |_| {});
    }
    let said = run(
        &scenario,
        &["compare", "base", "candidate", "--format=json"],
    );
    let value = answer(&said);
    for metric in value["comparisons"][0]["points"][0]["metrics"]
        .as_array()
        .expect("metrics")
    {
        let name = metric["metric"].as_str().unwrap_or_default();
        if ["latency-p95", "latency-p99"].contains(&name) {
            assert_eq!(metric["gate"]["verdict"], "not-judged", "{name}");
            assert_eq!(metric["gate"]["pWorse"], Value::Null, "{name}");
        }
    }
    let remarks = value["comparisons"][0]["remarks"].to_string();
    assert!(
        remarks.contains("a run has only 6 requests that succeeded, and below 20"),
        "{remarks}"
    );
    // With nothing else to judge there is no verdict, and it says why.
    let alone = ["compare", "base", "candidate", "--ignore", "throughput"];
    let said = run(&scenario, &alone);
    assert!(
        said.stdout
            .starts_with("NO VERDICT: no gate judges any metric: runs have too few requests"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("not judged (needs 20 requests a run)"),
        "{}",
        said.stdout
    );
}

#[test]
fn without_a_gate_the_headline_says_so() {
    let scenario = pair(|_, _| {});
    let mut arguments = vec!["compare", "base", "candidate"];
    for metric in ["throughput", "latency-p95"] {
        arguments.extend(["--ignore", metric]);
    }
    let said = run(&scenario, &arguments);
    assert!(
        said.stdout
            .starts_with("NO VERDICT: no gate that can fail judges any metric"),
        "{}",
        said.stdout
    );
    arguments.extend(["--ignore", "latency-p99"]);
    let said = run(&scenario, &arguments);
    assert!(
        said.stdout
            .starts_with("NO VERDICT: no gate judges any metric\n"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_result_on_both_sides_gives_no_verdict() {
    let scenario = pair(|_, _| {});
    let arguments = ["compare", "base", "base", "--require-verdict"];
    let said = run(&scenario, &arguments);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(
        said.stdout
            .starts_with("NO VERDICT: 3 results are on both sides, `base/0.json` among them"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("- `base/2.json` is on both sides"),
        "{}",
        said.stdout
    );
}

#[test]
fn three_runs_other_clients_and_the_tests_are_named() {
    let scenario = pair(|_, result| {
        set(result, "/tool/version", json!("9.9"));
        set(result, "/environment/cpus", json!(8));
        set(result, "/metadata/images", json!({ "loadgen": "other" }));
    });
    for number in 0..3 {
        let name = format!("base/{number}.json");
        let mut result: Value = serde_json::from_str(&scenario.read(&name)).expect("it is JSON");
        set(&mut result, "/environment/cpus", json!(4));
        scenario.write(&name, result.to_string());
    }
    let said = run(&scenario, &["compare", "base", "candidate"]);
    for wanted in [
        "measured with different load generators: 0.1.0 and 9.9",
        "the client's machines differ: 4 CPUs and 8 CPUs",
        "with 3 runs a side the 95 % interval holds the true change in 90 % of cases only",
        "rank p  rank p, Holm",
    ] {
        assert!(said.stdout.contains(wanted), "{wanted}: {}", said.stdout);
    }
    // Only one side says its image.
    assert!(!said.stdout.contains("different images"), "{}", said.stdout);
}

#[test]
fn a_key_that_no_result_has_is_refused_with_those_there_are() {
    let scenario = pair(|_, _| {});
    let said = run(&scenario, &["compare", "--by", "nope", "base"]);
    assert!(
        said.stderr.contains("no result has a `nope`"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("price.usdPerHour"), "{}", said.stderr);
}
