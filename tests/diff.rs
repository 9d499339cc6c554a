//! What a change of layers does to what is rendered, seen through the whole program.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test starts git, and one that cannot go on ends by panicking"
)]

use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use xbench::address::expanded;
use xbench::diff::structure::{apply, compare};
use xbench::schema::{Document, Schemas};
use xbench_scenario::{Run, Scenario};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");
const STANDARD: &str = "overlays/profiles/standard.yaml";
const DEFAULTS: &str = "overlays/profiles/_defaults.yaml";

fn run(scenario: &Scenario, arguments: &[&str]) -> Run {
    let path = std::env::var("PATH").expect("git is found by PATH");
    let program = scenario.program(XBENCH).args(arguments);
    program.variable("PATH", &path).run()
}

fn diff(scenario: &Scenario, arguments: &[&str]) -> Value {
    let run = run(scenario, &[&["diff", "--format=json"], arguments].concat());
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.stderr);
    let answer: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert!(Schemas::default().is_valid(Document::Difference, &answer));
    let is_empty = answer["differences"] == serde_json::json!([])
        && answer["hashes"]["renamed"] == serde_json::json!([]);
    assert_eq!(run.code, Some(i32::from(!is_empty)));
    answer
}

/// Status and changed paths of every group.
fn outline(answer: &Value) -> Vec<(String, Vec<String>)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list(&answer["differences"])
        .iter()
        .map(|group| {
            let paths = list(&group["changes"])
                .iter()
                .map(|one| text(&one["path"]))
                .collect();
            (text(&group["status"]), paths)
        })
        .collect()
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args([
            "-c",
            "commit.gpgsign=false",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        // Looking at the state must not refresh the index.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .expect("git runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

fn committed() -> Scenario {
    let scenario = Scenario::new();
    let root = scenario.path("");
    git(&root, &["init", "--quiet", "--initial-branch=main"]);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message=first"]);
    scenario
}

#[test]
fn a_changed_profile_value_is_that_value_and_one_line_of_hashes() {
    let scenario = committed();
    scenario.edit(DEFAULTS, "runs: 3", "runs: 5");
    let run = run(&scenario, &["diff", "--rev", "HEAD"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    assert_eq!(
        run.stdout,
        "\
~ ConfigMap of score: changed
  in pytorch-cuda.nvidia-l4.qwen3-0.6b.standard.example (score)
  in jax-tpu.tpu-v6e-1.qwen3-0.6b.standard.example (score)
  data.\"benchmark.json\".load.runs: 3 -> 5
      benchmark.load.runs: 5 at overlays/profiles/_defaults.yaml:14:11, was 3 at HEAD:overlays/profiles/_defaults.yaml:14:11

hashes that follow: 4 names, 6 content hashes, 6 values hashes, 2 references
2 changed, 0 new, 0 gone; 4 compared
"
    );
}

#[test]
fn a_rendered_tree_is_compared_with_the_project() {
    let scenario = Scenario::new();
    let rendered = run(&scenario, &["render", "--output", "old tree"]);
    assert_eq!(rendered.code, Some(0), "{}", rendered.stderr);
    assert_eq!(outline(&diff(&scenario, &["--against", "old tree"])), []);
    scenario.edit(DEFAULTS, "runs: 3", "runs: 5");
    let answer = diff(&scenario, &["--against", "old tree"]);
    let path = "data.\"benchmark.json\".load.runs".to_owned();
    assert_eq!(outline(&answer), [("changed".to_owned(), vec![path])]);
    // A stream of documents is as good as a folder.
    let stream = run(&scenario, &["render"]).stdout;
    scenario.write("stream.yaml", stream);
    assert_eq!(outline(&diff(&scenario, &["--against", "stream.yaml"])), []);
}

#[test]
fn two_variants_are_compared_with_each_other() {
    let scenario = Scenario::new();
    let one = ["--between", "pytorch-cuda", "pytorch-cuda"];
    assert_eq!(outline(&diff(&scenario, &one)), []);
    let answer = diff(
        &scenario,
        &["--between", "jax-tpu,smoke", "jax-tpu,profile=standard"],
    );
    let (status, paths) = &outline(&answer)[0];
    assert_eq!(status, "changed");
    assert!(
        paths.iter().any(|path| path.ends_with("load.runs")),
        "{paths:?}"
    );
    let several = run(&scenario, &["diff", "--between", "smoke", "jax-tpu"]);
    assert_eq!(several.code, Some(2));
    assert!(
        several.stderr.contains("`smoke` leaves 2 variants"),
        "{}",
        several.stderr
    );
    let unknown = run(&scenario, &["diff", "--between", "jax-tpo", "jax-tpu"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.stderr.contains("did you mean `jax-tpu`?"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_change_of_what_an_image_is_built_from_names_its_files() {
    let scenario = committed();
    scenario.edit("base/images/loadgen/Dockerfile", "USER ", "USER  ");
    let answer = diff(&scenario, &["--rev", "HEAD"]);
    let text = answer["differences"].to_string();
    assert!(text.contains(r#""what":"image file""#), "{text}");
    assert!(
        text.contains(r#""location":"xbench-loadgen/Dockerfile""#),
        "{text}"
    );
    assert!(!text.contains("xbench-loadgen/Cargo.lock"), "{text}");
}

#[test]
fn staged_unstaged_and_untracked_changes_count_and_stay_as_they_are() {
    let scenario = committed();
    let root = scenario.path("");
    scenario.edit(DEFAULTS, "runs: 3", "runs: 4");
    git(&root, &["add", DEFAULTS]);
    scenario.edit(STANDARD, "durationSeconds: 60", "durationSeconds: 61");
    let smoke = scenario.read("overlays/profiles/smoke.yaml");
    scenario.write("overlays/profiles/untracked.yaml", smoke);
    let state = |root: &Path| {
        let index = std::fs::read(root.join(".git/index")).expect("an index");
        let index = xbench::hash::ContentHash::of_bytes(&index);
        (git(root, &["status", "--porcelain=v2"]), index)
    };
    let before = state(&root);
    let answer = diff(&scenario, &["--rev", "HEAD"]);
    let paths =
        ["durationSeconds", "runs"].map(|key| format!("data.\"benchmark.json\".load.{key}"));
    assert_eq!(outline(&answer), [("changed".to_owned(), paths.to_vec())]);
    assert_eq!(state(&root), before);
    // A profile that is not committed has nothing to be compared with.
    let answer = diff(&scenario, &["--rev", "HEAD", "--profile", "untracked"]);
    assert!(outline(&answer).iter().all(|(status, _)| status == "added"));
    assert_eq!(outline(&answer).len(), 4);
}

#[test]
fn deleted_and_renamed_layers_are_objects_that_are_gone_and_new() {
    let scenario = committed();
    let root = scenario.path("");
    git(&root, &["mv", STANDARD, "overlays/profiles/usual.yaml"]);
    let suite = "overlays/suites/score.yaml";
    scenario.write(
        suite,
        scenario
            .read(suite)
            .replace("profile: standard", "profile: usual"),
    );
    scenario.remove("overlays/suites/accelerators.yaml");
    let answer = diff(&scenario, &["--rev", "HEAD"]);
    let mut statuses: Vec<String> = outline(&answer)
        .into_iter()
        .map(|(status, _)| status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        ["added"; 4]
            .into_iter()
            .chain(["removed"; 4])
            .collect::<Vec<_>>()
    );
}

#[test]
fn history_is_read_back_as_far_as_it_goes() {
    let scenario = committed();
    let root = scenario.path("");
    for runs in 4..6 {
        scenario.edit(
            DEFAULTS,
            &format!("runs: {}", runs - 1),
            &format!("runs: {runs}"),
        );
        git(&root, &["commit", "--quiet", "--all", "--message=more"]);
    }
    git(&root, &["tag", "v1", "HEAD~1"]);
    for (revision, old) in [("HEAD~2", 3), ("v1", 4)] {
        let answer = diff(&scenario, &["--rev", revision]);
        assert_eq!(answer["differences"][0]["changes"][0]["old"], old);
    }
    assert_eq!(outline(&diff(&scenario, &["--rev", "main"])), []);
}

#[test]
fn a_shallow_clone_of_a_project_in_a_folder_with_spaces() {
    let origin = committed();
    let there = origin.path("");
    origin.edit(DEFAULTS, "runs: 3", "runs: 4");
    git(&there, &["commit", "--quiet", "--all", "--message=second"]);
    let scenario = Scenario::empty();
    let url = format!("file://{}", there.display());
    let clone = scenario.path("a clone with spaces");
    let clone_name = clone.to_str().expect("UTF-8");
    git(
        &scenario.path(""),
        &["clone", "--quiet", "--depth=1", &url, clone_name],
    );
    let arguments = |revision| ["-C", "a clone with spaces", "diff", "--rev", revision];
    let same = run(&scenario, &arguments("HEAD"));
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (Some(0), ""),
        "{}",
        same.stderr
    );
    let cut = run(&scenario, &arguments("HEAD~1"));
    assert_eq!(cut.code, Some(2));
    assert!(
        cut.stderr.contains("this clone is shallow"),
        "{}",
        cut.stderr
    );
}

#[test]
fn a_project_below_the_root_of_its_repository() {
    let inner = Scenario::new();
    let outer = Scenario::empty();
    for folder in ["base", "overlays", "loadgen", "schemas"] {
        for file in xbench_scenario::files_below(&inner.path(folder)) {
            let bytes = std::fs::read(inner.path(folder).join(&file)).expect("a file");
            outer.write(Path::new("some where").join(folder).join(file), bytes);
        }
    }
    let root = outer.path("");
    git(&root, &["init", "--quiet"]);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message=first"]);
    outer.edit(Path::new("some where").join(DEFAULTS), "runs: 3", "runs: 5");
    let arguments = [
        "diff",
        "--project",
        "some where",
        "--rev",
        "HEAD",
        "--format=json",
    ];
    let answer: Value = serde_json::from_str(&run(&outer, &arguments).stdout).expect("JSON");
    assert_eq!(outline(&answer).len(), 1);
}

#[test]
fn what_cannot_be_compared_says_why() {
    let bare = Scenario::new();
    for (scenario, arguments, expected) in [
        (&bare, vec!["--rev", "HEAD"], "is not in a git repository"),
        (
            &committed(),
            vec!["--rev", "nowhere"],
            "git knows no revision `nowhere`",
        ),
        (&committed(), vec!["--rev", "--all"], "unexpected argument"),
        (&bare, vec!["--against", "nowhere"], "cannot read `nowhere`"),
        (&bare, vec![], "there is nothing to compare with"),
    ] {
        let run = run(scenario, &[&["diff"], arguments.as_slice()].concat());
        assert_eq!(run.code, Some(2), "{arguments:?}");
        let said = run.stderr;
        assert!(
            said.contains(expected) || arguments.contains(&"--all"),
            "{said}"
        );
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_broken_layer_of_the_past_is_shown_where_it_was() {
    let scenario = committed();
    let root = scenario.path("");
    let good = scenario.read(DEFAULTS);
    scenario.write(DEFAULTS, good.replace("runs: 3", "runs: many"));
    git(&root, &["commit", "--quiet", "--all", "--message=broken"]);
    scenario.write(DEFAULTS, good);
    let run = run(&scenario, &["diff", "--rev", "HEAD"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .contains("HEAD:overlays/profiles/_defaults.yaml:14"),
        "{}",
        run.stderr
    );
}

#[test]
fn kubectl_gives_two_folders() {
    let scenario = Scenario::new();
    let rendered = run(&scenario, &["render", "--backend=jax-tpu"]).stdout;
    scenario.write("LIVE-1/apps.v1.thing", &rendered);
    scenario.write(
        "MERGED-1/apps.v1.thing",
        rendered.replace("backoffLimit: 0", "backoffLimit: 3"),
    );
    let same = run(&scenario, &["diff", "LIVE-1", "LIVE-1"]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), ""));
    let other = run(&scenario, &["diff", "LIVE-1", "MERGED-1"]);
    // So `kubectl diff` starts it: the words of KUBECTL_EXTERNAL_DIFF come last.
    let by_kubectl = run(&scenario, &["LIVE-1", "MERGED-1", "diff"]);
    assert_eq!(by_kubectl, other);
    let unified = run(&scenario, &["LIVE-1", "MERGED-1", "diff", "--view=unified"]);
    assert!(
        unified.stdout.contains("\n+  backoffLimit: 3\n"),
        "{}",
        unified.stdout
    );
    assert_eq!(other.code, Some(1), "{}", other.stderr);
    assert!(
        other.stdout.contains("spec.backoffLimit: 0 -> 3"),
        "{}",
        other.stdout
    );
}

#[test]
fn a_comment_says_the_same_as_the_terminal() {
    let scenario = committed();
    scenario.edit(DEFAULTS, "runs: 3", "runs: 5");
    let arguments = ["diff", "--rev", "HEAD", "--format=markdown"];
    let text = run(&scenario, &arguments).stdout;
    assert!(
        text.contains("load.runs</code> | <code>3</code> | <code>5</code> |"),
        "{text}"
    );
    assert!(text.contains("hashes that follow: 4 names"), "{text}");
    let unified = run(&scenario, &["diff", "--rev", "HEAD", "--view=unified"]).stdout;
    let changed: Vec<&str> = unified
        .lines()
        .filter(|line| line.starts_with(['-', '+']))
        .collect();
    assert_eq!(changed, ["-      runs: 3", "+      runs: 5"]);
}

fn rendered(scenario: &Scenario, assignments: &[String]) -> Option<Vec<Value>> {
    let arguments = ["render", "--format=json"].map(str::to_owned);
    let sets = assignments.iter().map(|text| format!("--set={text}"));
    let program = scenario
        .program(XBENCH)
        .args(arguments.into_iter().chain(sets));
    let run = program.run();
    let list: Value = serde_json::from_str(&run.stdout).ok()?;
    Some(list["items"].as_array()?.iter().map(expanded).collect())
}

/// Edits that a layer may make, as far as the schemas and the machine let them.
fn edit() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..9_u32).prop_map(|runs| format!("benchmark.load.runs={runs}")),
        (0..5_u32).prop_map(|limit| format!("job.backoffLimit={limit}")),
        Just("job.ttlSecondsAfterFinished=".to_owned()),
        "[a-z]{1,5}".prop_map(|key| format!("environment.labels.{key}=yes-{key}")),
        "[A-Z]{1,4}".prop_map(|key| format!("server.env.{key}=\"1\"")),
        "[a-z]{3,6}".prop_map(|key| format!("server.extraFlags.{key}=true")),
        "[a-z]{1,5}".prop_map(|key| format!("scheduling.tolerations.{key}={{operator: Exists}}")),
        Just("environment.models={source: pvc, claim: models, directory: d}".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn changes_applied_to_the_old_tree_give_the_new_one(
        old in proptest::collection::vec(edit(), 0..4),
        new in proptest::collection::vec(edit(), 0..4),
    ) {
        let scenario = Scenario::new();
        let (Some(old), Some(new)) = (rendered(&scenario, &old), rendered(&scenario, &new)) else {
            return Err(TestCaseError::reject("a layer that is refused"));
        };
        prop_assert_eq!(old.len(), new.len());
        for (old, new) in old.iter().zip(&new) {
            prop_assert_eq!(&apply(old, &compare(old, new)), new);
        }
    }
}
