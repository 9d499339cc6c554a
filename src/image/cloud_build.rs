//! What Cloud Build would refuse in a build file, beyond what its published JSON Schema says: that one lets
//! unknown keys at the top and malformed substitutions pass.

use crate::path::push_token;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Something Cloud Build would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// The fields of a build, of a step and of options: docs.cloud.google.com/build/docs/build-config-file-schema,
/// read 2026-11-24.
const BUILD: [&str; 12] = [
    "steps",
    "timeout",
    "queueTtl",
    "logsBucket",
    "options",
    "substitutions",
    "tags",
    "serviceAccount",
    "secrets",
    "availableSecrets",
    "artifacts",
    "images",
];
const STEP: [&str; 14] = [
    "name",
    "args",
    "env",
    "allowFailure",
    "allowExitCodes",
    "dir",
    "id",
    "waitFor",
    "entrypoint",
    "secretEnv",
    "volumes",
    "timeout",
    "script",
    "automapSubstitutions",
];
const OPTIONS: [&str; 14] = [
    "env",
    "secretEnv",
    "volumes",
    "sourceProvenanceHash",
    "machineType",
    "diskSizeGb",
    "substitutionOption",
    "dynamicSubstitutions",
    "automapSubstitutions",
    "logStreamingOption",
    "logging",
    "defaultLogsBucketBehavior",
    "pool",
    "requestedVerifyOption",
];
/// What every build may refer to without defining it; what only triggers know is not among it.
const BUILT_IN: [&str; 4] = ["PROJECT_ID", "PROJECT_NUMBER", "BUILD_ID", "LOCATION"];

/// Everything that Cloud Build would refuse.
pub fn check(build: &Value) -> Vec<Finding> {
    let mut checker = Checker::default();
    let Some(fields) = build.as_object() else {
        checker.refuse("", "a build file is a map");
        return checker.found;
    };
    checker.known(fields, "", &BUILD);
    checker.steps(build.get("steps"));
    if let Some(options) = build.get("options").and_then(Value::as_object) {
        checker.known(options, "/options", &OPTIONS);
        if options.contains_key("pool") && options.contains_key("machineType") {
            checker.refuse(
                "/options/machineType",
                "a private pool decides the machine itself: set one of both",
            );
        }
    }
    checker.timeouts(build);
    checker.account(build);
    checker.substitutions(build);
    checker.found
}

#[derive(Default)]
struct Checker {
    found: Vec<Finding>,
}

impl Checker {
    fn refuse(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.found.push(Finding {
            pointer: pointer.into(),
            message: message.into(),
        });
    }

    fn known(&mut self, fields: &Map<String, Value>, at: &str, known: &[&str]) {
        for key in fields.keys().filter(|key| !known.contains(&key.as_str())) {
            let mut pointer = at.to_owned();
            push_token(&mut pointer, key);
            self.refuse(pointer, "Cloud Build has no such field");
        }
    }

    fn steps(&mut self, steps: Option<&Value>) {
        let Some(steps) = steps
            .and_then(Value::as_array)
            .filter(|steps| !steps.is_empty())
        else {
            self.refuse("/steps", "a build has at least one step");
            return;
        };
        let mut before = BTreeSet::new();
        for (index, step) in steps.iter().enumerate() {
            let at = format!("/steps/{index}");
            let Some(fields) = step.as_object() else {
                self.refuse(at, "a step is a map");
                continue;
            };
            self.known(fields, &at, &STEP);
            let name = step.get("name").and_then(Value::as_str).unwrap_or_default();
            if !name.contains("@sha256:") {
                self.refuse(
                    format!("{at}/name"),
                    "the image of a step is pinned: `NAME@sha256:..`",
                );
            }
            if fields.contains_key("script")
                && (fields.contains_key("args") || fields.contains_key("entrypoint"))
            {
                self.refuse(
                    format!("{at}/script"),
                    "a step with a script has neither arguments nor an entrypoint",
                );
            }
            self.order(step, &at, &before);
            if let Some(id) = step.get("id").and_then(Value::as_str)
                && !before.insert(id.to_owned())
            {
                self.refuse(format!("{at}/id"), "another step has the same id");
            }
        }
    }

