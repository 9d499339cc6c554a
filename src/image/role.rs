//! The images of a Job.

use crate::yaml::Node;
use serde_json::{Value, json};

/// An image of a Job, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The server that is measured.
    Server,
    /// What measures it.
    Loadgen,
}

/// What Dockerfiles may read of the section `build`: tools that build are no part of what is built.
const OF_BUILD: [&str; 3] = ["platform", "sourceDateEpoch", "frontend"];

impl Role {
    /// All of them.
    pub const ALL: [Role; 2] = [Role::Server, Role::Loadgen];

    /// The name templates know it under.
    pub fn name(self) -> &'static str {
        match self {
            Role::Server => "server",
            Role::Loadgen => "loadgen",
        }
    }

    /// Where its section of the values stands.
    pub fn section(self) -> [&'static str; 2] {
        match self {
            Role::Server => ["backend", "image"],
            Role::Loadgen => ["loadgen", "image"],
        }
    }

    /// Where its version stands.
    pub fn version(self) -> &'static [&'static str] {
        match self {
            Role::Server => &["backend", "version"],
            Role::Loadgen => &["loadgen", "image", "version"],
        }
    }

    /// Everything a recipe and its Dockerfile may read: `image`, `build` and `version`. Nothing of an
    /// environment, a model or a profile is among it.
    pub fn inputs(self, values: &Node) -> Value {
        let json = |path: &[&str]| {
            values
                .at(path.iter().copied())
                .map(Node::to_json)
                .unwrap_or_default()
        };
        let build: serde_json::Map<String, Value> = OF_BUILD
            .into_iter()
            .map(|key| (key.to_owned(), json(&["build", key])))
            .collect();
        json!({
            "image": json(&self.section()),
            "build": build,
            "version": json(self.version()),
        })
    }
}
