//! Whether a run can be trusted: that the load was the one asked for, and that the client was not
//! what limited it.

use super::document::Status;
use super::run::RunResult;
use crate::config::Validity;
use crate::failure::Class;
use crate::statistics::critical_distance;
use serde::{Deserialize, Serialize};

/// A rule of validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleName {
    /// The run was carried out to its end.
    Complete,
    /// Something succeeded.
    Answers,
    /// Send error p99 in milliseconds, absolute.
    SendError,
    /// Send error p99 as a fraction of the median latency.
    SendErrorShare,
    /// Fraction of the plan that was sent in time.
    PlanSent,
    /// Kolmogorov-Smirnov distance of the gaps.
    Gaps,
    /// Fraction of a core that the client's loop used.
    ClientCpu,
    /// Seconds for which the control group held the client back.
    Throttling,
    /// Requests that the client's machine had no resources for.
    ClientResources,
    /// Fraction of requests that failed.
    Errors,
}

/// A rule applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// The rule.
    pub rule: RuleName,
    /// Whether it holds.
    pub passed: bool,
    /// What was measured.
    pub measured: f64,
    /// What it was compared with.
    pub limit: f64,
}

/// All rules applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verdict {
    /// Whether all hold.
    pub valid: bool,
    /// Each that applies; for a whole result, those that fail in a run, once each.
    pub rules: Vec<Rule>,
}

impl Verdict {
    /// The verdict of these rules.
    pub fn of(rules: Vec<Rule>) -> Self {
        Self {
            valid: rules.iter().all(|rule| rule.passed),
            rules,
        }
    }

    /// The verdict over all runs: each rule that fails somewhere, with the first failure.
    pub fn over(runs: &[RunResult], status: Status) -> Self {
        let mut rules: Vec<Rule> = Vec::new();
        let complete = status == Status::Complete && !runs.is_empty();
        if !complete {
            rules.push(at_least(RuleName::Complete, 0.0, 1.0));
        }
        for rule in runs
            .iter()
            .flat_map(|run| &run.verdict.rules)
            .filter(|rule| !rule.passed)
        {
            if rules.iter().all(|known| known.rule != rule.rule) {
                rules.push(rule.clone());
            }
        }
        Self::of(rules)
    }

    /// Whether this rule failed.
    pub fn failed(&self, name: RuleName) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.rule == name && !rule.passed)
    }
}

fn at_most(rule: RuleName, measured: f64, limit: f64) -> Rule {
    Rule {
        rule,
        passed: measured <= limit,
        measured,
        limit,
    }
}

fn at_least(rule: RuleName, measured: f64, limit: f64) -> Rule {
    Rule {
        rule,
        passed: measured >= limit,
        measured,
        limit,
    }
}

/// Applies the rules to a run.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn judge(run: &RunResult, limits: &Validity) -> Verdict {
    let mut rules = Vec::new();
    let complete = run.status == Status::Complete;
    rules.push(at_least(
        RuleName::Complete,
        f64::from(u8::from(complete)),
        1.0,
    ));
    rules.push(at_least(
        RuleName::Answers,
        run.counts.succeeded as f64,
        1.0,
    ));
    if let Some(send_error) = &run.client.send_error {
        rules.push(at_most(
            RuleName::SendError,
            send_error.p99,
            limits.send_error_p99_milliseconds,
        ));
        if let Some(latency) = run.headline() {
            let share = send_error.p99 / latency.p50;
            rules.push(at_most(
                RuleName::SendErrorShare,
                share,
                limits.send_error_fraction_of_p50,
            ));
        }
    }
    if run.load.concurrency.is_none() {
        let sent = if run.counts.planned == 0 {
            1.0
        } else {
            run.counts.sent_in_time as f64 / run.counts.planned as f64
        };
        rules.push(at_least(RuleName::PlanSent, sent, limits.min_sent_fraction));
    }
    if let Some(gaps) = &run.client.gaps {
        let limit = limits
            .max_gap_distance
            .max(critical_distance(gaps.sent.count));
        rules.push(at_most(RuleName::Gaps, gaps.distance, limit));
    }
    rules.push(at_most(
        RuleName::ClientCpu,
        run.client.cpu_fraction,
        limits.max_cpu_fraction,
    ));
    if let Some(throttled) = run.client.throttled_seconds
        && !limits.allow_throttling
    {
        rules.push(at_most(RuleName::Throttling, throttled, 0.0));
    }
    let starved = run
        .errors
        .iter()
        .filter(|group| group.class == Class::ClientResources);
    rules.push(at_most(
        RuleName::ClientResources,
        starved.map(|group| group.count as f64).sum(),
        0.0,
    ));
    let ended = run.counts.succeeded + run.counts.failed;
    let failed = if ended == 0 {
        0.0
    } else {
        run.counts.failed as f64 / ended as f64
    };
    rules.push(at_most(RuleName::Errors, failed, limits.max_error_fraction));
    Verdict::of(rules)
}
