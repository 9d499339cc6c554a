//! What `render` writes depends on the project's files and the command line, and on nothing around them.
//!
//! Here the surroundings are changed and the bytes compared. That no other file is opened, no socket made
//! and no variable asked for is seen from outside the process, in `oracle_hermetic.rs`.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test starts programs, and one that cannot go on ends by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use xbench_scenario::{MANY_VARIANTS, Scenario, files_below};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Variables that programs of this kind like to read, for those whose names are not in the binary as one word.
const USUAL_VARIABLES: &[&str] = &[
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "DOCKER_CONFIG",
    "EDITOR",
    "FORCE_COLOR",
    "GOOGLE_CLOUD_PROJECT",
    "HOME",
    "HOSTNAME",
    "HTTPS_PROXY",
    "KUBECONFIG",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_COLLATE",
    "LC_NUMERIC",
    "LINES",
    "LOGNAME",
    "NAMESPACE",
    "NO_COLOR",
    "PAGER",
    "PATH",
    "PWD",
    "RUST_LOG",
    "RUST_MIN_STACK",
    "SHELL",
    "SOURCE_DATE_EPOCH",
    "TERM",
    "TMPDIR",
    "TZ",
    "USER",
    "XBENCH_CONFIG",
    "XBENCH_ENV",
    "XBENCH_ENVIRONMENT",
    "XBENCH_PROJECT",
    "XBENCH_SUITE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
];

/// What a run prints that has no environment variables but those given.
fn render<'a>(
    arguments: &[&str],
    directory: &Path,
    environment: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let output = Command::new(XBENCH)
        .arg("render")
        .args(arguments)
        .env_clear()
        .envs(environment)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "render {arguments:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!output.stdout.is_empty(), "render {arguments:?}: no output");
    String::from_utf8(output.stdout).expect("the program writes UTF-8")
}

/// Fails with the first line that differs, not with two whole trees.
#[track_caller]
fn assert_same(expected: &str, actual: &str, surroundings: &str) {
    let lines = expected.lines().zip(actual.lines());
    if let Some((line, (before, after))) = (1..).zip(lines).find(|(_, (a, b))| a != b) {
        panic!("{surroundings} changed line {line}:\n- {before}\n+ {after}");
    }
    assert!(
        expected == actual,
        "{surroundings} changed the end of the output"
    );
}

/// The same project in a folder of another name, its files created in the reverse order: some file systems list
/// them in the order of creation.
fn moved(project: &Scenario, folder: &str) -> Scenario {
    let scenario = Scenario::empty();
    for file in files_below(&project.path("")).into_iter().rev() {
        let bytes = fs::read(project.path(&file)).expect("the file can be read");
        scenario.write(Path::new(folder).join(file), bytes);
    }
    scenario
}

/// The shipped project, and one more suite.
fn project() -> Scenario {
    let project = Scenario::new();
    project.write("overlays/suites/many.yaml", MANY_VARIANTS);
    project
}

#[test]
fn same_bytes_in_another_place_for_another_user_in_another_language() {
    let here = project();
    let folder = "somewhere else/under a longer name";
    let there = moved(&here, folder);
    let abroad = [
        ("HOME", "/nonexistent/home"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
        ("USER", "somebody"),
    ];
    for suite in here.listed(XBENCH, "suites") {
        for format in ["--format=yaml", "--format=json"] {
            let arguments = [suite.as_str(), format];
            let expected = render(&arguments, &here.path(""), []);
            let same = |actual: String, surroundings| assert_same(&expected, &actual, surroundings);

            same(
                render(&arguments, &here.path("overlays"), []),
                "starting in a folder of the project",
            );
            same(
                render(&[suite.as_str(), format, "-C", folder], &there.path(""), []),
                "naming a copy by a relative path",
            );
            let copy = there.path(folder);
            let copy = copy.to_str().expect("the path is Unicode");
            same(
                render(
                    &[suite.as_str(), format, "-C", copy],
                    Path::new("/"),
                    abroad,
                ),
                "another place, user, language and time zone",
            );
        }
    }
}

#[test]
fn same_bytes_whatever_the_environment_variables_say() {
    let project = project();
    let root = project.path("");
    let words = upper_case_words(Path::new(XBENCH));
    // The standard library reads this one, so a search that does not find it finds nothing.
    assert!(
        words.contains("RUST_BACKTRACE"),
        "{} words found",
        words.len()
    );
    let names: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .chain(USUAL_VARIABLES.iter().copied())
        // Those are the dynamic loader's, which acts before the program starts.
        .filter(|name| !name.starts_with("LD_"))
        .collect();

    for suite in project.listed(XBENCH, "suites") {
        let expected = render(&[&suite], &root, []);
        // In parts: the kernel takes two megabytes of variables at most.
        for part in names.chunks(4000) {
            for value in ["1", "/nonexistent/garbage: \u{e9}\n- {\"x\": true}"] {
                let scrambled = render(&[&suite], &root, part.iter().map(|name| (*name, value)));
                let surroundings = format!(
                    "setting {} variables from {} on to {value:?}",
                    part.len(),
                    part[0]
                );
                assert_same(&expected, &scrambled, &surroundings);
            }
        }
    }
}

/// Every upper-case word in a binary that could be a variable's name. A superset: most are none. And not
/// all: constants lie side by side, so a name may have grown together with its neighbour. `oracle_hermetic.rs`
/// sees those.
fn upper_case_words(binary: &Path) -> BTreeSet<String> {
    let bytes = fs::read(binary).expect("the binary can be read");
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    bytes
        .chunk_by(|a, b| is_part(a) == is_part(b))
        .filter(|word| is_part(&word[0]))
        .map(|word| String::from_utf8_lossy(word))
        .map(|word| {
            word.trim_start_matches(|first: char| first.is_ascii_digit())
                .to_owned()
        })
        .filter(|word| (3..=64).contains(&word.len()))
        .collect()
}
