//! Results over time: trends, change points, the index, baselines and the nightly check.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on ends by panicking"
)]
#![expect(clippy::disallowed_methods, reason = "a test touches files of its own")]

mod answers;

use answers::{XBENCH, answer, run};
use serde_json::Value;
use std::fs;
use xbench::schema::{Document, Schemas};
use xbench_scenario::{Run, Scenario, Simulated};

const INDEX: &str = "--index=index.sqlite";

/// What `history results` says, as JSON that its schema accepts.
#[track_caller]
fn history(scenario: &Scenario, arguments: &[&str]) -> (Value, Run) {
    let base = ["history", "results", "--format=json"];
    let said = run(scenario, &[&base, arguments].concat());
    let value = answer(&said, Document::History);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    (value, said)
}

/// A night's result: three runs, faster or slower than the law.
fn night(number: u64, speed: f64) -> Simulated {
    Simulated {
        seed: 7,
        speed,
        spread: 0.01,
        runs: 3,
        number,
        ..Simulated::default()
    }
}

fn write(scenario: &Scenario, name: &str, result: &Value) {
    let text = serde_json::to_string(result).expect("it prints");
    scenario.write(format!("results/{name}.json"), text);
}

/// Nights with the given speeds.
fn nights(speeds: &[f64]) -> Scenario {
    let scenario = Scenario::empty();
    for (number, speed) in (0..).zip(speeds) {
        // Names in another order than time.
        let name = format!("{:02}", 97 * (number + 1) % 101);
        write(&scenario, &name, &night(number, *speed).result());
    }
    scenario
}

fn changes(value: &Value, metric: &str) -> Vec<u64> {
    let all = value["series"][0]["changes"].as_array().expect("changes");
    all.iter()
        .filter(|change| change["metric"] == metric)
        .filter_map(|change| change["index"].as_u64())
        .collect()
}

