//! Kubernetes' own schemas about everything that is rendered.

use xbench_scenario::{Scenario, ask, oracle};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// The oldest version that a provider still runs, and the newest.
const VERSIONS: [&str; 2] = ["1.33", "1.37"];

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn every_variant_of_every_blueprint_fits_the_schemas() {
    let scenario = Scenario::new();
    let mut files = Vec::new();
    let mut objects = 0;
    for suite in scenario.listed(XBENCH, "suites") {
        for blueprint in scenario.object_blueprints(XBENCH) {
            let arguments = ["render", &suite, "--blueprint", &blueprint];
            let text = scenario.program(XBENCH).args(arguments).run().done();
            objects += text.lines().filter(|line| *line == "---").count();
            let file = format!("{suite}-{blueprint}.yaml");
            scenario.write(&file, text);
            files.push(scenario.path(file).to_string_lossy().into_owned());
        }
    }
    for version in VERSIONS {
        let mut arguments = vec!["--strict", "--kubernetes-version", version];
        arguments.extend(files.iter().map(String::as_str));
        let answer = ask(&oracle("kubernetes-validate"), &[], &arguments, "");
        let said = format!("{}{}", answer.stdout, answer.stderr);
        answer.yes();
        let passed = said
            .lines()
            .filter(|line| line.contains(" passed for resource "));
        assert_eq!(passed.count(), objects, "{version}:\n{said}");
    }
}

/// A tool that says yes to everything would be no oracle.
#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn the_schemas_refuse_an_unknown_field() {
    let scenario = Scenario::new();
    let text = scenario.program(XBENCH).args(["render"]).run().done();
    let wrong = text.replace("backoffLimit:", "backofLimit:");
    assert_ne!(text, wrong);
    scenario.write("wrong.yaml", wrong);
    let file = scenario.path("wrong.yaml");
    for version in VERSIONS {
        let arguments = [
            "--strict",
            "--kubernetes-version",
            version,
            &file.to_string_lossy(),
        ];
        assert!(!ask(&oracle("kubernetes-validate"), &[], &arguments, "").is_yes);
    }
}
