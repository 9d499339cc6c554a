//! What other programs say of the examples in `docs/ci`: check-jsonschema with the published schemas of
//! GitHub's workflows and of Cloud Build, zizmor of what could be abused, shellcheck of the scripts, and pre-commit,
//! which runs the hook as a user's commit does.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test starts programs, and one that cannot go on ends by panicking"
)]

use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use xbench_scenario::{Answer, Scenario, ask, oracle, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

fn example(file: &str) -> String {
    repository()
        .join("docs/ci")
        .join(file)
        .display()
        .to_string()
}

fn fits(schema: &str, file: &str) -> Answer {
    let arguments = ["--builtin-schema", schema, file];
    ask(&oracle("check-jsonschema"), &[], &arguments, "")
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn the_published_schemas_take_the_examples() {
    let scenario = Scenario::empty();
    for (schema, file, from, to) in [
        (
            "vendor.github-workflows",
            "github-workflow.yaml",
            "runs-on:",
            "runs_on:",
        ),
        (
            "vendor.cloudbuild",
            "cloudbuild.yaml",
            "script:",
            "scripts:",
        ),
    ] {
        let file = example(file);
        fits(schema, &file).yes();
        let text = std::fs::read_to_string(&file).expect("the example is there");
        scenario.write("wrong.yaml", text.replace(from, to));
        let wrong = scenario.path("wrong.yaml");
        assert!(!fits(schema, &wrong.display().to_string()).is_yes);
    }
}

fn zizmor(file: &str) -> Answer {
    let arguments = ["--offline", "--pedantic", "--quiet", "--no-progress", file];
    ask(&oracle("zizmor"), &[], &arguments, "")
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn zizmor_finds_nothing_to_abuse() {
    let file = example("github-workflow.yaml");
    zizmor(&file).yes();
    let text = std::fs::read_to_string(&file).expect("the example is there");
    let scenario = Scenario::empty();
    let title = "echo ${{ github.event.pull_request.title }}; xbench check --message";
    scenario.write("wrong.yaml", text.replace("xbench check --message", title));
    let answer = zizmor(&scenario.path("wrong.yaml").display().to_string());
    assert!(
        !answer.is_yes && answer.stdout.contains("template-injection"),
        "{answer:?}"
    );
}

/// Every text that stands under a key.
fn below<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                match inner.as_str() {
                    Some(text) if name == key => found.push(text),
                    _ => below(inner, key, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| below(inner, key, found)),
        _ => {}
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn shellcheck_finds_nothing_in_any_script() {
    let shellcheck = |script: &str| ask(&oracle("shellcheck"), &[], &["--shell=bash", "-"], script);
    for (file, key, count) in [
        ("github-workflow.yaml", "run", 7),
        ("cloudbuild.yaml", "script", 4),
    ] {
        let mut sources = xbench::source::Sources::default();
        let text = std::fs::read_to_string(example(file)).expect("the example is there");
        let source = sources.add(file, text);
        let tree = xbench::yaml::read(&sources, source, xbench::yaml::Dialect::Lenient);
        let tree = tree.expect("the example is YAML").to_json();
        let mut scripts = Vec::new();
        below(&tree, key, &mut scripts);
        assert_eq!(scripts.len(), count);
        for script in scripts {
            assert_eq!(shellcheck(script).yes(), "", "{script}");
        }
    }
    assert!(!shellcheck("rm $unset/*").is_yes);
}

/// A project in a repository, with the hook.
struct Hooked {
    scenario: Scenario,
    variables: Vec<(&'static str, OsString)>,
}

impl Hooked {
    fn new() -> Self {
        let scenario = Scenario::new();
        let config = std::fs::read(example("pre-commit-config.yaml")).expect("the example");
        scenario.write(".pre-commit-config.yaml", config);
        let programs = Path::new(XBENCH).parent().expect("a folder");
        let mut path = programs.as_os_str().to_owned();
        path.push(":/usr/bin:/bin");
        let variables = vec![
            ("PATH", path),
            ("GIT_CONFIG_GLOBAL", OsString::from("/dev/null")),
            ("PRE_COMMIT_COLOR", OsString::from("never")),
        ];
        let hooked = Self {
            scenario,
            variables,
        };
        hooked.git(&["init", "--quiet"]);
        hooked.git(&["add", "--all"]);
        hooked
    }

    fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .current_dir(self.scenario.path(""))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status();
        assert!(status.expect("git runs").success(), "{arguments:?}");
    }

    fn pre_commit(&self, arguments: &str) -> Answer {
        let root = self.scenario.path("").display().to_string();
        let program = oracle("pre-commit").display().to_string();
        let line = format!("cd '{root}' && '{program}' {arguments}");
        ask(Path::new("/bin/sh"), &self.variables, &["-c", &line], "")
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn pre_commit_takes_the_configuration() {
    let hooked = Hooked::new();
    hooked
        .pre_commit("validate-config .pre-commit-config.yaml")
        .yes();
    hooked.scenario.edit(
        ".pre-commit-config.yaml",
        "entry: xbench check\n",
        "entri: xbench check\n",
    );
    assert!(
        !hooked
            .pre_commit("validate-config .pre-commit-config.yaml")
            .is_yes
    );
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn pre_commit_lets_a_good_project_pass_and_shows_what_is_wrong_in_another() {
    let hooked = Hooked::new();
    let said = hooked.pre_commit("run --all-files").yes();
    assert!(
        said.contains("xbench check") && said.contains("Passed"),
        "{said}"
    );
    hooked.git(&["commit", "--quiet", "--message=first"]);
    let layer = "overlays/profiles/_defaults.yaml";
    hooked.scenario.edit(layer, "runs: 3", "runs: many");
    hooked.git(&["add", "--all"]);
    let answer = hooked.pre_commit("run --all-files");
    assert!(!answer.is_yes, "{}", answer.stdout);
    let frame =
        "overlays/profiles/_defaults.yaml:14:11\n   |\n14 |     runs: many\n   |           ^^^^\n";
    assert!(answer.stdout.contains(frame), "{}", answer.stdout);
    // What is not in the commit does not count.
    hooked.scenario.edit(layer, "runs: many", "runs: 3");
    assert!(!hooked.pre_commit("run").is_yes);
    hooked.git(&["add", "--all"]);
    hooked.pre_commit("run").yes();
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn pre_commit_sees_a_layer_that_is_gone() {
    let hooked = Hooked::new();
    hooked.git(&["commit", "--quiet", "--message=first"]);
    hooked.git(&["rm", "--quiet", "overlays/profiles/standard.yaml"]);
    let answer = hooked.pre_commit("run");
    assert!(
        !answer.is_yes && answer.stdout.contains("`standard`"),
        "{}",
        answer.stdout
    );
}
