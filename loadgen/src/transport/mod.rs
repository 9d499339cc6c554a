//! How requests reach a server. The measurement is generic over this, so that the same code is
//! tested in virtual time.

pub mod address;
pub mod control;
mod deadlines;
mod http;
mod response;
pub mod socket;
pub mod virtual_time;

pub use http::{Http, HttpOptions};
pub use response::{Head, Parsed, parse as parse_response};

use crate::clock::Nanos;
use crate::failure::Failure;
use std::sync::Arc;

/// A request under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Number in the run's schedule.
    pub number: u64,
    /// Instant at which it should be sent.
    pub scheduled: Nanos,
}

/// How a request ended.
#[derive(Debug)]
pub struct Completion<'a> {
    /// The request.
    pub ticket: Ticket,
    /// When its first byte was written; nothing if it never left.
    pub sent: Option<Nanos>,
    /// When the answer's first byte came.
    pub first_byte: Option<Nanos>,
    /// When the answer was complete, or the failure was seen.
    pub done: Nanos,
    /// How often it was sent again after it provably had not left.
    pub retries: u32,
    /// The body of an answer of status 200, or what went wrong.
    pub outcome: Result<&'a [u8], Failure>,
}

/// Something that carries requests and tells the time.
pub trait Transport {
    /// The time on this transport's monotonic clock.
    fn now(&mut self) -> Nanos;

    /// Starts a request; never blocks. Returns the instant at which it was handed over. Every
    /// request ends in exactly one [`Completion`], given by a later [`Self::wait`].
    fn send(&mut self, ticket: Ticket, body: &Arc<[u8]>) -> Nanos;

    /// Waits until the instant, an answer or an interruption, whichever is first.
    fn wait(&mut self, until: Nanos, sink: &mut dyn FnMut(Completion<'_>));

    /// Gives up on everything under way; no completions follow.
    fn abandon(&mut self);

    /// Opens connections ahead of need.
    fn prepare(&mut self, connections: u32);
}
