//! Reports in a real browser: what a reader meets in light, in dark and on a phone, and what a checker of
//! accessibility says. Pictures of each view are kept in `target/tmp/report`.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]
#![expect(clippy::disallowed_methods, reason = "pictures go into a folder")]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use xbench_scenario::{Scenario, Simulated, ask, oracle_folder, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

fn simulated(seed: u64) -> Simulated {
    Simulated {
        seed,
        requests: 3_000,
        concurrency: vec![1, 4, 16, 64],
        ..Simulated::default()
    }
}

/// A minute of intervals, in open loop sends that were a little late, some failures.
fn whole(result: &mut Value) {
    for (run, number) in result["runs"]
        .as_array_mut()
        .expect("runs")
        .iter_mut()
        .zip(0_u32..)
    {
        let one = run["intervals"][0].clone();
        let interval = |second: u32| {
            let mut interval = one.clone();
            interval["startSeconds"] = json!(second);
            let wave = f64::from((second * 37 + number * 11) % 17);
            interval["succeeded"] = json!(40 + (second * 7 + number) % 9);
            interval["latency"]["p95"] = json!(20.0 + wave);
            interval
        };
        run["intervals"] = (0..60).map(interval).collect();
        run["intervalSeconds"] = json!(1);
        run["elapsedSeconds"] = json!(60);
        run["sendSeconds"] = json!(60);
        run["warmup"]["seconds"] = json!(12.5);
        run["errors"] = json!([{"class": "timeout", "count": 2, "examples": []}]);
        run["client"]["sendError"] = run["latency"]["sent"].clone();
    }
}

/// Writes a report of a scenario's two sides, and what a browser makes of it in each view.
#[track_caller]
fn opened(scenario: &Scenario, name: &str, arguments: &[&str]) -> Vec<Value> {
    let command = ["report", "base", "candidate", "-o", "report.html"];
    let said = scenario.program(XBENCH).args(command).args(arguments).run();
    assert!(matches!(said.code, Some(0 | 1)), "{}", said.stderr);
    let pictures = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("report")
        .join(name);
    std::fs::create_dir_all(&pictures).expect("the folder can be made");
    let script = repository().join("tests/oracles/report_page.mjs");
    let tools = oracle_folder();
    let page = scenario.path("report.html");
    let paths = [&script, &tools, &page, &pictures].map(|path| path.to_str().expect("Unicode"));
    let answer = ask(Path::new("node"), &[], &paths, "").yes();
    serde_json::from_str(&answer).expect("the script prints JSON")
}

/// What holds of every page in every view.
#[track_caller]
fn check(views: &[Value]) {
    assert_eq!(views.len(), 4);
    for view in views {
        let name = &view["name"];
        for nothing in ["console", "requests", "violations"] {
            assert_eq!(view[nothing], json!([]), "{name}, {nothing}");
        }
        assert_eq!(
            (&view["scripts"], &view["dialogs"]),
            (&json!(0), &json!(0)),
            "{name}"
        );
        for width in ["width", "openWidth"] {
            assert_eq!(
                view[width], view["viewport"],
                "{name}: nothing is cut off at the side"
            );
        }
        let load = view["loadMilliseconds"].as_f64().expect("a number");
        assert!(load < 1_000.0, "{name}: opened in {load} ms");
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn everybody_can_read_a_report_in_light_in_dark_and_on_a_phone() {
    let scenario = Scenario::empty();
    simulated(2).write(&scenario, "base", 3, whole);
    let slower = Simulated {
        backend: "pytorch-cuda".to_owned(),
        speed: 0.8,
        ..simulated(3)
    };
    slower.write(&scenario, "candidate", 3, whole);
    let views = opened(&scenario, "usual", &[]);
    check(&views);
    let look = |view: usize, what: &str| views[view][what].clone();
    assert_ne!(
        look(0, "background"),
        look(1, "background"),
        "dark is another theme"
    );
    assert_ne!(look(0, "line"), look(1, "line"), "charts follow it");
    assert_eq!(look(1, "line"), look(3, "line"));
    for view in &views {
        assert!(view["charts"].as_u64().expect("a number") > 12, "{view}");
        let label = view["smallestLabel"].as_f64().expect("a number");
        assert!(label >= 10.0, "{}: letters of {label} px", view["name"]);
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn a_browser_runs_nothing_that_results_say() {
    let hostile =
        "</script></title></style></svg><script>alert(1)</script><img src=x onerror=alert(1)>";
    let named = |result: &mut Value| {
        whole(result);
        result["metadata"]["variant"] = json!(hostile);
        result["metadata"]["price"]["source"] = json!(hostile);
    };
    let scenario = Scenario::empty();
    simulated(2).write(&scenario, "base", 3, named);
    simulated(3).write(&scenario, "candidate", 3, named);
    scenario.write("candidate/<svg onload=alert(1)>.json", "{}");
    check(&opened(&scenario, "hostile", &[]));
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn a_report_over_two_hundred_results_opens_within_a_second() {
    let scenario = Scenario::empty();
    let many = |seed| Simulated {
        requests: 200,
        concurrency: vec![1, 2, 4, 8, 16, 32],
        ..simulated(seed)
    };
    many(2).write(&scenario, "base", 100, whole);
    many(3).write(&scenario, "candidate", 100, whole);
    let views = opened(&scenario, "many", &[]);
    check(&views);
    let bytes = scenario.read("report.html").len();
    assert!(bytes < 5_000_000, "{bytes} bytes");
    let times: Vec<&Value> = views.iter().map(|view| &view["loadMilliseconds"]).collect();
    println!("{bytes} bytes, opened in {times:?} ms");
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn a_refusal_is_a_page_for_everybody_too() {
    let scenario = Scenario::empty();
    simulated(2).write(&scenario, "base", 3, |_| {});
    let other = |result: &mut Value| result["metadata"]["model"] = json!("another/model");
    simulated(3).write(&scenario, "candidate", 3, other);
    check(&opened(&scenario, "refused", &[]));
}
