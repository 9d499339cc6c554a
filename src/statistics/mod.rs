//! Statistics over repeated runs: small samples, no assumption about their distribution where there is
//! a way without. Pure: random numbers come from a seed.
//!
//! The methods and where they are described:
//!
//! - location and shift: median; Hodges and Lehmann (1963), `Estimates of location based on rank tests`;
//! - interval: percentile bootstrap of the ratio of medians, its percentiles expanded for small samples as in
//!   Hesterberg (2015), `What teachers should know about the bootstrap`, section 5.1;
//! - difference: exact Mann-Whitney test on midranks, by the shift algorithm of Streitberg and Roehmel (1986);
//! - worse at all: Welch's test (1947) on logarithms, one-sided;
//! - several metrics: Holm (1979), `A simple sequentially rejective multiple test procedure`;
//! - runs needed: the usual formula for two means at 80 % power.

mod change_points;
mod holm;
mod interval;
mod power;
mod rank;
mod shift;
mod summary;
mod welch;

pub use change_points::{ChangePoint, Sensitivity, change_points};
pub use holm::holm;
pub use interval::{Interval, LEVEL, Stream, interval_coverage, ratio_interval};
pub use power::runs_needed;
pub use rank::mann_whitney;
pub use shift::hodges_lehmann;
pub use summary::{Summary, median};
pub use welch::welch_above;
