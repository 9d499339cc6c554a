//! Whether a warm-up is pointless: the server answers, and everything that it answers is wrong.
//!
//! Slow is not wrong. A server may compile for longer than a request's deadline, so a request that timed out
//! starts the count anew, and nothing is decided while a request is under way that was sent before the
//! failures began.

use super::errors::Errors;
use crate::clock::{Nanos, SECOND, seconds};
use crate::failure::{Class, Failure};
use std::collections::BTreeMap;

/// So many failures in a row at least, and two rounds of all that are in flight ...
const FEWEST: u64 = 20;
/// ... over at least so long, or over the whole warm-up if that is shorter.
const LENGTH: Nanos = 5 * SECOND;

/// The failures in a row up to now.
#[derive(Debug)]
pub(super) struct Failing {
    fewest: u64,
    length: Nanos,
    /// When the last answer that was right or late came, or the warm-up began.
    since: Nanos,
    /// When the first of the failures came.
    first: Option<Nanos>,
    last: Nanos,
    errors: Errors,
    in_flight: BTreeMap<u64, Nanos>,
}

impl Failing {
    /// Nothing has failed in a warm-up that begins now.
    pub(super) fn new(now: Nanos, concurrency: u64, longest: Nanos) -> Self {
        Self {
            fewest: FEWEST.max(concurrency.saturating_mul(2)),
            length: LENGTH.min(longest),
            since: now,
            first: None,
            last: now,
            errors: Errors::default(),
            in_flight: BTreeMap::new(),
        }
    }

    /// Notes a send.
    pub(super) fn sent(&mut self, number: u64, at: Nanos) {
        self.in_flight.insert(number, at);
    }

    /// Notes an end.
    pub(super) fn ended(&mut self, number: u64, at: Nanos, outcome: &Result<(), Failure>) {
        self.in_flight.remove(&number);
        match outcome {
            Err(failure) => match failure.class {
                Class::Timeout | Class::SlowBody => self.restart(at),
                // Not an answer: who refuses connections dies by another rule, and this machine's
                // lack of resources says nothing of the server.
                Class::Connect | Class::ConnectTimeout | Class::ClientResources => {}
                _ => {
                    self.first.get_or_insert(at);
                    self.last = at;
                    self.errors.note(number, failure);
                }
            },
            Ok(()) => self.restart(at),
        }
    }

    fn restart(&mut self, at: Nanos) {
        self.since = at;
        self.first = None;
        self.errors = Errors::default();
    }

    /// Whether to give up.
    pub(super) fn hopeless(&self, now: Nanos) -> bool {
        let long_enough = now.saturating_sub(self.since) >= self.length;
        let Some(first) = self.first.filter(|_| long_enough) else {
            return false;
        };
        self.errors.total() >= self.fewest && self.in_flight.values().all(|sent| *sent >= first)
    }

    /// What failed how, with an example of each class.
    pub(super) fn describe(&self) -> String {
        let classes: Vec<String> = self
            .errors
            .iter()
            .map(|(class, group)| {
                let example = group.examples.first().map_or_else(String::new, |example| {
                    let status = example
                        .status
                        .map_or_else(String::new, |status| format!("status {status}: "));
                    format!(", for example {status}{}", example.detail)
                });
                format!("{} {}{example}", group.count, class.name())
            })
            .collect();
        format!(
            "all of the last {} requests of the warm-up failed, for {:.1} s: {}",
            self.errors.total(),
            seconds(self.last.saturating_sub(self.since)),
            classes.join("; ")
        )
    }
}
