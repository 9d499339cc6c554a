//! New projects and new environments.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test looks at files itself, and one that cannot go on ends by panicking"
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use xbench::schema::{Document, lookup};
use xbench_scenario::{Run, Scenario, files_below, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// What somebody at another place would give: six values of their own.
const VALUES: [(&str, &str); 6] = [
    ("--namespace", "perf-team"),
    ("--service-account", "bench-runner"),
    ("--registry", "us-docker.pkg.dev/acme-ml/bench-images"),
    ("--bucket", "acme-weights"),
    ("--directory", "hf/models"),
    ("--results", "gs://acme-bench-results/runs"),
];

fn run(scenario: &Scenario, arguments: &[&str]) -> Run {
    scenario.program(XBENCH).args(arguments).run()
}

fn environment(scenario: &Scenario, name: &str, more: &[&str]) -> Run {
    let values = VALUES.iter().flat_map(|(flag, value)| [*flag, *value]);
    let arguments = ["init", "environment", name].into_iter();
    let all: Vec<&str> = arguments
        .chain(values)
        .chain(more.iter().copied())
        .collect();
    run(scenario, &all)
}

fn tree(scenario: &Scenario, file: &str) -> Value {
    let mut sources = xbench::source::Sources::default();
    let source = sources.add(file, scenario.read(file));
    xbench::yaml::read(&sources, source, xbench::yaml::Dialect::Strict)
        .expect("the file is a layer")
        .to_json()
}

/// The leaves of a tree that somebody had to think of: one of a few words that the schema has is none.
fn own_leaves(value: &Value, path: &mut Vec<String>, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                path.push(key.clone());
                own_leaves(value, path, found);
                path.pop();
            }
        }
        leaf => {
            let sections = Document::Sections.parse();
            let schema = lookup::at(&sections, path.iter().map(String::as_str));
            let has_few_words = schema.is_some_and(|schema| schema.get("enum").is_some());
            if !has_few_words && !leaf.is_boolean() {
                found.insert(leaf.to_string());
            }
        }
    }
}

fn leaves(scenario: &Scenario, file: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    own_leaves(&tree(scenario, file), &mut Vec::new(), &mut found);
    found
}

#[test]
fn a_new_environment_renders_and_shares_no_value_with_the_example() {
    let scenario = Scenario::new();
    let before = files_below(&scenario.path(""));
    let said = environment(&scenario, "acme", &[]).done();
    assert!(said.contains("xbench render --env acme"), "{said}");
    // Files edited: one, and that one is new.
    let after = files_below(&scenario.path(""));
    let new: Vec<_> = after.iter().filter(|file| !before.contains(file)).collect();
    let file = "overlays/environments/acme.yaml";
    assert_eq!(new, [std::path::Path::new(file)]);
    run(&scenario, &["check"]).done();
    let shared: Vec<String> = leaves(&scenario, file)
        .intersection(&leaves(&scenario, "overlays/environments/example.yaml"))
        .cloned()
        .collect();
    assert!(shared.is_empty(), "{shared:?}");
    // What was given is there, beside the description that follows from the name.
    assert_eq!(leaves(&scenario, file).len(), VALUES.len() + 1);
    let rendered = run(&scenario, &["render", "--env", "acme"]).done();
    for (_, value) in VALUES {
        assert!(rendered.contains(value), "{value}");
    }
    for value in leaves(&scenario, "overlays/environments/example.yaml") {
        let text = value.trim_matches('"');
        let is_telling = text.len() > 6 && text.parse::<f64>().is_err();
        assert!(!is_telling || !rendered.contains(text), "{text}");
    }
    // Alone in the project, it need not be named.
    scenario.remove("overlays/environments/example.yaml");
    assert_eq!(run(&scenario, &["render"]).done(), rendered);
}

#[test]
fn the_readme_says_how_many_values_are_asked_for() {
    let text = fs::read_to_string(repository().join("README.md")).expect("there is a README");
    assert!(text.contains("| files to edit | 1, new | 4 |"), "{text}");
    assert!(text.contains(&format!("| values to give | {} | 14 |", VALUES.len())));
}

#[test]
fn the_file_explains_itself() {
    let scenario = Scenario::new();
    environment(
        &scenario,
        "acme",
        &["--set", "environment.labels.team=search"],
    )
    .done();
    let text = scenario.read("overlays/environments/acme.yaml");
    assert!(
        text.starts_with("# yaml-language-server: $schema="),
        "{text}"
    );
    let expected = "  # Namespace of every object.\n  namespace: perf-team\n";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("  labels:\n    team: search\n"), "{text}");
    assert!(
        text.contains("#   prices: Prices by accelerator."),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
}

