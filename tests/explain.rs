//! Every value of every rendered object has an origin, and the origin is where it says.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test looks at files, and one that cannot go on ends by panicking"
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use xbench::address::Address;
use xbench::explain::{Explanation, Recording, Step, Target, annotate, leaves};
use xbench::layer::{Assignment, AssignmentKind};
use xbench::pipeline::{Request, blueprints, make_each};
use xbench::project::{Library, Project};
use xbench::source::Place;
use xbench::template::Role;
use xbench_scenario::Scenario;

fn recorded(blueprint: &str, request: &Request) -> (Library, Vec<Recording>) {
    recorded_in(Path::new(env!("CARGO_MANIFEST_DIR")), blueprint, request)
}

fn recorded_in(root: &Path, blueprint: &str, request: &Request) -> (Library, Vec<Recording>) {
    let mut library = Library::new(Project::at(root).expect("the project"));
    let names = [blueprint.to_owned()];
    let blueprints = blueprints(&mut library, &names).expect("blueprints that load");
    let recordings = make_each(&mut library, request, |schemas, planned| {
        Recording::new(planned.clone(), &blueprints[0], schemas)
    })
    .unwrap_or_else(|problems| panic!("{problems:?}"))
    .all;
    assert!(!recordings.is_empty());
    (library, recordings)
}

/// Every single value of every object, explained.
fn explained(recording: &Recording) -> Vec<(Target, Explanation)> {
    recording
        .objects
        .iter()
        .enumerate()
        .flat_map(|(index, recorded)| {
            leaves(&recorded.expanded)
                .into_iter()
                .map(move |pointer| Target::Object(index, pointer))
        })
        .map(|target| {
            let explanation = recording.explain(&target);
            (target, explanation)
        })
        .collect()
}

