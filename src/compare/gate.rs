//! One metric at one point, judged.

use super::metric::{Direction, Metric};
use super::policy::Gate;
use crate::statistics::{Interval, LEVEL, Summary, runs_needed};

/// The answer of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The interval shows that it is not worse than the threshold.
    Pass,
    /// It is worse than the threshold, and the interval excludes no change.
    Fail,
    /// The interval shows neither.
    Inconclusive {
        /// Runs on each side that would show it with 80 % power, at the spread seen; nothing if the
        /// difference lies so near to the threshold that no number would.
        runs_needed: Option<u32>,
    },
    /// Too few runs for any verdict.
    NotJudged,
    /// A run has so few requests that this percentile of it is just its slowest request.
    TooFewRequests {
        /// The fewest that a run has.
        fewest: u64,
        /// How many each would need.
        needed: u64,
    },
}

impl Verdict {
    /// In machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive { .. } => "inconclusive",
            Verdict::NotJudged | Verdict::TooFewRequests { .. } => "not-judged",
        }
    }

    /// Whether there was enough to look at.
    pub fn is_judged(self) -> bool {
        !matches!(self, Verdict::NotJudged | Verdict::TooFewRequests { .. })
    }
}

/// A gate with its answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateOutcome {
    /// The gate.
    pub gate: Gate,
    /// How likely it is that the candidate is worse by chance alone, over all gates of the same action.
    pub p_worse: Option<f64>,
    /// Its answer.
    pub verdict: Verdict,
}

/// More runs than anybody would make.
const MOST_RUNS: u32 = 10_000;

/// Judges a ratio with its interval.
pub(super) fn judge(
    gate: Gate,
    ratio: Option<f64>,
    interval: Option<Interval>,
    samples: (Summary, Summary),
    minimum_runs: usize,
) -> Verdict {
    let runs = samples.0.count.min(samples.1.count);
    if runs < minimum_runs {
        return Verdict::NotJudged;
    }
    if gate.metric.direction() == Direction::HigherIsBetter
        && samples.1.max <= 0.0
        && samples.0.min > 0.0
    {
        // Nothing at all against something: there is no ratio to resample.
        return Verdict::Fail;
    }
    let (Some(ratio), Some(interval)) = (ratio, interval) else {
        return Verdict::Inconclusive { runs_needed: None };
    };
    let worse = gate.metric.worsening(ratio);
    let (least, most) = bounds(gate.metric, interval);
    if worse > gate.worse && least > 0.0 {
        return Verdict::Fail;
    }
    if most <= gate.worse {
        return Verdict::Pass;
    }
    // What the interval would have to be shorter than: to exclude no change, or the threshold.
    let distance = if worse > gate.worse {
        worse
    } else {
        gate.worse - worse
    };
    open(samples, distance, 1.0 - LEVEL)
}

/// No answer yet: with how many runs there would be one.
fn open(samples: (Summary, Summary), distance: f64, level: f64) -> Verdict {
    let spread = samples.0.spread().max(samples.1.spread());
    let runs = samples.0.count.min(samples.1.count);
    let more = u32::try_from(runs).unwrap_or(u32::MAX).saturating_add(1);
    Verdict::Inconclusive {
        runs_needed: runs_needed(spread, distance, level)
            .map(|needed| needed.max(more))
            .filter(|needed| *needed <= MOST_RUNS),
    }
}

/// Takes a failure back that chance alone would bring about too often among so many gates.
pub(super) fn confirm(
    outcome: &mut GateOutcome,
    gates: usize,
    ratio: Option<f64>,
    samples: (Summary, Summary),
) {
    let level = 1.0 - LEVEL;
    let (Verdict::Fail, Some(p_worse), Some(ratio)) = (outcome.verdict, outcome.p_worse, ratio)
    else {
        return;
    };
    if p_worse > level {
        let worse = outcome.gate.metric.worsening(ratio);
        let count: f64 = (0..gates).map(|_| 1.0).sum();
        // One-sided, and shared by all gates.
        outcome.verdict = open(samples, worse, 2.0 * level / count.max(1.0));
    }
}

