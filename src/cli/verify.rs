//! The command line of `verify`.

use clap::Args;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  kubectl get jobs,configmaps -l app.kubernetes.io/managed-by=xbench -o yaml | xbench verify -
  xbench verify rendered.yaml
  xbench verify rendered/";

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub struct VerifyArguments {
    /// File or folder of objects, YAML or JSON, as rendered or as `kubectl get -o yaml` prints them;
    /// `-` for standard input
    pub file: PathBuf,
}
