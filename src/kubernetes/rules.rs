//! What an API server would refuse although the types fit.
//!
//! Sources: `pkg/apis/{core,batch}/validation/validation.go` and `apimachinery`'s label and name
//! rules.

use super::{Object, Quantity};
use crate::path::push_token;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::{BTreeMap, HashSet};

/// Something that an API server would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// JSON pointer into the object.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

/// The longest name of a Job, a container, and of anything that becomes a label value.
const MOST_LABEL: usize = 63;
/// The most bytes of a `ConfigMap`.
const MOST_CONFIG_MAP: usize = 1024 * 1024;
/// The most bytes of all annotations of an object.
const MOST_ANNOTATIONS: usize = 256 * 1024;

/// Everything about an object that an API server would refuse.
pub fn check(object: &Object) -> Vec<Finding> {
    let mut rules = Rules::default();
    match object {
        Object::Job(job) => {
            rules.metadata("/metadata", &job.metadata, MOST_LABEL);
            if let Some(spec) = &job.spec {
                rules.job(&job.metadata, spec);
            }
        }
        Object::Pod(pod) => {
            rules.metadata("/metadata", &pod.metadata, 253);
            if let Some(spec) = &pod.spec {
                rules.pod("/spec", spec);
            }
        }
        Object::ConfigMap(map) => {
            rules.metadata("/metadata", &map.metadata, 253);
            let size: usize = map
                .data
                .iter()
                .flatten()
                .map(|(key, value)| key.len() + value.len())
                .sum();
            if size > MOST_CONFIG_MAP {
                rules.find(
                    "/data",
                    format!("{size} bytes; a ConfigMap holds {MOST_CONFIG_MAP}"),
                );
            }
        }
    }
    rules.findings
}

#[derive(Default)]
struct Rules {
    findings: Vec<Finding>,
}

impl Rules {
    fn find(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.findings.push(Finding {
            pointer: pointer.into(),
            message: message.into(),
        });
    }

    fn metadata(&mut self, at: &str, metadata: &ObjectMeta, most: usize) {
        let name = metadata.name.as_deref().unwrap_or_default();
        if name.is_empty() {
            self.find(format!("{at}/name"), "an object needs a name");
        } else if !is_dns_subdomain(name, most) {
            self.find(
                format!("{at}/name"),
                format!(
                    "`{name}` is not a name: lowercase letters, digits, `-` and `.`, at most {most}"
                ),
            );
        }
        let namespace = metadata.namespace.as_deref().unwrap_or("default");
        if !is_dns_label(namespace) {
            self.find(
                format!("{at}/namespace"),
                format!("`{namespace}` is not a namespace"),
            );
        }
        self.labels(&format!("{at}/labels"), metadata.labels.as_ref());
        let annotations = metadata.annotations.iter().flatten();
        let mut size = 0;
        for (key, value) in annotations {
            size += key.len() + value.len();
            if !is_qualified_name(key) {
                self.find(
                    below(&format!("{at}/annotations"), key),
                    format!("`{key}` is not an annotation's key"),
                );
            }
        }
        if size > MOST_ANNOTATIONS {
            self.find(
                format!("{at}/annotations"),
                format!("{size} bytes; all annotations together may have {MOST_ANNOTATIONS}"),
            );
        }
    }

    fn labels(&mut self, at: &str, labels: Option<&BTreeMap<String, String>>) {
        for (key, value) in labels.into_iter().flatten() {
            let pointer = below(at, key);
            if !is_qualified_name(key) {
                self.find(&pointer, format!("`{key}` is not a label's key"));
            }
            if !is_label_value(value) {
                self.find(
                    &pointer,
                    format!("`{value}` is not a label's value: at most {MOST_LABEL} letters, digits, `-`, `_` and `.`"),
                );
            }
        }
    }

