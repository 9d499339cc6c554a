//! The command line of `compare`.

use super::JudgedArguments;
use crate::commands;
use clap::{Args, ValueEnum};

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench compare results/main results/branch
  xbench compare base-1.json base-2.json base-3.json --candidate new-*.json
  xbench compare --by backend gs://BUCKET/score/
  xbench compare main.json branch.json --fail throughput=5 --warn latency-p99=10
  xbench compare a b --allow-difference config.target.expect.dtype='the old GPU lacks it'
  xbench compare a b --format markdown > comment.md

A place is a file, a folder (its `.json` files, all below it), a pattern in quotes, `gs://` or \
`s3://` with a bucket, the log of a Job, or `-`. Two places without --candidate are base and candidate.

Exit codes: 0 no gate failed; 1 a gate failed, scores differ, or the results cannot be compared; \
2 could not work.";

/// Arguments of `compare`.
#[derive(Args, Debug)]
pub struct CompareArguments {
    /// What is compared, and how it is judged
    #[command(flatten)]
    pub judged: JudgedArguments,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: CompareFormat,
}

/// Form of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// For people.
    #[default]
    Text,
    /// For a comment on a pull request; at most 65,000 characters.
    Markdown,
    /// JSON for programs, described by `comparison.schema.json`.
    Json,
    /// One row for each metric of each shape and load.
    Csv,
    /// The page that `xbench report` writes.
    Html,
}

impl CompareArguments {
    /// How the answer is shown; nothing for a page.
    pub fn form(&self) -> Option<commands::compare::Format> {
        match self.format {
            CompareFormat::Text => Some(commands::compare::Format::Text),
            CompareFormat::Markdown => Some(commands::compare::Format::Markdown),
            CompareFormat::Json => Some(commands::compare::Format::Json),
            CompareFormat::Csv => Some(commands::compare::Format::Csv),
            CompareFormat::Html => None,
        }
    }
}
