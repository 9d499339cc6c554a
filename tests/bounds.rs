//! Inputs made to exhaust the program: an error, never a crash, within little memory.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the limit on memory is set by a shell, and a test that cannot go on ends by panicking"
)]

use std::fmt::Write;
use std::process::{Command, Output};
use xbench_scenario::Scenario;

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// The most memory a run may reserve. What it uses is less.
const MOST_KIB: u32 = 200 * 1024;

/// Runs the program with a bound on its memory: beyond it an allocation fails, and the program aborts.
fn run(scenario: &Scenario, arguments: &[&str]) -> Output {
    Command::new("/bin/sh")
        .args(["-c", &format!("ulimit -v {MOST_KIB} && exec \"$0\" \"$@\"")])
        .arg(XBENCH)
        .args(arguments)
        .env_clear()
        .current_dir(scenario.path(""))
        .output()
        .expect("the shell starts")
}

/// Gives an input as a layer, as a template and to `verify`: each says what is wrong with it, briefly.
fn refused(input: &[u8], codes: &[&str]) {
    let uses = [
        ("overlays/profiles/standard.yaml", vec!["render"]),
        ("base/score/job.yaml", vec!["render"]),
        ("objects.yaml", vec!["verify", "objects.yaml"]),
    ];
    for (file, arguments) in uses {
        let scenario = Scenario::new();
        scenario.write(file, input);
        let output = run(&scenario, &arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        let start: String = said.chars().take(2000).collect();
        assert_eq!(output.status.code(), Some(1), "{file}: {start}");
        assert!(
            codes
                .iter()
                .any(|code| said.starts_with(&format!("error[{code}]"))),
            "{file} is not refused as one of {codes:?}: {start}"
        );
        assert!(
            said.len() < 100_000,
            "{file}: {} bytes of errors",
            said.len()
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_file_of_a_hundred_megabytes() {
    refused("a: b\n".repeat(20_000_000).as_bytes(), &["file-too-large"]);
}

#[test]
fn a_file_of_a_hundred_megabytes_without_a_line_break() {
    refused("x".repeat(100_000_000).as_bytes(), &["file-too-large"]);
}

#[test]
fn a_hundred_thousand_nested_brackets() {
    for open in ["[", "{a: ", "- ", "? ", "[{a: "] {
        refused(open.repeat(100_000).as_bytes(), &["too-complex"]);
    }
    let closed = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    refused(closed.as_bytes(), &["too-complex"]);
}

#[test]
fn a_deep_staircase() {
    let mut text = String::new();
    for depth in 0..1000 {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}a:", " ".repeat(depth));
    }
    refused(text.as_bytes(), &["too-complex"]);
}

#[test]
fn a_million_values() {
    let list = format!("[0{}]", ",0".repeat(500_000));
    let scenario = Scenario::new();
    scenario.write("overlays/profiles/standard.yaml", list);
    let output = run(&scenario, &["render"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error[too-complex]"));
}

#[test]
fn a_hundred_thousand_mistakes() {
    let codes = ["too-complex"];
    refused("a: b\n".repeat(100_000).as_bytes(), &codes);
    let scenario = Scenario::new();
    scenario.write(
        "overlays/profiles/standard.yaml",
        "- 0777\n".repeat(100_000),
    );
    let output = run(&scenario, &["render"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.len() < 100_000);
}

#[test]
fn thirty_thousand_unknown_keys() {
    let mut text = String::from("server:\n  flags:\n");
    for index in 0..30_000 {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    flag-{index}: 1");
    }
    let scenario = Scenario::new();
    scenario.write("overlays/profiles/standard.yaml", text);
    let output = run(&scenario, &["render"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("error[unknown-key]"));
    assert!(said.len() < 100_000, "{} bytes of errors", said.len());
}

#[test]
fn bytes_that_are_no_text() {
    refused(&b"a: \xff\n".repeat(10_000), &["not-text"]);
    refused(&b"a: \0\n".repeat(10_000), &["not-text"]);
    refused(&vec![0; 500_000], &["not-text"]);
}

#[test]
fn what_looks_endless_to_a_reader() {
    for text in [
        "&a ", "!a ", "a: ", "\"", "'", "\\", "%", "|", ">", "*a ", "{{", "}}", "\t", "\r",
    ] {
        let scenario = Scenario::new();
        scenario.write("overlays/profiles/standard.yaml", text.repeat(100_000));
        let output = run(&scenario, &["render"]);
        assert_eq!(output.status.code(), Some(1), "{text:?}");
        assert!(output.stderr.len() < 100_000, "{text:?}");
    }
}
