//! Objects against the types of the Kubernetes API.

use crate::path::push_token;
use k8s_openapi::DeepMerge;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An object of a kind that xbench renders.
#[derive(Clone, Debug)]
pub enum Object {
    /// `batch/v1`
    Job(Box<Job>),
    /// `v1`
    Pod(Box<Pod>),
    /// `v1`
    ConfigMap(Box<ConfigMap>),
}

/// Where a value differs from what its type allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON pointer into the object.
    pub pointer: String,
    /// What is wrong there.
    pub kind: MismatchKind,
}

/// How a value differs from what its type allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchKind {
    /// Not a kind that xbench renders.
    Kind(String),
    /// A field that the type does not have.
    Unknown,
    /// A field that the type requires.
    Missing,
    /// A value of another type.
    Type(String),
}

impl Object {
    /// Reads an object strictly: fields that the API does not know are mismatches, and so are
    /// required fields that are missing.
    ///
    /// # Errors
    ///
    /// Every mismatch; a value of the wrong type hides further ones.
    pub fn read(value: &Value) -> Result<Self, Vec<Mismatch>> {
        let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        match (field("apiVersion"), field("kind")) {
            ("batch/v1", "Job") => strict(value).map(|job| Object::Job(Box::new(job))),
            ("v1", "Pod") => strict(value).map(|pod| Object::Pod(Box::new(pod))),
            ("v1", "ConfigMap") => strict(value).map(|map| Object::ConfigMap(Box::new(map))),
            (version, kind) => Err(vec![Mismatch {
                pointer: "/kind".to_owned(),
                kind: MismatchKind::Kind(format!("{version} {kind}").trim().to_owned()),
            }]),
        }
    }
}

/// Merges a strategic merge patch into an object: maps merge, lists of named things by name.
///
/// # Errors
///
/// Every field of the patch that the object's type does not have or that has another type there.
pub fn merge(target: &Value, patch: &Value) -> Result<Value, Vec<Mismatch>> {
    fn merged<T: DeepMerge + Serialize + DeserializeOwned>(
        mut target: T,
        patch: &Value,
    ) -> Result<Value, Vec<Mismatch>> {
        let typed: T = lenient(patch)?;
        let unknown = unknown_fields(patch, &typed);
        if !unknown.is_empty() {
            return Err(unknown);
        }
        target.merge_from(typed);
        Ok(serde_json::to_value(target).unwrap_or_default())
    }
    match Object::read(target)? {
        Object::Job(job) => merged(*job, &identified(target, patch)),
        Object::Pod(pod) => merged(*pod, &identified(target, patch)),
        Object::ConfigMap(map) => merged(*map, &identified(target, patch)),
    }
}

/// A patch need not repeat what it patches.
fn identified(target: &Value, patch: &Value) -> Value {
    let mut patch = patch.clone();
    if let (Some(patch), Some(target)) = (patch.as_object_mut(), target.as_object()) {
        for key in ["apiVersion", "kind"] {
            if let Some(value) = target.get(key) {
                patch.entry(key).or_insert_with(|| value.clone());
            }
        }
        patch
            .entry("metadata")
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    patch
}

fn strict<T: Serialize + DeserializeOwned>(value: &Value) -> Result<T, Vec<Mismatch>> {
    let typed: T = lenient(value)?;
    let back = serde_json::to_value(&typed).unwrap_or_default();
    let mut found = Vec::new();
    compare(value, &back, &mut String::new(), &mut found);
    if found.is_empty() {
        Ok(typed)
    } else {
        Err(found)
    }
}

fn lenient<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Mismatch>> {
    T::deserialize(value).or_else(|_| {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let pointer = error
                .path()
                .iter()
                .map(|segment| format!("/{segment}").replace(['[', ']'], ""))
                .collect();
            vec![Mismatch {
                pointer,
                kind: MismatchKind::Type(error.inner().to_string()),
            }]
        })
    })
}

