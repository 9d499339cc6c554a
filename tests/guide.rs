//! `docs/coming-from.md`, followed by the letter: its files are written, its commands run, and what they
//! print is what it says. `kubectl` is a stand-in here; `tests/oracle_guide.rs` asks the real one.
#![expect(clippy::disallowed_methods, reason = "a test reads the guide")]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use xbench_scenario::{Scenario, Step, is_as_printed, repository, steps};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");
const GUIDE: &str = "docs/coming-from.md";

/// Takes what it is given.
const KUBECTL: &str = "#!/bin/sh\n[ \"$*\" != 'apply -f -' ] || cat > /dev/null\n";

fn follow(scenario: &Scenario) -> usize {
    let programs = scenario.path("programs").display().to_string();
    let mut folder = String::from("work");
    scenario.write("work/.keep", "");
    let mut ran = 0;
    for step in steps(&repository().join(GUIDE)) {
        match step {
            Step::File(file, text) => {
                scenario.write(format!("{folder}/{file}"), text);
            }
            Step::Addition(file, text) => {
                let file = format!("{folder}/{file}");
                scenario.write(&file, scenario.read(&file) + &text);
            }
            Step::Command(command, printed) => {
                if let Some(inner) = command.strip_prefix("cd ") {
                    folder = format!("{folder}/{inner}");
                    continue;
                }
                let program = scenario.program("bash").within(&folder);
                let program = program.args(["-euo", "pipefail", "-c", &command]);
                let path = format!("{programs}:/usr/bin:/bin");
                let run = program.variable("PATH", path).run();
                let said = format!("{}{}", run.stdout, run.stderr);
                let is_no = printed.starts_with("error") || command.starts_with("xbench diff");
                assert_eq!(run.code, Some(i32::from(is_no)), "{command}\n{said}");
                let is_silent = command.contains(" | ") || command.contains(" > ");
                assert!(
                    is_as_printed(&said, &printed)
                        && (is_silent || !printed.is_empty() || said.is_empty()),
                    "{command}\nprints\n{said}\nand the guide says\n{printed}"
                );
                ran += 1;
            }
        }
    }
    ran
}

#[test]
fn the_guide_can_be_followed() {
    let scenario = Scenario::empty();
    scenario.write("programs/kubectl", KUBECTL);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(scenario.path("programs/kubectl"), mode).expect("a mode can be set");
    symlink(XBENCH, scenario.path("programs/xbench")).expect("a link can be made");
    let ran = follow(&scenario);
    assert!(ran >= 15, "only {ran} commands");
    // What `sed` was told to replace, it did.
    let rendered = scenario.read("work/v1/benchmark-job-rendered.yaml");
    assert!(rendered.contains("--concurrency 64\n"));
}

#[test]
fn links_lead_somewhere() {
    let guide = std::fs::read_to_string(repository().join(GUIDE)).expect("the guide");
    let anchor = |heading: &str| {
        heading
            .to_lowercase()
            .replace(' ', "-")
            .replace([',', '.'], "")
    };
    let headings: Vec<String> = guide
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect();
    let targets = guide
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let mut links = 0;
    for target in targets {
        links += 1;
        match target.split_once('#') {
            Some(("", heading)) => assert!(headings.iter().any(|one| one == heading), "{target}"),
            Some((file, _)) => assert!(repository().join("docs").join(file).is_file(), "{target}"),
            None => assert!(repository().join("docs").join(target).is_file(), "{target}"),
        }
    }
    assert!(links >= 9, "only {links}");
}

#[test]
fn dots_stand_for_anything() {
    assert!(is_as_printed("a 1 b\n", "a ... b\n"));
    assert!(is_as_printed("a\nb\nc\n", "a\n...\n"));
    assert!(is_as_printed("a\nb\nc\n", "...\nb\n...\n"));
    assert!(is_as_printed("12 layers: no errors\n", "... no errors\n"));
    for (text, printed) in [
        ("a\n", "b\n"),
        ("a\nb\n", "a\n"),
        ("a\n", "a ... b\n"),
        ("a\n", "...\nb\n...\n"),
    ] {
        assert!(!is_as_printed(text, printed), "{text:?} {printed:?}");
    }
}
