//! The difference between what was applied and what an API server gives back.
//!
//! A server fills in defaults, canonicalizes quantities and adds fields of its own. The content hash
//! of an object is taken without any of that, so that it can be recomputed from what
//! `kubectl get -o yaml` returns. Sources: `pkg/apis/{core,batch}/v1/defaults.go` of Kubernetes and
//! the answers of a real API server, which a test compares.

use super::Quantity;
use serde_json::{Map, Value, json};

type Fields = Map<String, Value>;

/// Labels that the Job controller puts on a Job's pods and, through the API server, on its template.
const CONTROLLER_LABELS: [&str; 4] = [
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
];

/// Annotations that clients and controllers add to objects.
const ADDED_ANNOTATIONS: [&str; 2] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "batch.kubernetes.io/job-tracking",
];

/// What `kubectl apply --applyset` marks the objects of a set with.
const ADDED_LABEL: &str = "applyset.kubernetes.io/part-of";

/// An object without the fields of the server and without values that equal its defaults.
pub fn without_defaults(object: &Value) -> Value {
    let mut object = object.clone();
    let kind = object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
        within(fields, "metadata", metadata);
        match kind.as_str() {
            "Job" => within(fields, "spec", job),
            "Pod" => within(fields, "spec", live_pod),
            _ => {}
        }
    }
    drop_empty(&mut object);
    object
}

fn within(fields: &mut Fields, key: &str, edit: impl FnOnce(&mut Fields)) {
    if let Some(inner) = fields.get_mut(key).and_then(Value::as_object_mut) {
        edit(inner);
    }
}

fn each(fields: &mut Fields, key: &str, mut edit: impl FnMut(&mut Fields)) {
    let items = fields.get_mut(key).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        edit(item);
    }
}

fn default(fields: &mut Fields, key: &str, value: &Value) {
    if fields.get(key) == Some(value) {
        fields.remove(key);
    }
}

fn metadata(metadata: &mut Fields) {
    metadata.retain(|key, _| {
        matches!(
            key.as_str(),
            "name" | "namespace" | "labels" | "annotations"
        )
    });
    within(metadata, "labels", |labels| {
        labels.shift_remove(ADDED_LABEL);
        without_controller_labels(labels);
    });
    within(metadata, "annotations", |annotations| {
        annotations.retain(|key, _| !ADDED_ANNOTATIONS.contains(&key.as_str()));
    });
}

fn without_controller_labels(labels: &mut Fields) {
    labels.retain(|key, _| !CONTROLLER_LABELS.contains(&key.as_str()));
}

fn job(spec: &mut Fields) {
    // Queues suspend and resume Jobs; the selector is the server's own.
    spec.remove("suspend");
    spec.remove("selector");
    let replacement = if spec.contains_key("podFailurePolicy") {
        json!("Failed")
    } else {
        json!("TerminatingOrFailed")
    };
    default(spec, "podReplacementPolicy", &replacement);
    default(spec, "backoffLimit", &json!(6));
    default(spec, "completionMode", &json!("NonIndexed"));
    default(spec, "completions", &json!(1));
    default(spec, "parallelism", &json!(1));
    default(spec, "manualSelector", &json!(false));
    within(spec, "podFailurePolicy", |policy| {
        each(policy, "rules", |rule| {
            each(rule, "onPodConditions", |condition| {
                default(condition, "status", &json!("True"));
            });
        });
    });
    within(spec, "template", |template| {
        within(template, "metadata", |metadata| {
            metadata.retain(|key, _| matches!(key.as_str(), "labels" | "annotations"));
            within(metadata, "labels", without_controller_labels);
        });
        within(template, "spec", pod);
    });
}

/// A pod that the server has admitted also carries what admission added.
fn live_pod(spec: &mut Fields) {
    const TOKEN: &str = "kube-api-access-";
    let is_token = |item: &Value| {
        item.get("name")
            .and_then(Value::as_str)
            .is_some_and(|name| name.starts_with(TOKEN))
    };
    for key in ["nodeName", "priority", "preemptionPolicy"] {
        spec.remove(key);
    }
    if let Some(volumes) = spec.get_mut("volumes").and_then(Value::as_array_mut) {
        volumes.retain(|volume| !is_token(volume));
    }
    for containers in ["initContainers", "containers"] {
        each(spec, containers, |container| {
            if let Some(mounts) = container
                .get_mut("volumeMounts")
                .and_then(Value::as_array_mut)
            {
                mounts.retain(|mount| !is_token(mount));
            }
        });
    }
    if let Some(tolerations) = spec.get_mut("tolerations").and_then(Value::as_array_mut) {
        tolerations.retain(|toleration| {
            !["not-ready", "unreachable"].iter().any(|taint| {
                *toleration
                    == json!({
                        "key": format!("node.kubernetes.io/{taint}"),
                        "operator": "Exists",
                        "effect": "NoExecute",
                        "tolerationSeconds": 300,
                    })
            })
        });
    }
    pod(spec);
}

