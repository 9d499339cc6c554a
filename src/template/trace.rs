//! Where each rendered value came from. Costs nothing unless asked for.

use super::expression::{Expression, paths_read};
use crate::path::push_token;
use crate::source::Place;
use std::collections::BTreeMap;

/// Is told where the evaluator is. The default methods do nothing and are compiled away.
pub trait Trace {
    /// A map's key or a list's index is entered.
    fn enter(&mut self, _token: &dyn std::fmt::Display) {}
    /// It is left again.
    fn leave(&mut self) {}
    /// A value was made at the current pointer, from a template's place and what it read.
    fn made(&mut self, _place: Place, _from: Option<&Expression>) {}
}

/// Records nothing.
pub struct NoTrace;

impl Trace for NoTrace {}

/// Where a rendered value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The template's scalar, list or map.
    pub place: Place,
    /// The paths into the values that were read for it.
    pub reads: Vec<Vec<String>>,
}

/// Records the origin of every value by its JSON pointer.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    pointer: String,
    /// How long the pointer was before each of its tokens.
    lengths: Vec<usize>,
    found: BTreeMap<String, Origin>,
}

impl Trace for Origins {
    fn enter(&mut self, token: &dyn std::fmt::Display) {
        self.lengths.push(self.pointer.len());
        push_token(&mut self.pointer, &token.to_string());
    }

    fn leave(&mut self) {
        self.pointer
            .truncate(self.lengths.pop().unwrap_or_default());
    }

    fn made(&mut self, place: Place, from: Option<&Expression>) {
        let reads = from.map(paths_read).unwrap_or_default();
        self.found
            .insert(self.pointer.clone(), Origin { place, reads });
    }
}

impl Origins {
    /// The origin of the value at a pointer, or of the nearest value around it, with the pointer of
    /// the value it belongs to.
    pub fn at(&self, pointer: &str) -> Option<(&str, &Origin)> {
        let mut pointer = pointer;
        loop {
            if let Some((found, origin)) = self.found.get_key_value(pointer) {
                return Some((found, origin));
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }
}
