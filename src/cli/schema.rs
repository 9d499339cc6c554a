//! The command line of `schema`.

use clap::Args;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench schema
  xbench schema environment > environment.schema.json
  xbench schema result | jq .properties";

/// Arguments of `schema`.
#[derive(Args, Debug)]
pub struct SchemaArguments {
    /// Which one, for example `environment` or `suite`
    pub name: Option<String>,
}
