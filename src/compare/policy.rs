//! Thresholds, and what is used.

use super::metric::Metric;

/// What a gate that does not hold does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Fails the comparison.
    Fail,
    /// Is told.
    Warn,
}

impl Action {
    /// In policies and machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Action::Fail => "fail",
            Action::Warn => "warn",
        }
    }
}

/// A threshold of one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// The metric.
    pub metric: Metric,
    /// How much worse the candidate may be, as a fraction.
    pub worse: f64,
    /// What happens if it is worse than that.
    pub action: Action,
}

/// How far scores may lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreLimits {
    /// Any one score.
    pub max_absolute: f64,
    /// The mean over all.
    pub mean_absolute: f64,
}

/// Measurements that are left out unless they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// Runs that a signal or a failure ended.
    Interrupted,
    /// Runs that are invalid by their own proof.
    Invalid,
    /// Runs before which latency was not steady.
    NotWarmedUp,
}

impl Keep {
    /// All of them.
    pub const ALL: [Keep; 3] = [Keep::Interrupted, Keep::Invalid, Keep::NotWarmedUp];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Keep::Interrupted => "interrupted",
            Keep::Invalid => "invalid",
            Keep::NotWarmedUp => "not-warmed-up",
        }
    }
}

/// How a comparison is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Thresholds; at most one a metric.
    pub gates: Vec<Gate>,
    /// Scores.
    pub scores: ScoreLimits,
    /// The fewest runs on each side that give a verdict; at least 3.
    pub minimum_runs: usize,
    /// Seed of resampling.
    pub seed: u64,
    /// The best-native view takes rows whose p95 is within this many times the lowest one.
    pub guardrail: f64,
    /// What is used although it would be left out.
    pub keep: Vec<Keep>,
}

impl Policy {
    /// The fewest runs that any policy may give a verdict for.
    pub const FEWEST_RUNS: usize = 3;

    /// The gate of a metric.
    pub fn gate(&self, metric: Metric) -> Option<Gate> {
        self.gates
            .iter()
            .copied()
            .find(|gate| gate.metric == metric)
    }

    /// Sets a gate in place of the one that its metric has.
    pub fn set(&mut self, gate: Gate) {
        self.gates.retain(|other| other.metric != gate.metric);
        self.gates.push(gate);
        self.gates.sort_by_key(|gate| gate.metric);
    }
}

impl Default for Policy {
    fn default() -> Self {
        let gate = |metric, worse, action| Gate {
            metric,
            worse,
            action,
        };
        Self {
            gates: vec![
                gate(Metric::Throughput, 0.10, Action::Fail),
                gate(Metric::LatencyP95, 0.15, Action::Fail),
                gate(Metric::LatencyP99, 0.20, Action::Warn),
                gate(Metric::SustainedRate, 0.10, Action::Fail),
            ],
            scores: ScoreLimits {
                max_absolute: 0.02,
                mean_absolute: 0.01,
            },
            minimum_runs: Self::FEWEST_RUNS,
            seed: 42,
            guardrail: 1.25,
            keep: Vec::new(),
        }
    }
}