fn count(value: &Value) -> usize {
    value["series"][0]["results"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_planted_change_is_found_where_it_is_in_any_order_of_files() {
    let speeds = [vec![1.0; 20], vec![0.88; 12]].concat();
    let scenario = nights(&speeds);
    let (value, said) = history(&scenario, &[INDEX]);
    assert_eq!(said.stderr, "");
    assert!(changes(&value, "throughput").contains(&20), "{value}");
    assert!(changes(&value, "latency-p50").contains(&20), "{value}");
    let results = value["series"][0]["results"].as_array().expect("results");
    let starts: Vec<&str> = results
        .iter()
        .filter_map(|result| result["startedAt"].as_str())
        .collect();
    assert!(starts.is_sorted() && starts.len() == 32);
    let all = value["series"][0]["changes"].as_array().expect("changes");
    let change = all
        .iter()
        .find(|change| change["index"] == 20)
        .expect("it is there");
    assert_eq!(change["direction"], "worse");
    assert_eq!(change["name"], results[20]["name"]);

    let text = run(&scenario, &["history", "results", INDEX]).done();
    assert!(text.contains("throughput worse:"), "{text}");
    let markdown = run(
        &scenario,
        &["history", "results", INDEX, "--format=markdown"],
    )
    .done();
    assert!(markdown.starts_with("Changes:\n\n- ") && markdown.contains("\n| variant |"));
    let csv = run(&scenario, &["history", "results", INDEX, "--format=csv"]).done();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 32);
    let last = rows[20].len() - 1;
    assert!(rows[20][last].contains("throughput"), "{:?}", rows[20]);

    let (short, _) = history(&scenario, &[INDEX, "--last=10"]);
    assert_eq!(
        (count(&short), changes(&short, "throughput").len()),
        (10, 0)
    );
}

#[test]
fn flat_nights_have_no_change() {
    let scenario = nights(&[1.0; 30]);
    let (value, _) = history(&scenario, &[INDEX]);
    assert_eq!(value["series"][0]["changes"], Value::Array(Vec::new()));
}

#[test]
fn the_index_reads_only_what_is_new_or_changed_and_forgets_what_is_gone() {
    let scenario = nights(&[1.0, 1.0, 1.0, 1.0]);
    let (before, _) = history(&scenario, &[INDEX]);
    assert_eq!(count(&before), 4);
    // One that cannot be read any more shows that it is not read: only its length and time are looked at.
    let file = scenario.path("results/97.json");
    let metadata = fs::metadata(&file).expect("it is there");
    let blank = vec![b' '; usize::try_from(metadata.len()).expect("it is short")];
    fs::write(&file, &blank).expect("it is writable");
    let opened = fs::File::options()
        .write(true)
        .open(&file)
        .expect("it opens");
    opened
        .set_modified(metadata.modified().expect("it has a time"))
        .expect("the time can be set");
    assert_eq!(history(&scenario, &[INDEX]).0, before);
    // Touched, it is.
    fs::write(&file, &blank).expect("it is writable");
    let (value, said) = history(&scenario, &[INDEX]);
    assert_eq!(count(&value), 3);
    assert!(said.stderr.contains("it is empty"), "{}", said.stderr);
    // Put right, another one vanished, a new one come.
    write(&scenario, "97", &night(0, 1.0).result());
    scenario.remove("results/93.json");
    write(&scenario, "new", &night(9, 1.0).result());
    let (value, said) = history(&scenario, &[INDEX]);
    assert_eq!((count(&value), said.stderr.as_str()), (4, ""));
    assert!(!said.stdout.contains("results/93.json") && said.stdout.contains("results/new.json"));
    // The files are the truth: without an index, or with a new one, the answer is the same.
    assert_eq!(history(&scenario, &["--no-index"]).0, value);
    assert_eq!(history(&scenario, &[INDEX, "--reindex"]).0, value);
    // Other folders do not disturb each other.
    scenario.write("other/a.json", night(3, 1.0).text());
    assert_eq!(run(&scenario, &["history", "other", INDEX]).code, Some(0));
    assert_eq!(history(&scenario, &[INDEX]).0, value);
}

#[test]
fn a_damaged_or_foreign_index_is_put_aside_with_a_remark() {
    let scenario = nights(&[1.0, 1.0]);
    let (value, _) = history(&scenario, &[INDEX]);
    let good = fs::read(scenario.path("index.sqlite")).expect("the index is there");

    // What is no database is nobody's index.
    let notes = "some notes of mine, long enough to be a header of a database";
    scenario.write("notes.txt", notes);
    let said = run(&scenario, &["history", "results", "--index=notes.txt"]);
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    assert!(said.stderr.contains("is no index"), "{}", said.stderr);
    assert_eq!(scenario.read("notes.txt"), notes);
    assert!(!scenario.path("notes.txt.aside").exists());

    // Damaged in the middle, or cut.
    let mut damaged = good.clone();
    for byte in &mut damaged[100..] {
        *byte = 0xa5;
    }
    for bytes in [damaged, good[..good.len() / 2].to_vec()] {
        scenario.write("index.sqlite", bytes);
        let (other, said) = history(&scenario, &[INDEX]);
        assert_eq!(other, value);
        assert!(said.stderr.contains("made anew"), "{}", said.stderr);
        assert_eq!(history(&scenario, &[INDEX]).1.stderr, "");
    }
}

#[test]
fn control_characters_of_results_reach_no_terminal() {
    let scenario = Scenario::empty();
    let mut result = night(0, 1.0).result();
    result["metadata"]["variant"] = Value::from("x\n\u{1b}[31m");
    write(&scenario, "one", &result);
    for arguments in [
        vec!["history", "results", "--no-index"],
        vec!["history", "results", "--no-index", "--format=csv"],
        vec!["results", "check", "results"],
    ] {
        let said = run(&scenario, &arguments);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(!said.stdout.contains('\u{1b}'), "{}", said.stdout);
        assert!(
            said.stdout.contains("x\u{fffd}\u{fffd}[31m"),
            "{}",
            said.stdout
        );
    }
}

#[test]
fn an_index_that_cannot_be_kept_is_no_error() {
    let scenario = nights(&[1.0, 1.0]);
    scenario.write("file", "in the way");
    let (value, said) = history(&scenario, &["--index=file/index.sqlite"]);
    assert_eq!(count(&value), 2);
    assert!(said.stderr.contains("is not kept"), "{}", said.stderr);
    // Without a cache folder there is none, and it is said.
    let (other, said) = history(&scenario, &[]);
    assert_eq!(other, value);
    assert!(said.stderr.contains("no cache folder"), "{}", said.stderr);
    // The user's cache folder is the place.
    let cache = scenario.path("cache");
    let said = scenario
        .program(XBENCH)
        .args(["history", "results"])
        .variable("XDG_CACHE_HOME", &cache)
        .run();
    said.done();
    assert!(cache.join("xbench/history.sqlite").exists());
}

#[test]
fn programs_share_an_index() {
    let scenario = nights(&[1.0; 12]);
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| history(&scenario, &[INDEX])))
            .collect();
        all.into_iter()
            .map(|one| {
                let (value, said) = one.join().expect("it ends");
                assert_eq!(said.stderr, "");
                value
            })
            .collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(count(&answers[0]), 12);
}