#[test]
fn models_come_from_a_bucket_a_claim_or_the_hub() {
    let scenario = Scenario::new();
    let always = [
        "--namespace=n",
        "--service-account=s",
        "--project-id=acme-ml",
        "--location=us-central1",
        "--results=s3://r",
    ];
    for (name, flags, source) in [
        ("claim", &["--claim=models", "--directory=m"][..], "pvc"),
        ("hub", &["--cache-size=20Gi"], "hub"),
    ] {
        let begin = ["init", "environment", name];
        let arguments: Vec<&str> = begin.iter().chain(&always).chain(flags).copied().collect();
        run(&scenario, &arguments).done();
        let tree = tree(&scenario, &format!("overlays/environments/{name}.yaml"));
        let at = |pointer: &str| tree.pointer(pointer).and_then(Value::as_str);
        assert_eq!(at("/environment/models/source"), Some(source));
        let registry = "us-central1-docker.pkg.dev/acme-ml/xbench";
        assert_eq!(at("/environment/registry"), Some(registry));
    }
    run(&scenario, &["check"]).done();
}

#[test]
fn what_is_missing_is_said_all_at_once_and_nothing_is_written() {
    let scenario = Scenario::new();
    let said = run(&scenario, &["init", "environment", "acme", "--namespace=n"]);
    assert_eq!(said.code, Some(2));
    for flag in ["--service-account", "--registry", "--results", "--bucket"] {
        assert!(said.stderr.contains(flag), "{flag}: {}", said.stderr);
    }
    let wrong = environment(
        &scenario,
        "acme",
        &["--set=environment.labels={a: 1, b c: d}"],
    );
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("2 errors"), "{}", wrong.stderr);
    let wrong = environment(
        &scenario,
        "acme",
        &["--set=environment.namespace=Perf Team"],
    );
    assert!(wrong.stderr.contains("Perf Team"), "{}", wrong.stderr);
    let folder = scenario.path("overlays/environments");
    assert_eq!(files_below(&folder).len(), 1);
}

#[test]
fn nothing_is_overwritten() {
    let scenario = Scenario::new();
    environment(&scenario, "acme", &[]).done();
    let text = scenario.read("overlays/environments/acme.yaml");
    let again = environment(&scenario, "acme", &["--description=Another"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    assert_eq!(scenario.read("overlays/environments/acme.yaml"), text);
    for name in ["_defaults", "Acme", "a/b", "..", "acme.lock", "", "a\nb"] {
        let refused = environment(&scenario, name, &[]);
        assert_eq!(refused.code, Some(2), "{name}: {}", refused.stderr);
        assert!(
            refused.stderr.contains("cannot be the name"),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn a_starter_project_is_what_is_shipped_and_passes_every_check() {
    let scenario = Scenario::empty();
    let said = run(&scenario, &["init", "new/benchmarks"]).done();
    assert!(said.contains("init environment"), "{said}");
    let folder = scenario.path("new/benchmarks");
    let shipped = Scenario::whole();
    for file in files_below(&folder) {
        if file != std::path::Path::new("README.md") {
            let own = fs::read(folder.join(&file)).expect("the file can be read");
            let theirs = fs::read(shipped.path(&file)).expect("the file is shipped");
            assert!(own == theirs, "{}", file.display());
        }
    }
    let count = files_below(&folder).len();
    assert_eq!(
        files_below(&scenario.path("")).len(),
        count,
        "nothing is left over"
    );
    let project = "new/benchmarks";
    run(&scenario, &["-C", project, "check"]).done();
    let rendered = run(&scenario, &["-C", project, "render"]).done();
    assert_eq!(rendered, run(&shipped, &["render"]).done());
    // The way that its README shows.
    let values = VALUES.iter().flat_map(|(flag, value)| [*flag, *value]);
    let begin = ["-C", project, "init", "environment", "mine"];
    let arguments: Vec<&str> = begin.into_iter().chain(values).collect();
    run(&scenario, &arguments).done();
    scenario.remove("new/benchmarks/overlays/environments/example.yaml");
    run(&scenario, &["-C", project, "check"]).done();
}

#[test]
fn a_folder_with_anything_but_hidden_files_is_refused() {
    let scenario = Scenario::empty();
    scenario.write("repo/.git/HEAD", "ref: refs/heads/main\n");
    run(&scenario, &["init", "repo"]).done();
    assert_eq!(scenario.read("repo/.git/HEAD"), "ref: refs/heads/main\n");
    run(&scenario, &["-C", "repo", "check"]).done();
    let again = run(&scenario, &["init", "repo"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("already holds"), "{}", again.stderr);
    scenario.write("other/notes.txt", "mine");
    let refused = run(&scenario, &["init", "other"]);
    assert_eq!(refused.code, Some(2));
    assert_eq!(files_below(&scenario.path("other")).len(), 1);
    scenario.write("file", "mine");
    assert_eq!(run(&scenario, &["init", "file"]).code, Some(2));
    assert_eq!(run(&scenario, &["init", "file/below"]).code, Some(2));
    assert_eq!(scenario.read("file"), "mine");
    assert_eq!(run(&scenario, &["-C", "repo", "init", "x"]).code, Some(2));
    assert_eq!(run(&scenario, &["init"]).code, Some(2));
    let left: Vec<_> = files_below(&scenario.path(""))
        .into_iter()
        .filter(|file| file.to_string_lossy().contains(".xbench-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
