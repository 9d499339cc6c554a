//! The command line of `render`.

use super::VariantArguments;
use crate::commands;
use crate::pipeline::Request;
use crate::render::Format;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench render | kubectl apply -f -
  xbench render --profile smoke --backend jax-tpu
  xbench render accelerators --accelerator tpu-v6e-1,tpu-v6e-4 -o rendered
  xbench render --set benchmark.load.runs=5 --set-string environment.labels.run=\"007\"
  xbench render --blueprint debug --backend pytorch-cuda";

/// Arguments of `render`.
#[derive(Args, Debug)]
pub struct RenderArguments {
    /// Suite to render; the default one if absent
    pub suite: Option<String>,
    /// Which variants
    #[command(flatten)]
    pub variants: VariantArguments,
    /// Folder to write to, replaced as a whole; standard output if absent
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Form of the objects; JSON on standard output is one `List`
    #[arg(long, value_enum, default_value_t)]
    pub format: ObjectFormat,
}

/// Form of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ObjectFormat {
    /// YAML documents.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

impl From<ObjectFormat> for Format {
    fn from(format: ObjectFormat) -> Self {
        match format {
            ObjectFormat::Yaml => Format::Yaml,
            ObjectFormat::Json => Format::Json,
        }
    }
}

impl RenderArguments {
    /// What the command does.
    pub fn options(&self) -> commands::render::Options {
        commands::render::Options {
            request: Request {
                suite: self.suite.clone(),
                ..self.variants.request()
            },
            blueprint: self.variants.blueprint.clone(),
            format: self.format.into(),
            output: self.output.clone(),
        }
    }
}
