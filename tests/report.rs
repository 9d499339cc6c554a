//! Reports: what is on the page, whatever stands in the results.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use xbench_scenario::{Run, Scenario, Simulated};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Every element that a page may be made of. What a result says can add none.
const ELEMENTS: [&str; 46] = [
    "!doctype",
    "a",
    "body",
    "br",
    "caption",
    "circle",
    "code",
    "dd",
    "desc",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "head",
    "header",
    "html",
    "li",
    "main",
    "meta",
    "nav",
    "p",
    "path",
    "section",
    "small",
    "span",
    "strong",
    "style",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "dfn",
    "time",
];

/// A page, taken apart as far as tests need it.
struct Page {
    text: String,
}

impl Page {
    /// The elements' names and attributes, in order. Text cannot hold a `<`: it is escaped.
    fn tags(&self) -> Vec<&str> {
        let starts = self.text.split('<').skip(1);
        starts
            .filter_map(|piece| piece.split('>').next())
            .filter(|tag| !tag.starts_with('/'))
            .collect()
    }

    fn name(tag: &str) -> &str {
        tag.split([' ', '/']).next().expect("a first part")
    }

    fn count(&self, name: &str) -> usize {
        self.tags()
            .into_iter()
            .filter(|tag| Self::name(tag) == name)
            .count()
    }

    /// The values of an attribute.
    fn values(&self, attribute: &str) -> Vec<&str> {
        let start = format!(" {attribute}=\"");
        let tags = self.tags();
        tags.into_iter()
            .filter_map(|tag| tag.split_once(&start)?.1.split('"').next())
            .collect()
    }

