//! The command line of `results`.

use crate::commands;
use clap::{Args, Subcommand};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl logs job/score-x -c loadgen | xbench results extract > result.json
  xbench results extract pods.log --output results
  xbench results check 'results/**/*.json'";

const EXTRACT_EXAMPLES: &str = "\
Examples:
  kubectl logs job/score-x -c loadgen | xbench results extract > result.json
  xbench results extract pod-1.log pod-2.log --output results

Exit codes: 0 every log holds a result; 1 a log holds none; 2 could not work.";

const CHECK_EXAMPLES: &str = "\
Examples:
  xbench results check results
  xbench results check 'results/**/*.json'
  kubectl logs job/score-x -c loadgen | xbench results check -

Exit codes: 0 all are valid; 1 a file is no valid result; 2 could not work.";

/// Arguments of `results`.
#[derive(Args, Debug)]
pub struct ResultsArguments {
    /// What to do
    #[command(subcommand)]
    pub command: ResultsCommand,
}

/// What to do with results.
#[derive(Debug, Subcommand)]
pub enum ResultsCommand {
    /// Take results out of logs: the marked blocks, also among other lines or cut
    #[command(after_help = EXTRACT_EXAMPLES)]
    Extract {
        /// Logs; standard input if absent
        logs: Vec<String>,
        /// Folder for the results, one file each; standard output if absent
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Check results against their schema and themselves, and list them
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// Files, folders, patterns, buckets, logs, or `-`
        #[arg(required = true, value_name = "RESULTS")]
        results: Vec<String>,
    },
}

impl ResultsArguments {
    /// What the command does.
    pub fn action(&self) -> commands::results::Action {
        match &self.command {
            ResultsCommand::Extract { logs, output } => commands::results::Action::Extract {
                logs: logs.clone(),
                output: output.clone(),
            },
            ResultsCommand::Check { results } => commands::results::Action::Check(results.clone()),
        }
    }
}
