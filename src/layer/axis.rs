//! The five axes, in their order of precedence.

use std::fmt;

/// The name of the layer that comes before every chosen layer of its axis, if the file exists.
pub const DEFAULTS: &str = "_defaults";

/// A folder under `overlays/` from which a variant takes one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// The server that is measured.
    Backend,
    /// What it runs on.
    Accelerator,
    /// What it serves.
    Model,
    /// What is measured.
    Profile,
    /// Where.
    Environment,
}

impl Axis {
    /// All axes, lowest precedence first.
    pub const ALL: [Axis; 5] = [
        Axis::Backend,
        Axis::Accelerator,
        Axis::Model,
        Axis::Profile,
        Axis::Environment,
    ];

    /// The folder under `overlays/`.
    pub fn folder(self) -> &'static str {
        match self {
            Axis::Backend => "backends",
            Axis::Accelerator => "accelerators",
            Axis::Model => "models",
            Axis::Profile => "profiles",
            Axis::Environment => "environments",
        }
    }

    /// The section of the values that only this axis sets; also its name in suites.
    pub fn name(self) -> &'static str {
        match self {
            Axis::Backend => "backend",
            Axis::Accelerator => "accelerator",
            Axis::Model => "model",
            Axis::Profile => "profile",
            Axis::Environment => "environment",
        }
    }

    /// The axis of a name, or of the flag that chooses from it: `env` is short for `environment`.
    pub fn named(name: &str) -> Option<Axis> {
        match name {
            "env" => Some(Axis::Environment),
            _ => Axis::ALL.into_iter().find(|axis| axis.name() == name),
        }
    }

    /// The axis that alone sets a section of the values, if there is one.
    pub fn owning(section: &str) -> Option<Axis> {
        match section {
            "policy" => Some(Axis::Environment),
            _ => Axis::ALL.into_iter().find(|axis| axis.name() == section),
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
