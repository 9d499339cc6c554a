//! One run: sends what the plan says, when it says so, until it is over.

use crate::check;
use crate::clock::{MICROSECOND, MILLISECOND, Nanos, SECOND};
use crate::failure::{Class, Failure};
use crate::schedule::{Schedule, Share};
use crate::transport::{Completion, Ticket, Transport};
use crate::workload::Bodies;
use std::iter::Peekable;

/// What to send when.
#[derive(Debug, Clone, Copy)]
pub enum Plan<'a> {
    /// A fixed number in flight, until so many requests or so long, whichever is first.
    Closed {
        /// Requests in flight, over all workers.
        concurrency: u32,
        /// Most requests, over all workers.
        requests: u64,
        /// Nominal length.
        duration: Nanos,
    },
    /// A schedule that never waits for answers.
    Open {
        /// The instants.
        schedule: &'a Schedule,
        /// Requests in it, over all workers.
        requests: u64,
        /// Nominal length.
        duration: Nanos,
        /// Most requests in flight, of this worker.
        max_in_flight: u32,
    },
}

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The requests.
    pub bodies: &'a Bodies,
    /// What to send when.
    pub plan: Plan<'a>,
    /// Which part of it is this worker's.
    pub share: Share,
    /// The run's instant 0 on the transport's clock.
    pub start: Nanos,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The plan was carried out.
    Complete,
    /// The observer said stop.
    Stopped,
    /// The server refuses connections.
    ServerDied(String),
    /// Every answer of the warm-up was wrong, so that the run did not begin.
    AllFailed(String),
}

/// Whoever watches a run.
pub trait Observer {
    /// A request was handed over. `held` says that the cap on requests in flight had kept it back.
    fn sent(&mut self, ticket: Ticket, at: Nanos, in_flight: u32, held: bool);
    /// A request ended; its answer has been checked.
    fn ended(&mut self, completion: &Completion<'_>, outcome: Result<(), Failure>);
    /// Whether to stop; asked at least every 100 ms.
    fn stop(&mut self, now: Nanos) -> bool;
    /// How long answers may still come in after a stop.
    fn grace(&self) -> Nanos {
        GRACE
    }
}

/// Longest wait between two looks at the observer.
const TICK: Nanos = 100 * MILLISECOND;
/// How long answers may usually still come in after a stop.
const GRACE: Nanos = 500 * MILLISECOND;
/// Pause after a refused connection in closed loop, so that a dead server is not hammered.
const BACK_OFF: Nanos = 50 * MILLISECOND;
/// The server counts as dead after so many refusals in a row ...
const REFUSALS: u32 = 5;
/// ... over at least so long.
const REFUSED_FOR: Nanos = SECOND;

/// So far behind its plan, the loop looks for an answer between two sends: their instants are read when they
/// come, and their connections are used again instead of opening one for each request that is overdue.
const BEHIND: Nanos = 100 * MICROSECOND;

/// Carries out a run.
pub fn drive<T: Transport>(
    transport: &mut T,
    run: &Run<'_>,
    observer: &mut dyn Observer,
) -> Ending {
    let mut loop_state = Loop {
        run,
        observer,
        in_flight: 0,
        refusals: Refusals::default(),
    };
    while transport.now() < run.start {
        if loop_state.observer.stop(transport.now()) {
            return Ending::Stopped;
        }
        let until = run.start.min(transport.now() + TICK);
        loop_state.wait(transport, until);
    }
    let ending = match run.plan {
        Plan::Closed {
            concurrency,
            requests,
            duration,
        } => {
            let limit = ClosedLimit {
                concurrency: u32::try_from(run.share.of(u64::from(concurrency)))
                    .unwrap_or(u32::MAX),
                requests: run.share.of(requests),
                end: run.start.saturating_add(duration),
            };
            loop_state.closed(transport, limit)
        }
        Plan::Open {
            schedule,
            duration,
            max_in_flight,
            ..
        } => {
            let end = run.start.saturating_add(duration);
            loop_state.open(transport, schedule, end, max_in_flight)
        }
    };
    if ending == Ending::Complete {
        return loop_state.drain(transport);
    }
    let grace = transport.now().saturating_add(loop_state.observer.grace());
    while loop_state.in_flight > 0 && transport.now() < grace && ending == Ending::Stopped {
        loop_state.wait(transport, grace);
    }
    transport.abandon();
    ending
}

#[derive(Clone, Copy)]
struct ClosedLimit {
    concurrency: u32,
    requests: u64,
    end: Nanos,
}

#[derive(Debug, Default)]
struct Refusals {
    count: u32,
    first: Nanos,
    last: Nanos,
    detail: String,
}

impl Refusals {
    fn note(&mut self, at: Nanos, outcome: &Result<(), Failure>) {
        match outcome {
            Err(failure) if failure.class.is_refusal() => {
                if self.count == 0 {
                    self.first = at;
                }
                self.count += 1;
                self.last = at;
                self.detail.clone_from(&failure.detail);
            }
            Err(failure) if failure.class == Class::ClientResources => {}
            _ => self.count = 0,
        }
    }

