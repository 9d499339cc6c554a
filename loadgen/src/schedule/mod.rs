//! When requests are sent, as pure data: a function of the configuration and a seed alone.
//!
//! A schedule is a stream of instants that can be walked as often as wanted, so that its hash is
//! known before the first request and memory does not grow with its length. It uses a portable
//! generator and no function of the platform's mathematics library: the same seed gives the same
//! nanoseconds on every machine.

mod arrivals;
mod rate;
mod share;

pub use arrivals::Gaps;
pub use rate::{Profile, Segment};
pub use share::Share;

use crate::clock::{Nanos, nanos};
use crate::config::Limit;
use arrivals::Arrivals;
use sha2::{Digest, Sha256};

/// An open-loop schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Distribution of the gaps.
    pub gaps: Gaps,
    /// Rate over time.
    pub profile: Profile,
    /// Most requests, if limited by count.
    pub requests: Option<u64>,
    /// Seed of the gaps.
    pub seed: u64,
    /// Number of the repetition; each has its own arrivals.
    pub repetition: u32,
}

/// What is known of a schedule before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Requests planned.
    pub requests: u64,
    /// Instant of the last one, from the start.
    pub last: Nanos,
    /// Nominal end of the run, from the start.
    pub end: Nanos,
    /// SHA-256 of all instants, as little-endian 64-bit nanoseconds.
    pub sha256: String,
}

impl Schedule {
    /// A schedule of one rate.
    pub fn steady(gaps: Gaps, rate: f64, limit: Limit, seed: u64, repetition: u32) -> Self {
        let (seconds, requests) = match limit {
            Limit::Requests(requests) => (f64::INFINITY, Some(requests)),
            Limit::Seconds(seconds) => (seconds, None),
        };
        Self {
            gaps,
            profile: Profile::new(vec![Segment {
                seconds,
                from: rate,
                to: rate,
            }]),
            requests,
            seed,
            repetition,
        }
    }

    /// The instants, from the start of the run, ascending.
    pub fn instants(&self) -> impl Iterator<Item = Nanos> + use<> {
        let profile = self.profile.clone();
        let mut cursor = profile.cursor();
        Arrivals::new(self.gaps, self.seed, self.repetition)
            .map_while(move |expected| cursor.instant(expected))
            .map(nanos)
            .take(usize::try_from(self.requests.unwrap_or(u64::MAX)).unwrap_or(usize::MAX))
    }

    /// Walks the schedule once.
    pub fn summary(&self) -> Summary {
        let mut hash = Sha256::new();
        let mut requests = 0;
        let mut last = 0;
        let mut buffer = Vec::with_capacity(8192);
        for instant in self.instants() {
            buffer.extend_from_slice(&instant.to_le_bytes());
            if buffer.len() >= 8192 {
                hash.update(&buffer);
                buffer.clear();
            }
            requests += 1;
            last = instant;
        }
        hash.update(&buffer);
        let end = if self.requests.is_some() {
            last
        } else {
            nanos(self.profile.seconds())
        };
        Summary {
            requests,
            last,
            end,
            sha256: crate::workload::hex(&hash.finalize()),
        }
    }
}

#[cfg(test)]
mod tests;
