//! What holds for any value, not only for those that somebody thought of.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use xbench::layer::merge;
use xbench::pipeline::{Request, blueprints, make_each};
use xbench::project::{Library, Project};
use xbench::render::{HASH_ANNOTATION, render};
use xbench::select::Narrowing;
use xbench::source::Sources;
use xbench::yaml::{Dialect, Node, document, read};
use xbench_scenario::Scenario;

/// Texts that one YAML reader or another takes for something else.
const AMBIGUOUS: &str = include_str!("data/yaml-ambiguous-strings.json");

/// A layer that comes after those of the other axes.
const LAYER: &str = "overlays/environments/_defaults.yaml";

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(any::<char>(), 0..40).prop_map(String::from_iter),
        // Mostly what means something to YAML, Handlebars or JSON.
        vec(
            prop::sample::select(vec![
                "{{", "}}", "\n", "\t", " ", ":", "#", "- ", "'", "\"", "\\", "&", "*", "!", "|",
                ">", "%", "---", "...", "<<", "a", "0", "\r", "\u{85}", "\u{2028}", "\u{feff}",
                "\0", "é", "~",
            ]),
            0..12
        )
        .prop_map(|parts| parts.concat()),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(any_text(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Small documents of few keys, so that patches meet what they change.
fn any_patch() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), (0..3).prop_map(Value::from)];
    leaf.prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[abc]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn tree(text: &str, dialect: Dialect) -> Arc<Node> {
    let mut sources = Sources::default();
    let source = sources.add("text", text);
    read(&sources, source, dialect).unwrap_or_else(|problems| {
        let color = xbench::diagnostic::text::Color::Plain;
        let said = xbench::diagnostic::text::render(&problems, &sources, color);
        unreachable!("{text:?}\n{said}")
    })
}

fn printed(value: &Value) -> String {
    let mut text = String::new();
    document(value, &mut text).expect("YAML can hold it");
    text
}

fn there_and_back(value: &Value) -> Value {
    tree(&printed(value), Dialect::Lenient).to_json()
}

/// The objects of one variant, printed and read again, as `kubectl` would get them.
fn rendered(scenario: &Scenario, blueprint: &str) -> Vec<Value> {
    let project = Project::at(&scenario.path("")).expect("a project");
    let mut library = Library::new(project);
    let blueprints = blueprints(&mut library, &[blueprint.to_owned()]).expect("a blueprint");
    let request = Request {
        narrowing: Narrowing {
            backends: vec!["pytorch-cuda".to_owned()],
            ..Narrowing::default()
        },
        ..Request::default()
    };
    let made = make_each(&mut library, &request, |schemas, planned| {
        let mut objects = Vec::new();
        for blueprint in &blueprints {
            let rendered = render(planned, blueprint, schemas)?;
            objects.extend(rendered.iter().map(|one| there_and_back(&one.object)));
        }
        Ok(objects)
    });
    let made = made.expect("the shipped variant renders");
    made.all.into_iter().flatten().collect()
}

/// Takes out of an object what is derived from the whole of it: hashes, and names that end in one.
fn without_hashes(objects: &[Value]) -> Vec<Value> {
    let text = |object: &Value, pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let annotation = HASH_ANNOTATION.replace('/', "~1");
    let mut hashes = Vec::new();
    for object in objects {
        let full = text(object, &format!("/metadata/annotations/{annotation}"));
        let values = text(object, "/metadata/annotations/xbench.dev~1values-sha256");
        let full = full.expect("every object has its hash");
        let short = full.chars().take(10).collect();
        hashes.extend([full, short, values.expect("and that of its values")]);
        // A Job's pod has that of its configuration, which names the values' hash.
        let pod = "/spec/template/metadata/annotations/xbench.dev~1config-sha256";
        hashes.extend(text(object, pod));
    }
    objects
        .iter()
        .map(|object| replaced(object, &hashes))
        .collect()
}

fn replaced(value: &Value, hashes: &[String]) -> Value {
    match value {
        Value::String(text) => {
            let text = hashes
                .iter()
                .fold(text.clone(), |text, hash| text.replace(hash, "HASH"));
            Value::String(text)
        }
        Value::Array(items) => items.iter().map(|item| replaced(item, hashes)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), replaced(value, hashes)))
            .collect::<Map<_, _>>()
            .into(),
        scalar => scalar.clone(),
    }
}