    fn job(&mut self, metadata: &ObjectMeta, spec: &JobSpec) {
        let template = spec.template.metadata.as_ref();
        let labels = template.and_then(|metadata| metadata.labels.as_ref());
        self.labels("/spec/template/metadata/labels", labels);
        let Some(pod) = &spec.template.spec else {
            self.find("/spec/template/spec", "a Job needs a pod");
            return;
        };
        let restart = pod.restart_policy.as_deref().unwrap_or("Always");
        if !matches!(restart, "Never" | "OnFailure") {
            self.find(
                "/spec/template/spec/restartPolicy",
                format!("is `{restart}`; a Job's pods have `Never` or `OnFailure`"),
            );
        }
        if spec.pod_failure_policy.is_some() {
            if restart != "Never" {
                self.find(
                    "/spec/template/spec/restartPolicy",
                    "must be `Never` with a podFailurePolicy",
                );
            }
            let replacement = spec.pod_replacement_policy.as_deref();
            if !matches!(replacement, None | Some("Failed")) {
                self.find(
                    "/spec/podReplacementPolicy",
                    "must be `Failed` with a podFailurePolicy",
                );
            }
        }
        if spec.completion_mode.as_deref() == Some("Indexed") {
            let name = metadata.name.as_deref().unwrap_or_default();
            let last = spec.completions.unwrap_or(1).max(1) - 1;
            if name.len() + 1 + last.to_string().len() > MOST_LABEL {
                self.find(
                    "/metadata/name",
                    format!("is too long: `{name}-{last}` must fit into {MOST_LABEL} characters"),
                );
            }
        }
        self.pod("/spec/template/spec", pod);
    }

    fn pod(&mut self, at: &str, pod: &PodSpec) {
        let mut volumes = HashSet::new();
        for (index, volume) in pod.volumes.iter().flatten().enumerate() {
            let pointer = format!("{at}/volumes/{index}/name");
            if !is_dns_label(&volume.name) {
                self.find(
                    &pointer,
                    format!("`{}` is not a volume's name", volume.name),
                );
            }
            if !volumes.insert(volume.name.as_str()) {
                self.find(&pointer, format!("there are two volumes `{}`", volume.name));
            }
        }
        let mut names = HashSet::new();
        let lists = [
            (
                "initContainers",
                pod.init_containers.as_deref().unwrap_or_default(),
            ),
            ("containers", pod.containers.as_slice()),
        ];
        if pod.containers.is_empty() {
            self.find(format!("{at}/containers"), "a pod needs a container");
        }
        for (list, containers) in lists {
            for (index, container) in containers.iter().enumerate() {
                let pointer = format!("{at}/{list}/{index}");
                if !names.insert(container.name.as_str()) {
                    self.find(
                        format!("{pointer}/name"),
                        format!("there are two containers `{}`", container.name),
                    );
                }
                self.container(&pointer, container, &volumes);
            }
        }
        self.labels(&format!("{at}/nodeSelector"), pod.node_selector.as_ref());
        for (index, toleration) in pod.tolerations.iter().flatten().enumerate() {
            if toleration.operator.as_deref() == Some("Exists")
                && toleration
                    .value
                    .as_ref()
                    .is_some_and(|value| !value.is_empty())
            {
                self.find(
                    format!("{at}/tolerations/{index}/value"),
                    "must be empty with the operator `Exists`",
                );
            }
        }
    }

