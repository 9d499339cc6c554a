//! The command line of `init`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench init benchmarks
  xbench init environment staging
  xbench init environment staging --namespace perf --service-account runner \\
    --project-id my-project --location europe-west4 \\
    --bucket my-models --directory checkpoints --results gs://my-results

A folder called `environment` is `./environment`.";

const ENVIRONMENT_EXAMPLES: &str = "\
Examples:
  xbench init environment staging
  xbench init environment staging --namespace perf --service-account runner \\
    --registry europe-west4-docker.pkg.dev/my-project/xbench \\
    --bucket my-models --directory checkpoints --results gs://my-results
  xbench init environment lab --namespace perf --service-account runner \\
    --registry registry.example.com/xbench --claim models --directory checkpoints \\
    --results s3://my-results --set environment.labels.team=search

On a terminal, what is not given is asked for. Nothing is ever overwritten.";

/// Arguments of `init`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct InitArguments {
    /// Folder for a new project; it may exist if it holds nothing but hidden files
    #[arg(required = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
    /// What else to begin
    #[command(subcommand)]
    pub what: Option<InitCommand>,
}

/// What else to begin.
#[derive(Debug, Subcommand)]
pub enum InitCommand {
    /// Write the file of a new environment into the project
    #[command(after_help = ENVIRONMENT_EXAMPLES)]
    Environment(Box<EnvironmentArguments>),
}

/// Arguments of `init environment`.
#[derive(Args, Debug)]
pub struct EnvironmentArguments {
    /// The environment's name
    pub name: String,
    /// One line for `xbench list`
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Namespace of every object
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Kubernetes service account of the pods
    #[arg(long, value_name = "NAME")]
    pub service_account: Option<String>,
    /// Where images are: host and path
    #[arg(long, value_name = "HOST/PATH", conflicts_with_all = ["project_id", "location"])]
    pub registry: Option<String>,
    /// Google Cloud project whose Artifact Registry has the images, in the repository `xbench`
    #[arg(long, value_name = "ID", requires = "location")]
    pub project_id: Option<String>,
    /// Location of that registry
    #[arg(long, value_name = "LOCATION", requires = "project_id")]
    pub location: Option<String>,
    /// Models are in this bucket
    #[arg(long, value_name = "NAME", conflicts_with_all = ["claim", "cache_size"])]
    pub bucket: Option<String>,
    /// Models are on the volume of this claim
    #[arg(long, value_name = "NAME", conflicts_with = "cache_size")]
    pub claim: Option<String>,
    /// Directory in the bucket or volume under which models stand as `<id>/<revision>`
    #[arg(long, value_name = "PATH", conflicts_with = "cache_size")]
    pub directory: Option<String>,
    /// Models are downloaded from the hub, to a local disk of this size
    #[arg(long, value_name = "SIZE")]
    pub cache_size: Option<String>,
    /// Prefix that results are uploaded under
    #[arg(long, value_name = "URL")]
    pub results: Option<String>,
    /// Set any other value, read as YAML
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Set any other value, always a string
    #[arg(long, value_name = "PATH=VALUE")]
    pub set_string: Vec<String>,
}

impl EnvironmentArguments {
    /// The registry, also if it is given by project and location.
    pub fn registry(&self) -> Option<(&'static str, String)> {
        match (&self.registry, &self.project_id, &self.location) {
            (Some(registry), ..) => Some(("--registry", registry.clone())),
            (_, Some(project), Some(location)) => Some((
                "--project-id and --location",
                format!("{location}-docker.pkg.dev/{project}/xbench"),
            )),
            _ => None,
        }
    }
}