#[test]
fn copies_count_once_and_equal_clocks_keep_both() {
    let scenario = nights(&[1.0, 1.0]);
    let text = night(0, 1.0).text();
    scenario.write("results/copy.json", &text);
    let mut other = night(1, 1.1);
    other.seed = 8;
    write(&scenario, "same-clock", &other.result());
    let (value, said) = history(&scenario, &[INDEX]);
    assert_eq!((count(&value), &value["copies"]), (3, &Value::from(1)));
    assert!(said.stderr.contains("copies"), "{}", said.stderr);
    assert_eq!(history(&scenario, &[INDEX]).0, value);
}

#[test]
fn the_nightly_check_ends_with_one_on_a_regression_only() {
    let scenario = nights(&[1.0; 6]);
    let check = ["history", "results", INDEX, "--check"];
    let said = run(&scenario, &check);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("PASS"), "{}", said.stdout);

    write(&scenario, "slow", &night(20, 0.8).result());
    let said = run(&scenario, &check);
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("FAIL"), "{}", said.stdout);
    let json = run(&scenario, &[&check[..], &["--format=json"]].concat());
    let value: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(
        Schemas::default().problems(Document::Comparison, &value),
        Vec::<String>::new()
    );
    assert_eq!(value["verdict"], "fail");
    // A policy of one's own.
    let said = run(
        &scenario,
        &[
            &check[..],
            &["--fail", "throughput=30", "--ignore", "latency-p95"],
        ]
        .concat(),
    );
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
}

