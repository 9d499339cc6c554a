//! Comparisons as one HTML page that needs nothing else: no script, no network, no font.
//!
//! The verdict comes first, then figures, each with its table and the results behind it. Whatever a
//! result says is escaped by the template engine; the only markup that is put in as it is comes from
//! `chart`, which makes it from numbers and escaped labels.

mod chart;
mod figure;
mod figures;
mod page;
mod section;
mod source;
mod table;

pub use page::{MARK, render};

use crate::compare::{Comparison, Group};

/// A candidate against the base.
pub struct Entry<'a> {
    /// The candidate's results.
    pub candidate: &'a Group,
    /// What came out.
    pub outcome: Outcome<'a>,
}

/// What came out.
pub enum Outcome<'a> {
    /// They were compared.
    Compared(&'a Comparison),
    /// They may not be compared; each reason with its way out.
    Refused(Vec<(String, Option<String>)>),
}

/// What a page shows.
pub struct Report<'a> {
    /// The base's results.
    pub base: &'a Group,
    /// Every candidate.
    pub entries: Vec<Entry<'a>>,
    /// Files that hold no usable result, each with its reason.
    pub rejected: Vec<String>,
}
