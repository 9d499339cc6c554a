//! The command line of `diff`.

use super::VariantArguments;
use crate::commands::{self, diff::Against};
use crate::diagnostic::{Code, Diagnostic, text::Color};
use crate::diff::text::View;
use crate::pipeline::Request;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench diff --rev origin/main
  xbench diff --rev HEAD~1 --profile smoke --view unified
  xbench render -o rendered; xbench diff --against rendered
  xbench diff --between pytorch-cuda jax-tpu
  xbench diff --between smoke,jax-tpu standard,jax-tpu
  xbench diff --rev origin/main --format markdown > comment.md
  KUBECTL_EXTERNAL_DIFF='xbench diff' kubectl diff -f rendered.yaml

Objects are matched by suite, variant, blueprint and kind. What --set sets belongs to the new side \
only, except between two variants.

Exit codes: 0 nothing differs; 1 something does; 2 could not tell.";

/// Arguments of `diff`.
#[derive(Args, Debug)]
pub struct DiffArguments {
    /// A folder or file of objects, as `kubectl diff` gives it
    #[arg(requires = "new", conflicts_with_all = ["against", "rev", "between"])]
    pub old: Option<PathBuf>,
    /// What it is compared with
    pub new: Option<PathBuf>,
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

impl DiffArguments {
    /// The two sides, if they are given as folders or files.
    pub fn sides(&self) -> Option<(&Path, &Path)> {
        Some((self.old.as_deref()?, self.new.as_deref()?))
    }

    /// How the answer is shown.
    pub fn shown(&self, color: Color) -> commands::diff::Shown {
        commands::diff::Shown {
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
        }
    }

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
            _ => {
                return Err(vec![
                    Diagnostic::error(Code::Usage, "there is nothing to compare with")
                        .help("name it: --rev REVISION, --against PATH, --between OLD NEW, or two folders of objects"),
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
            shown: self.shown(color),
        })
    }
}
