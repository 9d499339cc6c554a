//! Failures by class, with the first few of each in full.

use crate::failure::{Class, Failure};
use std::collections::BTreeMap;

/// How many failures of a class are kept in full.
const EXAMPLES: usize = 3;

/// A failure kept in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Number of the request.
    pub number: u64,
    /// HTTP status, if any.
    pub status: Option<u16>,
    /// What was seen.
    pub detail: String,
}

/// Failures of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<Example>,
}

/// Failures by class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(BTreeMap<Class, Group>);

impl Errors {
    /// Counts a failure.
    pub fn note(&mut self, number: u64, failure: &Failure) {
        let group = self.0.entry(failure.class).or_default();
        group.count += 1;
        if group.examples.len() < EXAMPLES {
            group.examples.push(Example {
                number,
                status: failure.status,
                detail: failure.detail.clone(),
            });
        }
    }

    /// All failures.
    pub fn total(&self) -> u64 {
        self.0.values().map(|group| group.count).sum()
    }

    /// Failures of one class.
    pub fn of(&self, class: Class) -> u64 {
        self.0.get(&class).map_or(0, |group| group.count)
    }

    /// The classes seen, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Class, &Group)> {
        self.0.iter().map(|(class, group)| (*class, group))
    }
}
