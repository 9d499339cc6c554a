//! How results are judged: defaults, then a policy's file, then the command line.

use crate::compare::{Action, Gate, Keep, Metric, Policy};
use crate::diagnostic::{Code, Diagnostic, instead};
use crate::project::read_outside;
use crate::schema::{Document, Schemas};
use crate::source::Sources;
use crate::yaml::{self, Dialect};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The largest policy, in bytes.
const MOST: usize = 64 * 1024;

/// How a command line wants to judge, over the defaults.
#[derive(Default)]
pub struct Judging {
    /// The policy's file.
    pub file: Option<PathBuf>,
    /// `METRIC=PERCENT` with what follows, or `METRIC` without a gate.
    pub gates: Vec<(String, Option<Action>)>,
    /// Limit of any score.
    pub max_score_difference: Option<f64>,
    /// Limit of the mean.
    pub mean_score_difference: Option<f64>,
    /// What to keep.
    pub keep: Vec<Keep>,
    /// Seed.
    pub seed: Option<u64>,
}

/// The policy of a command line.
///
/// # Errors
///
/// Everything that is wrong with the file or the arguments.
pub(super) fn read(sources: &mut Sources, judging: &Judging) -> Result<Policy, Vec<Diagnostic>> {
    let mut policy = Policy::default();
    if let Some(file) = &judging.file {
        apply(&value_of(sources, file, Document::Policy)?, &mut policy);
    }
    let mut problems = Vec::new();
    for (text, action) in &judging.gates {
        match gate(text, *action) {
            Ok((_, Some(gate))) => policy.set(gate),
            Ok((metric, None)) => policy.gates.retain(|gate| gate.metric != metric),
            Err(problem) => problems.push(*problem),
        }
    }
    let limits = [
        (
            judging.max_score_difference,
            &mut policy.scores.max_absolute,
            "--max-score-difference",
        ),
        (
            judging.mean_score_difference,
            &mut policy.scores.mean_absolute,
            "--mean-score-difference",
        ),
    ];
    for (given, limit, name) in limits {
        match given {
            Some(value) if value.is_finite() && value >= 0.0 => *limit = value,
            Some(value) => problems.push(
                Diagnostic::error(
                    Code::Usage,
                    format!("`{name} {value}`: a difference is at least 0"),
                )
                .help("scores lie between 0 and 1: 0.02 is two hundredths"),
            ),
            None => {}
        }
    }
    policy.seed = judging.seed.unwrap_or(policy.seed);
    for keep in &judging.keep {
        if !policy.keep.contains(keep) {
            policy.keep.push(*keep);
        }
    }
    if problems.is_empty() {
        Ok(policy)
    } else {
        Err(problems)
    }
}

/// A gate of the command line: `METRIC=PERCENT` with an action, `METRIC` without.
fn gate(text: &str, action: Option<Action>) -> Result<(Metric, Option<Gate>), Box<Diagnostic>> {
    let refuse =
        |why: String, help: String| Box::new(Diagnostic::error(Code::Usage, why).help(help));
    let (name, percent) = match text.split_once('=') {
        Some((name, percent)) => (name, Some(percent.trim_end_matches('%').trim())),
        None => (text, None),
    };
    let metric = Metric::named(name).ok_or_else(|| {
        let known = Metric::ALL.map(Metric::name);
        refuse(format!("there is no metric `{name}`"), instead(name, known))
    })?;
    let Some(action) = action else {
        return Ok((metric, None));
    };
    let worse = percent
        .and_then(|percent| percent.parse::<f64>().ok())
        .filter(|percent| percent.is_finite() && *percent >= 0.0)
        .ok_or_else(|| {
            refuse(
                format!("`{text}` has no percentage that can be compared with"),
                format!("write {name}=10 for 10 % worse"),
            )
        })?;
    let gate = Gate {
        metric,
        worse: worse / 100.0,
        action,
    };
    Ok((metric, Some(gate)))
}

/// A file from outside the project, valid by its schema.
pub(super) fn value_of(
    sources: &mut Sources,
    file: &Path,
    document: Document,
) -> Result<Value, Vec<Diagnostic>> {
    let source = read_outside(file, MOST, sources).map_err(|problem| vec![problem])?;
    let tree = yaml::read(sources, source, Dialect::Strict)?;
    let value = tree.to_json();
    let problems = Schemas::default().validate(document, &tree, &value);
    if problems.is_empty() {
        Ok(value)
    } else {
        Err(problems)
    }
}

/// Lays a valid policy over another one.
fn apply(value: &Value, policy: &mut Policy) {
    let number = |pointer: &str| value.pointer(pointer).and_then(Value::as_f64);
    for (name, gate) in value
        .get("gates")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let Some(metric) = Metric::named(name) else {
            continue;
        };
        match gate.get("worse").and_then(Value::as_f64) {
            None => policy.gates.retain(|gate| gate.metric != metric),
            Some(worse) => policy.set(Gate {
                metric,
                worse,
                action: match gate.get("action").and_then(Value::as_str) {
                    Some("warn") => Action::Warn,
                    _ => Action::Fail,
                },
            }),
        }
    }
    let scores = &mut policy.scores;
    scores.max_absolute = number("/scores/maxAbsolute").unwrap_or(scores.max_absolute);
    scores.mean_absolute = number("/scores/meanAbsolute").unwrap_or(scores.mean_absolute);
    policy.guardrail = number("/guardrail").unwrap_or(policy.guardrail);
    policy.seed = value
        .get("seed")
        .and_then(Value::as_u64)
        .unwrap_or(policy.seed);
    let runs = value.get("minimumRuns").and_then(Value::as_u64);
    if let Some(runs) = runs.and_then(|runs| usize::try_from(runs).ok()) {
        policy.minimum_runs = runs.max(Policy::FEWEST_RUNS);
    }
    let kept = value.get("keep").and_then(Value::as_array);
    policy
        .keep
        .extend(kept.into_iter().flatten().filter_map(|name| {
            Keep::ALL
                .into_iter()
                .find(|keep| Some(keep.name()) == name.as_str())
        }));
}