    fn order(&mut self, step: &Value, at: &str, before: &BTreeSet<String>) {
        let waits = step.get("waitFor").and_then(Value::as_array);
        for (index, wait) in waits.into_iter().flatten().enumerate() {
            let id = wait.as_str().unwrap_or_default();
            if id != "-" && !before.contains(id) {
                self.refuse(
                    format!("{at}/waitFor/{index}"),
                    "no step before this one has that id",
                );
            }
        }
    }

    fn timeouts(&mut self, build: &Value) {
        let whole = build.get("timeout").and_then(Value::as_str);
        let whole = whole.map(|text| seconds(text).ok_or("/timeout"));
        let most = match whole {
            Some(Ok(seconds)) => seconds,
            Some(Err(pointer)) => {
                self.refuse(pointer, "a duration in seconds, as in `3600s`");
                return;
            }
            // What Cloud Build takes if nothing is said.
            None => 3600.0,
        };
        let steps = build.get("steps").and_then(Value::as_array);
        for (index, step) in steps.into_iter().flatten().enumerate() {
            let Some(text) = step.get("timeout").and_then(Value::as_str) else {
                continue;
            };
            let pointer = format!("/steps/{index}/timeout");
            match seconds(text) {
                None => self.refuse(pointer, "a duration in seconds, as in `3600s`"),
                Some(seconds) if seconds > most => {
                    self.refuse(pointer, "longer than the whole build may take");
                }
                Some(_) => {}
            }
        }
    }

    /// A service account of one's own needs logs of one's own.
    fn account(&mut self, build: &Value) {
        let option = |key: &str| build.get("options").and_then(|options| options.get(key));
        let logging = option("logging").and_then(Value::as_str);
        let has_logs = build.get("logsBucket").is_some()
            || matches!(logging, Some("CLOUD_LOGGING_ONLY" | "NONE"))
            || option("defaultLogsBucketBehavior").is_some();
        if build.get("serviceAccount").is_some() && !has_logs {
            self.refuse(
                "/serviceAccount",
                "with a service account, `logging` is `CLOUD_LOGGING_ONLY` or `NONE`, or there is a \
                 `logsBucket`",
            );
        }
    }

    fn substitutions(&mut self, build: &Value) {
        let mut defined = BTreeSet::new();
        let given = build.get("substitutions").and_then(Value::as_object);
        for (key, value) in given.into_iter().flatten() {
            let mut pointer = "/substitutions".to_owned();
            push_token(&mut pointer, key);
            if !is_user_key(key) {
                self.refuse(
                    pointer,
                    "the key of a substitution is `_`, then A to Z, 0 to 9 or `_`",
                );
            } else if !value.is_string() {
                self.refuse(pointer, "the value of a substitution is text");
            }
            defined.insert(key.as_str());
        }
        let mut used = BTreeSet::new();
        let mut texts = Vec::new();
        collect(build, &mut String::new(), &mut texts);
        for (pointer, text) in texts {
            for reference in references(text) {
                match reference {
                    Ok(name) if defined.contains(name) || BUILT_IN.contains(&name) => {
                        used.insert(name);
                    }
                    Ok(name) => self.refuse(
                        pointer.clone(),
                        format!("`${name}` is no substitution of this build; `$$` is a `$`"),
                    ),
                    Err(()) => self.refuse(pointer.clone(), "a `$` alone is written `$$`"),
                }
            }
        }
        // A build that is started by hand takes no substitution that it does not use.
        for key in defined.difference(&used).filter(|key| is_user_key(key)) {
            let mut pointer = "/substitutions".to_owned();
            push_token(&mut pointer, key);
            self.refuse(pointer, "no step uses this substitution");
        }
    }
}

fn seconds(text: &str) -> Option<f64> {
    let number = text.strip_suffix('s')?;
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let is_number =
        number.bytes().all(is_plain) && number.starts_with(|c: char| c.is_ascii_digit());
    is_number.then(|| number.parse().ok()).flatten()
}

