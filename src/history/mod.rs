//! Results over time: trends with their change points, and baselines to hold new results against.
//!
//! Files and objects are the truth. The index remembers what is in them, so that only what is new or changed is
//! read again; it may be deleted at any time. [`gather`] is the edge; everything after it is pure.

pub mod baseline;
mod csv;
mod entry;
mod gather;
mod index;
mod json;
mod listing;
mod markdown;
mod text;
mod trend;

pub use baseline::{Baseline, Baselines, Tagged};
pub use csv::render as csv;
pub use entry::{Context, Entry, METRICS, PointFigures, PointName};
pub use gather::{File, Gathered, Recorded, gather};
pub use index::{Index, default_index};
pub use json::render as json;
pub use listing::{Listed, Version, list, load};
pub use markdown::render as markdown;
pub use text::render as text;
pub use trend::{Change, Held, Series, Trend, TrendPoint};
