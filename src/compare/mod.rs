//! Two sets of results against each other: may they be compared, are their scores the same, and which is
//! faster by how much, with what confidence. Pure.
//!
//! The repeated run is the unit. Nothing is dropped in silence: what is left out, accepted or cannot be
//! verified is part of the [`Comparison`].

mod comparability;
mod comparison;
mod correctness;
mod gate;
mod group;
mod metric;
mod native;
mod outline;
mod point;
mod policy;
mod remark;
mod sample;
mod side;
pub mod words;

pub mod csv;
pub mod json;
pub mod markdown;
pub mod text;

pub use comparability::{Accepted, Allowance, FieldDifference, Refusal, Where};
pub use comparison::{Comparison, MetricComparison, Overall, PointComparison, compare};
pub use correctness::{Correctness, Drift, ScorePair, ScoreStatus};
pub use gate::{GateOutcome, Verdict};
pub use group::{Group, GroupKey, LeftOut, LeftOutRun, RunRef, group_by, group_keys};
pub use metric::{Direction, Metric};
pub use native::{BestNative, NativeView};
pub use outline::{Outline, Table};
pub use point::{LoadKey, Point};
pub use policy::{Action, Gate, Keep, Policy, ScoreLimits};
pub use remark::{ClientPart, Remark};
pub use sample::{Derived, PointSide, Quantiles};
pub use side::{Side, SideSource};
