//! Values that must be equal between the variants of a suite, for the comparison to be fair.

use crate::diagnostic::{Code, Diagnostic};
use crate::layer::Axis;
use crate::path::ValuePath;
use crate::select::Variant;
use crate::suite::{Difference, Suite};
use crate::yaml::{Kind, Map, Node};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// The values of a variant that are locked, in the order of the suite.
pub type LockedValues = Vec<Option<Arc<Node>>>;

/// Takes the locked values out of a variant's values.
pub fn locked(suite: &Suite, values: &Node) -> LockedValues {
    suite
        .equal
        .iter()
        .map(|locked| {
            values
                .at(locked.path.keys())
                .map(|node| Arc::new(node.clone()))
        })
        .collect()
}

/// Looks at one variant after the other and keeps only what has to be compared.
pub struct Parity<'a> {
    suite: &'a Suite,
    /// The first variant of each model and profile, with its locked values: variants that measure
    /// different things are not compared with each other.
    first: HashMap<(String, String), (Variant, LockedValues)>,
    /// Whether an accepted difference was met.
    met: Vec<bool>,
    problems: Vec<Diagnostic>,
}

impl<'a> Parity<'a> {
    /// Has seen nothing yet.
    pub fn new(suite: &'a Suite) -> Self {
        Self {
            suite,
            first: HashMap::new(),
            met: vec![false; suite.differences.len()],
            problems: Vec::new(),
        }
    }

    /// Compares a variant with the first of its kind.
    pub fn see(&mut self, variant: &Variant, own: LockedValues) {
        let key = (
            variant.choice(Axis::Model).to_owned(),
            variant.choice(Axis::Profile).to_owned(),
        );
        let Some((first, theirs)) = self.first.get(&key) else {
            self.first.insert(key, (variant.clone(), own));
            return;
        };
        let mut found = Vec::new();
        for ((locked, left), right) in self.suite.equal.iter().zip(theirs).zip(&own) {
            compare(&locked.path, left.as_deref(), right.as_deref(), &mut found);
        }
        for inequality in found {
            let accepted = self
                .suite
                .differences
                .iter()
                .position(|difference| inequality.path.is_at_or_below(&difference.path));
            match accepted {
                Some(index) => {
                    if let Some(met) = self.met.get_mut(index) {
                        *met = true;
                    }
                }
                None => self
                    .problems
                    .push(inequality.diagnostic(self.suite, first, variant)),
            }
        }
    }

    /// The inequalities that nobody accepted.
    pub fn problems(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.problems)
    }

    /// Accepted differences that no variant showed: after all variants of the suite were seen, they
    /// are stale.
    pub fn stale(&self) -> Vec<Diagnostic> {
        self.suite
            .differences
            .iter()
            .zip(&self.met)
            .filter(|(_, met)| !**met)
            .map(|(difference, _)| {
                Diagnostic::warning(
                    Code::StaleDifference,
                    format!(
                        "no two variants of the suite `{}` differ in `{}`",
                        self.suite.name, difference.path
                    ),
                )
                .at(difference.place)
                .help("remove it from `differences`: it would stand in every result")
            })
            .collect()
    }
}

/// The accepted differences as they stand in a result's metadata, with this variant's values.
pub fn accepted(suite: &Suite, variant: &Variant, values: &Node) -> Option<Value> {
    let entry = |difference: &Difference| {
        let value = values
            .at(difference.path.keys())
            .map_or(Value::Null, Node::to_json);
        json!({
            "path": difference.path.to_pointer(),
            "values": {variant.id(): value},
            "reason": difference.reason,
        })
    };
    (!suite.differences.is_empty()).then(|| suite.differences.iter().map(entry).collect())
}

struct Inequality<'a> {
    path: ValuePath,
    left: Option<&'a Node>,
    right: Option<&'a Node>,
}

/// Maps are compared key by key, so that the message names the very value.
fn compare<'a>(
    path: &ValuePath,
    left: Option<&'a Node>,
    right: Option<&'a Node>,
    found: &mut Vec<Inequality<'a>>,
) {
    match (left.and_then(Node::as_map), right.and_then(Node::as_map)) {
        (Some(one), Some(other)) => {
            let more = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(more) {
                compare(&path.child(key), value(one, key), value(other, key), found);
            }
        }
        _ if left.map(Node::to_json) != right.map(Node::to_json) => found.push(Inequality {
            path: path.clone(),
            left,
            right,
        }),
        _ => {}
    }
}

fn value<'a>(map: &'a Map, key: &str) -> Option<&'a Node> {
    map.get(key).map(|entry| &*entry.node)
}

impl Inequality<'_> {
    fn diagnostic(&self, suite: &Suite, first: &Variant, second: &Variant) -> Diagnostic {
        let shown = |node: Option<&Node>| match node {
            None => "absent".to_owned(),
            Some(Node {
                kind: Kind::List(_) | Kind::Map(_),
                ..
            }) => "another value".to_owned(),
            Some(node) => node.to_json().to_string(),
        };
        let mut diagnostic = Diagnostic::error(
            Code::Parity,
            format!(
                "variants of the suite `{}` differ in `{}`",
                suite.name, self.path
            ),
        );
        let right = format!("{} for {}", shown(self.right), second.id());
        let left = format!("{} for {}", shown(self.left), first.id());
        diagnostic = match (self.right, self.left) {
            (Some(here), Some(there)) => diagnostic
                .labelled(here.place, right)
                .also(there.place, left),
            (Some(here), None) => {
                diagnostic.message = format!("{}: {left}", diagnostic.message);
                diagnostic.labelled(here.place, right)
            }
            (None, Some(there)) => {
                diagnostic.message = format!("{}: {right}", diagnostic.message);
                diagnostic.labelled(there.place, left)
            }
            (None, None) => diagnostic,
        };
        diagnostic.help(format!(
            "make them equal, or list `{}` under `differences` of the suite with the reason why the \
             comparison is fair all the same",
            self.path
        ))
    }
}