fn pod(spec: &mut Fields) {
    // The old name of `serviceAccountName`, which the server repeats.
    spec.remove("serviceAccount");
    default(spec, "dnsPolicy", &json!("ClusterFirst"));
    default(spec, "enableServiceLinks", &json!(true));
    default(spec, "restartPolicy", &json!("Always"));
    default(spec, "schedulerName", &json!("default-scheduler"));
    default(spec, "serviceAccountName", &json!("default"));
    default(spec, "terminationGracePeriodSeconds", &json!(30));
    each(spec, "volumes", volume);
    each(spec, "initContainers", container);
    each(spec, "containers", container);
}

fn volume(volume: &mut Fields) {
    for source in ["configMap", "secret", "projected", "downwardAPI"] {
        within(volume, source, |source| {
            default(source, "defaultMode", &json!(0o644));
        });
    }
    for source in ["persistentVolumeClaim", "csi"] {
        within(volume, source, |source| {
            default(source, "readOnly", &json!(false));
        });
    }
    within(volume, "emptyDir", |source| canonical(source, "sizeLimit"));
}

fn container(container: &mut Fields) {
    let pull = match container.get("image").and_then(Value::as_str) {
        Some(image) if pulls_always(image) => json!("Always"),
        _ => json!("IfNotPresent"),
    };
    default(container, "imagePullPolicy", &pull);
    default(
        container,
        "terminationMessagePath",
        &json!("/dev/termination-log"),
    );
    default(container, "terminationMessagePolicy", &json!("File"));
    each(container, "ports", |port| {
        default(port, "protocol", &json!("TCP"));
    });
    each(container, "volumeMounts", |mount| {
        default(mount, "readOnly", &json!(false));
    });
    each(container, "env", |variable| {
        within(variable, "valueFrom", |from| {
            within(from, "fieldRef", |field| {
                default(field, "apiVersion", &json!("v1"));
            });
        });
        default(variable, "value", &json!(""));
    });
    for key in ["startupProbe", "readinessProbe", "livenessProbe"] {
        within(container, key, probe);
    }
    within(container, "resources", resources);
}

/// Images without a tag, or with the tag `latest`, are pulled always.
fn pulls_always(image: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or(image);
    !last.contains('@') && last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn probe(probe: &mut Fields) {
    default(probe, "timeoutSeconds", &json!(1));
    default(probe, "periodSeconds", &json!(10));
    default(probe, "successThreshold", &json!(1));
    default(probe, "failureThreshold", &json!(3));
    within(probe, "httpGet", |get| {
        default(get, "scheme", &json!("HTTP"));
        default(get, "path", &json!("/"));
    });
}

/// Requests that are not given equal the limits.
fn resources(resources: &mut Fields) {
    for group in ["limits", "requests"] {
        within(resources, group, |quantities| {
            let keys: Vec<String> = quantities.keys().cloned().collect();
            for key in keys {
                canonical(quantities, &key);
            }
        });
    }
    let limits = resources.get("limits").and_then(Value::as_object).cloned();
    within(resources, "requests", |requests| {
        for (key, limit) in limits.into_iter().flatten() {
            default(requests, &key, &limit);
        }
    });
}

fn canonical(fields: &mut Fields, key: &str) {
    if let Some(Value::String(text)) = fields.get_mut(key)
        && let Some(quantity) = Quantity::parse(text)
    {
        *text = quantity.to_string();
    }
}

/// The server leaves empty lists and maps out, but `emptyDir: {}` means something.
fn drop_empty(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_empty),
        Value::Object(fields) => {
            for inner in fields.values_mut() {
                drop_empty(inner);
            }
            fields.retain(|key, inner| match inner {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(fields) => !fields.is_empty() || key == "emptyDir",
                _ => true,
            });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_server_equals_what_was_applied() {
        let applied = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": "a", "labels": {"x": "y"}},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{
                "name": "c", "image": "r/i:1",
                "resources": {"limits": {"memory": "1024Mi"}, "requests": {"memory": "1024Mi"}},
                "startupProbe": {"httpGet": {"path": "/x", "port": 1}},
            }], "volumes": [{"name": "v", "emptyDir": {}}]}}},
        });
        let returned = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": "a", "uid": "1", "labels": {
                    "x": "y", "job-name": "a", "applyset.kubernetes.io/part-of": "applyset-1-v1"},
                "annotations": {"batch.kubernetes.io/job-tracking": ""}, "generation": 1},
            "spec": {"backoffLimit": 6, "completions": 1, "parallelism": 1, "suspend": false,
                "completionMode": "NonIndexed", "podReplacementPolicy": "TerminatingOrFailed",
                "selector": {"matchLabels": {"controller-uid": "1"}},
                "template": {"metadata": {"creationTimestamp": null, "labels": {"job-name": "a"}},
                "spec": {"restartPolicy": "Never", "dnsPolicy": "ClusterFirst",
                "schedulerName": "default-scheduler", "securityContext": {},
                "terminationGracePeriodSeconds": 30, "containers": [{
                "name": "c", "image": "r/i:1", "imagePullPolicy": "IfNotPresent",
                "resources": {"limits": {"memory": "1Gi"}, "requests": {"memory": "1Gi"}},
                "startupProbe": {"httpGet": {"path": "/x", "port": 1, "scheme": "HTTP"},
                    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            }], "volumes": [{"name": "v", "emptyDir": {}}]}}},
            "status": {"active": 1},
        });
        assert_eq!(without_defaults(&applied), without_defaults(&returned));
    }
}
