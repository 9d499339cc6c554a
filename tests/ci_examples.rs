//! The examples of `docs/ci`, run as the services run them: every script in its shell, in real git
//! repositories, with the real xbench. `gh`, `cargo` and `rustup` are stand-ins that write down what they
//! were asked for.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test starts git, and one that cannot go on ends by panicking"
)]

use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
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

/// Writes down each call, one argument a line. Lists the comment that `earlier` names, and keeps what was
/// posted.
const GH: &str = r#"#!/bin/bash
printf '%s\n' "$@" --- >> "$HOME/gh"
[[ -n $GH_TOKEN ]] || exit 4
for argument; do
    case $argument in
        --paginate) cat "$HOME/earlier" 2>/dev/null ;;
        body=@* | sarif=@*) cp "${argument#*=@}" "$HOME/posted" ;;
    esac
done
exit 0
"#;

/// Installs the xbench of the test where the real one would install what it built.
const CARGO: &str = r#"#!/bin/bash
printf '%s\n' "$@" --- >> "$HOME/cargo"
root=$HOME/.cargo
while [[ $# != 0 ]]; do
    [[ $1 != --root ]] || root=$2
    shift
done
mkdir -p "$root/bin"
ln -sf XBENCH "$root/bin/xbench"
"#;

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

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .expect("git runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn commit_all(folder: &Path, message: &str) -> String {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", message]);
    git(folder, &["rev-parse", "HEAD"])
}

/// A repository with a pull request, and the machine that looks at it.
struct Service {
    origin: Scenario,
    machine: Scenario,
    head: String,
    merge: String,
}

impl Service {
    /// A pull request into `base` that makes `change`; meanwhile `base` has moved on.
    fn new(base: &str, change: impl Fn(&Scenario)) -> Self {
        let origin = Scenario::new();
        let root = origin.path("");
        git(&root, &["init", "--quiet"]);
        git(
            &root,
            &["symbolic-ref", "HEAD", &format!("refs/heads/{base}")],
        );
        commit_all(&root, "first");
        git(&root, &["switch", "--quiet", "--create", "change"]);
        change(&origin);
        let head = commit_all(&root, "change");
        git(&root, &["switch", "--quiet", "--detach", base]);
        origin.edit(DEFAULTS, "window: 20", "window: 21");
        let moved = commit_all(&root, "moved on");
        git(&root, &["branch", "--force", base, &moved]);
        git(
            &root,
            &["merge", "--quiet", "--no-ff", "--message=merge", "change"],
        );
        let merge = git(&root, &["rev-parse", "HEAD"]);
        // What comes after the merge that GitHub made is none of its business.
        git(&root, &["switch", "--quiet", base]);
        origin.edit(STANDARD, "durationSeconds: 60", "durationSeconds: 61");
        commit_all(&root, "moved on again");
        let machine = Scenario::empty();
        let cargo = CARGO.replace("XBENCH", XBENCH);
        for (program, script) in [("gh", GH), ("cargo", &cargo), ("rustup", &cargo)] {
            let file = Path::new("programs").join(program);
            machine.write(&file, script);
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(machine.path(file), mode).expect("a mode can be set");
        }
        for folder in ["work", "home", "temporary"] {
            std::fs::create_dir(machine.path(folder)).expect("a folder can be made");
        }
        Self {
            origin,
            machine,
            head,
            merge,
        }
    }

    /// Runs a script in the shell that its first word names.
    fn script(&self, shell: &[&str], script: &str, variables: &[(String, String)]) -> Run {
        self.machine.write("script", script);
        let file = self.machine.path("script");
        let shell: Vec<&str> = shell
            .iter()
            .map(|word| {
                if *word == "{0}" {
                    file.to_str().expect("Unicode")
                } else {
                    word
                }
            })
            .collect();
        let home = self.machine.path("home").display().to_string();
        let programs = self.machine.path("programs").display().to_string();
        let mut program = self
            .machine
            .program(shell[0])
            .args(&shell[1..])
            .within("work")
            .variable(
                "PATH",
                format!("{programs}:{home}/.cargo/bin:/usr/bin:/bin"),
            )
            .variable("HOME", home);
        for (name, value) in variables {
            program = program.variable(name, value);
        }
        program.run()
    }

    /// What stands in a file of the machine; nothing, if there is none.
    fn wrote(&self, file: &str) -> String {
        std::fs::read_to_string(self.machine.path(file)).unwrap_or_default()
    }

    /// The calls of a stand-in, each as one line.
    fn calls(&self, program: &str) -> Vec<String> {
        let all = self.wrote(&format!("home/{program}"));
        let calls = all.split("---\n").filter(|call| !call.is_empty());
        let temporary = self.machine.path("temporary").display().to_string();
        calls
            .map(|call| call.trim().replace('\n', " ").replace(&temporary, "TEMP"))
            .collect()
    }

    fn assert_nothing_was_made_of_names(&self) {
        for folder in ["work", "home", ""] {
            assert!(!self.machine.path(folder).join("pwned").exists());
        }
    }
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
