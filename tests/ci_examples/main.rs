//! The examples of `docs/ci`, run as the services run them: every script in its shell, in real git
//! repositories, with the real xbench. `gh`, `cargo` and `rustup` are stand-ins that write down what they
//! were asked for.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test starts git, and one that cannot go on ends by panicking"
)]

mod service;

use serde_json::Value;
use service::{Service, commit_all, git};
use xbench::source::Sources;
use xbench_scenario::{Run, Scenario, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");
const WORKFLOW: &str = "docs/ci/github-workflow.yaml";
const CLOUD_BUILD: &str = "docs/ci/cloudbuild.yaml";
const DEFAULTS: &str = "overlays/profiles/_defaults.yaml";
const STANDARD: &str = "overlays/profiles/standard.yaml";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// A branch may be called so; a script that took its name for code would make a file.
const HOSTILE: &str = "main$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned";

fn example(file: &str) -> Value {
    let text = std::fs::read_to_string(repository().join(file)).expect("the example is there");
    let mut sources = Sources::default();
    let source = sources.add(file, text);
    let read = xbench::yaml::read(&sources, source, xbench::yaml::Dialect::Lenient);
    read.expect("the example is YAML").to_json()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let map = value.and_then(Value::as_object).into_iter().flatten();
    map.map(|(key, value)| (key.clone(), value.as_str().expect("a text").to_owned()))
        .collect()
}

/// How a pull request came about, and what its workflow is set to.
#[derive(Clone, Copy, Default)]
struct Event {
    is_fork: bool,
    is_unset: bool,
    to_code_scanning: bool,
}

/// The steps that ran, with what they said.
fn workflow(service: &Service, event: Event) -> Vec<(String, Run)> {
    let workflow = example(WORKFLOW);
    let shell = workflow
        .pointer("/defaults/run/shell")
        .and_then(Value::as_str);
    let shell: Vec<&str> = shell.expect("a shell").split(' ').collect();
    let origin = service.origin.path("");
    let (owner, name) = (origin.parent(), origin.file_name());
    let temporary = service.machine.path("temporary");
    let of = |file: &str| service.machine.path(file).display().to_string();
    let mut variables: Vec<(String, String)> = [
        (
            "GITHUB_SERVER_URL",
            format!("file://{}", owner.expect("a folder").display()),
        ),
        (
            "GITHUB_REPOSITORY",
            name.expect("a name").to_string_lossy().into_owned(),
        ),
        ("GITHUB_SHA", service.merge.clone()),
        ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
        ("GITHUB_OUTPUT", of("outputs")),
        ("GITHUB_STEP_SUMMARY", of("summary")),
        ("RUNNER_TEMP", temporary.display().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    for (name, value) in pairs(workflow.get("env")) {
        let value = match name.as_str() {
            "XBENCH_REPOSITORY" if !event.is_unset => "https://example.com/xbench".to_owned(),
            "XBENCH_COMMIT" if !event.is_unset => COMMIT.to_owned(),
            "XBENCH_SARIF" => event.to_code_scanning.to_string(),
            _ => value,
        };
        variables.push((name, value));
    }
    let steps = workflow
        .pointer("/jobs/xbench/steps")
        .and_then(Value::as_array);
    let mut ran = Vec::new();
    let mut has_failed = false;
    for step in steps.expect("there are steps") {
        let is_due = match text(step, "if") {
            None => !has_failed,
            Some("${{ !cancelled() && env.XBENCH_SARIF == 'true' }}") => event.to_code_scanning,
            Some("${{ github.event.pull_request.head.repo.full_name == github.repository }}") => {
                !has_failed && !event.is_fork
            }
            Some(other) => panic!("the test does not know when `{other}` holds"),
        };
        if !is_due {
            continue;
        }
        let outputs = service.wrote("outputs");
        let own = pairs(step.get("env")).into_iter().map(|(name, value)| {
            let value = match value.as_str() {
                "${{ github.token }}" => "secret",
                "${{ github.event.pull_request.number }}" => "7",
                "${{ steps.compare.outputs.status }}" => outputs
                    .trim()
                    .strip_prefix("status=")
                    .expect("the output of `compare`"),
                other => panic!("the test does not know the value of `{other}`"),
            };
            (name, value.to_owned())
        });
        let all: Vec<_> = variables.iter().cloned().chain(own).collect();
        let run = service.script(&shell, text(step, "run").expect("a script"), &all);
        has_failed |= run.code != Some(0);
        ran.push((text(step, "name").expect("a name").to_owned(), run));
    }
    service.assert_nothing_was_made_of_names();
    ran
}

/// Names and exit codes.
fn outline(ran: &[(String, Run)]) -> Vec<(&str, i32)> {
    ran.iter()
        .map(|(name, run)| (name.as_str(), run.code.expect("no signal")))
        .collect()
}

fn more_runs(project: &Scenario) {
    project.edit(DEFAULTS, "runs: 3", "runs: 5");
}

fn a_note(project: &Scenario) {
    project.write("NOTES.md", "Nothing is rendered from this.\n");
}

fn a_mistake(project: &Scenario) {
    project.edit(DEFAULTS, "runs: 3", "runs: many");
}

const CALM: [(&str, i32); 6] = [
    ("Check out", 0),
    ("Install xbench", 0),
    ("Check", 0),
    ("Render", 0),
    ("Compare", 0),
    ("Comment", 0),
];

#[test]
fn on_github_a_difference_is_one_comment_that_later_pushes_change() {
    let service = Service::new("main", more_runs);
    let ran = workflow(&service, Event::default());
    assert_eq!(outline(&ran), CALM, "{ran:?}");
    let name = service.origin.path("");
    let name = name.file_name().expect("a name").to_string_lossy();
    let comments = format!("repos/{name}/issues/7/comments");
    let calls = service.calls("gh");
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(
        calls[0].starts_with(&format!("api --paginate {comments} --jq .[] ")),
        "{calls:?}"
    );
    let post = format!("api --silent --method POST {comments} --field body=@TEMP/comment.md");
    assert_eq!(calls[1], post);
    let posted = service.wrote("home/posted");
    assert!(posted.starts_with("<!-- xbench diff -->\n### "), "{posted}");
    assert!(
        posted.contains("<code>3</code> | <code>5</code>"),
        "{posted}"
    );
    // What was on the base already, or came to it later, is not what the pull request changes.
    assert!(
        !posted.contains("window") && !posted.contains("durationSeconds"),
        "{posted}"
    );
    assert_eq!(service.wrote("summary"), posted);
    let asked = service.calls("cargo");
    assert_eq!(
        asked[1],
        format!("+1.95.0 install --locked --git https://example.com/xbench --rev {COMMIT} xbench")
    );
    // The same workflow after the next push.
    service
        .machine
        .write("home/earlier", "4711\n")
        .remove("home/gh");
    service.machine.remove("outputs").remove("work");
    std::fs::create_dir(service.machine.path("work")).expect("a folder can be made");
    assert_eq!(outline(&workflow(&service, Event::default())), CALM);
    let calls = service.calls("gh");
    let patch = format!(
        "api --silent --method PATCH repos/{name}/issues/comments/4711 --field body=@TEMP/comment.md"
    );
    assert_eq!(calls.last(), Some(&patch));
}

#[test]
fn on_github_no_difference_is_no_comment_but_changes_an_earlier_one() {
    let service = Service::new(HOSTILE, a_note);
    assert_eq!(outline(&workflow(&service, Event::default())), CALM);
    assert_eq!(service.calls("gh").len(), 1);
    assert!(
        service
            .wrote("summary")
            .contains("Nothing that is rendered changes.")
    );
    let service = Service::new("main", a_note);
    service.machine.write("home/earlier", "1\n4711\n");
    assert_eq!(outline(&workflow(&service, Event::default())), CALM);
    assert!(service.calls("gh")[1].contains("issues/comments/4711 "));
    assert!(
        service
            .wrote("home/posted")
            .contains("Nothing that is rendered changes.")
    );
}

#[test]
fn on_github_a_fork_has_the_difference_in_the_summary_of_its_run() {
    let service = Service::new("main", more_runs);
    let event = Event {
        is_fork: true,
        ..Event::default()
    };
    assert_eq!(outline(&workflow(&service, event)), CALM[..5]);
    assert_eq!(service.calls("gh"), [""; 0]);
    assert!(
        service
            .wrote("summary")
            .contains("<code>3</code> | <code>5</code>")
    );
}

#[test]
fn on_github_what_is_wrong_stands_beside_its_line_and_goes_to_code_scanning() {
    let service = Service::new("main", a_mistake);
    let event = Event {
        to_code_scanning: true,
        ..Event::default()
    };
    let ran = workflow(&service, event);
    let sarif = ("Hand what is wrong to code scanning", 0);
    let expected = [&CALM[..2], &[("Check", 1), sarif]].concat();
    assert_eq!(outline(&ran), expected, "{ran:?}");
    let said = &ran[2].1.stderr;
    assert!(
        said.starts_with(&format!("::error file={DEFAULTS},line=14,")),
        "{said}"
    );
    let calls = service.calls("gh");
    assert_eq!(calls.len(), 1);
    assert!(
        calls[0].contains(&format!("--raw-field commit_sha={}", service.merge)),
        "{calls:?}"
    );
    let unpack = "base64 --decode \"$HOME/posted\" | gunzip";
    let sarif = service.script(&["bash", "{0}"], unpack, &[]).done();
    let sarif: Value = serde_json::from_str(&sarif).expect("SARIF is JSON");
    let rule = sarif.pointer("/runs/0/results/0/ruleId");
    assert_eq!(rule.and_then(Value::as_str), Some("schema"));
}

#[test]
fn on_github_what_cannot_be_told_fails_and_says_why() {
    // The pull request mends what is broken on its base.
    let service = Service::new("main", |project| {
        a_mistake(project);
        let root = project.path("");
        commit_all(&root, "broken");
        git(&root, &["branch", "--force", "main", "HEAD"]);
        project.edit(DEFAULTS, "runs: many", "runs: 3");
    });
    let ran = workflow(&service, Event::default());
    let expected = [&CALM[..4], &[("Compare", 2)]].concat();
    assert_eq!(outline(&ran), expected, "{ran:?}");
    assert!(ran[4].1.stderr.contains(&format!("HEAD^1:{DEFAULTS}:14:")));
    assert_eq!(service.calls("gh"), [""; 0]);
    let event = Event {
        is_unset: true,
        ..Event::default()
    };
    let ran = workflow(&Service::new("main", a_note), event);
    assert_eq!(outline(&ran), [CALM[0], ("Install xbench", 2)]);
    assert!(
        ran[1]
            .1
            .stdout
            .starts_with("::error::set XBENCH_REPOSITORY")
    );
}

#[test]
fn the_workflow_trusts_nobody() {
    let workflow = example(WORKFLOW);
    assert_eq!(workflow.get("permissions"), Some(&serde_json::json!({})));
    assert!(
        workflow
            .get("on")
            .is_some_and(|on| on.get("pull_request").is_some())
    );
    let job = workflow.pointer("/jobs/xbench").expect("the job");
    let permissions = serde_json::json!({"contents": "read", "pull-requests": "write"});
    assert_eq!(job.get("permissions"), Some(&permissions));
    let toolchain = std::fs::read_to_string(repository().join("rust-toolchain.toml"));
    let wanted = text(&workflow["env"], "XBENCH_RUST")
        .expect("a toolchain")
        .to_owned();
    let channel = format!("channel = \"{wanted}\"");
    assert!(toolchain.is_ok_and(|file| file.contains(&channel)));
    for step in job["steps"].as_array().expect("steps") {
        assert!(step.get("uses").is_none(), "{step}");
        // What GitHub puts into a script becomes code.
        assert!(
            !text(step, "run").expect("a script").contains("${{"),
            "{step}"
        );
    }
}

/// The steps of a build that ran, with what they said; Cloud Build starts from a shallow clone.
fn build(service: &Service, base: Option<&str>, commit: &str) -> Vec<(String, Run)> {
    let origin = format!("file://{}", service.origin.path("").display());
    let work = service.machine.path("work");
    git(&work, &["init", "--quiet"]);
    git(&work, &["remote", "add", "origin", &origin]);
    git(
        &work,
        &["fetch", "--quiet", "--depth=1", "origin", &service.head],
    );
    git(&work, &["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    let file = example(CLOUD_BUILD);
    let mut variables = pairs(file.get("substitutions"));
    for (name, value) in &mut variables {
        match name.as_str() {
            "_XBENCH_REPOSITORY" => "https://example.com/xbench".clone_into(value),
            "_XBENCH_COMMIT" => commit.clone_into(value),
            _ => {}
        }
    }
    variables.extend(base.map(|base| ("_BASE_BRANCH".to_owned(), base.to_owned())));
    let mut ran = Vec::new();
    for step in file["steps"].as_array().expect("steps") {
        let script = text(step, "script").expect("a script");
        let shebang = script.lines().next();
        assert_eq!(shebang, Some("#!/usr/bin/env bash"));
        let run = service.script(&["bash", "{0}"], script, &variables);
        let code = run.code;
        ran.push((text(step, "id").expect("an id").to_owned(), run));
        if code != Some(0) {
            break;
        }
    }
    service.assert_nothing_was_made_of_names();
    ran
}

const BUILT: [(&str, i32); 4] = [("install", 0), ("check", 0), ("render", 0), ("compare", 0)];

#[test]
fn on_cloud_build_the_manifests_and_the_difference_are_kept() {
    let service = Service::new(HOSTILE, more_runs);
    let ran = build(&service, Some(HOSTILE), COMMIT);
    assert_eq!(outline(&ran), BUILT, "{ran:?}");
    let file = example(CLOUD_BUILD);
    let kept: Vec<&str> = file
        .pointer("/artifacts/objects/paths")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(kept, [".xbench/rendered.yaml", ".xbench/difference.md"]);
    let kept = |index: usize| service.wrote(&format!("work/{}", kept[index]));
    assert!(kept(0).contains("kind: Job\n"));
    assert!(
        kept(1).contains("<code>3</code> | <code>5</code>"),
        "{}",
        kept(1)
    );
    assert!(
        !kept(1).contains("window") && !kept(1).contains("durationSeconds"),
        "{}",
        kept(1)
    );
    assert_eq!(ran[3].1.stdout, kept(1));
    let service = Service::new("main", a_note);
    let ran = build(&service, Some("main"), COMMIT);
    assert_eq!(outline(&ran), BUILT, "{ran:?}");
    assert_eq!(ran[3].1.stdout, "Nothing that is rendered changes.\n");
}

#[test]
fn on_cloud_build_what_is_wrong_ends_the_build() {
    let service = Service::new("main", a_mistake);
    let ran = build(&service, Some("main"), COMMIT);
    assert_eq!(outline(&ran), [BUILT[0], ("check", 1)], "{ran:?}");
    assert!(ran[1].1.stderr.contains("is \"many\", not a whole number"));
    // A push is no pull request, and half a commit none.
    let service = Service::new("main", a_note);
    let ran = build(&service, None, COMMIT);
    assert_eq!(outline(&ran), [&BUILT[..3], &[("compare", 2)]].concat());
    assert!(
        ran[3].1.stderr.contains("there is no _BASE_BRANCH"),
        "{ran:?}"
    );
    let ran = build(&Service::new("main", a_note), None, &COMMIT[..7]);
    assert_eq!(outline(&ran), [("install", 2)]);
    assert!(ran[0].1.stderr.contains("set _XBENCH_REPOSITORY"));
}

#[test]
fn the_readme_names_every_example() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("the README");
    for file in xbench_scenario::files_below(&repository().join("docs/ci")) {
        let link = format!("](docs/ci/{})", file.display());
        assert!(readme.contains(&link), "{link}");
    }
}
