//! The command line of `pin`.

use crate::commands;
use clap::Args;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  gcloud builds describe BUILD --format json | xbench pin --env prod --from -
  xbench pin --from *.metadata.json
  echo \"$REF $(crane digest $REF)\" | xbench pin --from -
  xbench pin --resolve
  xbench pin --check
  xbench pin --check --resolve

A digest belongs to a build context by the image's tag, which is the hash of the context. One for a
context that the project does not render is refused, and nothing is written.";

/// Arguments of `pin`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["from", "check", "resolve"]))]
pub struct PinArguments {
    /// Environment whose lock is meant; needed if there are several
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Take digests out of what a build printed: `gcloud builds describe --format json`, metadata
    /// files of buildx, or lines `REFERENCE DIGEST`; `-` for standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["check", "resolve"])]
    pub from: Vec<PathBuf>,
    /// Say which entries of the lock are stale and which images have none; with --resolve, also
    /// whether tags of base images have moved. Writes nothing
    #[arg(long)]
    pub check: bool,
    /// Ask the registry for the digests of the images' tags. Uses the network
    #[arg(long)]
    pub resolve: bool,
    /// Only the image of this name
    #[arg(long, value_name = "NAME", conflicts_with = "check")]
    pub image: Option<String>,
}

impl PinArguments {
    /// What the command does.
    pub fn options(&self) -> commands::pin::Options {
        use commands::pin::Source;
        commands::pin::Options {
            environment: self.env.clone(),
            image: self.image.clone(),
            source: match (self.check, self.resolve) {
                (true, resolve) => Source::Check { resolve },
                (false, true) => Source::Registry,
                (false, false) => Source::Files(self.from.clone()),
            },
        }
    }
}
