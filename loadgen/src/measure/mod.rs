//! The measurement itself, generic over a transport and its clock: pacing, recording, warm-up.

mod drive;
mod errors;
mod failing;
mod intervals;
mod recorder;
mod warmup;

pub use drive::{Ending, Observer, Plan, Run, drive};
pub use errors::{Errors, Example};
pub use intervals::{Interval, Intervals};
pub use recorder::{Counts, Recorder, RecorderOptions, RequestLine, ShowProgress};
pub use warmup::{Steadiness, Warm, warm_up};

#[cfg(test)]
mod tests;