/// The text of a file from a place to the end of the line, read anew.
fn text_at(library: &Library, place: Place) -> Option<String> {
    let name = &library.sources.get(place.source)?.name;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(&**name);
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().nth(place.line as usize - 1)?;
    Some(line.chars().skip(place.column as usize - 1).collect())
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a scalar begins at a text, as people write scalars.
fn begins(text: &str, value: &Value) -> bool {
    let written = text.trim_start_matches(['"', '\'']);
    let is_block = text.starts_with('|') || text.starts_with('>');
    let scalar = plain(value);
    let number = value
        .as_f64()
        .is_some_and(|number| written.split([' ', ',']).next() == Some(&number.to_string()));
    number || is_block || written.starts_with(&scalar)
}

#[test]
fn every_value_of_every_object_has_an_origin() {
    for blueprint in ["score", "debug", "test-runner"] {
        let (library, recordings) = recorded(blueprint, &Request::default());
        for recording in &recordings {
            let all = explained(recording);
            assert!(all.len() > 40, "{}", all.len());
            for (_, explanation) in all {
                let address = &explanation.address;
                let is_decided = explanation
                    .steps
                    .iter()
                    .any(|step| step.place().is_some() || matches!(step, Step::Computed { .. }));
                assert!(is_decided, "{address} has no origin");
                for step in &explanation.steps {
                    match step {
                        Step::Template { place } => {
                            let text = text_at(&library, *place);
                            assert!(text.is_some_and(|text| !text.is_empty()), "{address}");
                        }
                        Step::Value { path, settings, .. } => {
                            assert!(!settings.is_empty(), "{address}: no layer sets {path}");
                        }
                        Step::Patch { .. } | Step::Computed { .. } => {}
                    }
                }
                assert!(!annotate::remark(&explanation, &library.sources).is_empty());
            }
        }
    }
}

#[test]
fn origins_are_where_they_say() {
    let (library, recordings) = recorded("score", &Request::default());
    let mut checked = 0;
    let mut literals = 0;
    for (_, explanation) in recordings.iter().flat_map(explained) {
        let mut values = 0;
        for step in &explanation.steps {
            let Step::Value {
                path,
                settings,
                role,
                ..
            } = step
            else {
                continue;
            };
            for setting in settings
                .iter()
                .filter(|setting| !setting.value.is_object() && !setting.value.is_array())
            {
                let text = text_at(&library, setting.place).expect("a line of a file");
                assert!(
                    begins(&text, &setting.value),
                    "{path}: {} at `{text}`",
                    setting.value
                );
                checked += 1;
            }
            let winner = &settings[0].value;
            let is_scalar = !winner.is_object() && !winner.is_array();
            if *role == Role::Value && is_scalar {
                values += 1;
                // The value stands in what was rendered; a label cannot hold a `+`, and a flag
                // that is on is its name.
                let rendered = plain(&explanation.value);
                let winner = plain(winner).replace('+', "_");
                let key = path.rsplit('.').next().unwrap_or_default();
                let is_computed = explanation
                    .steps
                    .iter()
                    .any(|step| matches!(step, Step::Computed { .. }));
                assert!(
                    is_computed
                        || rendered.replace('+', "_").contains(&winner)
                        || (winner == "true" && rendered.contains(key)),
                    "{}: {rendered} was not read from {path}: {winner}",
                    explanation.address
                );
            }
        }
        let only_templates = explanation
            .steps
            .iter()
            .all(|step| matches!(step, Step::Template { .. }));
        if let (0, true, Some(Step::Template { place })) =
            (values, only_templates, explanation.steps.last())
        {
            let text = text_at(&library, *place).expect("a line of a file");
            assert!(
                begins(&text, &explanation.value) || explanation.value.is_object(),
                "{}: {} at `{text}`",
                explanation.address,
                explanation.value
            );
            literals += 1;
        }
    }
    assert!(
        checked > 200 && literals > 50,
        "{checked} values, {literals} literals"
    );
}

#[test]
fn the_first_layer_of_a_chain_is_the_one_that_won() {
    let (_, recordings) = recorded("score", &Request::default());
    for recording in &recordings {
        let values = recording.planned.values.to_json();
        for pointer in leaves(&values) {
            let explanation = recording.explain(&Target::Values(pointer.clone()));
            let [Step::Value { settings, .. }] = explanation.steps.as_slice() else {
                panic!("{pointer} has no chain");
            };
            assert_eq!(
                Some(&settings[0].value),
                values.pointer(&pointer),
                "{pointer}"
            );
            assert_eq!(
                settings[0].place,
                recording.planned.values.follow(&pointer).0.place
            );
        }
    }
}

#[test]
fn a_chain_names_what_was_overridden() {
    let request = Request {
        assignments: vec![Assignment {
            kind: AssignmentKind::Yaml,
            text: "server.flags.disable-overlap-schedule=false".to_owned(),
        }],
        ..Request::default()
    };
    let (library, recordings) = recorded("score", &request);
    let jax = &recordings[1];
    let address = Address::parse("server.flags.disable-overlap-schedule").expect("a path");
    let target = jax.find(&address).expect("it is set");
    let [Step::Value { settings, .. }] = &jax.explain(&target).steps[..] else {
        panic!("it is a value");
    };
    let chain: Vec<String> = settings
        .iter()
        .map(|setting| {
            let place = library.sources.locate(setting.place);
            let file = place.split(':').next().unwrap_or_default().to_owned();
            format!("{file} {}", setting.value)
        })
        .collect();
    assert_eq!(
        chain,
        [
            "--set server.flags.disable-overlap-schedule false",
            "overlays/backends/jax-tpu.yaml true",
            "overlays/backends/_defaults.yaml false",
        ]
    );
}

#[test]
fn patched_values_lead_to_the_patch() {
    let scenario = Scenario::new();
    let environment = "overlays/environments/example.yaml";
    let patches = r#"
patches:
  - target: {blueprint: score, kind: Job}
    merge: {spec: {backoffLimit: 9, template: {spec: {containers: [{name: "sidecar", image: "busybox:1"}]}}}}
  - target: {blueprint: score, kind: Job}
    json: [{op: add, path: /spec/template/spec/initContainers/0/args/0, value: "--first"}]
"#;
    scenario.write(environment, scenario.read(environment) + patches);
    let (library, recordings) = recorded_in(&scenario.path(""), "score", &Request::default());
    let of = |address: &str| {
        let address = Address::parse(address).expect("a path");
        let target = recordings[0].find(&address).expect("it is there");
        recordings[0].explain(&target)
    };
    let mut by_patch = BTreeSet::new();
    for (_, explanation) in explained(&recordings[0]) {
        if let Some(Step::Patch { place }) = explanation.steps.first() {
            let source = library.sources.get(place.source).expect("a source");
            assert_eq!(&*source.name, environment);
            let text = &source.text[place.start as usize..];
            assert!(begins(text, &explanation.value), "{text}");
            by_patch.insert(explanation.address);
        }
    }
    let expected = [
        "job.spec.backoffLimit",
        "job.spec.template.spec.containers[sidecar].image",
        "job.spec.template.spec.containers[sidecar].name",
        "job.spec.template.spec.initContainers[server].args[0]",
    ];
    assert_eq!(by_patch, expected.map(str::to_owned).into());
    // What moved because of a patch still is the template's.
    let moved = of("job.spec.template.spec.initContainers[server].args[2]");
    assert_eq!(moved.value, "--host=0.0.0.0");
    assert!(matches!(moved.steps[..], [Step::Template { .. }]));
}

#[test]
fn unknown_paths_get_suggestions() {
    let (_, recordings) = recorded("score", &Request::default());
    let help = |address: &str| {
        let address = Address::parse(address).expect("a path");
        recordings[0].find(&address).expect_err("no such path").help
    };
    assert_eq!(
        help("job.spec.template.spec.initContainers[sever].image"),
        "did you mean `server`?"
    );
    assert_eq!(help("jobb.spec"), "did you mean `job`?");
    assert_eq!(help("server.flags.dtpye"), "did you mean `dtype`?");
    assert_eq!(
        help("configmap.data.\"benchmark.json\".load.rums"),
        "did you mean `runs`?"
    );
}
