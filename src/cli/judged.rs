//! What commands share that compare: which results, and how they are judged.

use crate::commands;
use crate::commands::policy::Judging;
use crate::compare::{Action, Keep};
use crate::results::storage::Patience;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of every command that compares.
#[derive(Args, Debug)]
pub struct JudgedArguments {
    /// Results of the base; with two and no --candidate, base and candidate
    #[arg(required = true, value_name = "RESULTS")]
    pub results: Vec<String>,
    /// Results of the candidate
    #[arg(short, long, num_args = 1.., value_name = "RESULTS", conflicts_with = "by")]
    pub candidate: Vec<String>,
    /// Group one set of results by a value of their metadata, and compare every group with the base
    #[arg(long, value_name = "KEY")]
    pub by: Option<String>,
    /// Which group is the base; by default the first one
    #[arg(long, value_name = "VALUE", requires = "by")]
    pub base: Option<String>,
    /// Thresholds.
    #[command(flatten)]
    pub gates: GateArguments,
    /// The most that any score may differ; 0.02 by default
    #[arg(long, value_name = "DIFFERENCE")]
    pub max_score_difference: Option<f64>,
    /// The most that scores may differ in the mean; 0.01 by default
    #[arg(long, value_name = "DIFFERENCE")]
    pub mean_score_difference: Option<f64>,
    /// Use measurements that are left out otherwise
    #[arg(long, value_enum, value_name = "KIND")]
    pub keep: Vec<KeepKind>,
    /// Seed of the bootstrap
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// End with an error if any file is no valid result
    #[arg(long)]
    pub strict: bool,
    /// How long to wait for one answer of object storage, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub storage_timeout: u64,
}

/// Thresholds, and what is accepted.
#[derive(Args, Debug)]
pub struct GateArguments {
    /// Accept that a field, or what lies below it, differs; the reason is shown
    #[arg(long, value_name = "PATH=REASON")]
    pub allow_difference: Vec<String>,
    /// Thresholds and what else decides: a file described by `policy.schema.json`
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Fail if a metric is worse by so many percent
    #[arg(long, value_name = "METRIC=PERCENT")]
    pub fail: Vec<String>,
    /// Warn if a metric is worse by so many percent
    #[arg(long, value_name = "METRIC=PERCENT")]
    pub warn: Vec<String>,
    /// Do not judge a metric
    #[arg(long, value_name = "METRIC")]
    pub ignore: Vec<String>,
    /// End with 1 also if there is no verdict, or an inconclusive one
    #[arg(long)]
    pub require_verdict: bool,
}

impl GateArguments {
    /// What a command that judges does, so far as these say it.
    pub(super) fn options(&self, results: &[String]) -> commands::compare::Options {
        let actions = [
            (&self.fail, Some(Action::Fail)),
            (&self.warn, Some(Action::Warn)),
            (&self.ignore, None),
        ];
        let gates = actions
            .into_iter()
            .flat_map(|(list, action)| list.iter().map(move |text| (text.clone(), action)));
        commands::compare::Options {
            results: results.to_vec(),
            allowances: self.allow_difference.clone(),
            judging: Judging {
                file: self.policy.clone(),
                gates: gates.collect(),
                ..Judging::default()
            },
            require_verdict: self.require_verdict,
            ..commands::compare::Options::default()
        }
    }
}

/// What can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeepKind {
    /// Runs that did not come to their end.
    Interrupted,
    /// Runs that are invalid by their own proof.
    Invalid,
    /// Runs before which latency was not steady.
    NotWarmedUp,
}

impl JudgedArguments {
    /// What is compared, and how it is judged.
    pub fn options(&self) -> commands::compare::Options {
        let mut options = commands::compare::Options {
            candidate: self.candidate.clone(),
            by: self.by.clone(),
            base: self.base.clone(),
            strict: self.strict,
            patience: Patience {
                request: Duration::from_secs(self.storage_timeout),
                ..Patience::default()
            },
            ..self.gates.options(&self.results)
        };
        let judging = &mut options.judging;
        judging.max_score_difference = self.max_score_difference;
        judging.mean_score_difference = self.mean_score_difference;
        judging.seed = self.seed;
        judging.keep = self
            .keep
            .iter()
            .map(|kind| match kind {
                KeepKind::Interrupted => Keep::Interrupted,
                KeepKind::Invalid => Keep::Invalid,
                KeepKind::NotWarmedUp => Keep::NotWarmedUp,
            })
            .collect();
        options
    }
}
