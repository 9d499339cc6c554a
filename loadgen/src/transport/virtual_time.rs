//! A transport whose clock jumps: hours of load run in milliseconds, without a socket.

use super::{Completion, Ticket, Transport};
use crate::clock::Nanos;
use crate::failure::Failure;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

/// What the simulated server does with one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// From the send to the last byte.
    pub latency: Nanos,
    /// What comes then.
    pub outcome: Result<Arc<[u8]>, Failure>,
}

/// A server as a function of the request's number and the instant of its send.
pub trait Server {
    /// Answers a request.
    fn answer(&mut self, number: u64, sent: Nanos) -> Answer;

    /// When the client's own machine lets it continue at this instant: later than `now` while the
    /// client is stopped.
    fn client_resumes(&mut self, now: Nanos) -> Nanos {
        now
    }
}

impl<F: FnMut(u64, Nanos) -> Answer> Server for F {
    fn answer(&mut self, number: u64, sent: Nanos) -> Answer {
        self(number, sent)
    }
}

/// A request under way: when it was sent, and what will come of it.
struct Pending {
    ticket: Ticket,
    sent: Nanos,
    outcome: Result<Arc<[u8]>, Failure>,
}

/// A transport in virtual time.
pub struct Virtual<S> {
    now: Nanos,
    server: S,
    under_way: BinaryHeap<Reverse<(Nanos, u64)>>,
    details: HashMap<u64, Pending>,
    serial: u64,
}

impl<S: Server> Virtual<S> {
    /// A transport at instant 0.
    pub fn new(server: S) -> Self {
        Self {
            now: 0,
            server,
            under_way: BinaryHeap::new(),
            details: HashMap::new(),
            serial: 0,
        }
    }
}

impl<S: Server> Transport for Virtual<S> {
    fn now(&mut self) -> Nanos {
        self.now = self.now.max(self.server.client_resumes(self.now));
        self.now
    }

    fn send(&mut self, ticket: Ticket, _body: &Arc<[u8]>) -> Nanos {
        let sent = self.now();
        let answer = self.server.answer(ticket.number, sent);
        self.serial += 1;
        self.under_way
            .push(Reverse((sent.saturating_add(answer.latency), self.serial)));
        self.details.insert(
            self.serial,
            Pending {
                ticket,
                sent,
                outcome: answer.outcome,
            },
        );
        sent
    }

    fn wait(&mut self, until: Nanos, sink: &mut dyn FnMut(Completion<'_>)) {
        let next = self
            .under_way
            .peek()
            .map_or(until, |Reverse((done, _))| (*done).min(until));
        self.now = self.now.max(next);
        self.now();
        while let Some(Reverse((done, serial))) = self.under_way.peek().copied()
            && done <= self.now
        {
            self.under_way.pop();
            let Some(Pending {
                ticket,
                sent,
                outcome,
            }) = self.details.remove(&serial)
            else {
                continue;
            };
            // A stopped client sees the answer only when it runs again.
            let seen = self.now.max(done);
            let first_byte = outcome.is_ok().then_some(seen);
            sink(Completion {
                ticket,
                sent: Some(sent),
                first_byte,
                done: seen,
                retries: 0,
                outcome: match &outcome {
                    Ok(body) => Ok(body),
                    Err(failure) => Err(failure.clone()),
                },
            });
        }
    }

    fn abandon(&mut self) {
        self.under_way.clear();
        self.details.clear();
    }

    fn prepare(&mut self, _connections: u32) {}
}
