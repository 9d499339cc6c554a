//! From a suite and the command line to variants.

use crate::diagnostic::{Code, Diagnostic, did_you_mean, enumerate};
use crate::layer::Axis;
use crate::source::Place;
use crate::suite::{Choice, Row, Suite};
use std::collections::{BTreeSet, HashSet};

/// One choice per axis, within a suite.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variant {
    /// The suite's name.
    pub suite: String,
    /// The layers' names, in the order of [`Axis::ALL`].
    choices: [String; 5],
}

impl Variant {
    /// The layer chosen on an axis.
    pub fn choice(&self, axis: Axis) -> &str {
        Axis::ALL
            .iter()
            .position(|one| *one == axis)
            .and_then(|index| self.choices.get(index))
            .map_or("", String::as_str)
    }

    /// `backend.accelerator.model.profile.environment`.
    pub fn id(&self) -> String {
        self.choices.join(".")
    }
}

/// What the command line narrows or replaces.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// Keep variants with one of these backends; empty keeps all.
    pub backends: Vec<String>,
    /// Keep variants with one of these accelerators; empty keeps all.
    pub accelerators: Vec<String>,
    /// Use these models instead of the suite's; empty keeps them.
    pub models: Vec<String>,
    /// Use these profiles instead of the suite's; empty keeps them.
    pub profiles: Vec<String>,
    /// A backend or accelerator that the suite does not have is no mistake, if others are left: this is a
    /// project of another time.
    pub is_of_another_time: bool,
}

/// The variants of a suite in one environment.
///
/// Backends and accelerators come in pairs that fit, so the command line can only choose among the
/// suite's own; models and profiles fit everywhere, so it can replace them.
///
/// # Errors
///
/// If the narrowing leaves no variant, or names a backend or accelerator that the suite does not have: a typing
/// error among several names must not go unnoticed.
pub fn variants(
    suite: &Suite,
    environment: &str,
    narrowing: &Narrowing,
) -> Result<Vec<(Variant, RowPlaces)>, Diagnostic> {
    if !narrowing.is_of_another_time {
        all_known(suite, narrowing)?;
    }
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for row in &suite.rows {
        for (backend, accelerator) in pairs(row) {
            if !keeps(&narrowing.backends, &backend.name)
                || !keeps(&narrowing.accelerators, &accelerator.name)
            {
                continue;
            }
            for model in names(&narrowing.models, row.choices(Axis::Model)) {
                for profile in names(&narrowing.profiles, row.choices(Axis::Profile)) {
                    let variant = Variant {
                        suite: suite.name.clone(),
                        choices: [
                            backend.name.clone(),
                            accelerator.name.clone(),
                            model.clone(),
                            profile.clone(),
                            environment.to_owned(),
                        ],
                    };
                    if seen.insert(variant.clone()) {
                        let places = RowPlaces {
                            backend: backend.place,
                            accelerator: accelerator.place,
                        };
                        all.push((variant, places));
                    }
                }
            }
        }
    }
    if all.is_empty() {
        return Err(nothing_left(suite));
    }
    Ok(all)
}

/// Where a suite names the two choices that have to fit each other.
#[derive(Clone, Copy, Debug)]
pub struct RowPlaces {
    /// The backend.
    pub backend: Place,
    /// The accelerator.
    pub accelerator: Place,
}

fn pairs(row: &Row) -> impl Iterator<Item = (&Choice, &Choice)> {
    row.choices(Axis::Backend).iter().flat_map(|backend| {
        row.choices(Axis::Accelerator)
            .iter()
            .map(move |accelerator| (backend, accelerator))
    })
}

fn keeps(wanted: &[String], name: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|one| one == name)
}

fn names(replaced: &[String], own: &[Choice]) -> Vec<String> {
    if replaced.is_empty() {
        own.iter().map(|choice| choice.name.clone()).collect()
    } else {
        replaced.to_vec()
    }
}

fn nothing_left(suite: &Suite) -> Diagnostic {
    Diagnostic::error(
        Code::EmptySelection,
        format!("no variant of the suite `{}` is left", suite.name),
    )
    .help("its backends and accelerators come in pairs: name ones that belong together")
}

/// Whether a suite has every backend and accelerator that is wanted of it.
fn all_known(suite: &Suite, narrowing: &Narrowing) -> Result<(), Diagnostic> {
    for (axis, wanted) in [
        (Axis::Backend, &narrowing.backends),
        (Axis::Accelerator, &narrowing.accelerators),
    ] {
        let choices = suite.rows.iter().flat_map(|row| row.choices(axis));
        let known: BTreeSet<&str> = choices.map(|choice| choice.name.as_str()).collect();
        if let Some(unknown) = wanted.iter().find(|name| !known.contains(name.as_str())) {
            let suggestion = did_you_mean(unknown, known.iter().copied())
                .map_or(String::new(), |suggestion| format!("; {suggestion}"));
            let all = match known.len() {
                1 => format!("its only {axis} is {}", enumerate(known)),
                _ => format!("its {axis}s are {}", enumerate(known)),
            };
            return Err(Diagnostic::error(
                Code::EmptySelection,
                format!("the suite `{}` has no {axis} `{unknown}`", suite.name),
            )
            .help(format!("{all}{suggestion}")));
        }
    }
    Ok(())
}
