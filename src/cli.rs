//! The command line.

mod baseline;
mod check;
mod compare;
pub mod complete;
mod diff;
mod explain;
mod history;
mod init;
mod invocation;
mod judged;
mod list;
mod man;
mod pin;
mod render;
mod report;
mod results;
mod schema;
mod variants;
mod verify;

pub use baseline::{BaselineArguments, BaselineCommand};
pub use compare::{CompareArguments, CompareFormat};
pub use complete::{CompleteArguments, CompletionsArguments};
pub use diff::{DiffArguments, DiffFormat, DiffView};
pub use explain::ExplainArguments;
pub use history::{HistoryArguments, HistoryFormat};
pub use init::{EnvironmentArguments, InitArguments, InitCommand};
pub use invocation::{command, read};
pub use judged::{GateArguments, JudgedArguments, KeepKind};
pub use list::{ListArguments, ListFormat};
pub use man::ManArguments;
pub use pin::PinArguments;
pub use render::{ObjectFormat, RenderArguments};
pub use report::ReportArguments;
pub use results::{ResultsArguments, ResultsCommand};
pub use schema::SchemaArguments;
pub use variants::VariantArguments;
pub use verify::VerifyArguments;

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Stands above the options that every command has.
const GLOBAL: &str = "Options of every command";

const EXAMPLES: &str = "\
Examples:
  xbench list
  xbench render | kubectl apply -f -
  xbench explain server.flags.dtype
  xbench diff --rev origin/main
  xbench check

`xbench COMMAND --help` shows more. Exit codes: 0 done; 1 the answer is \"no\"; 2 could not work.";

/// Renders Score API benchmarks into hermetic Kubernetes manifests.
#[derive(Debug, Parser)]
#[command(name = "xbench", version, about, max_term_width = 100, after_help = EXAMPLES)]
pub struct Arguments {
    /// Project folder: one that holds `base/` and `overlays/`. By default the nearest one around
    /// the current folder
    #[arg(short = 'C', long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    pub project: Option<PathBuf>,
    /// Form of errors and warnings on standard error
    #[arg(long, global = true, value_enum, default_value_t, help_heading = GLOBAL, value_name = "FORMAT")]
    pub message_format: MessageFormat,
    /// When to colour errors and warnings
    #[arg(long, global = true, value_enum, default_value_t, help_heading = GLOBAL, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Print to the terminal at once, not by way of a pager
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub no_pager: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Form of errors and warnings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MessageFormat {
    /// Code frames for people.
    #[default]
    Human,
    /// One JSON document, described by `schemas/diagnostics.schema.json`.
    Json,
    /// Workflow commands: GitHub Actions shows them beside the lines of a change.
    Github,
    /// One SARIF 2.1.0 document, for code scanning.
    Sarif,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Render the variants of a suite
    #[command(after_help = render::EXAMPLES)]
    Render(Box<RenderArguments>),
    /// Say where a value comes from: template, line, and the layers that set it
    #[command(after_help = explain::EXAMPLES)]
    Explain(Box<ExplainArguments>),
    /// Show what changes in what is rendered, and because of which lines
    #[command(after_help = diff::EXAMPLES)]
    Diff(Box<DiffArguments>),
    /// Begin a project, or an environment in one
    #[command(after_help = init::EXAMPLES)]
    Init(InitArguments),
    /// Check everything: layers, all variants of all suites and environments, parity, templates
    #[command(after_help = check::EXAMPLES)]
    Check,
    /// Write the digests of built images into an environment's lock, or check it
    #[command(after_help = pin::EXAMPLES)]
    Pin(PinArguments),
    /// Recompute the hashes of rendered objects and name those that were changed
    #[command(after_help = verify::EXAMPLES)]
    Verify(VerifyArguments),
    /// List the layers of each axis, the suites with their variants, and the blueprints
    #[command(after_help = list::EXAMPLES)]
    List(ListArguments),
    /// Compare results: is the candidate as correct, and how much faster or slower, with what confidence
    #[command(after_help = compare::EXAMPLES)]
    Compare(Box<CompareArguments>),
    /// Show results over time with their changes, or check the newest ones against a baseline
    #[command(after_help = history::EXAMPLES)]
    History(Box<HistoryArguments>),
    /// Give results a name that `history` can hold new ones against
    #[command(after_help = baseline::EXAMPLES)]
    Baseline(BaselineArguments),
    /// Write a comparison as one HTML page, with charts
    #[command(after_help = report::EXAMPLES)]
    Report(Box<ReportArguments>),
    /// Take results out of logs, or check them
    #[command(after_help = results::EXAMPLES)]
    Results(ResultsArguments),
    /// Print a JSON Schema of an input or output; without a name, list them
    #[command(after_help = schema::EXAMPLES)]
    Schema(SchemaArguments),
    /// Print a script for a shell that completes commands, flags and the names of a project
    #[command(after_help = complete::EXAMPLES)]
    Completions(CompletionsArguments),
    /// Write the manual pages, `xbench.1` and one for each command, into a folder
    #[command(after_help = man::EXAMPLES)]
    Man(ManArguments),
    /// Complete a command line: what the scripts of `completions` ask
    #[command(hide = true)]
    Complete(CompleteArguments),
}
