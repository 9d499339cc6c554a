//! The command line of `history`.

use super::judged::GateArguments;
use crate::commands;
use crate::diagnostic::text::Color;
use clap::{ArgGroup, Args, ValueEnum};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench history results/nightly
  xbench history gs://BUCKET/score/ --variant tpu --last 60
  xbench history results/nightly --baseline tag:release-1 --format markdown
  xbench history results/nightly --check --baseline latest-good

What was read is kept in an index, so that only new and changed results are read again: \
$XDG_CACHE_HOME/xbench/history.sqlite, or ~/.cache/xbench/history.sqlite. It may be deleted at any time.

Baselines: latest-good is the newest result before the newest one that came to its end and whose runs \
all count; tag:NAME what `xbench baseline set` named; sha:HEX results whose own SHA-256, \
configuration's hash or server image's digest begins so.

Exit codes: 0 done; with --check 1 if a gate failed, scores differ, or results cannot be compared; \
2 could not work.";

/// Arguments of `history`.
#[derive(Args, Debug)]
#[command(group(
    ArgGroup::new("judging")
        .args(["policy", "fail", "warn", "ignore", "allow_difference", "require_verdict"])
        .multiple(true)
        .requires("check")
))]
pub struct HistoryArguments {
    /// Folders, patterns or buckets of results
    #[arg(required = true, value_name = "RESULTS")]
    pub results: Vec<String>,
    /// Compare the newest result of every variant with its baseline, as `compare` does
    #[arg(long)]
    pub check: bool,
    /// What the newest results are held against: `latest-good`, `tag:NAME` or `sha:HEX`
    #[arg(long, value_name = "BASELINE")]
    pub baseline: Option<String>,
    /// The file of named baselines; by default `baselines.yaml` in the first folder
    #[arg(long, value_name = "FILE")]
    pub baselines: Option<PathBuf>,
    /// Only variants whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub variant: Option<String>,
    /// Only the newest results of each series
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub last: Option<u32>,
    /// The largest p-value of a change
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.001)]
    pub p_value: f64,
    /// The smallest change that is shown, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub least_change: f64,
    /// The index's file
    #[arg(long, value_name = "FILE", conflicts_with = "no_index")]
    pub index: Option<PathBuf>,
    /// Read everything, and keep nothing
    #[arg(long)]
    pub no_index: bool,
    /// Forget the index, and make it anew
    #[arg(long, conflicts_with = "no_index")]
    pub reindex: bool,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: HistoryFormat,
    /// How --check judges.
    #[command(flatten, next_help_heading = "With --check")]
    pub gates: GateArguments,
}

/// Form of a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// For people.
    #[default]
    Text,
    /// Tables for a page or a comment.
    Markdown,
    /// JSON for programs.
    Json,
    /// A table, one row for each result at a shape and load.
    Csv,
}

impl HistoryArguments {
    /// What the command does.
    pub fn options(&self, color: Color) -> commands::history::Options {
        let format = match self.format {
            HistoryFormat::Text => commands::compare::Format::Text,
            HistoryFormat::Markdown => commands::compare::Format::Markdown,
            HistoryFormat::Json => commands::compare::Format::Json,
            HistoryFormat::Csv => commands::compare::Format::Csv,
        };
        commands::history::Options {
            check: self.check,
            baseline: self.baseline.clone(),
            baselines: self.baselines.clone(),
            variant: self.variant.clone(),
            last: self.last.and_then(|last| usize::try_from(last).ok()),
            p_value: self.p_value,
            least_change: self.least_change,
            index: self.index.clone(),
            no_index: self.no_index,
            reindex: self.reindex,
            format,
            color,
            compare: self.gates.options(&self.results),
        }
    }
}
