//! `verify`: objects that are what was rendered, and objects that are not.

use serde_json::Value;
use xbench_scenario::{Run, Scenario};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

fn render(scenario: &Scenario, arguments: &[&str]) -> String {
    scenario
        .program(XBENCH)
        .args(["render"])
        .args(arguments)
        .run()
        .done()
}

fn verify(scenario: &Scenario, text: &str) -> Run {
    scenario
        .program(XBENCH)
        .args(["verify", "-"])
        .input(text)
        .run()
}

#[test]
fn what_was_rendered_is_unchanged() {
    let scenario = Scenario::new();
    for blueprint in scenario.object_blueprints(XBENCH) {
        for format in ["yaml", "json"] {
            let text = render(&scenario, &["--blueprint", &blueprint, "--format", format]);
            let report = verify(&scenario, &text).done();
            assert!(report.lines().count() >= 2, "{blueprint}: {report}");
            assert!(
                report.lines().all(|line| line.ends_with(": unchanged")),
                "{report}"
            );
        }
    }
}

#[test]
fn a_file_is_verified_without_a_project() {
    let scenario = Scenario::new();
    let elsewhere = Scenario::empty();
    elsewhere.write("rendered.yaml", render(&scenario, &[]));
    let run = elsewhere
        .program(XBENCH)
        .args(["verify", "rendered.yaml"])
        .run();
    assert_eq!(run.done().lines().count(), 4);
}

/// Whatever is changed in an object, `verify` names the object.
#[test]
fn every_changed_value_is_noticed() {
    let scenario = Scenario::new();
    let list = render(&scenario, &["--backend=jax-tpu", "--format=json"]);
    let list: Value = serde_json::from_str(&list).expect("a list in JSON");
    let items = list.get("items").and_then(Value::as_array).expect("items");
    let mut changes = 0;
    for object in items {
        let mut pointers = Vec::new();
        leaves(object, &mut String::new(), &mut pointers);
        for pointer in pointers {
            let mut copy = object.clone();
            let leaf = copy.pointer_mut(&pointer).expect("a leaf");
            *leaf = match &*leaf {
                Value::String(text) => Value::from(format!("{text}x")),
                Value::Number(_) => Value::from(77_777),
                Value::Bool(value) => Value::from(!value),
                other => other.clone(),
            };
            if copy == *object {
                continue;
            }
            let verified = xbench::verify::verify(&copy);
            assert_ne!(
                verified.verdict,
                xbench::verify::Verdict::Unchanged,
                "{pointer}"
            );
            changes += 1;
        }
    }
    assert!(changes > 150, "{changes}");
}

fn leaves(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    let mut below = |token: &str, value: &Value| {
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        leaves(value, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                below(&index.to_string(), item);
            }
        }
        _ => found.push(pointer.clone()),
    }
}

#[test]
fn an_edited_copy_is_named_with_the_others_unchanged() {
    let scenario = Scenario::new();
    let text = render(&scenario, &["--backend=pytorch-cuda"]);
    let edited = text.replace("backoffLimit: 0", "backoffLimit: 3");
    assert_ne!(edited, text);
    let run = verify(&scenario, &edited);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.starts_with("ConfigMap/score-pytorch-cuda"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("Job/score-pytorch-cuda"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("ConfigMap/"), "{}", run.stderr);
}

#[test]
fn the_text_of_a_file_may_change_as_long_as_its_values_do_not() {
    let scenario = Scenario::new();
    let text = render(&scenario, &["--backend=pytorch-cuda"]);
    let requoted = text
        .replace("namespace: benchmarks", "namespace: 'benchmarks' # ours")
        .replace("---\n", "--- # next\n\n");
    assert_ne!(requoted, text);
    verify(&scenario, &requoted).done();
}

#[test]
fn hundreds_of_objects_are_verified() {
    let scenario = Scenario::new();
    let one = render(&scenario, &["accelerators", "--format=json"]);
    let mut list: Value = serde_json::from_str(&one).expect("a list in JSON");
    let items = list
        .get_mut("items")
        .and_then(Value::as_array_mut)
        .expect("items");
    let all: Vec<Value> = items.iter().cycle().take(800).cloned().collect();
    *items = all;
    let report = verify(&scenario, &list.to_string()).done();
    assert_eq!(report.lines().count(), 800);
}
