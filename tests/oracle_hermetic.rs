//! What `render` looks at, seen from outside the process: the files and sockets by `strace`, the environment
//! variables by a library that stands before `getenv`.
//!
//! `hermetic.rs` shows that changed surroundings do not change the output; this shows that they are not looked
//! at. Neither sees `std::env::vars`, which reads memory: `clippy.toml` forbids it.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test starts programs, and one that cannot go on ends by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use xbench_scenario::{MANY_VARIANTS, Scenario};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// What a process names outside the project before `main` or at its start, and who does.
const BEFORE_MAIN: &[(&str, &str)] = &[
    (XBENCH, "strace, to start it"),
    ("/bin/cat", "strace, in the test of the test"),
    (
        "/usr/lib/locale/locale-archive",
        "the C library of `cat`, never of xbench",
    ),
    ("/etc/ld.so.preload", "the dynamic loader"),
    ("/etc/ld.so.cache", "the dynamic loader"),
];

/// The shipped project, and one more suite.
fn project() -> Scenario {
    let project = Scenario::new();
    project.write("overlays/suites/many.yaml", MANY_VARIANTS);
    project
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn render_names_no_file_outside_the_project() {
    let project = project();
    let root = real(&project.path(""));
    let elsewhere = Scenario::empty();
    for suite in project.listed(XBENCH, "suites") {
        let arguments = ["render", &suite, "-C", root.to_str().expect("Unicode")];
        let seen = paths_named_by(XBENCH, &arguments, &real(&elsewhere.path("")));
        assert!(
            seen.iter()
                .any(|path| path.starts_with(root.join("overlays"))),
            "the trace does not even show the layers being read: {seen:#?}"
        );
        let foreign = foreign(&seen, &root);
        assert!(
            foreign.is_empty(),
            "render {suite} names files outside the project: {foreign:#?}"
        );
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn render_makes_no_socket_starts_nothing_and_does_not_ask_for_the_host() {
    let project = project();
    for suite in project.listed(XBENCH, "suites") {
        let watched = "%network,uname,execve";
        let calls = trace(watched, XBENCH, &["render", &suite], &project.path(""));
        // The one `execve` is strace starting xbench.
        assert!(
            calls.len() == 1 && calls[0].starts_with("execve("),
            "render {suite} made these calls: {calls:#?}"
        );
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn render_asks_for_no_environment_variable() {
    let project = project();
    for suite in project.listed(XBENCH, "suites") {
        let asked = variables_asked_for(XBENCH, &["render", &suite], &project.path(""));
        assert!(asked.is_empty(), "render {suite} asks for {asked:?}");
    }
    // Help does ask, for the width of the terminal: so questions are seen.
    let asked = variables_asked_for(XBENCH, &["--help"], &project.path(""));
    assert!(asked.contains("COLUMNS"), "{asked:?}");
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn the_trace_shows_a_foreign_file_and_a_socket() {
    let scenario = Scenario::empty();
    scenario.write("project/inside", "").write("beside", "");
    let project = real(&scenario.path("project"));
    let beside = real(&scenario.path("beside"));
    std::os::unix::fs::symlink("../beside", project.join("link")).expect("a link can be made");

    let foreign_of = |file: &str| foreign(&paths_named_by("/bin/cat", &[file], &project), &project);
    assert_eq!(foreign_of("inside"), Vec::<PathBuf>::new());
    assert_eq!(foreign_of("../beside"), std::slice::from_ref(&beside));
    assert_eq!(foreign_of("link"), [beside], "through a symbolic link");
    assert_eq!(foreign_of("/etc/passwd"), [Path::new("/etc/passwd")]);
    assert_eq!(foreign_of("/nonexistent"), [Path::new("/nonexistent")]);

    let script = "exec 3<>/dev/udp/127.0.0.1/9";
    let calls = trace("%network", "/bin/bash", &["-c", script], &project);
    assert!(
        calls.iter().any(|call| call.starts_with("socket(AF_INET")),
        "{calls:#?}"
    );
}

/// A path without symbolic links.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().expect("the path exists")
}

/// The system calls of a run, one a line. `what` is strace's `-e trace=`.
fn trace(what: &str, program: &str, arguments: &[&str], directory: &Path) -> Vec<String> {
    let logs = Scenario::empty();
    let output = Command::new("strace")
        // -ff: a file for each thread, so that no call is split over two lines. -y: the path behind each descriptor.
        .args(["-ff", "-y", "-qq", "-s", "4096", "-e", "signal=none", "-e"])
        .arg(format!("trace={what}"))
        .arg("-o")
        .arg(logs.path("log"))
        .arg(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .expect("strace, which .ci/oracles installs, starts");
    if program == XBENCH {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}\n{errors}",
            output.status
        );
    }
    let mut calls = Vec::new();
    for log in fs::read_dir(logs.path("")).expect("the logs can be read") {
        let log = log.expect("the logs can be read").path();
        let text = fs::read_to_string(log).expect("strace writes text");
        calls.extend(text.lines().map(str::to_owned));
    }
    assert!(!calls.is_empty(), "strace saw nothing");
    calls
}

/// Every path that a run hands to the system, found or not, and the real path of each file that it opened.
fn paths_named_by(program: &str, arguments: &[&str], directory: &Path) -> BTreeSet<PathBuf> {
    trace("%file", program, arguments, directory)
        .iter()
        // That a process asks where it is says nothing yet: what it then names shows.
        .filter(|call| !call.starts_with("getcwd("))
        .flat_map(|call| paths_in(call, directory))
        .collect()
}

/// The paths in one line of strace, such as
/// `openat(AT_FDCWD</a>, "b/../c", O_RDONLY) = 3</a/c>`: here `/a/c`, twice.
///
/// A quoted path counts from the directory whose descriptor stands before it, or else from `directory`.
fn paths_in(call: &str, directory: &Path) -> Vec<PathBuf> {
    let one_path_only = ["execve(", "readlink("]
        .iter()
        .any(|name| call.starts_with(name));
    let mut paths = Vec::new();
    let mut base = directory.to_path_buf();
    let mut rest = call;
    while let Some(start) = rest.find(['"', '<']) {
        let opening = rest.as_bytes()[start];
        let after = &rest[start + 1..];
        let closing = if opening == b'"' { '"' } else { '>' };
        // Paths of these tests hold neither quotes nor angle brackets.
        let Some(end) = after.find(closing) else {
            break;
        };
        let text = &after[..end];
        rest = &after[end + 1..];
        if opening == b'<' {
            if text.starts_with('/') {
                base = PathBuf::from(text);
                let result = call[..call.len() - rest.len()].rsplit_once(" = ");
                if result.is_some_and(|(_, value)| value.ends_with(&format!("<{text}>"))) {
                    paths.push(base.clone());
                }
            }
        } else if !one_path_only || paths.is_empty() {
            paths.push(without_dots(&base.join(text)));
        }
    }
    paths
}

/// Takes `.` and `..` out by name alone; where a symbolic link led, the result of the call shows.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Those of the paths that `render` has no business with.
fn foreign(paths: &BTreeSet<PathBuf>, project: &Path) -> Vec<PathBuf> {
    let is_shared_library = |path: &Path| {
        let folders = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];
        let name = path.file_name().map(|name| name.to_string_lossy());
        folders.iter().any(|folder| path.starts_with(folder))
            && name.is_some_and(|name| name.contains(".so"))
    };
    // `/proc/self` is a link to the process's own number.
    let is_own_memory_map = |path: &Path| path.starts_with("/proc") && path.ends_with("maps");
    paths
        .iter()
        .filter(|path| !path.starts_with(project))
        .filter(|path| !is_shared_library(path))
        .filter(|path| !is_own_memory_map(path))
        .filter(|path| {
            !BEFORE_MAIN
                .iter()
                .any(|(known, _)| path.as_path() == Path::new(known))
        })
        .cloned()
        .collect()
}

/// The names that a run hands to `getenv`.
fn variables_asked_for(program: &str, arguments: &[&str], directory: &Path) -> BTreeSet<String> {
    let scratch = Scenario::empty();
    let library = scratch.path("getenv_log.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/getenv_log.c");
    let compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .status()
        .expect("cc, which Rust links with, starts");
    assert!(compiler.success(), "cc: {compiler}");

    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("LD_PRELOAD", &library)
        .env("GETENV_LOG", scratch.path("asked"))
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
    let mut asked: BTreeSet<String> = scratch.read("asked").lines().map(str::to_owned).collect();
    assert!(
        asked.remove("GETENV_LOG_LOADED"),
        "the library was not loaded: {asked:?}"
    );
    asked
}
