//! Transcripts: files that say what somebody types into a shell, and all that is answered.
//!
//! ```text
//! # What this is about.
//! given: project
//!
//! $ xbench render scroe
//! [stderr]
//! error[unknown-name]: there is no suite `scroe`
//! [exit 1]
//! ```
//!
//! Standard output comes first, standard error behind its mark, the exit code last. Running one again gives
//! the same file, or somebody has to look at it. A hash is shown as `[hash]`: what is in one is not what a
//! transcript is about, and would change with every layer.

use crate::{Run, Scenario, Simulated, set, side};
use serde_json::json;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

/// What begins a line that was typed.
const PROMPT: &str = "$ ";
/// What begins the line that names the folder that a transcript begins in.
const GIVEN: &str = "given: ";

/// A line that was typed, and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    /// The line.
    pub(crate) line: String,
    /// The exit code that the file shows; `None` if it shows none yet.
    pub(crate) code: Option<i32>,
}

/// A transcript, without what was answered.
pub(crate) struct Transcript {
    about: String,
    given: String,
    /// What was typed, in order.
    pub(crate) typed: Vec<Typed>,
}

impl Transcript {
    /// Reads the text of a transcript, of which the answers may be missing.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut about = String::new();
        let mut given = None;
        let mut typed: Vec<Typed> = Vec::new();
        for line in text.lines() {
            if let Some(line) = line.strip_prefix(PROMPT) {
                let line = line.to_owned();
                typed.push(Typed { line, code: None });
            } else if let Some(last) = typed.last_mut() {
                let code = line
                    .strip_prefix("[exit ")
                    .and_then(|rest| rest.strip_suffix(']')?.parse().ok());
                last.code = code.or(last.code);
            } else if let Some(name) = line.strip_prefix(GIVEN) {
                given = Some(name.to_owned());
            } else if line.starts_with("# ") {
                about.push_str(line);
                about.push('\n');
            }
        }
        if about.is_empty() || typed.is_empty() {
            return Err(
                "a transcript says after `# ` what it is about, and has a line after `$ `".into(),
            );
        }
        let given = given.ok_or("no line says what is given, such as `given: project`")?;
        Ok(Self {
            about,
            given,
            typed,
        })
    }

    /// Types everything again and gives the text of the transcript.
    pub(crate) fn replay(&self, program: &Path) -> Result<String, String> {
        let scenario = given(&self.given)?;
        let mut text = format!("{}{GIVEN}{}\n", self.about, self.given);
        for Typed { line, .. } in &self.typed {
            let run = typed(&scenario, program, line);
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{PROMPT}{line}\n{}", answer(&run)?);
        }
        Ok(text)
    }
}

fn answer(run: &Run) -> Result<String, String> {
    let mut text = closed(&run.stdout);
    if !run.stderr.is_empty() {
        text.push_str("[stderr]\n");
        text.push_str(&closed(&run.stderr));
    }
    if text.lines().any(|line| line.starts_with(PROMPT)) {
        return Err("an answer holds a line that begins like a typed one".to_owned());
    }
    let code = run.code.ok_or("a signal ended the program")?;
    let _ = writeln!(text, "[exit {code}]");
    Ok(text)
}

fn closed(text: &str) -> String {
    match without_hashes(text).as_str() {
        "" => String::new(),
        text if text.ends_with('\n') => text.to_owned(),
        text => format!("{text}\n[no line break]\n"),
    }
}

/// Runs a line in a shell that knows the program, and nothing about this machine and its user.
fn typed(scenario: &Scenario, program: &Path, line: &str) -> Run {
    let mut path = program
        .parent()
        .unwrap_or(Path::new(""))
        .as_os_str()
        .to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin")));
    let mut shell = scenario
        .program("/bin/sh")
        .args(["-c", line])
        .variable("PATH", path)
        .variable("HOME", scenario.path("home"));
    for name in ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"] {
        shell = shell.variable(name, "/dev/null");
    }
    for name in ["GIT_AUTHOR", "GIT_COMMITTER"] {
        shell = shell
            .variable(&format!("{name}_NAME"), "somebody")
            .variable(&format!("{name}_EMAIL"), "somebody@example.com")
            .variable(&format!("{name}_DATE"), "2026-11-24T10:00:00Z");
    }
    shell.run()
}

fn given(name: &str) -> Result<Scenario, String> {
    Ok(match name {
        "nothing" => Scenario::empty(),
        "project" => Scenario::new(),
        "results" => results(),
        "nights" => nights(),
        other => {
            return Err(format!(
                "`{other}` cannot be given: there are nothing, project, results and nights"
            ));
        }
    })
}

/// `base` and `same` do not differ, `slower` is, `other` ran another model, `log` is the log of a Job.
fn results() -> Scenario {
    let scenario = Scenario::empty();
    side(&scenario, "base", 2, |_, _| {});
    side(&scenario, "same", 3, |_, _| {});
    side(&scenario, "other", 3, |_, result| {
        set(result, "/metadata/model", json!("example/other"));
        set(result, "/config/warmup/minRequests", json!(30));
    });
    for number in 0..3 {
        let slower = Simulated {
            seed: 3,
            number: 2 * number + 1,
            speed: 0.7,
            spread: 0.005,
            requests: 1_000,
            ..Simulated::default()
        };
        scenario.write(format!("slower/{number}.json"), slower.text());
    }
    scenario
}

/// Twelve nights in `nights`, of which the last four are slower.
fn nights() -> Scenario {
    let scenario = Scenario::empty();
    for number in 0..12 {
        let night = Simulated {
            seed: 7,
            speed: if number < 8 { 1.0 } else { 0.8 },
            spread: 0.01,
            runs: 3,
            number: number * 1_440,
            ..Simulated::default()
        };
        scenario.write(format!("nights/{number:02}.json"), night.text());
    }
    scenario
}

/// Hexadecimal digits that are at least so many are a hash.
const HASH: usize = 10;

fn without_hashes(text: &str) -> String {
    let is_digit = |one: char| matches!(one, '0'..='9' | 'a'..='f');
    let mut shown = String::new();
    for word in text.split_inclusive(|one: char| !one.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|one: char| !one.is_ascii_alphanumeric());
        let is_hash = bare.len() >= HASH
            && bare.chars().all(is_digit)
            && bare.contains(|one: char| one.is_ascii_digit())
            && bare.contains(|one: char| one.is_ascii_alphabetic());
        shown.push_str(if is_hash { "[hash]" } else { bare });
        shown.push_str(&word[bare.len()..]);
    }
    shown
}