#[test]
fn the_latest_good_result_is_whole_and_valid() {
    let scenario = nights(&[1.0, 1.0]);
    let mut invalid = night(10, 0.5).result();
    for run in invalid["runs"].as_array_mut().expect("runs") {
        run["verdict"] = serde_json::json!({ "valid": false, "rules": [
            { "rule": "send-error", "passed": false, "measured": 9, "limit": 1 },
        ] });
    }
    invalid["verdict"]["valid"] = Value::Bool(false);
    write(&scenario, "invalid", &invalid);
    let mut interrupted = night(11, 0.5).result();
    interrupted["status"] = "interrupted".into();
    interrupted["reason"] = "SIGTERM".into();
    write(&scenario, "interrupted", &interrupted);
    write(&scenario, "newest", &night(12, 1.0).result());
    let (value, _) = history(&scenario, &[INDEX, "--baseline=latest-good"]);
    let good = value["series"][0]["baseline"]["name"]
        .as_str()
        .expect("a name");
    assert_eq!(good, "results/93.json", "{value}");
    let said = run(&scenario, &["history", "results", INDEX, "--check"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
}

#[test]
fn baselines_have_names_and_are_found_by_their_hash() {
    let scenario = nights(&[1.0, 0.85, 0.85]);
    let set = |name: &str, file: &str| run(&scenario, &["baseline", "set", name, file]);
    assert_eq!(set("fast", "results/97.json").code, Some(0));
    assert_eq!(set("slow", "results/93.json").code, Some(0));
    let text = scenario.read("results/baselines.yaml");
    assert!(
        text.contains("fast:") && text.contains("name: 97.json"),
        "{text}"
    );
    let listed = run(&scenario, &["baseline", "list", "results"]).done();
    assert!(
        listed.contains("fast\n") && listed.contains("slow\n"),
        "{listed}"
    );
    // It may move.
    let moved = scenario.read("results/97.json");
    scenario.remove("results/97.json");
    scenario.write("results/old/first.json", moved);
    let code = |baseline: &str| {
        let option = format!("--baseline={baseline}");
        run(
            &scenario,
            &["history", "results", INDEX, "--check", &option],
        )
        .code
    };
    assert_eq!(code("tag:fast"), Some(1));
    assert_eq!(code("tag:slow"), Some(0));
    assert_eq!(code("latest-good"), Some(0));
    let (value, _) = history(&scenario, &[INDEX]);
    let sha = value["series"][0]["results"][0]["sha256"]
        .as_str()
        .expect("a hash");
    assert_eq!(code(&format!("sha:{}", &sha[..12])), Some(1));

    for (arguments, expected) in [
        (
            vec!["baseline", "set", "a b", "results/89.json"],
            "no name for a baseline",
        ),
        (
            vec!["baseline", "set", "x", "results/none.json"],
            "cannot read",
        ),
        (
            vec!["baseline", "set", "x", "results/baselines.yaml"],
            "left out",
        ),
        (
            vec!["history", "results", "--baseline=newest"],
            "names no baseline",
        ),
        (
            vec!["history", "results", "--baseline=sha:12"],
            "no SHA-256",
        ),
        (
            vec!["history", "results", "--baseline=tag:gone", "--no-index"],
            "has no baseline `gone`",
        ),
        (vec!["history", "-", "--no-index"], "standard input"),
        (vec!["history", "results", "--p-value=2"], "not between"),
        (
            vec!["history", "results", "--variant=cuda", "--no-index"],
            "no variant's name",
        ),
        (vec!["history", "nowhere", "--no-index"], "cannot read"),
    ] {
        let said = run(&scenario, &arguments);
        assert!(
            said.stderr.contains(expected),
            "{arguments:?}: {}",
            said.stderr
        );
        assert!(
            matches!(said.code, Some(1 | 2)),
            "{arguments:?}: {:?}",
            said.code
        );
    }
    assert_eq!(
        scenario.read("results/baselines.yaml"),
        text,
        "nothing half written"
    );
    scenario.write(
        "results/baselines.yaml",
        "schemaVersion: 1\nbaselines: { x: [{ name: 3 }] }\n",
    );
    let said = run(
        &scenario,
        &["history", "results", INDEX, "--baseline=tag:x"],
    );
    assert_eq!(said.code, Some(1), "{}", said.stderr);
}

#[test]
fn a_variant_without_an_earlier_result_is_told() {
    let scenario = nights(&[1.0]);
    let check = ["history", "results", INDEX, "--check"];
    let said = run(&scenario, &check);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(
        said.stderr.contains("no result before its newest"),
        "{}",
        said.stderr
    );
    let said = run(&scenario, &[&check[..], &["--require-verdict"]].concat());
    assert_eq!(said.code, Some(1));
}

#[test]
fn other_inputs_are_another_series_and_are_not_compared() {
    let scenario = nights(&[1.0, 1.0]);
    let mut other = night(5, 2.0).result();
    other["workload"]["sha256"] = "c".repeat(64).into();
    write(&scenario, "other", &other);
    let (value, _) = history(&scenario, &[INDEX]);
    assert_eq!(value["series"].as_array().map(Vec::len), Some(2));
    let said = run(&scenario, &["history", "results", INDEX, "--check"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("workload.sha256"), "{}", said.stderr);
}
