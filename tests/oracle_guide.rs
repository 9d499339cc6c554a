//! What `docs/coming-from.md` says of Kustomize, by the one in `kubectl`: its kustomizations build, and at the
//! places it names xbench's objects have the same values.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test reads the guide, and one that cannot go on ends by panicking"
)]

use serde_json::Value;
use xbench::address::{Address, expanded};
use xbench_scenario::{Scenario, Step, ask, oracle, repository, steps};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");
const GUIDE: &str = "docs/coming-from.md";

/// The guide's files in a project, with the environment that it has `xbench init` write.
fn project() -> Scenario {
    let scenario = Scenario::new();
    for step in steps(&repository().join(GUIDE)) {
        match step {
            Step::File(file, text) => {
                scenario.write(file, text);
            }
            Step::Command(command, _) if command.starts_with("xbench init environment") => {
                let command = command.replacen("xbench", XBENCH, 1);
                let run = scenario.program("bash").args(["-euc", &command]).run();
                run.done();
            }
            Step::Addition(..) | Step::Command(..) => {}
        }
    }
    scenario
}

fn objects(yaml: &str) -> Vec<Value> {
    let mut sources = xbench::source::Sources::default();
    let source = sources.add("objects", yaml);
    xbench::yaml::read_all(&sources, source, xbench::yaml::Dialect::Lenient)
        .expect("YAML")
        .iter()
        .map(|document| expanded(&document.to_json()))
        .collect()
}

/// The value at a place that begins with a kind; none if it is not there.
fn at(objects: &[Value], place: &str) -> Option<Value> {
    let address = Address::parse(place).expect("an address");
    let (kind, address) = address.split_first().expect("a kind");
    let is_of_kind = |one: &&Value| {
        one["kind"]
            .as_str()
            .is_some_and(|one| one.eq_ignore_ascii_case(kind))
    };
    let object = objects
        .iter()
        .find(is_of_kind)
        .unwrap_or_else(|| panic!("there is a {kind}"));
    let pointer = address.resolve(object).ok()?;
    object.pointer(&pointer).cloned()
}

/// The rows of the table of places: each place, and whether only the repository of an image counts.
fn places() -> Vec<(String, bool)> {
    let guide = std::fs::read_to_string(repository().join(GUIDE)).expect("the guide");
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter(|row| row.starts_with("job.") || row.starts_with("configmap."))
        .map(|row| {
            let (place, rest) = row.split_once('`').expect("a place");
            (place.to_owned(), rest.starts_with(", the repository"))
        })
        .collect()
}

/// An image's name without its tag or digest.
fn without_tag(image: &Value) -> Value {
    let name = image.as_str().expect("an image");
    let (name, _) = name.rsplit_once(':').expect("a tag");
    Value::String(name.to_owned())
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn xbench_renders_what_kustomize_built() {
    let scenario = project();
    let places = places();
    assert!(places.len() >= 15, "only {} places", places.len());
    let mut seen = 0;
    for (environment, profile) in [("staging", "smoke"), ("production", "thousand")] {
        let folder = scenario.path("kustomize/overlays").join(environment);
        let folder = folder.display().to_string();
        let built = ask(&oracle("kubectl"), &[], &["kustomize", &folder], "").yes();
        let line =
            format!("xbench render --env {environment} --backend jax-tpu --profile {profile} ");
        let guide = steps(&repository().join(GUIDE));
        let command = guide.iter().find_map(|step| match step {
            Step::Command(command, _) if command.starts_with(&line) => command.split_once(" > "),
            _ => None,
        });
        let (command, _) = command.expect("the guide renders it");
        let arguments = command.split(' ').skip(1);
        let rendered = scenario.program(XBENCH).args(arguments).run().done();
        let (built, rendered) = (objects(&built), objects(&rendered));
        assert_eq!((built.len(), rendered.len()), (2, 2));
        for (place, is_repository) in &places {
            let (mut old, mut new) = (at(&built, place), at(&rendered, place));
            if *is_repository {
                (old, new) = (old.as_ref().map(without_tag), new.as_ref().map(without_tag));
            }
            assert_eq!(new, old, "{environment}: {place}");
            seen += usize::from(old.is_some());
        }
    }
    // Staging has no class of priority.
    assert_eq!(seen, 2 * places.len() - 1);
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn kubectl_reads_the_manifest_of_old() {
    let scenario = project();
    let file = scenario.path("v1/benchmark-job.yaml").display().to_string();
    let arguments = [
        "label",
        "--local",
        "--filename",
        &file,
        "--output=name",
        "a=b",
    ];
    let said = ask(&oracle("kubectl"), &[], &arguments, "").yes();
    assert_eq!(said, "job.batch/score-benchmark\n");
}
