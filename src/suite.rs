//! Suites: named sets of variants that are meant to be compared.

use crate::diagnostic::{Code, Diagnostic};
use crate::layer::Axis;
use crate::path::ValuePath;
use crate::source::Place;
use crate::yaml::Node;

/// A suite, read and validated.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its file's name without `.yaml`.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// Whether it is meant when none is named.
    pub is_default: bool,
    /// Where it says that it is the default; where its file begins if it does not.
    pub place: Place,
    /// Rows of choices; the variants are all combinations of each row.
    pub rows: Vec<Row>,
    /// Values that must be equal between its variants.
    pub equal: Vec<Locked>,
    /// Accepted inequalities.
    pub differences: Vec<Difference>,
}

/// One row of a suite: the chosen layers of each axis but the environment.
#[derive(Clone, Debug)]
pub struct Row {
    choices: [Vec<Choice>; 4],
}

/// A layer that a suite names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The layer's name.
    pub name: String,
    /// Where the suite names it.
    pub place: Place,
}

/// A value that must be equal.
#[derive(Clone, Debug)]
pub struct Locked {
    /// Which.
    pub path: ValuePath,
    /// Where the suite says so.
    pub place: Place,
}

/// An accepted inequality.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Of which value.
    pub path: ValuePath,
    /// Why the comparison is fair all the same.
    pub reason: String,
    /// Where the suite says so.
    pub place: Place,
}

/// The axes a row chooses from.
const CHOSEN: [Axis; 4] = [Axis::Backend, Axis::Accelerator, Axis::Model, Axis::Profile];

impl Row {
    /// The layers of one axis; empty for the environment, which no suite chooses.
    pub fn choices(&self, axis: Axis) -> &[Choice] {
        CHOSEN
            .iter()
            .position(|chosen| *chosen == axis)
            .and_then(|index| self.choices.get(index))
            .map_or(&[], Vec::as_slice)
    }
}

impl Suite {
    /// Where the suite names a layer; nowhere if the command line did.
    pub fn place_of(&self, axis: Axis, name: &str) -> Option<Place> {
        self.rows
            .iter()
            .flat_map(|row| row.choices(axis))
            .find(|choice| choice.name == name)
            .map(|choice| choice.place)
    }

    /// Reads a suite out of a tree that its schema accepts.
    ///
    /// # Errors
    ///
    /// Every path that is none.
    pub fn from_tree(name: &str, tree: &Node) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let list = |key: &str| tree.get(key).and_then(Node::as_list).unwrap_or_default();
        let mut path = |node: Option<&Node>| {
            let node = node?;
            let text = node.as_str().unwrap_or_default();
            match ValuePath::parse(text) {
                Ok(path) => Some((path, node.place)),
                Err(error) => {
                    problems.push(
                        Diagnostic::error(Code::Schema, format!("`{text}` is not a path: {error}"))
                            .at(node.place)
                            .help("write keys separated by dots, such as `model.revision`"),
                    );
                    None
                }
            }
        };
        let equal: Vec<Locked> = list("equal")
            .iter()
            .filter_map(|node| path(Some(node)))
            .map(|(path, place)| Locked { path, place })
            .collect();
        let differences: Vec<Difference> = list("differences")
            .iter()
            .filter_map(|node| {
                let (path, place) = path(node.get("path"))?;
                let reason = node.get("reason").and_then(Node::as_str)?.to_owned();
                Some(Difference {
                    path,
                    reason,
                    place,
                })
            })
            .collect();
        problems.extend(
            differences
                .iter()
                .filter(|difference| {
                    !equal
                        .iter()
                        .any(|locked| difference.path.is_at_or_below(&locked.path))
                })
                .map(|difference| {
                    Diagnostic::error(
                        Code::Schema,
                        format!("`{}` is not among `equal`", difference.path),
                    )
                    .at(difference.place)
                    .help(
                        "accept only what must be equal otherwise: lock the value, or remove this",
                    )
                }),
        );
        let suite = Self {
            name: name.to_owned(),
            description: tree
                .get("description")
                .and_then(Node::as_str)
                .unwrap_or_default()
                .to_owned(),
            is_default: tree
                .get("default")
                .is_some_and(|node| node.kind == crate::yaml::Kind::Bool(true)),
            place: tree.get("default").unwrap_or(tree).place,
            rows: list("variants").iter().map(|node| row(node)).collect(),
            equal,
            differences,
        };
        if problems.is_empty() {
            Ok(suite)
        } else {
            Err(problems)
        }
    }
}

fn row(node: &Node) -> Row {
    Row {
        choices: CHOSEN.map(|axis| node.get(axis.name()).map(choices).unwrap_or_default()),
    }
}

fn choices(node: &Node) -> Vec<Choice> {
    let choice = |node: &Node| {
        node.as_str().map(|name| Choice {
            name: name.to_owned(),
            place: node.place,
        })
    };
    match node.as_list() {
        Some(items) => items.iter().filter_map(|item| choice(item)).collect(),
        None => choice(node).into_iter().collect(),
    }
}
