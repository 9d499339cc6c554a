//! The command line of `explain`.

use super::{ListFormat, VariantArguments};
use crate::commands;
use crate::pipeline::Request;
use clap::Args;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench explain job.spec.template.spec.initContainers[server].image --backend jax-tpu
  xbench explain server.flags.dtype
  xbench explain 'configmap.data.\"benchmark.json\".load.runs'
  xbench explain 'configmap.data.\"benchmark.json\":12'
  xbench explain job --backend pytorch-cuda --profile smoke
  xbench explain xbench-loadgen/Dockerfile:5

A path begins with an object's template (`job`, `configmap`) or a section of the values (`server`),
or is a JSON pointer (`/job/spec/backoffLimit`). Where a name is both, the rendered object comes
first; `values.job.backoffLimit` means the values. Without a path, whole objects are annotated.";

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub struct ExplainArguments {
    /// What to explain; whole objects if absent
    pub path: Option<String>,
    /// Suite to take variants from; the default one if absent
    #[arg(long, value_name = "NAME")]
    pub suite: Option<String>,
    /// Which variants
    #[command(flatten)]
    pub variants: VariantArguments,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

impl ExplainArguments {
    /// What the command does.
    pub fn options(&self) -> commands::explain::Options {
        commands::explain::Options {
            request: Request {
                suite: self.suite.clone(),
                ..self.variants.request()
            },
            blueprint: self.variants.blueprint.clone(),
            address: self.path.clone(),
            as_json: self.format == ListFormat::Json,
        }
    }
}
