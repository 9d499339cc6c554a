//! The validator against a general one, and the schemas against themselves.

use super::*;
use crate::config::default_document;
use serde_json::json;

/// Every document that differs from a valid one in one value, which is taken away or replaced.
fn mutations(document: &Value) -> Vec<Value> {
    let mut pointers = Vec::new();
    collect(document, "", &mut pointers);
    let replacements = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(0.5),
        json!(1e12),
        json!(""),
        json!("x"),
        json!("closed"),
        json!("poisson"),
        json!("gamma"),
        json!("saturate"),
        json!("repeated-text"),
        json!([]),
        json!([1, 1]),
        json!({}),
        json!({"unknown": 1}),
    ];
    let mut found = Vec::new();
    for pointer in &pointers {
        for replacement in &replacements {
            let mut copy = document.clone();
            if let Some(place) = copy.pointer_mut(pointer) {
                *place = replacement.clone();
            }
            found.push(copy);
        }
        let mut copy = document.clone();
        if let Some((parent, key)) = pointer.rsplit_once('/')
            && let Some(Value::Object(map)) = copy.pointer_mut(parent)
        {
            map.remove(key);
            map.insert(format!("{key}x"), json!(1));
            found.push(copy);
        }
    }
    found
}

fn collect(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, inner)| collect(inner, &child(pointer, key), found)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, inner)| {
                collect(inner, &child(pointer, &index.to_string()), found);
            });
        }
        _ => {}
    }
}

/// A document that uses most of the schema.
fn rich(load: Value) -> Value {
    let mut document = default_document();
    document["metadata"] = json!({"variant": "v", "chips": 1, "valuesHash": "a".repeat(64),
        "price": {"usdPerHour": 0.5, "date": "2026-07-22"}, "images": {"server": "x"}, "labels": {"a": "b"},
        "differences": [{"path": "/x", "reason": "y", "values": {"a": 1}}]});
    document["target"]["readiness"] =
        json!({"path": "/x", "timeoutSeconds": 1, "intervalSeconds": 1});
    document["target"]["expect"] = json!({"any": ["thing"]});
    document["load"] = load;
    document["warmup"] = json!({"minRequests": 1, "maxSeconds": 1, "window": 2, "tolerance": 0.1});
    document["output"] = json!({"path": "x", "upload": "gs://b/c", "intervalSeconds": 10});
    document
}

#[test]
fn a_general_validator_agrees() {
    let schema: Value = serde_json::from_str(WORKLOAD_SCHEMA).unwrap();
    let general = jsonschema::validator_for(&schema).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for load in [
        json!({"arrival": "closed", "concurrency": [1, 2], "requests": 5}),
        json!({"arrival": "poisson", "ratesPerSecond": [1.5], "durationSeconds": 1}),
        json!({"arrival": "gamma", "burstiness": 0.5, "stages": [{"durationSeconds": 1, "ratePerSecond": 2}]}),
        json!({"arrival": "saturate", "saturate": {"p99Milliseconds": 1, "maxRate": 5}, "runs": 2}),
    ] {
        for document in mutations(&rich(load)) {
            let ours = check(WORKLOAD_SCHEMA, &Document::from_value(document.clone())).unwrap();
            assert_eq!(
                ours.is_empty(),
                general.is_valid(&document),
                "{document}: {ours:?}"
            );
            if ours.is_empty() {
                accepted += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(
        accepted > 300 && refused > 1000,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn both_schemas_are_schemas_of_their_own_language() {
    for schema in [WORKLOAD_SCHEMA, RESULT_SCHEMA] {
        let value: Value = serde_json::from_str(schema).unwrap();
        assert!(jsonschema::meta::is_valid(&value));
    }
}

#[test]
fn an_unknown_keyword_is_refused() {
    let schema = r#"{"oneOf": []}"#;
    assert!(
        check(schema, &Document::from_value(json!(1)))
            .unwrap_err()
            .contains("oneOf")
    );
}

#[test]
fn every_property_is_described() {
    fn walk(value: &Value, at: &str) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                let described =
                    property.get("description").is_some() || property.get("$ref").is_some();
                assert!(described, "{at}/{name}");
            }
        }
        match value {
            Value::Object(map) => {
                for (key, inner) in map
                    .iter()
                    .filter(|(key, _)| !["if", "default"].contains(&key.as_str()))
                {
                    walk(inner, &format!("{at}/{key}"));
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| walk(inner, at)),
            _ => {}
        }
    }
    for schema in [WORKLOAD_SCHEMA, RESULT_SCHEMA] {
        walk(&serde_json::from_str(schema).unwrap(), "");
    }
}
