//! Whether results may be compared: the same requests, model, revision and settings between the sides,
//! and within a side the same server.

use super::group::Group;
use crate::path::ValuePath;
use crate::results::{Lack, Measurement};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A difference that the user accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Where: a field, or everything below it.
    pub path: ValuePath,
    /// Why the comparison is fair all the same.
    pub reason: String,
}

/// Between what a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Where {
    /// Between the sides.
    Sides,
    /// Within the base.
    Base,
    /// Within the candidate.
    Candidate,
}

/// A field that should be equal and is not.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDifference {
    /// Its path in a result.
    pub path: String,
    /// Between what.
    pub place: Where,
    /// One value; absent where a result does not have it.
    pub one: Option<Value>,
    /// The other.
    pub other: Option<Value>,
    /// A result that has the first value.
    pub one_name: String,
    /// A result that has the other.
    pub other_name: String,
}

/// A difference that is there and accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The difference.
    pub difference: FieldDifference,
    /// Why.
    pub reason: String,
    /// Who accepts it: `command line`, `suite` or `configuration`.
    pub by: &'static str,
}

/// Why two sides cannot be compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// Fields that differ.
    Fields(Vec<FieldDifference>),
    /// No run of one side counts.
    NoRuns {
        /// Which side.
        name: String,
        /// How many runs were left out.
        left_out: usize,
    },
    /// No shape and load in common.
    NoPair {
        /// What the base has.
        base: Vec<String>,
        /// What the candidate has.
        candidate: Vec<String>,
    },
}

/// What came out: what differs and is accepted, and what could not be verified.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Checked {
    pub(super) accepted: Vec<Accepted>,
    pub(super) unverified: Vec<String>,
    /// Indexes of the allowances that were needed.
    pub(super) used: BTreeSet<usize>,
}

/// Settings that do not have to be equal: names of things, places, and which points are measured, since
/// points are paired one by one.
const FREE: [&str; 14] = [
    "schemaVersion",
    "metadata",
    "output",
    "target.url",
    "target.model",
    "target.readiness",
    "target.profiler",
    "target.allowMismatch",
    "workload.shapes",
    "load.runs",
    "load.pauseSeconds",
    "load.concurrency",
    "load.ratesPerSecond",
    "load.burstiness",
];

/// What must be equal between the sides.
fn locked(measurement: &Measurement) -> BTreeMap<String, Value> {
    let document = &measurement.document;
    let subject = &measurement.subject;
    let mut fields = BTreeMap::new();
    let mut text = |path: &str, value: &Option<String>| {
        if let Some(value) = value {
            fields.insert(path.to_owned(), Value::from(value.as_str()));
        }
    };
    text("metadata.model", &subject.model);
    text("metadata.revision", &subject.revision);
    text("workload.sha256", &document.workload.sha256);
    if measurement.lacks.contains(&Lack::Configuration) {
        return fields;
    }
    flatten(&document.config, "", &mut fields);
    for expectation in &document.server.expectations {
        if !expectation.reported.is_null() {
            fields.insert(
                format!("server.reported.{}", expectation.key),
                expectation.reported.clone(),
            );
        }
    }
    fields
}

/// What must be equal within a side besides.
fn own(measurement: &Measurement) -> BTreeMap<String, Value> {
    let subject = &measurement.subject;
    let mut fields = locked(measurement);
    let named = [
        ("metadata.backend", &subject.backend),
        ("metadata.accelerator", &subject.accelerator),
        ("metadata.backendVersion", &subject.backend_version),
        ("metadata.images.server", &subject.server_image),
        ("server.version", &measurement.document.server.version),
    ];
    for (path, value) in named {
        if let Some(value) = value {
            fields.insert(path.to_owned(), Value::from(value.as_str()));
        }
    }
    if let Some(chips) = subject.chips {
        fields.insert("metadata.chips".to_owned(), Value::from(chips));
    }
    fields
}

fn flatten(value: &Value, path: &str, fields: &mut BTreeMap<String, Value>) {
    if FREE.contains(&path) {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let below = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(value, &below, fields);
            }
        }
        Value::Null => {}
        other => {
            fields.insert(format!("config.{path}"), other.clone());
        }
    }
}

