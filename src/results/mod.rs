//! Results: what the load generator measured, read back and checked.
//!
//! [`mod@decode`] turns bytes into a [`Measurement`] or says why they are none, with bounded memory, and
//! touches no file. [`mod@files`] and [`mod@storage`] are the edges; [`mod@collect`] puts them together for commands.

pub mod block;
pub mod collect;
mod contradiction;
pub mod decode;
mod document;
pub mod files;
pub mod foreign;
mod histogram;
mod identity;
pub mod location;
mod rejected;
mod run;
pub mod storage;
pub mod threads;

pub use collect::{Collected, collect};
pub use decode::{Decoder, decode};
pub use document::{
    Document, Expectation, ProbeAnswer, Saturation, Server, Tool, Trial, Workers, Workload,
    WorkloadShape,
};
pub use histogram::{Histogram, HistogramError};
pub use identity::{Difference, Lack, Measurement, Origin, Price, Subject};
pub use location::Location;
pub use rejected::{MOST_BYTES, Reason, Rejected};
pub use run::{
    Client, Counts, Distribution, ErrorExample, ErrorGroup, Figures, Gaps, Interval, Latency, Load,
    Plan, Rule, Run, Shape, Stage, Status, Throughput, Validity, WarmUp,
};
