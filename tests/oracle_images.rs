//! What other programs say of the build files of every suite: hadolint of the Dockerfiles, check-jsonschema
//! with the published schema of Cloud Build.

use std::path::{Path, PathBuf};
use xbench_scenario::{Answer, Scenario, ask, files_below, oracle};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// The rendered files of one name, of all suites.
fn rendered(scenario: &Scenario, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for suite in scenario.listed(XBENCH, "suites") {
        let folder = format!("contexts-{suite}");
        let arguments = [
            "render",
            &suite,
            "--blueprint",
            "images",
            "--output",
            &folder,
        ];
        scenario.program(XBENCH).args(arguments).run().done();
        let folder = scenario.path(&folder);
        let files = files_below(&folder).into_iter();
        found.extend(
            files
                .filter(|file| file.ends_with(name))
                .map(|file| folder.join(file)),
        );
    }
    assert!(found.len() >= 4, "{found:?}");
    found
}

fn hadolint(file: &Path) -> Answer {
    let file = file.to_string_lossy();
    ask(&oracle("hadolint"), &[], &["--no-color", &file], "")
}

fn cloud_build(file: &Path) -> Answer {
    let file = file.to_string_lossy();
    let arguments = ["--builtin-schema", "vendor.cloudbuild", &file];
    ask(&oracle("check-jsonschema"), &[], &arguments, "")
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn hadolint_finds_nothing_in_any_dockerfile() {
    let scenario = Scenario::new();
    let files = rendered(&scenario, "Dockerfile");
    for recipe in ["sglang", "sglang-derived", "sglang-jax", "loadgen"] {
        let template = scenario.read(format!("base/images/{recipe}/Dockerfile"));
        // A rule that is left out has its reason in the lines above.
        let lines: Vec<&str> = template.lines().collect();
        for (before, line) in lines.iter().zip(lines.iter().skip(1)) {
            let is_ignored = line.contains("hadolint ignore");
            assert!(
                !is_ignored || before.starts_with("# "),
                "{recipe}: {line} has no reason"
            );
        }
    }
    for file in files {
        assert_eq!(hadolint(&file).yes(), "", "{}", file.display());
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn hadolint_does_look() {
    let scenario = Scenario::empty();
    scenario.write(
        "Dockerfile",
        "FROM debian\nRUN cd /tmp && sudo apt-get install x\n",
    );
    let answer = hadolint(&scenario.path("Dockerfile"));
    assert!(
        !answer.is_yes && answer.stdout.contains("DL3006"),
        "{answer:?}"
    );
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn the_published_schema_takes_every_cloud_build_file() {
    let scenario = Scenario::new();
    for file in rendered(&scenario, "cloudbuild.yaml") {
        cloud_build(&file).yes();
    }
    scenario.write("cloudbuild.yaml", "steps:\n  - nam: docker\n");
    assert!(!cloud_build(&scenario.path("cloudbuild.yaml")).is_yes);
}