/// Takes the text at a place out of an object, and gives it.
fn taken(objects: &mut [Value], pointer: &str) -> String {
    let object = objects.last_mut().expect("the object comes last");
    let value = object.pointer_mut(pointer).map(Value::take);
    match value {
        Some(Value::String(text)) => text,
        other => unreachable!("{other:?} stands at {pointer}"),
    }
}

/// Sets one text in a layer, renders, and holds that it comes back and that nothing else changed.
fn comes_back_alone(blueprint: &str, pointer: &str, text: &str, layer: impl Fn(&str) -> Value) {
    let scenario = Scenario::new();
    let render = |text: &str| {
        scenario.write(LAYER, printed(&layer(text)));
        let mut objects = rendered(&scenario, blueprint);
        let found = taken(&mut objects, pointer);
        (found, without_hashes(&objects))
    };
    let (_, expected) = render("anything");
    let (found, others) = render(text);
    assert_eq!(found, text);
    assert_eq!(others, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back_from_an_environment_variable(text in any_text()) {
        let pointer = "/spec/template/spec/initContainers/0/env/0/value";
        comes_back_alone("score", pointer, &text, |text| json!({"server": {"env": {"TEXT": text}}}));
    }

    #[test]
    fn any_text_comes_back_from_a_command(text in any_text()) {
        let pointer = "/spec/template/spec/containers/0/command/1";
        let layer = |text: &str| json!({"test": {"command": ["echo", text]}});
        comes_back_alone("test-runner", pointer, &text, layer);
    }

    #[test]
    fn any_text_comes_back_from_a_patch(text in any_text()) {
        let layer = |text: &str| json!({"patches": [{
            "target": {"blueprint": "score", "kind": "Job"},
            "merge": {"metadata": {"annotations": {"example.com/note": text}}},
        }]});
        comes_back_alone("score", "/metadata/annotations/example.com~1note", &text, layer);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_value_is_read_as_it_was_printed(value in any_json()) {
        prop_assert_eq!(there_and_back(&value), value);
    }

    /// What xbench writes into a layer, a layer may hold.
    #[test]
    fn what_is_printed_is_never_ambiguous(text in any_text()) {
        let value = json!({"text": text});
        prop_assert_eq!(tree(&printed(&value), Dialect::Strict).to_json(), value);
    }

    #[test]
    fn a_second_merge_of_the_same_patch_changes_nothing(one in any_patch(), patch in any_patch()) {
        let (one, patch) = (node(&one), node(&patch));
        let once = merge(&one, &patch);
        prop_assert_eq!(merge(&once, &patch).to_json(), once.to_json());
    }

    #[test]
    fn a_value_without_nulls_patched_with_itself_stays(value in any_patch()) {
        let value = without_nulls(&value);
        prop_assert_eq!(merge(&node(&value), &node(&value)).to_json(), value);
    }

    #[test]
    fn an_empty_patch_changes_no_map(value in any_patch()) {
        let map = json!({"a": value});
        prop_assert_eq!(merge(&node(&map), &node(&json!({}))).to_json(), map);
    }

    /// The `json-patch` crate has an implementation of RFC 7396 of its own.
    #[test]
    fn a_merge_gives_what_another_implementation_gives(one in any_patch(), patch in any_patch()) {
        let mut expected = one.clone();
        json_patch::merge(&mut expected, &patch);
        prop_assert_eq!(merge(&node(&one), &node(&patch)).to_json(), expected);
    }
}

fn node(value: &Value) -> Arc<Node> {
    tree(&printed(value), Dialect::Lenient)
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[test]
fn ambiguous_texts_come_back_as_values_and_as_keys() {
    let texts: Vec<String> = serde_json::from_str(AMBIGUOUS).expect("a list of strings");
    assert_eq!(texts.len(), 323);
    for text in &texts {
        for value in [
            json!({"text": text}),
            json!({text: "value"}),
            json!([text]),
            json!(text),
        ] {
            assert_eq!(there_and_back(&value), value, "{text:?}");
            assert_eq!(
                tree(&printed(&value), Dialect::Strict).to_json(),
                value,
                "{text:?}"
            );
        }
    }
    let all: Map<String, Value> = texts
        .iter()
        .map(|text| (text.clone(), json!(text)))
        .collect();
    let all = Value::Object(all);
    assert_eq!(there_and_back(&all), all);
}
