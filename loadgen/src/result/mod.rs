//! The result: one document that says what was measured, on what, and whether it can be trusted.

mod build;
mod document;
mod merge;
mod read;
mod run;
mod verdict;

pub use build::{Measured, run_result};
pub use document::{
    Calibration, Expectation, ProbeAnswer, ResultDocument, Saturation, ServerReport, ShapeInfo,
    Status, Tool, Trial, TrialOutcome, Workers, WorkloadInfo,
};
pub use merge::{MergeError, merge};
pub use read::{BLOCK_BEGIN, BLOCK_END, ReadError, read};
pub use run::{
    ClientHealth, ErrorExample, ErrorGroup, GapCheck, IntervalResult, LatencyResult, LoadPoint,
    PlanInfo, RunCounts, RunResult, Throughput, WarmupResult,
};
pub use verdict::{Rule, RuleName, Verdict, judge};
