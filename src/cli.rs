//! The command line.

use crate::commands::{self, diff::Against};
use crate::diagnostic::{Code, Diagnostic, text::Color};
use crate::diff::text::View;
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
    /// Say where a value comes from: template, line, and the layers that set it
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Box<ExplainArguments>),
    /// Show what changes in what is rendered, and because of which lines
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(Box<DiffArguments>),
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

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  xbench explain job.spec.template.spec.initContainers[server].image --backend jax-tpu
  xbench explain server.flags.dtype
  xbench explain 'configmap.data.\"benchmark.json\".load.runs'
  xbench explain 'configmap.data.\"benchmark.json\":12'
  xbench explain job --backend pytorch-cuda --profile smoke

A path begins with an object's template (`job`, `configmap`) or a section of the values (`server`),
or is a JSON pointer (`/job/spec/backoffLimit`). Where a name is both, the rendered object comes
first; `values.job.backoffLimit` means the values. Without a path, whole objects are annotated.";

const DIFF_EXAMPLES: &str = "\
Examples:
  xbench diff --rev origin/main
  xbench diff --rev HEAD~1 --profile smoke --view unified
  xbench render -o rendered; xbench diff --against rendered
  xbench diff --between pytorch-cuda jax-tpu
  xbench diff --between smoke,jax-tpu standard,jax-tpu
  xbench diff --rev origin/main --format markdown > comment.md
  KUBECTL_EXTERNAL_DIFF='xbench diff' kubectl diff -f rendered.yaml

Objects are matched by suite, variant, blueprint and kind. What --set sets belongs to the new side
only, except between two variants. Ends with 0 if nothing differs, with 1 if
something does, with 2 if it could not tell.";

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

/// Arguments of `diff`.
#[derive(Args, Debug)]
pub struct DiffArguments {
    /// Two folders or files of objects, old and new, as `kubectl diff` gives them
    #[arg(num_args = 2, value_names = ["OLD", "NEW"],
        conflicts_with_all = ["against", "rev", "between"])]
    pub folders: Vec<PathBuf>,
    /// Compare with rendered objects: a folder that `render -o` wrote, or a file
    #[arg(long, value_name = "PATH", conflicts_with_all = ["rev", "between"])]
    pub against: Option<PathBuf>,
    /// Compare with the project at a revision of its git repository
    #[arg(long, value_name = "REVISION", conflicts_with = "between")]
    pub rev: Option<String>,
    /// Compare two variants, each named by enough of its layers, separated by commas
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    pub between: Vec<String>,
    /// Suite to take variants from; the default one if absent
    #[arg(long, value_name = "NAME")]
    pub suite: Option<String>,
    /// Which variants
    #[command(flatten)]
    pub variants: VariantArguments,
    /// How changed objects are shown
    #[arg(long, value_enum, default_value_t)]
    pub view: DiffView,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: DiffFormat,
}

/// How changed objects are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffView {
    /// Each changed value by its path.
    #[default]
    Structural,
    /// Lines, as `diff -u` shows them.
    Unified,
}

/// Form of a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    #[default]
    Text,
    /// JSON for programs.
    Json,
    /// For a comment on a pull request; at most 65,000 characters.
    Markdown,
}

/// Which variants, and what is set on the command line.
#[derive(Args, Debug)]
pub struct VariantArguments {
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

impl VariantArguments {
    /// Which variants of the default suite, and what is set.
    pub fn request(&self) -> Request {
        let assignment = |kind| {
            move |text: &String| Assignment {
                kind,
                text: text.clone(),
            }
        };
        Request {
            suite: None,
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

impl DiffArguments {
    /// What the command does.
    ///
    /// # Errors
    ///
    /// If nothing says what to compare with.
    pub fn options(&self, color: Color) -> Result<commands::diff::Options, Vec<Diagnostic>> {
        let against = match (&self.against, &self.rev, self.between.as_slice()) {
            (Some(path), ..) => Against::Rendered(path.clone()),
            (_, Some(revision), _) => Against::Revision(revision.clone()),
            (_, _, [old, new]) => Against::Variants(old.clone(), new.clone()),
            _ if !self.folders.is_empty() => Against::Rendered(self.folders[0].clone()),
            _ => {
                return Err(vec![
                    Diagnostic::error(Code::Usage, "there is nothing to compare with")
                        .help("name it with --against, --rev or --between"),
                ]);
            }
        };
        Ok(commands::diff::Options {
            request: Request {
                suite: self.suite.clone(),
                ..self.variants.request()
            },
            blueprint: self.variants.blueprint.clone(),
            against,
            format: match self.format {
                DiffFormat::Text => commands::diff::Format::Text,
                DiffFormat::Json => commands::diff::Format::Json,
                DiffFormat::Markdown => commands::diff::Format::Markdown,
            },
            view: match self.view {
                DiffView::Structural => View::Structural,
                DiffView::Unified => View::Unified,
            },
            color,
        })
    }
}
