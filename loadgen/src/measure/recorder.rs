//! Everything that is kept of a run. Memory does not grow with the number of requests.

use super::drive::Observer;
use super::errors::Errors;
use super::intervals::Intervals;
use crate::clock::Nanos;
use crate::failure::Failure;
use crate::statistics::{Gaps, Histogram};
use crate::transport::{Completion, Ticket};

/// Counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Handed over.
    pub sent: u64,
    /// Handed over before the nominal end, but for the tolerated send error.
    pub sent_in_time: u64,
    /// Ended well.
    pub succeeded: u64,
    /// Failed.
    pub failed: u64,
    /// Kept back by the cap on requests in flight.
    pub held_back: u64,
    /// Sent again after they provably had not left.
    pub retried: u64,
    /// Ended well after the nominal end.
    pub after_end: u64,
    /// Items of the requests that ended well.
    pub items: u64,
    /// Prompt tokens of the requests that ended well.
    pub tokens: u64,
    /// Most in flight at once.
    pub in_flight_peak: u32,
}

/// Given the counts, the latency of the interval, the requests in flight and the time.
pub type ShowProgress<'a> = dyn FnMut(&Counts, Option<&Histogram>, u32, Nanos) + 'a;

/// What is recorded and for how long.
pub struct RecorderOptions<'a> {
    /// The run's instant 0.
    pub start: Nanos,
    /// The run's nominal length.
    pub duration: Nanos,
    /// Whether there is a schedule to be late against.
    pub open_loop: bool,
    /// A send this late is still in time.
    pub tolerated_send_error: Nanos,
    /// Length of an interval.
    pub interval: Nanos,
    /// Items and prompt tokens of each request, by its number.
    pub sizes: &'a dyn Fn(u64) -> (u64, u64),
    /// Asked whether to stop.
    pub stop: &'a dyn Fn() -> bool,
    /// Given every request that ended.
    pub log: Option<&'a mut dyn FnMut(RequestLine)>,
    /// Given the recorder's state now and then.
    pub progress: Option<&'a mut ShowProgress<'a>>,
}

/// One request, for the request log. Times are from the run's start.
#[derive(Debug, Clone)]
pub struct RequestLine {
    /// Number in the schedule.
    pub number: u64,
    /// When it was to be sent.
    pub scheduled: Nanos,
    /// When it was sent.
    pub sent: Option<Nanos>,
    /// When the first byte came.
    pub first_byte: Option<Nanos>,
    /// When it ended.
    pub done: Nanos,
    /// What went wrong.
    pub failure: Option<Failure>,
}

/// Records one run.
pub struct Recorder<'a> {
    options: RecorderOptions<'a>,
    /// Counts.
    pub counts: Counts,
    /// From the scheduled instant to the last byte; open loop only.
    pub scheduled: Histogram,
    /// From the send to the last byte.
    pub sent: Histogram,
    /// From the send to the first byte.
    pub first_byte: Histogram,
    /// From the scheduled instant to the send; open loop only.
    pub send_error: Histogram,
    /// Gaps between sends.
    pub gaps: Gaps,
    /// Failures.
    pub errors: Errors,
    /// The time series.
    pub intervals: Intervals,
    /// Instant of the last hand-over, from the start.
    pub last_send: Nanos,
    /// Scheduled instant of the last request sent, from the start.
    pub last_scheduled: Nanos,
    /// Instant of the last end, from the start.
    pub last_end: Nanos,
    in_flight: u32,
}

impl<'a> Recorder<'a> {
    /// An empty recorder.
    pub fn new(options: RecorderOptions<'a>) -> Self {
        Self {
            counts: Counts::default(),
            scheduled: Histogram::new(),
            sent: Histogram::new(),
            first_byte: Histogram::new(),
            send_error: Histogram::new(),
            gaps: Gaps::default(),
            errors: Errors::default(),
            intervals: Intervals::new(options.interval),
            last_send: 0,
            last_scheduled: 0,
            last_end: 0,
            in_flight: 0,
            options,
        }
    }

    fn succeed(&mut self, completion: &Completion<'_>, sent: Nanos) {
        let (scheduled, done) = (completion.ticket.scheduled, completion.done);
        let (items, tokens) = (self.options.sizes)(completion.ticket.number);
        let from_send = done.saturating_sub(sent);
        let from_schedule = done.saturating_sub(scheduled);
        self.counts.succeeded += 1;
        self.counts.items += items;
        self.counts.tokens += tokens;
        self.sent.record(from_send);
        if let Some(first) = completion.first_byte {
            self.first_byte.record(first.saturating_sub(sent));
        }
        let headline = if self.options.open_loop {
            self.scheduled.record(from_schedule);
            from_schedule
        } else {
            from_send
        };
        let at = done.saturating_sub(self.options.start);
        self.counts.after_end += u64::from(at > self.options.duration);
        self.intervals.succeeded(at, headline, items);
    }
}

impl Observer for Recorder<'_> {
    fn sent(&mut self, ticket: Ticket, at: Nanos, in_flight: u32, held: bool) {
        let start = self.options.start;
        let since_start = at.saturating_sub(start);
        self.in_flight = in_flight;
        self.counts.sent += 1;
        self.counts.held_back += u64::from(held);
        self.counts.in_flight_peak = self.counts.in_flight_peak.max(in_flight);
        let latest = self
            .options
            .duration
            .saturating_add(self.options.tolerated_send_error);
        self.counts.sent_in_time += u64::from(since_start <= latest);
        self.last_send = since_start;
        self.last_scheduled = ticket.scheduled.saturating_sub(start);
        self.intervals.sent(since_start);
        if self.options.open_loop {
            self.gaps.note(ticket.scheduled, at);
        }
    }

    fn ended(&mut self, completion: &Completion<'_>, outcome: Result<(), Failure>) {
        let start = self.options.start;
        self.in_flight = self.in_flight.saturating_sub(1);
        self.counts.retried += u64::from(completion.retries);
        self.last_end = self.last_end.max(completion.done.saturating_sub(start));
        if let (Some(sent), true) = (completion.sent, self.options.open_loop) {
            self.send_error
                .record(sent.saturating_sub(completion.ticket.scheduled));
        }
        let failure = match (outcome, completion.sent) {
            (Ok(()), Some(sent)) => {
                self.succeed(completion, sent);
                None
            }
            (Ok(()), None) => None,
            (Err(failure), _) => {
                self.counts.failed += 1;
                self.intervals.failed(completion.done.saturating_sub(start));
                self.errors.note(completion.ticket.number, &failure);
                Some(failure)
            }
        };
        if let Some(log) = &mut self.options.log {
            log(RequestLine {
                number: completion.ticket.number,
                scheduled: completion.ticket.scheduled.saturating_sub(start),
                sent: completion.sent.map(|sent| sent.saturating_sub(start)),
                first_byte: completion
                    .first_byte
                    .map(|first| first.saturating_sub(start)),
                done: completion.done.saturating_sub(start),
                failure,
            });
        }
    }

    fn stop(&mut self, now: Nanos) -> bool {
        if let Some(progress) = &mut self.options.progress {
            progress(&self.counts, self.intervals.current(), self.in_flight, now);
        }
        (self.options.stop)()
    }
}