fn is_user_key(key: &str) -> bool {
    key.strip_prefix('_').is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

/// Every text of a value with its pointer. Keys of substitutions are no text.
fn collect<'a>(value: &'a Value, pointer: &mut String, found: &mut Vec<(String, &'a str)>) {
    let length = pointer.len();
    match value {
        Value::String(text) => found.push((pointer.clone(), text)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                push_token(pointer, &index.to_string());
                collect(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                push_token(pointer, key);
                collect(value, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// The names after `$` or between `${` and `}`; an error for a `$` that begins none.
fn references(text: &str) -> Vec<Result<&str, ()>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let after = rest.get(start + 1..).unwrap_or_default();
        if let Some(more) = after.strip_prefix('$') {
            rest = more;
            continue;
        }
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let (name, more) = match after
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
        {
            Some(braced) => braced,
            None => after.split_at(after.find(|c| !is_part(c)).unwrap_or(after.len())),
        };
        let is_name = !name.is_empty() && name.chars().all(is_part);
        found.push(if is_name { Ok(name) } else { Err(()) });
        rest = more;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn build(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let image = format!("docker@sha256:{}", "0".repeat(64));
        let mut build = json!({
            "steps": [
                {"id": "one", "name": image, "args": ["build", "$$HOME"], "waitFor": ["-"]},
                {"id": "two", "name": image, "args": ["${_TAG}", "$PROJECT_ID"], "waitFor": ["one"]},
            ],
            "timeout": "3600s",
            "substitutions": {"_TAG": "a"},
            "serviceAccount": "projects/p/serviceAccounts/a@p.example",
            "options": {"logging": "CLOUD_LOGGING_ONLY"},
        });
        change(&mut build);
        let found = check(&build).into_iter();
        found.map(|finding| finding.pointer).collect()
    }

    #[test]
    fn a_sound_build_passes() {
        assert_eq!(build(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn what_the_published_schema_lets_pass_is_found() {
        let cases: [(&str, &str, Value); 15] = [
            ("", "/stepz", json!(1)),
            ("/steps/0", "/steps/0/argz", json!(1)),
            ("/steps/0/name", "/steps/0/name", json!("docker:28")),
            ("/steps/1/id", "/steps/1/id", json!("one")),
            ("/steps/0/waitFor/0", "/steps/0/waitFor/0", json!("two")),
            ("/steps/0/args/1", "/steps/0/args/1", json!("$HOME")),
            ("/steps/0/args/1", "/steps/0/args/1", json!("costs 5$")),
            ("/steps/0/args/1", "/steps/0/args/1", json!("${_NONE}")),
            ("/steps/0/args/1", "/steps/0/args/1", json!("$COMMIT_SHA")),
            ("/substitutions", "/substitutions/tag", json!("a")),
            ("/substitutions", "/substitutions/_UNUSED", json!("a")),
            ("/options/logging", "/serviceAccount", json!("LEGACY")),
            ("/timeout", "/timeout", json!("1h")),
            ("/steps/0", "/steps/0/timeout", json!("3601s")),
            ("/options", "/options/poolz", json!({})),
        ];
        for (at, expected, value) in cases {
            let found = build(|build| {
                let target = build.pointer_mut(at).expect("it is there");
                match expected
                    .strip_prefix(at)
                    .and_then(|rest| rest.strip_prefix('/'))
                {
                    Some(key) if target.is_object() => {
                        let fields = target.as_object_mut().expect("a map");
                        fields.insert(key.to_owned(), value.clone());
                    }
                    _ => *target = value.clone(),
                }
            });
            assert_eq!(found, [expected], "{value} at {at}");
        }
    }

    #[test]
    fn a_script_stands_alone_and_a_pool_has_no_machine() {
        let found = build(|build| {
            build["steps"][0]["script"] = json!("true");
            build["options"]["pool"] = json!({"name": "projects/p/locations/l/workerPools/w"});
            build["options"]["machineType"] = json!("E2_HIGHCPU_8");
        });
        assert_eq!(found, ["/steps/0/script", "/options/machineType"]);
    }
}
