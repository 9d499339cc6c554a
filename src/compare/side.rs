//! One side of a comparison.

use super::point::Point;
use super::sample::PointSide;
use crate::results::{Origin, Subject};
use std::collections::BTreeMap;

/// One side as it was compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// What was measured.
    pub subject: Subject,
    /// Every point of the side, also those that the other side does not have.
    pub points: BTreeMap<Point, PointSide>,
    /// The results behind it.
    pub sources: Vec<SideSource>,
}

/// A result behind a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideSource {
    /// Where it was read.
    pub origin: Origin,
    /// Hash of its configuration; empty where the format has none.
    pub config_hash: String,
    /// Hash of its requests.
    pub workload_sha256: Option<String>,
    /// When it was measured; empty where the format does not say.
    pub started_at: String,
}
