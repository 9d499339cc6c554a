//! What a real `kubectl` reads in the YAML that xbench writes.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by panicking"
)]

use serde_json::{Map, Value, json};
use xbench_scenario::{Scenario, ask, oracle};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Texts that one YAML reader or another takes for something else.
const AMBIGUOUS: &str = include_str!("data/yaml-ambiguous-strings.json");

/// What `kubectl` makes of a stream of YAML documents. `label --local` is the subcommand that reads
/// objects of any kind without a server; the label it adds is taken off again.
fn read(yaml: &str) -> Vec<Value> {
    const LABEL: &str = "read-by-kubectl";
    let label = format!("{LABEL}=yes");
    let arguments = ["label", "--local", "--filename=-", "--output=json", &label];
    let text = ask(&oracle("kubectl"), &[], &arguments, yaml).yes();
    serde_json::Deserializer::from_str(&text)
        .into_iter::<Value>()
        .map(|object| {
            let mut object = object.expect("kubectl writes JSON");
            let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
            let metadata = metadata.expect("an object has metadata");
            let labels = metadata.get_mut("labels").and_then(Value::as_object_mut);
            let labels = labels.expect("a label was added");
            assert!(labels.shift_remove(LABEL).is_some());
            if labels.is_empty() {
                metadata.shift_remove("labels");
            }
            object
        })
        .collect()
}

fn written(object: &Value) -> String {
    let mut yaml = String::new();
    xbench::yaml::document(object, &mut yaml).expect("YAML can hold it");
    yaml
}

fn ambiguous() -> Vec<String> {
    let strings: Vec<String> = serde_json::from_str(AMBIGUOUS).expect("a list of strings");
    assert_eq!(strings.len(), 323);
    strings
}

fn config_map(data: &Map<String, Value>) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "texts"}, "data": data})
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn ambiguous_texts_come_back_as_values() {
    let data: Map<String, Value> = ambiguous()
        .into_iter()
        .enumerate()
        .map(|(index, text)| (format!("text-{index}"), Value::String(text)))
        .collect();
    let object = config_map(&data);
    assert_eq!(read(&written(&object)), [object]);
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn ambiguous_texts_come_back_as_keys() {
    let is_legal = |text: &String| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=253).contains(&text.len()) && text.bytes().all(legal)
    };
    let data: Map<String, Value> = ambiguous()
        .into_iter()
        .filter(is_legal)
        .map(|text| (text.clone(), Value::String(text)))
        .collect();
    assert!(data.len() > 100, "only {} can be keys", data.len());
    let object = config_map(&data);
    assert_eq!(read(&written(&object)), [object]);
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn ambiguous_texts_come_back_as_label_keys_and_values() {
    let is_legal = |text: &String| {
        let outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        text.len() <= 63
            && text.bytes().all(legal)
            && outer(text.as_bytes().first())
            && outer(text.as_bytes().last())
    };
    let labels: Map<String, Value> = ambiguous()
        .into_iter()
        .filter(is_legal)
        .map(|text| (text.clone(), Value::String(text)))
        .collect();
    assert!(labels.len() > 90, "only {} can be labels", labels.len());
    let mut object = config_map(&Map::new());
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("labels".to_owned(), Value::Object(labels));
    }
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove("data");
    }
    assert_eq!(read(&written(&object)), [object]);
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn every_variant_is_read_as_it_was_meant() {
    let scenario = Scenario::new();
    for suite in scenario.listed(XBENCH, "suites") {
        for blueprint in scenario.object_blueprints(XBENCH) {
            let render = |format: &str| {
                let arguments = [
                    "render",
                    &suite,
                    "--blueprint",
                    &blueprint,
                    "--format",
                    format,
                ];
                scenario.program(XBENCH).args(arguments).run().done()
            };
            let list: Value = serde_json::from_str(&render("json")).expect("a list in JSON");
            let meant = list.get("items").and_then(Value::as_array);
            let meant = meant.expect("the list has items");
            assert!(!meant.is_empty());
            assert_eq!(&read(&render("yaml")), meant, "{suite}/{blueprint}");
        }
    }
}