    fn container(&mut self, at: &str, container: &Container, volumes: &HashSet<&str>) {
        if !is_dns_label(&container.name) {
            self.find(
                format!("{at}/name"),
                format!("`{}` is not a container's name", container.name),
            );
        }
        if container.image.as_deref().is_none_or(str::is_empty) {
            self.find(format!("{at}/image"), "a container needs an image");
        }
        let mut variables = HashSet::new();
        for (index, variable) in container.env.iter().flatten().enumerate() {
            let pointer = format!("{at}/env/{index}/name");
            if !variables.insert(variable.name.as_str()) {
                self.find(
                    &pointer,
                    format!("the variable `{}` is set twice", variable.name),
                );
            }
            if variable.name.is_empty() || variable.name.contains('=') {
                self.find(
                    &pointer,
                    format!("`{}` is not a variable's name", variable.name),
                );
            }
        }
        let mut paths = HashSet::new();
        for (index, mount) in container.volume_mounts.iter().flatten().enumerate() {
            let pointer = format!("{at}/volumeMounts/{index}");
            if !volumes.contains(mount.name.as_str()) {
                self.find(
                    format!("{pointer}/name"),
                    format!("there is no volume `{}`", mount.name),
                );
            }
            if !paths.insert(mount.mount_path.as_str()) {
                self.find(
                    format!("{pointer}/mountPath"),
                    format!("two volumes are mounted at `{}`", mount.mount_path),
                );
            }
        }
        if let Some(resources) = &container.resources {
            self.resources(&format!("{at}/resources"), resources);
        }
    }

    fn resources(&mut self, at: &str, resources: &ResourceRequirements) {
        let quantity = |map: &Option<BTreeMap<String, _>>, key: &str| {
            map.as_ref().and_then(|map| map.get(key)).map(
                |quantity: &k8s_openapi::apimachinery::pkg::api::resource::Quantity| {
                    quantity.0.clone()
                },
            )
        };
        let keys: HashSet<&String> = [&resources.limits, &resources.requests]
            .into_iter()
            .flatten()
            .flat_map(BTreeMap::keys)
            .collect();
        let mut keys: Vec<&String> = keys.into_iter().collect();
        keys.sort_unstable();
        for key in keys {
            let request = quantity(&resources.requests, key);
            let limit = quantity(&resources.limits, key);
            for (group, text) in [("requests", &request), ("limits", &limit)] {
                if let Some(text) = text
                    && Quantity::parse(text).is_none()
                {
                    self.find(
                        below(&format!("{at}/{group}"), key),
                        format!("`{text}` is not a quantity"),
                    );
                }
            }
            let parsed = |text: &Option<String>| text.as_deref().and_then(Quantity::parse);
            let pointer = below(&format!("{at}/requests"), key);
            match (parsed(&request), parsed(&limit)) {
                (Some(request), Some(limit)) if request.milli() > limit.milli() => {
                    self.find(
                        &pointer,
                        format!("the request for {key} is above its limit"),
                    );
                }
                (Some(request), Some(limit))
                    if is_extended(key) && request.milli() != limit.milli() =>
                {
                    self.find(
                        &pointer,
                        format!("the request for {key} must equal its limit"),
                    );
                }
                (Some(_), None) if is_extended(key) => {
                    self.find(
                        &pointer,
                        format!("{key} needs a limit equal to its request"),
                    );
                }
                (_, Some(limit)) if is_extended(key) && limit.milli() % 1000 != 0 => {
                    self.find(
                        below(&format!("{at}/limits"), key),
                        format!("{key} is counted in whole numbers"),
                    );
                }
                _ => {}
            }
        }
    }
}

/// Resources with a domain that is not Kubernetes' own are counted by plugins, in whole numbers.
fn is_extended(key: &str) -> bool {
    key.split_once('/')
        .is_some_and(|(domain, _)| !domain.ends_with("kubernetes.io"))
}

/// The pointer of a key below another pointer.
fn below(at: &str, key: &str) -> String {
    let mut pointer = at.to_owned();
    push_token(&mut pointer, key);
    pointer
}

fn is_dns_label(name: &str) -> bool {
    is_dns_subdomain(name, MOST_LABEL) && !name.contains('.')
}

fn is_dns_subdomain(name: &str, most: usize) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= most
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

fn is_label_value(value: &str) -> bool {
    let outer = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    value.len() <= MOST_LABEL
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
        && outer(bytes.first())
        && outer(bytes.last())
}

fn is_qualified_name(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    prefix.is_none_or(|prefix| is_dns_subdomain(prefix, 253))
        && !name.is_empty()
        && is_label_value(name)
}