    /// What holds of every page.
    #[track_caller]
    fn check(&self) {
        for tag in self.tags() {
            assert!(ELEMENTS.contains(&Self::name(tag)), "<{tag}>");
            let attributes = attributes(tag);
            for name in &attributes {
                assert!(
                    !name.starts_with("on") && name != "style" && name != "src",
                    "<{tag}>"
                );
            }
        }
        for policy in [
            "default-src 'none'",
            "style-src 'sha256-",
            "base-uri 'none'",
        ] {
            assert!(self.text.contains(policy), "{policy}");
        }
        let ids: Vec<&str> = self.values("id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "no two elements have one id");
        for target in self.values("href") {
            let id = target.strip_prefix('#').expect("links stay on the page");
            assert!(unique.contains(id), "{target}");
        }
        for names in self.values("aria-labelledby") {
            for id in names.split(' ') {
                assert!(unique.contains(id), "{id}");
            }
        }
        assert_eq!(self.count("h1"), 1);
        assert_eq!(self.count("main"), 1);
        assert_eq!(self.count("table"), self.count("caption"));
        assert_eq!(self.count("svg"), self.count("desc"));
        for tag in self.tags() {
            assert!(Self::name(tag) != "th" || tag.contains("scope="), "<{tag}>");
        }
        for broken in ["NaN", "inf ", "inf<", "undefined"] {
            assert!(!self.text.contains(broken), "{broken}");
        }
    }

    #[track_caller]
    fn says(&self, wanted: &str) {
        assert!(
            self.text.contains(wanted),
            "the page does not say `{wanted}`"
        );
    }
}

/// The names of a tag's attributes.
fn attributes(tag: &str) -> Vec<String> {
    // Every second piece is a quoted value.
    let outside: String = tag.split('"').step_by(2).collect();
    let names = outside.split_whitespace().skip(1);
    names
        .map(|name| name.trim_end_matches(['=', '/']).to_owned())
        .collect()
}

fn simulated(seed: u64) -> Simulated {
    Simulated {
        seed,
        spread: 0.005,
        requests: 500,
        concurrency: vec![1, 4, 16],
        ..Simulated::default()
    }
}

/// Two sides of three results each.
fn pair(change: impl Fn(&mut Value)) -> Scenario {
    let scenario = Scenario::empty();
    simulated(2).write(&scenario, "base", 3, |_| {});
    simulated(3).write(&scenario, "candidate", 3, change);
    scenario
}

fn run(scenario: &Scenario, arguments: &[&str]) -> Run {
    scenario.program(XBENCH).args(arguments).run()
}

#[track_caller]
fn report(scenario: &Scenario, arguments: &[&str], code: i32) -> Page {
    let said = run(
        scenario,
        &[&["report", "-o", "report.html"], arguments].concat(),
    );
    assert_eq!(said.code, Some(code), "{}", said.stderr);
    assert_eq!(said.stdout, "");
    let page = Page {
        text: scenario.read("report.html"),
    };
    page.check();
    page
}

#[test]
fn the_verdict_comes_first_and_every_chart_has_its_table_and_hashes() {
    let scenario = pair(|_| {});
    let page = report(&scenario, &["base", "candidate"], 0);
    let verdict = page.text.find("PASS").expect("the verdict");
    assert!(verdict < page.text.find("<svg").expect("a chart"));
    assert!(page.count("svg") >= 12, "{} charts", page.count("svg"));
    assert_eq!(page.count("figure"), page.count("svg"));
    for chapter in [
        "Throughput",
        "Latency",
        "Over time",
        "Send lateness",
        "Errors",
        "Scores",
        "Cost",
    ] {
        page.says(&format!("<h3>{chapter}</h3>"));
    }
    // A table of its own for each figure, and the hashes of whole files.
    assert_eq!(
        page.text
            .matches("<summary>Table and hashes</summary>")
            .count(),
        page.count("figure")
    );
    for folder in ["base", "candidate"] {
        for number in 0..3 {
            let bytes = scenario.read(format!("{folder}/{number}.json"));
            page.says(&xbench::hash::ContentHash::of_bytes(bytes.as_bytes()).to_string());
        }
    }
    page.says("warm-up of at most");
}

#[test]
fn what_results_say_is_text_wherever_it_stands() {
    let hostile = "</script></style></title><img src=x onerror=alert(1)>\"'&{{evil}}";
    let scenario = pair(|result| {
        result["metadata"]["variant"] = json!(hostile);
        result["metadata"]["model"] = json!(hostile);
        result["metadata"]["price"]["source"] = json!(hostile);
        result["runs"][0]["errors"] = json!([{"class": "timeout", "count": 1, "examples": []}]);
        result["runs"][0]["warnings"] = json!([hostile]);
    });
    scenario.write(
        "candidate/<img src=x onerror=alert(1)>.json",
        scenario.read("candidate/0.json"),
    );
    scenario.write("candidate/<b>bad.json", "{}");
    let arguments = [
        "base",
        "candidate",
        "--allow-difference",
        "metadata.model=<script>alert(1)</script>",
    ];
    let page = report(&scenario, &arguments, 0);
    page.says("&lt;img src&#x3D;x onerror&#x3D;alert(1)&gt;");
    page.says("{{evil}}");
    assert!(
        !page.text.contains("onerror="),
        "handlers are no attributes"
    );
}

#[test]
fn one_run_a_side_has_figures_and_no_verdict() {
    let scenario = Scenario::empty();
    let one = Simulated {
        runs: 1,
        concurrency: vec![4],
        ..simulated(2)
    };
    one.write(&scenario, "base", 1, |_| {});
    let other = Simulated { seed: 3, ..one };
    other.write(&scenario, "candidate", 1, |_| {});
    let page = report(&scenario, &["base", "candidate"], 0);
    page.says("NO VERDICT");
    assert!(page.count("svg") >= 4);
    assert_eq!(
        run(
            &scenario,
            &[
                "report",
                "base",
                "candidate",
                "-o",
                "x.html",
                "--require-verdict"
            ]
        )
        .code,
        Some(1)
    );
}

#[test]
fn an_open_question_says_how_many_runs_it_takes() {
    let scenario = Scenario::empty();
    let noisy = Simulated {
        spread: 0.2,
        ..simulated(2)
    };
    noisy.write(&scenario, "base", 3, |_| {});
    let other = Simulated {
        seed: 3,
        speed: 0.93,
        ..noisy
    };
    other.write(&scenario, "candidate", 3, |_| {});
    let page = report(
        &scenario,
        &["base", "candidate", "--ignore", "latency-p95"],
        0,
    );
    page.says("INCONCLUSIVE");
}

#[test]
fn a_drift_is_drawn_and_fails() {
    let scenario = Scenario::empty();
    simulated(2).write(&scenario, "base", 3, |_| {});
    let other = Simulated {
        drift: 0.05,
        ..simulated(3)
    };
    other.write(&scenario, "candidate", 3, |_| {});
    let page = report(&scenario, &["base", "candidate"], 1);
    page.says("FAIL");
    page.says("Scores that differ most");
    page.says("more than 0.02");
}

#[test]
fn without_scores_or_prices_the_page_says_so() {
    let bare = |result: &mut Value| {
        result["probe"] = json!([]);
        if let Some(metadata) = result["metadata"].as_object_mut() {
            metadata.remove("price");
        }
    };
    let scenario = Scenario::empty();
    simulated(2).write(&scenario, "base", 3, bare);
    simulated(3).write(&scenario, "candidate", 3, bare);
    let page = report(&scenario, &["base", "candidate"], 0);
    page.says("there are none to compare");
    page.says("name no price");
}

#[test]
fn what_may_not_be_compared_is_a_page_too() {
    let scenario = pair(|result| result["metadata"]["model"] = json!("another/model"));
    let page = report(&scenario, &["base", "candidate"], 1);
    page.says("REFUSED");
    page.says("metadata.model");
    page.says("--allow-difference metadata.model");
    let said = run(
        &scenario,
        &["report", "base", "candidate", "-o", "report.html"],
    );
    assert!(
        said.stderr.contains("error[incomparable]"),
        "{}",
        said.stderr
    );
}

#[test]
fn several_candidates_share_a_page() {
    let scenario = Scenario::empty();
    for (backend, seed) in [("one", 2), ("two", 3), ("three", 5)] {
        let one = Simulated {
            backend: backend.to_owned(),
            ..simulated(seed)
        };
        one.write(&scenario, backend, 3, |_| {});
    }
    let arguments = ["one", "two", "three", "--by", "backend", "--base", "one"];
    let page = report(&scenario, &arguments, 0);
    page.says("2 comparisons");
    assert_eq!(page.text.matches("class=\"comparison\"").count(), 2);
    let printed = run(
        &scenario,
        &[&["compare", "--format", "html"], arguments.as_slice()].concat(),
    );
    assert_eq!(
        printed.stdout, page.text,
        "compare prints the page that report writes"
    );
}

#[test]
fn nothing_but_a_report_is_replaced() {
    let scenario = pair(|_| {});
    report(&scenario, &["base", "candidate"], 0);
    report(&scenario, &["base", "candidate"], 0);
    let result = scenario.read("base/0.json");
    let said = run(
        &scenario,
        &["report", "base", "candidate", "-o", "base/0.json"],
    );
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    assert!(said.stderr.contains("is something else"), "{}", said.stderr);
    assert_eq!(scenario.read("base/0.json"), result);
    let said = run(
        &scenario,
        &["report", "base", "candidate", "-o", "no/such/folder.html"],
    );
    assert_eq!(said.code, Some(2), "{}", said.stderr);
}

#[test]
fn a_page_over_two_hundred_results_stays_small() {
    let scenario = Scenario::empty();
    let many = Simulated {
        requests: 200,
        concurrency: vec![1, 2, 4, 8, 16, 32],
        ..simulated(2)
    };
    let long = |result: &mut Value| {
        for run in result["runs"].as_array_mut().expect("runs") {
            let one = run["intervals"][0].clone();
            let intervals = (0..60).map(|second| {
                let mut interval = one.clone();
                interval["startSeconds"] = json!(second);
                interval
            });
            run["intervals"] = Value::Array(intervals.collect());
            run["intervalSeconds"] = json!(1);
            run["elapsedSeconds"] = json!(60);
        }
    };
    many.write(&scenario, "base", 100, long);
    let other = Simulated { seed: 3, ..many };
    other.write(&scenario, "candidate", 100, long);
    let page = report(&scenario, &["base", "candidate"], 0);
    assert!(page.text.len() < 5_000_000, "{} bytes", page.text.len());
    page.says("100 results, listed below with their hashes");
}
