//! The command line.

mod diff;
mod explain;
mod render;
mod variants;
mod verify;

pub use diff::{DiffArguments, DiffFormat, DiffView};
pub use explain::ExplainArguments;
pub use render::{ObjectFormat, RenderArguments};
pub use variants::VariantArguments;
pub use verify::VerifyArguments;

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Renders Score API benchmarks into hermetic Kubernetes manifests.
#[derive(Debug, Parser)]
#[command(name = "xbench", version, about, max_term_width = 100)]
pub struct Arguments {
    /// Project folder: one that holds `base/` and `overlays/`. By default the nearest one around
    /// the current folder
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// Form of errors and warnings on standard error
    #[arg(long, global = true, value_enum, default_value_t)]
    pub message_format: MessageFormat,
    /// When to colour errors and warnings
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: ColorChoice,
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
    /// Check everything: layers, all variants of all suites and environments, parity, templates
    Check,
    /// Recompute the hashes of rendered objects and name those that were changed
    #[command(after_help = verify::EXAMPLES)]
    Verify(VerifyArguments),
    /// List the layers of each axis, the suites with their variants, and the blueprints
    List {
        /// Form of the list
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
}

/// Form of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table for people.
    #[default]
    Text,
    /// JSON for programs.
    Json,
}
