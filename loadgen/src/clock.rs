//! Instants and durations of a measurement: nanoseconds on a monotonic clock.
//!
//! The origin is arbitrary but fixed for one transport. Nothing here reads a clock; see
//! [`crate::transport::Transport::now`].

/// Nanoseconds since the transport's origin, or a duration in nanoseconds.
pub type Nanos = u64;

/// One second.
pub const SECOND: Nanos = 1_000_000_000;
/// One millisecond.
pub const MILLISECOND: Nanos = 1_000_000;
/// One microsecond.
pub const MICROSECOND: Nanos = 1_000;

/// Converts seconds to nanoseconds; negative, non-finite and too large values saturate.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from float to integer saturates, which is what is wanted"
)]
pub fn nanos(seconds: f64) -> Nanos {
    (seconds * 1e9).round() as Nanos
}

/// Converts nanoseconds to seconds, exact to about 100 days.
#[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
pub fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / 1e9
}

/// Converts nanoseconds to milliseconds, exact to about 100 days.
#[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
pub fn milliseconds(nanos: Nanos) -> f64 {
    nanos as f64 / 1e6
}
