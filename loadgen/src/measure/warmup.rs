//! Requests before a run until latency is steady. They are never part of the measurement.

use super::drive::{Ending, Observer, Plan, Run, drive};
use super::failing::Failing;
use crate::clock::Nanos;
use crate::config::Warmup;
use crate::failure::Failure;
use crate::transport::{Completion, Ticket, Transport};
use std::collections::VecDeque;

/// How a warm-up went.
#[derive(Debug, Clone, PartialEq)]
pub struct Warm {
    /// Requests ended.
    pub requests: u64,
    /// Requests failed.
    pub failed: u64,
    /// How long it took.
    pub duration: Nanos,
    /// Whether latency was steady at its end.
    pub steady: bool,
    /// Latency of the first request that succeeded.
    pub first: Option<Nanos>,
    /// Median latency of the last window.
    pub last_median: Option<Nanos>,
}

/// The rule: the medians of the last two windows agree within the tolerance.
#[derive(Debug)]
pub struct Steadiness {
    window: usize,
    tolerance: f64,
    latencies: VecDeque<Nanos>,
}

impl Steadiness {
    /// A rule with no latency seen.
    pub fn new(window: u32, tolerance: f64) -> Self {
        Self {
            window: window as usize,
            tolerance,
            latencies: VecDeque::new(),
        }
    }

    /// Notes a latency.
    pub fn note(&mut self, latency: Nanos) {
        if self.latencies.len() >= 2 * self.window {
            self.latencies.pop_front();
        }
        self.latencies.push_back(latency);
    }

    fn median(&self, from: usize) -> Option<Nanos> {
        let mut window: Vec<Nanos> = self
            .latencies
            .iter()
            .skip(from)
            .take(self.window)
            .copied()
            .collect();
        window.sort_unstable();
        window.get(window.len() / 2).copied()
    }

    /// Median of the last window.
    pub fn last_median(&self) -> Option<Nanos> {
        self.median(self.latencies.len().saturating_sub(self.window))
    }

    /// Whether latency is steady.
    #[expect(
        clippy::cast_precision_loss,
        reason = "latencies stay far below 2^53 ns"
    )]
    pub fn is_steady(&self) -> bool {
        if self.latencies.len() < 2 * self.window {
            return false;
        }
        let (Some(before), Some(after)) = (self.median(0), self.median(self.window)) else {
            return false;
        };
        before.abs_diff(after) as f64 <= self.tolerance * before.max(after) as f64
    }
}

struct Watcher<'a> {
    steadiness: Steadiness,
    failing: Failing,
    min_requests: u64,
    deadline: Nanos,
    requests: u64,
    failed: u64,
    first: Option<Nanos>,
    stop: &'a dyn Fn() -> bool,
    interrupted: bool,
}

impl Watcher<'_> {
    fn is_done(&self) -> bool {
        self.requests >= self.min_requests && self.steadiness.is_steady()
    }
}

impl Observer for Watcher<'_> {
    fn sent(&mut self, ticket: Ticket, at: Nanos, _in_flight: u32, _held: bool) {
        self.failing.sent(ticket.number, at);
    }

    fn ended(&mut self, completion: &Completion<'_>, outcome: Result<(), Failure>) {
        self.requests += 1;
        self.failing
            .ended(completion.ticket.number, completion.done, &outcome);
        match (outcome, completion.sent) {
            (Ok(()), Some(sent)) => {
                let latency = completion.done.saturating_sub(sent);
                self.first.get_or_insert(latency);
                self.steadiness.note(latency);
            }
            _ => self.failed += 1,
        }
    }

    fn stop(&mut self, now: Nanos) -> bool {
        self.interrupted = (self.stop)();
        self.interrupted || self.is_done() || now >= self.deadline || self.failing.hopeless(now)
    }

    /// What the warm-up sent must not disturb the run: its answers are waited for.
    fn grace(&self) -> Nanos {
        if self.interrupted { 0 } else { Nanos::MAX }
    }
}

/// Warms a run up: the run's own plan, until steady, `maxSeconds` are over, or nothing but wrong answers comes.
pub fn warm_up<T: Transport>(
    transport: &mut T,
    run: &Run<'_>,
    rule: &Warmup,
    stop: &dyn Fn() -> bool,
) -> (Warm, Ending) {
    let start = transport.now();
    let longest = crate::clock::nanos(rule.max_seconds);
    let concurrency = match run.plan {
        Plan::Closed { concurrency, .. } => run.share.of(u64::from(concurrency)),
        Plan::Open { .. } => 0,
    };
    let mut watcher = Watcher {
        failing: Failing::new(start, concurrency, longest),
        steadiness: Steadiness::new(rule.window, rule.tolerance),
        min_requests: u64::from(rule.min_requests),
        deadline: start.saturating_add(longest),
        requests: 0,
        failed: 0,
        first: None,
        stop,
        interrupted: false,
    };
    let mut ending = Ending::Stopped;
    // A short plan is repeated: a warm-up lasts as long as it must.
    while rule.min_requests > 0 && ending != Ending::Complete {
        let plan = match run.plan {
            Plan::Closed { concurrency, .. } => Plan::Closed {
                concurrency,
                requests: u64::MAX,
                duration: longest,
            },
            open @ Plan::Open { .. } => open,
        };
        let again = Run {
            plan,
            start: transport.now(),
            ..*run
        };
        let one = drive(transport, &again, &mut watcher);
        if matches!(one, Ending::ServerDied(_)) || watcher.interrupted {
            ending = one;
            break;
        }
        if watcher.failing.hopeless(transport.now()) {
            ending = Ending::AllFailed(watcher.failing.describe());
            break;
        }
        let over = watcher.is_done() || transport.now() >= watcher.deadline;
        if over || transport.now() == again.start {
            ending = Ending::Complete;
        }
    }
    if rule.min_requests == 0 {
        ending = Ending::Complete;
    }
    let warm = Warm {
        requests: watcher.requests,
        failed: watcher.failed,
        duration: transport.now().saturating_sub(start),
        steady: watcher.is_done(),
        first: watcher.first,
        last_median: watcher.steadiness.last_median(),
    };
    (warm, ending)
}
