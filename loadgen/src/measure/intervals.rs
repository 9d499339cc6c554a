//! The time series: what was sent and what ended in each interval of the run.

use crate::clock::Nanos;
use crate::statistics::Histogram;
use std::collections::BTreeMap;

/// One interval.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interval {
    /// Requests handed over.
    pub sent: u64,
    /// Requests ended well.
    pub succeeded: u64,
    /// Requests failed.
    pub failed: u64,
    /// Items scored.
    pub items: u64,
    /// Serialized histogram of the headline latency; empty while open or without successes.
    pub histogram: String,
}

/// All intervals of a run, by number from 0; time before the first second counts to the first.
#[derive(Debug)]
pub struct Intervals {
    length: Nanos,
    series: Vec<Interval>,
    open: BTreeMap<usize, Histogram>,
    spare: Option<Histogram>,
}

/// Answers are noted in nearly the order they end in: two open histograms are enough.
const OPEN: usize = 2;

impl Intervals {
    /// A series of intervals of this length.
    pub fn new(length: Nanos) -> Self {
        Self {
            length,
            series: Vec::new(),
            open: BTreeMap::new(),
            spare: None,
        }
    }

    fn at(&mut self, instant: Nanos) -> (usize, &mut Interval) {
        let index = usize::try_from(instant / self.length.max(1)).unwrap_or(usize::MAX);
        if index >= self.series.len() {
            self.series.resize_with(index + 1, Interval::default);
        }
        (index, &mut self.series[index])
    }

    /// Notes a send, this long after the run's start.
    pub fn sent(&mut self, at: Nanos) {
        self.at(at).1.sent += 1;
    }

    /// Notes a failure.
    pub fn failed(&mut self, at: Nanos) {
        self.at(at).1.failed += 1;
    }

    /// Notes a success.
    pub fn succeeded(&mut self, at: Nanos, latency: Nanos, items: u64) {
        let (index, interval) = self.at(at);
        interval.succeeded += 1;
        interval.items += items;
        if !self.open.contains_key(&index) {
            let fresh = self.spare.take().unwrap_or_default();
            self.open.insert(index, fresh);
        }
        if let Some(histogram) = self.open.get_mut(&index) {
            histogram.record(latency);
        }
        while self.open.len() > OPEN {
            self.close_first();
        }
    }

    fn close_first(&mut self) {
        let Some((index, mut histogram)) = self.open.pop_first() else {
            return;
        };
        let interval = &mut self.series[index];
        if let Ok(earlier) = Histogram::decode(&interval.histogram) {
            histogram.add(&earlier);
        }
        interval.histogram = histogram.encode();
        histogram.clear();
        self.spare = Some(histogram);
    }

    /// The histogram of the interval that is going on.
    pub fn current(&self) -> Option<&Histogram> {
        self.open.last_key_value().map(|(_, histogram)| histogram)
    }

    /// Closes the series.
    pub fn finish(mut self) -> Vec<Interval> {
        while !self.open.is_empty() {
            self.close_first();
        }
        self.series
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND;

    #[test]
    fn late_answers_find_their_interval() {
        let mut intervals = Intervals::new(SECOND);
        for (at, latency) in [
            (0, 1),
            (SECOND, 2),
            (3 * SECOND, 3),
            (4 * SECOND, 4),
            (1, 5),
        ] {
            intervals.sent(at);
            intervals.succeeded(at, latency, 10);
        }
        intervals.failed(4 * SECOND);
        let series = intervals.finish();
        let counts: Vec<_> = series
            .iter()
            .map(|interval| (interval.sent, interval.succeeded, interval.failed))
            .collect();
        assert_eq!(
            counts,
            [(2, 2, 0), (1, 1, 0), (0, 0, 0), (1, 1, 0), (1, 1, 1)]
        );
        let first = Histogram::decode(&series[0].histogram).unwrap();
        assert_eq!((first.count(), first.max()), (2, 5));
        assert_eq!(series[2].histogram, "");
    }
}
