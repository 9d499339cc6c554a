//! The command line of `report`.

use super::JudgedArguments;
use clap::Args;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench report results/main results/branch -o report.html
  xbench report --by backend gs://BUCKET/score/ -o report.html

The page is one file: no network, no script. Results, thresholds and what is accepted are named as \
for `xbench compare`.

Exit codes: 0 no gate failed; 1 a gate failed, scores differ, or results cannot be compared (the page \
is written all the same, and says so); 2 could not work.";

/// Arguments of `report`.
#[derive(Args, Debug)]
pub struct ReportArguments {
    /// What is compared, and how it is judged
    #[command(flatten)]
    pub judged: JudgedArguments,
    /// Where the page goes; a report that is there already is replaced
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}
