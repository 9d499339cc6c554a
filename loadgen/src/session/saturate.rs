//! The search for the highest rate that meets an objective.
//!
//! The rate is doubled until a trial does not pass, then halved in between (in the logarithm) until
//! the rates that pass and fail are close. A trial passes only if it shows, with the confidence asked
//! for, that at most 1 % of requests are above the latency bound (a failed request is above it), and
//! its failures are within theirs. An undecided trial is repeated and pooled, three times at most.

use super::points::{Point, PointLoad};
use super::{End, Going};
use crate::config::{Limit, Saturate};
use crate::result::{RuleName, RunResult, Saturation, Trial, TrialOutcome};
use crate::schedule::Gaps;
use crate::statistics::{Histogram, lower_bound, upper_bound};

/// Most runs of one trial.
const REPEATS: usize = 3;
/// Fraction of requests that may be above the bound of a 99th percentile.
const ALLOWED_ABOVE: f64 = 0.01;

/// What a trial's counts show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Met.
    Pass,
    /// Not met.
    Fail,
    /// More requests are needed.
    Undecided,
}

/// Decides a trial: exact binomial bounds on both fractions.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn decide(above: u64, failed: u64, total: u64, search: &Saturate) -> Decision {
    if total == 0 {
        return Decision::Fail;
    }
    let failing = lower_bound(failed, total, search.confidence) > search.error_fraction
        || lower_bound(above, total, search.confidence) > ALLOWED_ABOVE;
    if failing {
        return Decision::Fail;
    }
    // To bound an error fraction of 0.1 % takes thousands of requests: the observed one must do.
    let errors_met = failed as f64 / total as f64 <= search.error_fraction;
    let latency_met = upper_bound(above, total, search.confidence) <= ALLOWED_ABOVE;
    if errors_met && latency_met {
        Decision::Pass
    } else {
        Decision::Undecided
    }
}

/// The search as a pure state: which rate to try next.
#[derive(Debug, Clone)]
pub struct Search {
    bounds: Saturate,
    passed: Option<f64>,
    failed: Option<f64>,
}

impl Search {
    /// A search that has tried nothing.
    pub fn new(bounds: Saturate) -> Self {
        Self {
            bounds,
            passed: None,
            failed: None,
        }
    }

    /// The next rate to try; nothing when the search is over.
    pub fn next_rate(&self) -> Option<f64> {
        let Saturate {
            min_rate,
            max_rate,
            precision,
            ..
        } = self.bounds;
        match (self.passed, self.failed) {
            (None, None) => Some(min_rate),
            (None, Some(_)) => None,
            (Some(passed), None) if passed >= max_rate => None,
            (Some(passed), None) => Some((passed * 2.0).min(max_rate)),
            (Some(passed), Some(failed)) if failed / passed <= 1.0 + precision => None,
            (Some(passed), Some(failed)) => Some((passed * failed).sqrt()),
        }
    }

    /// Notes what a trial showed.
    pub fn note(&mut self, rate: f64, passed: bool) {
        if passed {
            self.passed = Some(rate);
        } else {
            self.failed = Some(rate);
        }
    }

    /// Highest rate that passed and lowest that did not.
    pub fn bracket(&self) -> (Option<f64>, Option<f64>) {
        (self.passed, self.failed)
    }
}

