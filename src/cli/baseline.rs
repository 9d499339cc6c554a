//! The command line of `baseline`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench baseline set release-1 results/nightly/2026-11-20-*.json
  xbench baseline list results/nightly
  xbench history results/nightly --check --baseline tag:release-1

Names are kept in `baselines.yaml` beside the results, described by `xbench schema baselines`. \
Results are found by their SHA-256, so they may move within the folder.";

const SET_EXAMPLES: &str = "\
Examples:
  xbench baseline set release-1 results/nightly/2026-11-20-*.json
  xbench baseline set release-1 gs://BUCKET/score/a.json --file baselines.yaml";

const LIST_EXAMPLES: &str = "\
Examples:
  xbench baseline list
  xbench baseline list results/nightly
  xbench baseline list baselines.yaml";

/// Arguments of `baseline`.
#[derive(Args, Debug)]
pub struct BaselineArguments {
    /// What to do
    #[command(subcommand)]
    pub command: BaselineCommand,
}

/// What to do with baselines.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Give results a name; what had it before loses it
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// The name: letters, digits, `.`, `_`, `-`
        #[arg(value_name = "NAME")]
        name: String,
        /// The results
        #[arg(required = true, value_name = "RESULT")]
        results: Vec<String>,
        /// The file of names; by default `baselines.yaml` in the folder that holds all the results
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Show the names
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// The folder of `baselines.yaml`, or the file itself
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
    },
}