/// The least and the greatest worsening of an interval.
fn bounds(metric: Metric, interval: Interval) -> (f64, f64) {
    let (low, high) = (
        metric.worsening(interval.low),
        metric.worsening(interval.high),
    );
    (low.min(high), low.max(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Action;

    fn verdict(metric: Metric, worse: f64, ratio: f64, low: f64, high: f64) -> Verdict {
        let gate = Gate {
            metric,
            worse,
            action: Action::Fail,
        };
        let summary = Summary::of(&[97.0, 100.0, 103.0]).expect("three values");
        judge(
            gate,
            Some(ratio),
            Some(Interval { low, high }),
            (summary, summary),
            3,
        )
    }

    #[test]
    fn a_gate_fails_only_beyond_the_threshold_and_without_one_in_the_interval() {
        let throughput = |ratio, low, high| verdict(Metric::Throughput, 0.1, ratio, low, high);
        assert_eq!(throughput(0.85, 0.8, 0.95), Verdict::Fail);
        assert_eq!(throughput(1.2, 1.1, 1.3), Verdict::Pass);
        assert_eq!(throughput(0.97, 0.92, 1.02), Verdict::Pass);
        // A real loss, and less than the threshold.
        assert_eq!(throughput(0.95, 0.91, 0.98), Verdict::Pass);
        assert!(matches!(
            throughput(0.85, 0.7, 1.01),
            Verdict::Inconclusive { .. }
        ));
        assert!(matches!(
            throughput(0.95, 0.88, 0.99),
            Verdict::Inconclusive { .. }
        ));
        let latency = |ratio, low, high| verdict(Metric::LatencyP95, 0.15, ratio, low, high);
        assert_eq!(latency(1.2, 1.1, 1.3), Verdict::Fail);
        assert_eq!(latency(0.8, 0.7, 0.9), Verdict::Pass);
        assert!(matches!(
            latency(1.1, 1.0, 1.2),
            Verdict::Inconclusive { .. }
        ));
    }

    #[test]
    fn nothing_against_something_fails() {
        let gate = Gate {
            metric: Metric::SustainedRate,
            worse: 0.1,
            action: Action::Fail,
        };
        let of = |values: &[f64]| Summary::of(values).expect("three values");
        let samples = (of(&[90.0, 100.0, 110.0]), of(&[0.0; 3]));
        assert_eq!(judge(gate, Some(0.0), None, samples, 3), Verdict::Fail);
    }

    #[test]
    fn a_failure_that_chance_explains_is_open() {
        let summary = Summary::of(&[97.0, 100.0, 103.0]).expect("three values");
        let gate = Gate {
            metric: Metric::Throughput,
            worse: 0.1,
            action: Action::Fail,
        };
        let confirmed = |p_worse| {
            let mut outcome = GateOutcome {
                gate,
                p_worse: Some(p_worse),
                verdict: Verdict::Fail,
            };
            confirm(&mut outcome, 18, Some(0.85), (summary, summary));
            outcome.verdict
        };
        assert_eq!(confirmed(0.04), Verdict::Fail);
        assert_eq!(
            confirmed(0.06),
            Verdict::Inconclusive {
                runs_needed: Some(4)
            }
        );
    }

    #[test]
    fn it_says_how_many_runs_it_would_take() {
        let Verdict::Inconclusive { runs_needed } =
            verdict(Metric::Throughput, 0.1, 0.95, 0.88, 0.99)
        else {
            panic!("inconclusive");
        };
        // Spread 3 %, 5 % from the threshold: 6 runs.
        assert_eq!(runs_needed, Some(6));
        let at_the_threshold = verdict(Metric::Throughput, 0.1, 0.9, 0.88, 0.99);
        assert_eq!(
            at_the_threshold,
            Verdict::Inconclusive { runs_needed: None }
        );
    }
}