fn unknown_fields<T: Serialize>(value: &Value, typed: &T) -> Vec<Mismatch> {
    let back = serde_json::to_value(typed).unwrap_or_default();
    let mut found = Vec::new();
    compare(value, &back, &mut String::new(), &mut found);
    found.retain(|mismatch| mismatch.kind == MismatchKind::Unknown);
    found
}

/// The typed API drops what it does not know and writes what it requires, so reading an object and
/// writing it again shows both.
fn compare(given: &Value, back: &Value, pointer: &mut String, found: &mut Vec<Mismatch>) {
    let length = pointer.len();
    let mut push = |pointer: &str, kind| {
        found.push(Mismatch {
            pointer: pointer.to_owned(),
            kind,
        });
    };
    match (given, back) {
        (Value::Object(given), Value::Object(back)) => {
            for (key, value) in given {
                push_token(pointer, key);
                match back.get(key) {
                    Some(other) => compare(value, other, pointer, found),
                    None if !value.is_null() => found.push(Mismatch {
                        pointer: pointer.clone(),
                        kind: MismatchKind::Unknown,
                    }),
                    None => {}
                }
                pointer.truncate(length);
            }
            for key in back.keys().filter(|key| !given.contains_key(*key)) {
                push_token(pointer, key);
                found.push(Mismatch {
                    pointer: pointer.clone(),
                    kind: MismatchKind::Missing,
                });
                pointer.truncate(length);
            }
        }
        (Value::Array(given), Value::Array(back)) if given.len() == back.len() => {
            for (index, (value, other)) in given.iter().zip(back).enumerate() {
                push_token(pointer, &index.to_string());
                compare(value, other, pointer, found);
                pointer.truncate(length);
            }
        }
        (given, back) if given != back => {
            push(pointer, MismatchKind::Type(format!("read as {back}")));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(spec: &Value) -> Value {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}, "spec": spec})
    }

    fn mismatches(value: &Value) -> Vec<(String, MismatchKind)> {
        Object::read(value)
            .expect_err("the object is wrong")
            .into_iter()
            .map(|mismatch| (mismatch.pointer, mismatch.kind))
            .collect()
    }

    #[test]
    fn unknown_and_missing_fields_are_found() {
        let value =
            job(&json!({"backofLimit": 1, "template": {"spec": {"containers": [{"image": "x"}]}}}));
        assert_eq!(
            mismatches(&value),
            [
                ("/spec/backofLimit".to_owned(), MismatchKind::Unknown),
                (
                    "/spec/template/spec/containers/0/name".to_owned(),
                    MismatchKind::Missing
                ),
            ]
        );
    }

    #[test]
    fn wrong_types_are_found() {
        let value = job(&json!({"backoffLimit": "1", "template": {}}));
        let found = mismatches(&value);
        assert!(
            matches!(found.as_slice(), [(pointer, MismatchKind::Type(_))] if pointer == "/spec/backoffLimit"),
            "{found:?}"
        );
    }

    #[test]
    fn other_kinds_are_refused() {
        let value = json!({"apiVersion": "apps/v1", "kind": "Deployment"});
        assert_eq!(
            mismatches(&value),
            [(
                "/kind".to_owned(),
                MismatchKind::Kind("apps/v1 Deployment".to_owned())
            )]
        );
    }

    #[test]
    fn named_lists_merge_by_name() {
        let target = job(&json!({"template": {"spec": {"containers": [
            {"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}}}));
        let patch = json!({"spec": {"template": {"spec": {"containers": [
            {"name": "b", "image": "z"}, {"name": "c", "image": "w"}]}}}});
        let merged = merge(&target, &patch).expect("valid");
        assert_eq!(
            merged.pointer("/spec/template/spec/containers"),
            Some(&json!([
                {"name": "a", "image": "x"},
                {"name": "b", "image": "z"},
                {"name": "c", "image": "w"},
            ]))
        );
        let wrong = json!({"spec": {"tmplate": {}}});
        assert_eq!(
            merge(&target, &wrong).expect_err("unknown field"),
            [Mismatch {
                pointer: "/spec/tmplate".to_owned(),
                kind: MismatchKind::Unknown
            }]
        );
    }
}
