//! Programs of others that are asked for a second opinion.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Names the folder that `.ci/oracles` installed the tools into.
const FOLDER: &str = "XBENCH_ORACLES";

/// The folder that `.ci/oracles` installed the tools into.
pub fn oracle_folder() -> PathBuf {
    let folder = std::env::var_os(FOLDER).expect("XBENCH_ORACLES names the folder of .ci/oracles");
    PathBuf::from(folder)
}

/// A tool that `.ci/oracles` installed.
pub fn oracle(tool: &str) -> PathBuf {
    oracle_folder().join("bin").join(tool)
}

/// The `kubectl` of `.ci/oracles`, or else the one that the shell would find.
pub fn kubectl() -> PathBuf {
    match std::env::var_os(FOLDER) {
        Some(_) => oracle("kubectl"),
        None => PathBuf::from("kubectl"),
    }
}

/// The answer of a tool that was asked something.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Whether it ended with 0.
    pub is_yes: bool,
}

impl Answer {
    /// What it printed, if it said yes.
    pub fn yes(self) -> String {
        assert!(
            self.is_yes,
            "the tool should say yes:\n{}{}",
            self.stdout, self.stderr
        );
        self.stdout
    }
}

/// Asks a tool, without any environment variable but `PATH`, an empty `HOME` and those given.
pub fn ask(tool: &Path, variables: &[(&str, OsString)], arguments: &[&str], input: &str) -> Answer {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // `kubectl` keeps a cache at home, and without one in the folder it runs in.
    let home = TempDir::with_prefix("xbench-home-").expect("a temporary folder can be made");
    let mut child = Command::new(tool)
        .args(arguments)
        .env_clear()
        .env("PATH", path)
        .env("HOME", home.path())
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", tool.display()));
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("the tool ends");
    writer.join().expect("writing does not panic");
    Answer {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        is_yes: output.status.success(),
    }
}