impl Going<'_> {
    /// Searches for each shape, as often as asked for.
    pub(super) fn saturate(&mut self, bounds: Saturate, max_in_flight: u32) -> Result<(), End> {
        let (shapes, runs) = (self.session.shapes.len(), self.session.config.load.runs);
        for repetition in 0..runs {
            for shape in 0..shapes {
                self.search(bounds, max_in_flight, shape, repetition)?;
            }
        }
        Ok(())
    }

    fn search(
        &mut self,
        bounds: Saturate,
        max_in_flight: u32,
        shape: usize,
        repetition: u32,
    ) -> Result<(), End> {
        let mut search = Search::new(bounds);
        let mut saturation = Saturation {
            shape: u32::try_from(shape).unwrap_or(u32::MAX),
            repetition,
            rate_per_second: None,
            failed_rate_per_second: None,
            client_limited: false,
            trials: Vec::new(),
        };
        let mut ended = Ok(());
        while let Some(rate) = search.next_rate() {
            let trial = match self.trial(bounds, max_in_flight, shape, repetition, rate) {
                Ok(trial) => trial,
                Err(end) => {
                    ended = Err(end);
                    break;
                }
            };
            search.note(rate, trial.outcome == TrialOutcome::Pass);
            saturation.client_limited |= trial.outcome == TrialOutcome::ClientLimited;
            self.session.reporter.line(format!(
                "{rate:.1}/s: {:?}, {} of {} above {} ms or failed",
                trial.outcome, trial.above, trial.requests, bounds.p99_milliseconds
            ));
            saturation.trials.push(trial);
        }
        (
            saturation.rate_per_second,
            saturation.failed_rate_per_second,
        ) = search.bracket();
        self.saturation.push(saturation);
        ended
    }

    fn trial(
        &mut self,
        bounds: Saturate,
        cap: u32,
        shape: usize,
        repetition: u32,
        rate: f64,
    ) -> Result<Trial, End> {
        let mut trial = Trial {
            rate_per_second: rate,
            requests: 0,
            above: 0,
            failed: 0,
            runs: Vec::new(),
            outcome: TrialOutcome::Undecided,
        };
        let load = PointLoad::Open {
            gaps: Gaps::Exponential,
            rate,
            limit: Limit::Seconds(bounds.trial_seconds),
            max_in_flight: cap,
        };
        for repeat in 0..REPEATS {
            let index = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
            if index > 0 && !self.pause() {
                return Err(End::Interrupted);
            }
            self.total_runs = self.runs.len() + 1;
            let seed_of = repetition
                .wrapping_mul(1000)
                .wrapping_add(u32::try_from(repeat).unwrap_or_default());
            self.measure_one(
                &Point {
                    index,
                    shape,
                    load: load.clone(),
                },
                seed_of,
            )?;
            let Some(run) = self.runs.last() else {
                return Ok(trial);
            };
            trial.runs.push(index);
            if client_limited(run) {
                trial.outcome = TrialOutcome::ClientLimited;
                return Ok(trial);
            }
            let (above, failed, total) = counts(run, bounds.p99_milliseconds);
            trial.above += above;
            trial.failed += failed;
            trial.requests += total;
            match decide(trial.above, trial.failed, trial.requests, &bounds) {
                Decision::Pass => {
                    trial.outcome = TrialOutcome::Pass;
                    return Ok(trial);
                }
                Decision::Fail => {
                    trial.outcome = TrialOutcome::Fail;
                    return Ok(trial);
                }
                Decision::Undecided => {}
            }
        }
        Ok(trial)
    }
}

fn client_limited(run: &RunResult) -> bool {
    let client = [
        RuleName::SendError,
        RuleName::ClientCpu,
        RuleName::Throttling,
        RuleName::ClientResources,
    ];
    client.iter().any(|rule| run.verdict.failed(*rule))
}

/// Requests above the bound, failed, and in all. What was not sent for want of room counts as above.
fn counts(run: &RunResult, bound_milliseconds: f64) -> (u64, u64, u64) {
    let latency = run
        .latency
        .scheduled
        .as_ref()
        .and_then(|latency| Histogram::decode(&latency.histogram).ok());
    let slow = latency.map_or(0, |latency| {
        latency.above(crate::clock::nanos(bound_milliseconds / 1e3))
    });
    let (failed, unsent) = (run.counts.failed, run.counts.unsent);
    (
        slow + failed + unsent,
        failed,
        run.counts.succeeded + failed + unsent,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Saturate = Saturate {
        p99_milliseconds: 100.0,
        error_fraction: 0.001,
        min_rate: 1.0,
        max_rate: 10_000.0,
        confidence: 0.95,
        trial_seconds: 30.0,
        precision: 0.05,
    };

    fn search_against(limit: f64) -> (Search, usize) {
        let mut search = Search::new(BOUNDS);
        let mut trials = 0;
        while let Some(rate) = search.next_rate() {
            search.note(rate, rate <= limit);
            trials += 1;
            assert!(trials < 100, "the search ends");
        }
        (search, trials)
    }

    #[test]
    fn the_search_brackets_the_limit() {
        for limit in [1.0, 7.3, 160.0, 5_000.0, 9_999.0] {
            let (search, trials) = search_against(limit);
            let (Some(passed), Some(failed)) = search.bracket() else {
                panic!("{limit}: {search:?}");
            };
            assert!(
                passed <= limit && limit < failed && failed / passed <= 1.05,
                "{limit}: {passed} {failed}"
            );
            assert!(trials <= 20, "{limit}: {trials} trials");
        }
    }

    #[test]
    fn the_search_says_when_nothing_or_everything_passes() {
        assert_eq!(search_against(0.5).0.bracket(), (None, Some(1.0)));
        assert_eq!(search_against(1e9).0.bracket(), (Some(10_000.0), None));
    }

    #[test]
    fn a_trial_is_decided_only_with_confidence() {
        assert_eq!(decide(0, 0, 100, &BOUNDS), Decision::Undecided);
        assert_eq!(decide(0, 0, 300, &BOUNDS), Decision::Pass);
        assert_eq!(decide(10, 0, 1000, &BOUNDS), Decision::Undecided);
        assert_eq!(decide(30, 0, 1000, &BOUNDS), Decision::Fail);
        assert_eq!(decide(0, 50, 1000, &BOUNDS), Decision::Fail);
        assert_eq!(decide(0, 0, 0, &BOUNDS), Decision::Fail);
    }
}
