//! Which variants: the arguments that several commands share.

use crate::layer::{Assignment, AssignmentKind};
use crate::pipeline::Request;
use crate::select::Narrowing;
use clap::Args;

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
                is_of_another_time: false,
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