    fn server_died(&self) -> bool {
        self.count >= REFUSALS && self.last.saturating_sub(self.first) >= REFUSED_FOR
    }
}

struct Loop<'r, 'o> {
    run: &'r Run<'r>,
    observer: &'o mut dyn Observer,
    in_flight: u32,
    refusals: Refusals,
}

impl Loop<'_, '_> {
    fn send<T: Transport>(&mut self, transport: &mut T, ticket: Ticket, held: bool) {
        let at = transport.send(ticket, &self.run.bodies.at(ticket.number).body);
        self.in_flight += 1;
        self.observer.sent(ticket, at, self.in_flight, held);
    }

    fn wait<T: Transport>(&mut self, transport: &mut T, until: Nanos) {
        let Self {
            run,
            observer,
            in_flight,
            refusals,
        } = self;
        transport.wait(until, &mut |completion| {
            *in_flight = in_flight.saturating_sub(1);
            let expect = run.bodies.at(completion.ticket.number).expect;
            let outcome = match &completion.outcome {
                Ok(body) => check::check(body, expect).map_err(|fault| Failure {
                    class: fault.into(),
                    status: Some(200),
                    detail: crate::failure::excerpt(body),
                }),
                Err(failure) => Err(failure.clone()),
            };
            refusals.note(completion.done, &outcome);
            observer.ended(&completion, outcome);
        });
    }

    fn interruption(&mut self, now: Nanos) -> Option<Ending> {
        if self.observer.stop(now) {
            return Some(Ending::Stopped);
        }
        self.refusals.server_died().then(|| {
            Ending::ServerDied(format!(
                "{} connections in a row were refused: {}",
                self.refusals.count, self.refusals.detail
            ))
        })
    }

    fn closed<T: Transport>(&mut self, transport: &mut T, limit: ClosedLimit) -> Ending {
        let share = self.run.share;
        let mut sent = 0_u64;
        loop {
            let now = transport.now();
            if let Some(ending) = self.interruption(now) {
                return ending;
            }
            if sent >= limit.requests || now >= limit.end || limit.concurrency == 0 {
                return Ending::Complete;
            }
            let paused_until = if self.refusals.count > 0 {
                self.refusals.last + BACK_OFF
            } else {
                0
            };
            if now >= paused_until {
                while self.in_flight < limit.concurrency && sent < limit.requests {
                    let number = sent * u64::from(share.workers()) + u64::from(share.worker());
                    self.send(
                        transport,
                        Ticket {
                            number,
                            scheduled: now,
                        },
                        false,
                    );
                    sent += 1;
                }
            }
            let until = limit.end.min(now + TICK);
            self.wait(
                transport,
                if now < paused_until {
                    paused_until.min(until)
                } else {
                    until
                },
            );
        }
    }

    fn open<T: Transport>(
        &mut self,
        transport: &mut T,
        schedule: &Schedule,
        end: Nanos,
        cap: u32,
    ) -> Ending {
        let (share, start) = (self.run.share, self.run.start);
        let mut due = (0_u64..)
            .zip(schedule.instants())
            .filter(move |(number, _)| share.holds(*number))
            .map(move |(number, instant)| Ticket {
                number,
                scheduled: start + instant,
            })
            .peekable();
        let mut capped_until = None;
        loop {
            let now = transport.now();
            if let Some(ending) = self.interruption(now) {
                return ending;
            }
            self.send_due(transport, &mut due, now, cap, &mut capped_until);
            if now >= end {
                // What the cap still holds back is never sent: the plan's time is over.
                return Ending::Complete;
            }
            let next = match due.peek() {
                Some(ticket) if ticket.scheduled > now => ticket.scheduled.min(end),
                _ => end,
            };
            let next = next.min(now + TICK);
            self.wait(transport, next);
        }
    }

    /// Sends all that is due and fits under the cap.
    fn send_due<T: Transport>(
        &mut self,
        transport: &mut T,
        due: &mut Peekable<impl Iterator<Item = Ticket>>,
        now: Nanos,
        cap: u32,
        capped_until: &mut Option<Nanos>,
    ) {
        while let Some(ticket) = due.peek().copied()
            && ticket.scheduled <= now
        {
            if self.in_flight >= cap {
                *capped_until = Some(now);
                return;
            }
            due.next();
            let held = capped_until.is_some_and(|until| ticket.scheduled <= until);
            self.send(transport, ticket, held);
            if now - ticket.scheduled > BEHIND {
                self.wait(transport, now);
            }
        }
    }

    /// Waits for what is under way; the transport's deadlines bound this.
    fn drain<T: Transport>(&mut self, transport: &mut T) -> Ending {
        while self.in_flight > 0 {
            let now = transport.now();
            if let Some(ending) = self.interruption(now) {
                let grace = now.saturating_add(self.observer.grace());
                while self.in_flight > 0 && transport.now() < grace && ending == Ending::Stopped {
                    self.wait(transport, grace);
                }
                transport.abandon();
                return ending;
            }
            self.wait(transport, now + TICK);
        }
        Ending::Complete
    }
}
