//! The labels by which objects in a cluster are selected: every rendered object and every pod has them, and what
//! the README selects by them is there.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test reads the README, and one that cannot go on ends by panicking"
)]

use serde_json::Value;
use xbench_scenario::{Scenario, is_selected, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Labels that together name a variant, in this order.
const LAYERS: [&str; 5] = [
    "xbench.dev/backend",
    "xbench.dev/accelerator",
    "xbench.dev/model",
    "xbench.dev/profile",
    "xbench.dev/environment",
];

/// Every object of every suite, with its suite and blueprint.
fn rendered(scenario: &Scenario) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for suite in scenario.listed(XBENCH, "suites") {
        for blueprint in scenario.object_blueprints(XBENCH) {
            let arguments = ["render", &suite, "--blueprint", &blueprint, "--format=json"];
            let text = scenario.program(XBENCH).args(arguments).run().done();
            let list: Value = serde_json::from_str(&text).expect("a list in JSON");
            for object in list["items"].as_array().expect("items") {
                all.push((suite.clone(), blueprint.clone(), object.clone()));
            }
        }
    }
    all
}

#[test]
fn every_object_and_every_pod_says_what_it_is() {
    for (suite, blueprint, object) in rendered(&Scenario::new()) {
        let variant = &object["metadata"]["annotations"]["xbench.dev/variant"];
        let variant = variant.as_str().expect("the variant");
        let pod = object.pointer("/spec/template");
        for carrier in [Some(&object), pod].into_iter().flatten() {
            let labels = &carrier["metadata"]["labels"];
            let label = |name: &str| {
                labels[name]
                    .as_str()
                    .unwrap_or_else(|| panic!("{name}: {object}"))
            };
            assert_eq!(LAYERS.map(label).join("."), variant);
            assert_eq!(label("app.kubernetes.io/managed-by"), "xbench");
            assert_eq!(label("app.kubernetes.io/part-of"), suite);
            assert_eq!(label("app.kubernetes.io/component"), blueprint);
            assert_eq!(
                label("app.kubernetes.io/instance"),
                xbench::names::label(variant)
            );
        }
        assert_eq!(pod.is_some(), object["kind"] == "Job");
    }
}

#[test]
fn what_the_readme_selects_is_there() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("the README");
    let all = rendered(&Scenario::new());
    let mut selectors = 0;
    let commands = readme.lines().filter_map(|line| line.strip_prefix("$ "));
    for command in commands.filter(|command| command.contains("kubectl ")) {
        let mut words = command.split_whitespace();
        while let Some(word) = words.next() {
            if word == "-l" {
                let selector = words.next().expect("a selector");
                let mut selected = all.iter().filter(|(_, _, one)| is_selected(one, selector));
                assert!(selected.next().is_some(), "{command} selects nothing");
                selectors += 1;
            }
        }
    }
    assert!(selectors >= 5, "only {selectors} selectors");
}
