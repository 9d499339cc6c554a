//! The files of `schemas/`, as part of the binary: the program and its formats cannot drift apart.

use crate::layer::Axis;
use serde_json::Value;

macro_rules! documents {
    ($($(#[doc = $doc:literal])+ $variant:ident = $file:literal,)+) => {
        /// One file of `schemas/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Document {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Document {
            /// All of them.
            pub const ALL: &[Document] = &[$(Document::$variant),+];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The name of the file in `schemas/`.
            pub fn file_name(self) -> &'static str {
                match self {
                    $(Document::$variant => concat!($file, ".schema.json"),)+
                }
            }

            /// The name by which people ask for it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Document::$variant => $file,)+
                }
            }

            /// What it describes, in one line.
            pub fn description(self) -> &'static str {
                match self {
                    $(Document::$variant => concat!($($doc),+).trim_ascii(),)+
                }
            }

            /// The text of the file.
            pub fn text(self) -> &'static str {
                match self {
                    $(Document::$variant => include_str!(concat!("../../schemas/", $file, ".schema.json")),)+
                }
            }
        }
    };
}

documents! {
    /// The merged values of a variant.
    Values = "values",
    /// The load generator's configuration.
    Workload = "workload",
    /// The sections of a layer; generated.
    Sections = "sections",
    /// A layer of `overlays/backends`; generated.
    Backend = "backend",
    /// A layer of `overlays/accelerators`; generated.
    Accelerator = "accelerator",
    /// A layer of `overlays/models`; generated.
    Model = "model",
    /// A layer of `overlays/profiles`; generated.
    Profile = "profile",
    /// A layer of `overlays/environments`; generated.
    Environment = "environment",
    /// A suite.
    Suite = "suite",
    /// A blueprint.
    Blueprint = "blueprint",
    /// A recipe of an image.
    Recipe = "recipe",
    /// The digests of an environment.
    Lock = "lock",
    /// Explanations for programs.
    Explanation = "explanation",
    /// Differences for programs.
    Difference = "difference",
    /// Trends of results, for programs.
    History = "history",
    /// Names of results to hold new ones against.
    Baselines = "baselines",
    /// Comparisons of results, for programs.
    Comparison = "comparison",
    /// Thresholds of a comparison.
    Policy = "policy",
    /// The machine-readable diagnostics.
    Diagnostics = "diagnostics",
    /// What the load generator writes.
    Result = "result",
}

impl Document {
    /// The schema of an axis's layers.
    pub fn of_layer(axis: Axis) -> Self {
        match axis {
            Axis::Backend => Document::Backend,
            Axis::Accelerator => Document::Accelerator,
            Axis::Model => Document::Model,
            Axis::Profile => Document::Profile,
            Axis::Environment => Document::Environment,
        }
    }

    /// The one of a name; `environment.schema.json` is understood as well.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.strip_suffix(".schema.json").unwrap_or(name);
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// Its `$id`.
    pub fn uri(self) -> String {
        format!("https://xbench.dev/schemas/{}", self.file_name())
    }

    /// The schema as a value. Embedded files are valid JSON: a test holds that.
    pub fn parse(self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_default()
    }
}