/// Checks both sides.
pub(super) fn check(
    base: &Group,
    candidate: &Group,
    allowances: &[Allowance],
) -> Result<Checked, Refusal> {
    let mut differences = Vec::new();
    for (group, place) in [(base, Where::Base), (candidate, Where::Candidate)] {
        within(group, place, &mut differences);
    }
    if let (Some(one), Some(other)) = (base.measurements.last(), candidate.measurements.last()) {
        let is_foreign =
            |measurement: &Measurement| measurement.lacks.contains(&Lack::Configuration);
        let fields = (locked(one), locked(other));
        let partly = is_foreign(one) || is_foreign(other);
        between(one, other, &fields, Where::Sides, partly, &mut differences);
        if !partly {
            // Two that say neither are not known to be the same.
            for path in ["metadata.model", "metadata.revision"] {
                if !fields.0.contains_key(path) && !fields.1.contains_key(path) {
                    differences.push(FieldDifference {
                        path: path.to_owned(),
                        place: Where::Sides,
                        one: None,
                        other: None,
                        one_name: one.origin.name.clone(),
                        other_name: other.origin.name.clone(),
                    });
                }
            }
        }
    }
    let mut checked = Checked::default();
    let mut refused = Vec::new();
    for difference in differences {
        match accepted(&difference, base, candidate, allowances, &mut checked.used) {
            Some((reason, by)) => checked.accepted.push(Accepted {
                difference,
                reason,
                by,
            }),
            None => refused.push(difference),
        }
    }
    if !refused.is_empty() {
        return Err(Refusal::Fields(refused));
    }
    let mut lacks = base.lacks();
    lacks.extend(candidate.lacks());
    lacks.sort_unstable();
    lacks.dedup();
    checked.unverified = lacks
        .into_iter()
        .filter(|lack| *lack != Lack::End)
        .map(|lack| lack.text().to_owned())
        .collect();
    Ok(checked)
}

fn within(group: &Group, place: Where, differences: &mut Vec<FieldDifference>) {
    let Some((first, rest)) = group.measurements.split_first() else {
        return;
    };
    let expected = own(first);
    let mut seen = BTreeSet::new();
    for other in rest {
        // Most results of a side have the very same configuration.
        if other.document.config_hash == first.document.config_hash
            && other.document.server == first.document.server
            && other.subject == first.subject
            && other.document.workload.sha256 == first.document.workload.sha256
        {
            continue;
        }
        let partly = first.lacks != other.lacks;
        let mut found = Vec::new();
        between(
            first,
            other,
            &(expected.clone(), own(other)),
            place,
            partly,
            &mut found,
        );
        found.retain(|difference| seen.insert(difference.path.clone()));
        differences.extend(found);
    }
}

/// Fields that differ; if `partly`, only those that both have.
fn between(
    one: &Measurement,
    other: &Measurement,
    fields: &(BTreeMap<String, Value>, BTreeMap<String, Value>),
    place: Where,
    partly: bool,
    differences: &mut Vec<FieldDifference>,
) {
    let paths: BTreeSet<&String> = fields.0.keys().chain(fields.1.keys()).collect();
    for path in paths {
        let (left, right) = (fields.0.get(path), fields.1.get(path));
        // A server that reports an argument is no other server than one that does not.
        let is_optional = partly || path.starts_with("server.");
        if same(left, right) || (is_optional && (left.is_none() || right.is_none())) {
            continue;
        }
        differences.push(FieldDifference {
            path: path.clone(),
            place,
            one: left.cloned(),
            other: right.cloned(),
            one_name: one.origin.name.clone(),
            other_name: other.origin.name.clone(),
        });
    }
}

/// Equal, where 1 and 1.0 are.
fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            left == right || left.as_f64() == right.as_f64()
        }
        _ => left == right,
    }
}

fn accepted(
    difference: &FieldDifference,
    base: &Group,
    candidate: &Group,
    allowances: &[Allowance],
    used: &mut BTreeSet<usize>,
) -> Option<(String, &'static str)> {
    // Fields are made of names without dots.
    let path = ValuePath::parse(&difference.path).ok()?;
    for (index, allowance) in allowances.iter().enumerate() {
        if path.is_at_or_below(&allowance.path) {
            used.insert(index);
            return Some((allowance.reason.clone(), "command line"));
        }
    }
    if difference.place != Where::Sides {
        return None;
    }
    let measurements = || base.measurements.iter().chain(&candidate.measurements);
    let suite = measurements()
        .flat_map(|measurement| &measurement.subject.differences)
        .find(|accepted| {
            names_in_results(&accepted.path)
                .iter()
                .filter_map(|name| ValuePath::parse(name).ok())
                .any(|accepted| path.is_at_or_below(&accepted))
        });
    if let Some(accepted) = suite {
        return Some((accepted.reason.clone(), "suite"));
    }
    let key = difference.path.strip_prefix("server.reported.")?;
    let is_allowed = measurements()
        .flat_map(|measurement| &measurement.document.server.expectations)
        .any(|expectation| expectation.key == key && !expectation.equal && expectation.allowed);
    is_allowed.then(|| {
        (
            "`target.allowMismatch` lets the server report another value".to_owned(),
            "configuration",
        )
    })
}

/// A path of the values, as suites name it or as a JSON pointer, in the words of results.
fn names_in_results(path: &str) -> Vec<String> {
    let path = path.trim_start_matches('/').replace('/', ".");
    let path = path.as_str();
    if let Some(flag) = path.strip_prefix("server.flags.") {
        let key = flag.replace('-', "_");
        return vec![
            format!("config.target.expect.{key}"),
            format!("server.reported.{key}"),
        ];
    }
    if let Some(setting) = path.strip_prefix("benchmark.") {
        return vec![format!("config.{setting}")];
    }
    match path {
        "model.id" => vec!["metadata.model".to_owned()],
        "model.revision" => vec!["metadata.revision".to_owned()],
        _ => Vec::new(),
    }
}
