//! Whole renders, byte for byte: the tree of every variant of `score`, and everything else as a
//! difference from one of them.

use std::fs;
use std::path::{Path, PathBuf};
use xbench_scenario::{Scenario, difference, expect_text, files_below, is_updating, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// The environment of the shipped project.
const ENVIRONMENT: &str = "overlays/environments/example.yaml";

fn golden(path: impl AsRef<Path>) -> PathBuf {
    repository().join("tests/golden").join(path)
}

fn render(scenario: &Scenario, arguments: &[&str]) -> String {
    scenario
        .program(XBENCH)
        .args(["render"])
        .args(arguments)
        .run()
        .done()
}

fn expect(path: impl AsRef<Path>, text: &str) {
    expect_text(&golden(path), text, "golden");
}

#[test]
fn every_variant_of_score_as_files() {
    let scenario = Scenario::new();
    let arguments = ["render", "--output", "rendered"];
    assert_eq!(scenario.program(XBENCH).args(arguments).run().done(), "");
    let rendered = files_below(&scenario.path("rendered"));
    let folder = golden("score");
    if is_updating() && folder.exists() {
        fs::remove_dir_all(&folder).expect("old goldens can be removed");
    }
    for file in &rendered {
        let text = scenario.read(Path::new("rendered").join(file));
        expect(Path::new("score").join(file), &text);
    }
    assert_eq!(files_below(&folder), rendered, "the files of the tree");
}

#[test]
fn the_other_blueprints() {
    let scenario = Scenario::new();
    for blueprint in ["debug", "test-runner"] {
        let arguments = ["--blueprint", blueprint, "--backend", "pytorch-cuda"];
        expect(format!("{blueprint}.yaml"), &render(&scenario, &arguments));
    }
}

#[test]
fn every_accelerator_as_a_difference_from_score() {
    let scenario = Scenario::new();
    let baseline = |backend: &str| render(&scenario, &["--backend", backend]);
    let (cuda, tpu) = (baseline("pytorch-cuda"), baseline("jax-tpu"));
    let accelerators = files_below(&scenario.path("overlays/accelerators"));
    assert!(accelerators.len() >= 15);
    for file in accelerators {
        let name = file
            .file_stem()
            .expect("a layer has a name")
            .to_string_lossy();
        let (baseline, shown) = if name.starts_with("nvidia") {
            (&cuda, "score, nvidia-l4")
        } else {
            (&tpu, "score, tpu-v6e-1")
        };
        let other = render(&scenario, &["accelerators", "--accelerator", &name]);
        let text = difference(
            (shown, baseline),
            (&format!("accelerators, {name}"), &other),
        );
        expect(format!("accelerators/{name}.diff"), &text);
    }
}

#[test]
fn every_model_source_as_a_difference_from_score() {
    let sources = [
        (
            "pvc",
            "source: pvc\n    claim: models\n    directory: checkpoints\n",
        ),
        (
            "hub",
            "source: hub\n    cacheSize: 20Gi\n    tokenSecret:\n      name: hub-token\n      \
             key: token\n",
        ),
    ];
    for (name, section) in sources {
        let scenario = Scenario::new();
        let baseline = render(&scenario, &["--backend", "jax-tpu"]);
        let text = scenario.read(ENVIRONMENT);
        let (before, rest) = text
            .split_once("source: gcsfuse\n")
            .expect("the shipped source");
        let (_, after) = rest
            .split_once("  results:\n")
            .expect("what comes after it");
        scenario.write(ENVIRONMENT, format!("{before}{section}  results:\n{after}"));
        let other = render(&scenario, &["--backend", "jax-tpu"]);
        let text = difference(("gcsfuse", &baseline), (name, &other));
        expect(format!("sources/{name}.diff"), &text);
    }
}
