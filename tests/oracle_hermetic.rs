//! What `render` looks at, seen from outside the process: the files and sockets by `strace`, the environment
//! variables by a library that stands before `getenv`.
//!
//! `hermetic.rs` shows that changed surroundings do not change the output; this shows that they are not looked
//! at. Neither sees `std::env::vars`, which reads memory: `clippy.toml` forbids it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails the test by panicking"
)]

#[path = "oracles/project.rs"]
mod project;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use project::SUITES;

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Variables that may be asked for, because the answer cannot reach standard output.
const VARIABLES: &[(&str, &str)] = &[
    ("NO_COLOR", "colour of messages on standard error"),
    ("CLICOLOR", "colour of messages on standard error"),
    ("CLICOLOR_FORCE", "colour of messages on standard error"),
    ("TERM", "colour of messages on standard error"),
    ("CI", "colour of messages on standard error"),
    (
        "RUST_MIN_STACK",
        "the standard library, when it starts a thread",
    ),
    (
        "RUST_BACKTRACE",
        "the standard library, when a program panics",
    ),
];

/// Files outside the project that a process opens before `main`, and why.
const BEFORE_MAIN: &[(&str, &str)] = &[
    ("/etc/ld.so.preload", "the dynamic loader"),
    ("/etc/ld.so.cache", "the dynamic loader"),
    (
        "/proc/self/maps",
        "the standard library: where the main thread's stack ends",
    ),
    (
        "/dev/null",
        "the standard library: standard streams that are closed",
    ),
];

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn render_names_no_file_outside_the_project() {
    let project = project::copy("hermetic-files", Ord::cmp);
    let outside = project.with_file_name("elsewhere");
    fs::create_dir(&outside).unwrap();
    for suite in SUITES {
        let arguments = ["render", suite, "-C", project.to_str().unwrap()];
        let seen = paths_named_by(XBENCH, &arguments, &outside);
        assert!(
            seen.iter()
                .any(|path| path.starts_with(project.join("overlays"))),
            "the trace does not even show the layers being read: {seen:#?}"
        );
        let foreign = foreign(&seen, &project);
        assert!(
            foreign.is_empty(),
            "render {suite} names files outside the project: {foreign:#?}"
        );
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn render_makes_no_socket_and_does_not_ask_for_the_host() {
    let project = project::copy("hermetic-network", Ord::cmp);
    for suite in SUITES {
        let arguments = ["render", suite, "-C", project.to_str().unwrap()];
        let calls = trace("%network,uname,execve", XBENCH, &arguments, &project);
        // The one `execve` is strace starting xbench: xbench starts no other program.
        assert!(
            calls.len() == 1 && calls[0].starts_with("execve("),
            "render {suite} made these calls: {calls:#?}"
        );
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn render_asks_for_no_environment_variable_that_could_reach_its_output() {
    let project = project::copy("hermetic-getenv", Ord::cmp);
    for suite in SUITES {
        let asked = variables_asked_for(&["render", suite], &project);
        let unexpected: Vec<&String> = asked
            .iter()
            .filter(|name| !VARIABLES.iter().any(|(allowed, _)| allowed == name))
            .collect();
        assert!(
            unexpected.is_empty(),
            "render {suite} asks for {unexpected:?}"
        );
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn the_trace_shows_a_foreign_file_and_a_socket() {
    let project = project::empty("hermetic-detector").join("project");
    fs::create_dir_all(&project).unwrap();
    fs::write(project.join("inside"), "").unwrap();
    fs::write(project.parent().unwrap().join("beside"), "").unwrap();
    std::os::unix::fs::symlink("../beside", project.join("link")).unwrap();

    let foreign_of = |file: &str| foreign(&paths_named_by("/bin/cat", &[file], &project), &project);
    let locale = |path: &PathBuf| {
        path.starts_with("/usr/lib/locale") || path.starts_with("/usr/share/locale")
    };
    let without_locale = |paths: Vec<PathBuf>| -> Vec<PathBuf> {
        paths.into_iter().filter(|path| !locale(path)).collect()
    };
    assert_eq!(without_locale(foreign_of("inside")), Vec::<PathBuf>::new());
    let beside = project.parent().unwrap().join("beside");
    assert_eq!(
        without_locale(foreign_of("../beside")),
        std::slice::from_ref(&beside)
    );
    assert_eq!(
        without_locale(foreign_of("link")),
        [beside],
        "through a symbolic link"
    );
    assert_eq!(
        without_locale(foreign_of("/etc/passwd")),
        [PathBuf::from("/etc/passwd")]
    );

    let script = "exec 3<>/dev/udp/127.0.0.1/9";
    let calls = trace("%network", "/bin/bash", &["-c", script], &project);
    assert!(
        calls.iter().any(|call| call.starts_with("socket(AF_INET")),
        "{calls:#?}"
    );
}

/// The system calls of a run, one a line. `what` is strace's `-e trace=`; its logs go beside `directory`.
fn trace(what: &str, program: &str, arguments: &[&str], directory: &Path) -> Vec<String> {
    let logs = directory.with_file_name("strace");
    if logs.exists() {
        fs::remove_dir_all(&logs).unwrap();
    }
    fs::create_dir(&logs).unwrap();
    let output = Command::new("strace")
        // -ff: a file for each thread, so that no call is split over two lines. -y: the path behind each descriptor.
        .args(["-ff", "-y", "-qq", "-s", "4096", "-e", "signal=none", "-e"])
        .arg(format!("trace={what}"))
        .arg("-o")
        .arg(logs.join("log"))
        .arg(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("strace cannot be started ({error}): run .ci/oracles"));
    if program == XBENCH {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}\n{errors}",
            output.status
        );
    }
    let mut calls = Vec::new();
    for log in fs::read_dir(&logs).unwrap() {
        let text = fs::read_to_string(log.unwrap().path()).unwrap();
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
    let shared_library = |path: &Path| {
        let folder = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"]
            .iter()
            .any(|folder| path.starts_with(folder));
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        folder && name.is_some_and(|name| name.contains(".so"))
    };
    paths
        .iter()
        .filter(|path| !path.starts_with(project))
        .filter(|path| !shared_library(path))
        .filter(|path| {
            !BEFORE_MAIN
                .iter()
                .any(|(allowed, _)| path == &Path::new(allowed))
        })
        // `/proc/self` is a link to the process's own number.
        .filter(|path| !(path.starts_with("/proc") && path.ends_with("maps")))
        // Where the program itself lies, as strace starts it.
        .filter(|path| !(path == &Path::new(XBENCH) || path == &Path::new("/bin/cat")))
        .cloned()
        .collect()
}

/// The names that a run of xbench hands to `getenv`.
fn variables_asked_for(arguments: &[&str], project: &Path) -> BTreeSet<String> {
    let folder = project.parent().unwrap();
    let library = folder.join("getenv_log.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/getenv_log.c");
    let compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .status()
        .unwrap_or_else(|error| panic!("cc, which Rust links with, cannot be started: {error}"));
    assert!(compiler.success(), "cc: {compiler}");

    let log = folder.join("asked");
    let output = Command::new(XBENCH)
        .args(arguments)
        .env_clear()
        .env("LD_PRELOAD", &library)
        .env("GETENV_LOG", &log)
        .current_dir(project)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut asked: BTreeSet<String> = fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(
        asked.remove("GETENV_LOG_LOADED"),
        "the library was not loaded: {asked:?}"
    );
    asked
}
