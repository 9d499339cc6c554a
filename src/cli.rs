//! The command line.

use crate::layer::{Assignment, AssignmentKind};
use crate::pipeline::Request;
use crate::render::Format;
use crate::select::Narrowing;
use clap::{Args, Parser, Subcommand, ValueEnum};
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
    #[command(after_help = RENDER_EXAMPLES)]
    Render(Box<RenderArguments>),
    /// Check everything: layers, all variants of all suites and environments, parity, templates
    Check,
    /// Recompute the hashes of rendered objects and name those that were changed
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify {
        /// File of objects, YAML or JSON, as rendered or as `kubectl get -o yaml` prints them; `-`
        /// for standard input
        file: PathBuf,
    },
    /// List the layers of each axis, the suites with their variants, and the blueprints
    List {
        /// Form of the list
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
}

const RENDER_EXAMPLES: &str = "\
Examples:
  xbench render | kubectl apply -f -
  xbench render --profile smoke --backend jax-tpu
  xbench render accelerators --accelerator tpu-v6e-1,tpu-v6e-4 -o rendered
  xbench render --set benchmark.load.runs=5 --set-string environment.labels.run=\"007\"
  xbench render --blueprint debug --backend pytorch-cuda";

const VERIFY_EXAMPLES: &str = "\
Examples:
  kubectl get jobs,configmaps -l app.kubernetes.io/managed-by=xbench -o yaml | xbench verify -
  xbench verify rendered.yaml";

/// Arguments of `render`.
#[derive(Args, Debug)]
pub struct RenderArguments {
    /// Suite to render; the default one if absent
    pub suite: Option<String>,
    /// Environment to render for; needed if there are several
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Keep only the suite's variants with these backends
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub backend: Vec<String>,
    /// Keep only the suite's variants with these accelerators
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub accelerator: Vec<String>,
    /// Use these models instead of the suite's
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub model: Vec<String>,
    /// Use these profiles instead of the suite's
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub profile: Vec<String>,
    /// Blueprint to render
    #[arg(long, value_name = "NAME", default_value = "score")]
    pub blueprint: String,
    /// Set a value, read as YAML; nothing after `=` removes it
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Set a value, always a string
    #[arg(long, value_name = "PATH=VALUE")]
    pub set_string: Vec<String>,
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

/// Form of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table for people.
    #[default]
    Text,
    /// JSON for programs.
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
    /// Which variants, and what is set.
    pub fn request(&self) -> Request {
        let assignment = |kind| {
            move |text: &String| Assignment {
                kind,
                text: text.clone(),
            }
        };
        Request {
            suite: self.suite.clone(),
            environment: self.env.clone(),
            narrowing: Narrowing {
                backends: self.backend.clone(),
                accelerators: self.accelerator.clone(),
                models: self.model.clone(),
                profiles: self.profile.clone(),
            },
            assignments: self
                .set
                .iter()
                .map(assignment(AssignmentKind::Yaml))
                .chain(
                    self.set_string
                        .iter()
                        .map(assignment(AssignmentKind::String)),
                )
                .collect(),
        }
    }
}
