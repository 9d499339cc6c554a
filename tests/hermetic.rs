//! What `render` writes depends on the project's files and the command line, and on nothing around them.
//!
//! Here the surroundings are changed and the bytes compared. That no other file is opened and no
//! socket made is seen from outside the process, in `oracle_hermetic.rs`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails the test by panicking"
)]

#[path = "oracles/project.rs"]
mod project;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use project::SUITES;

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
    "RUST_BACKTRACE",
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

/// What `render SUITE --format FORMAT` prints in an otherwise empty environment, started in `directory`.
fn render<'a>(
    suite: &str,
    format: &str,
    directory: &Path,
    project: Option<&str>,
    environment: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut command = Command::new(XBENCH);
    command.args(["render", suite, "--format", format]);
    if let Some(project) = project {
        command.args(["-C", project]);
    }
    let output = command
        .env_clear()
        .envs(environment)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!output.stdout.is_empty(), "{command:?} wrote nothing");
    String::from_utf8(output.stdout).unwrap()
}

/// Fails with the first line that differs, not with two whole trees.
#[track_caller]
fn assert_same(expected: &str, actual: &str, surroundings: &str) {
    let difference = expected
        .lines()
        .zip(actual.lines())
        .position(|(a, b)| a != b);
    if let Some(line) = difference {
        panic!(
            "{surroundings} changed line {}:\n- {}\n+ {}",
            line + 1,
            expected.lines().nth(line).unwrap(),
            actual.lines().nth(line).unwrap()
        );
    }
    assert!(
        expected == actual,
        "{surroundings} changed the end of the output"
    );
}

#[test]
fn same_bytes_in_another_place_for_another_user_in_another_language() {
    let here = project::copy("hermetic-here", Ord::cmp);
    let there = project::copy("hermetic-elsewhere-under-a-longer-name", |a, b| b.cmp(a));
    let outside = project::empty("hermetic-outside");
    let abroad = [
        ("HOME", "/nonexistent/home"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
        ("USER", "somebody"),
    ];
    for suite in SUITES {
        for format in ["yaml", "json"] {
            let expected = render(suite, format, &here, None, []);

            let in_a_subfolder = render(suite, format, &here.join("overlays"), None, []);
            assert_same(
                &expected,
                &in_a_subfolder,
                "starting in a folder of the project",
            );

            let by_relative_path = render(
                suite,
                format,
                &outside,
                Some("../hermetic-here/project"),
                [],
            );
            assert_same(
                &expected,
                &by_relative_path,
                "naming the project by a relative path",
            );

            let elsewhere = render(suite, format, Path::new("/"), there.to_str(), abroad);
            assert_same(
                &expected,
                &elsewhere,
                "another place, user, language and time zone",
            );
        }
    }
}

#[test]
fn same_bytes_whatever_the_environment_variables_say() {
    let project = project::copy("hermetic-variables", Ord::cmp);
    let names = variables_named_in(Path::new(XBENCH));
    // The search works: the standard library reads this one when a thread is started or a program panics.
    assert!(
        names.contains("RUST_BACKTRACE"),
        "{} names found",
        names.len()
    );

    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for suite in SUITES {
        let expected = render(suite, "yaml", &project, None, []);
        // In parts: the kernel takes two megabytes of variables at most.
        for part in names.chunks(4000) {
            for value in ["1", "/nonexistent/garbage: \u{e9}\n- {\"x\": true}"] {
                let scrambled = render(
                    suite,
                    "yaml",
                    &project,
                    None,
                    part.iter().map(|name| (*name, value)),
                );
                assert_same(
                    &expected,
                    &scrambled,
                    &format!(
                        "setting {} and {} more to {value:?}",
                        part[0],
                        part.len() - 1
                    ),
                );
            }
        }
    }
}

/// Every upper-case word in the binary that could be a variable's name, and the usual ones. A superset: most
/// are no variables. Those of the dynamic loader are left out, for it acts before the program starts.
fn variables_named_in(binary: &Path) -> BTreeSet<String> {
    let bytes = fs::read(binary).unwrap();
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let words = bytes
        .chunk_by(|a, b| is_part(a) == is_part(b))
        .filter(|word| word.iter().all(is_part) && (3..=64).contains(&word.len()))
        .filter(|word| word[0].is_ascii_uppercase())
        .map(|word| String::from_utf8_lossy(word).into_owned());
    USUAL_VARIABLES
        .iter()
        .map(ToString::to_string)
        .chain(words)
        .filter(|word| !word.starts_with("LD_"))
        .collect()
}
