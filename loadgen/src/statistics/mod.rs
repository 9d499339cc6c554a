//! Histograms, the Kolmogorov-Smirnov distance and binomial bounds. All pure.

mod binomial;
mod gaps;
mod histogram;

pub use binomial::{lower_bound, upper_bound};
pub use gaps::{Gaps, critical_distance};
pub use histogram::{Distribution, Histogram, HistogramError};
