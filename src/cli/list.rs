//! The command line of `list`.

use clap::{Args, ValueEnum};

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench list
  xbench list --format json";

/// Arguments of `list`.
#[derive(Args, Debug)]
pub struct ListArguments {
    /// Form of the list
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
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
