//! Whether the gaps between sends are those of the plan.

use super::Histogram;
use crate::clock::{MICROSECOND, Nanos};

/// Gaps planned and gaps sent.
#[derive(Debug, Clone, Default)]
pub struct Gaps {
    planned: Histogram,
    sent: Histogram,
    last: Option<(Nanos, Nanos)>,
}

impl Gaps {
    /// Notes one send, in the order of the schedule.
    pub fn note(&mut self, scheduled: Nanos, sent: Nanos) {
        if let Some((last_scheduled, last_sent)) = self.last {
            // A histogram holds no 0, so each gap counts from 1 ns.
            self.planned
                .record(scheduled.saturating_sub(last_scheduled).max(1));
            self.sent.record(sent.saturating_sub(last_sent).max(1));
        }
        self.last = Some((scheduled, sent));
    }

    /// Number of gaps.
    pub fn count(&self) -> u64 {
        self.planned.count()
    }

    /// The histograms: planned, sent.
    pub fn histograms(&self) -> (&Histogram, &Histogram) {
        (&self.planned, &self.sent)
    }

    /// Puts histograms together again, for merging.
    pub fn from_histograms(planned: Histogram, sent: Histogram) -> Self {
        Self {
            planned,
            sent,
            last: None,
        }
    }

    /// The Kolmogorov-Smirnov distance between the two distributions, each gap being allowed an
    /// error of [`tolerance`](Self::tolerance): no client sends to the nanosecond, and a constant
    /// rate has one gap only. A client that sends in bursts is far off all the same.
    pub fn distance(&self) -> f64 {
        let tolerance = self.tolerance();
        let above = one_sided(&self.planned, &self.sent, tolerance);
        let below = one_sided(&self.sent, &self.planned, tolerance);
        above.max(below)
    }

    /// 50 us, or 10 % of the mean planned gap if that is more.
    pub fn tolerance(&self) -> Nanos {
        let mean = self
            .planned
            .distribution()
            .map_or(0.0, |distribution| distribution.mean);
        (50 * MICROSECOND).max(crate::clock::nanos(mean / 1e3 * 0.1))
    }
}

/// sup over x of `F_left(x) - F_right(x + tolerance)`.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn one_sided(left: &Histogram, right: &Histogram, tolerance: Nanos) -> f64 {
    let (left_total, right_total) = (left.count() as f64, right.count() as f64);
    if left_total == 0.0 || right_total == 0.0 {
        return 0.0;
    }
    let mut steps = right.cumulative().peekable();
    let mut reached = 0_u64;
    let mut distance = 0.0_f64;
    for (edge, count) in left.cumulative() {
        // A bucket may be 0.1 % wide.
        let horizon = edge.saturating_add(tolerance).saturating_add(edge / 500);
        while let Some((_, total)) = steps.next_if(|(right_edge, _)| *right_edge <= horizon) {
            reached = total;
        }
        distance = distance.max(count as f64 / left_total - reached as f64 / right_total);
    }
    distance
}

/// The distance that two samples of this size from one law exceed by chance once in a hundred.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn critical_distance(count: u64) -> f64 {
    1.628 * (2.0 / count.max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;
    use crate::config::Limit;
    use crate::schedule::{Gaps as Law, Schedule};

    fn sent_by(law: Law, rate: f64, delay: impl Fn(usize, Nanos) -> Nanos) -> f64 {
        let mut gaps = Gaps::default();
        let schedule = Schedule::steady(law, rate, Limit::Requests(20_000), 7, 0);
        for (index, instant) in schedule.instants().enumerate() {
            gaps.note(instant, delay(index, instant));
        }
        gaps.distance()
    }

    #[test]
    fn small_errors_pass_at_any_rate() {
        for rate in [160.0, 10_000.0, 20_000.0] {
            for law in [Law::Constant, Law::Exponential] {
                let distance = sent_by(law, rate, |index, at| {
                    at + (index as u64 % 3) * 10 * MICROSECOND
                });
                assert!(distance < 0.01, "{law:?} at {rate}: {distance}");
            }
        }
    }

    #[test]
    fn bursts_on_a_millisecond_tick_are_caught() {
        for rate in [1_000.0, 10_000.0, 20_000.0] {
            let distance = sent_by(Law::Exponential, rate, |_, at| {
                at.next_multiple_of(MILLISECOND)
            });
            assert!(distance > 0.2, "at {rate}: {distance}");
        }
    }

    #[test]
    fn another_law_is_caught() {
        let constant = 6_250 * MICROSECOND;
        let distance = sent_by(Law::Exponential, 160.0, |index, _| index as u64 * constant);
        assert!(distance > 0.2, "{distance}");
    }
}
