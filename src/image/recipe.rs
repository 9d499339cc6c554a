//! Recipes: folders below `base/images`.

use super::Dockerfile;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Place;
use crate::template::{NoTrace, Template, evaluate};
use crate::yaml::Node;
use serde_json::Value;
use std::sync::Arc;

/// What an image is built from: a Dockerfile, and what is copied beside it.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Its folder's name.
    pub name: String,
    /// The Dockerfile's template.
    pub dockerfile: Dockerfile,
    files: Template,
    tree: Arc<Node>,
}

/// A file or folder of the project that goes into a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Path in the context.
    pub to: String,
    /// Path in the project.
    pub from: String,
    /// Where the recipe says so.
    pub place: Place,
}

impl Recipe {
    /// Reads a recipe out of a tree that its schema accepts.
    ///
    /// # Errors
    ///
    /// Every expression in it that cannot be read.
    pub fn new(
        name: &str,
        tree: Arc<Node>,
        dockerfile: Dockerfile,
    ) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self {
            name: name.to_owned(),
            dockerfile,
            files: crate::template::parse(&tree)?,
            tree,
        })
    }

    /// What is copied into the context for these values.
    ///
    /// # Errors
    ///
    /// Every expression that cannot be evaluated, and every path that leads out of the project.
    pub fn copied(&self, values: &Value) -> Result<Vec<Copied>, Vec<Diagnostic>> {
        let evaluated = evaluate(&self.files, values, &mut NoTrace)?.unwrap_or_default();
        let files = evaluated.get("files").and_then(Value::as_object);
        let mut copied = Vec::new();
        let mut problems = Vec::new();
        for (to, from) in files.into_iter().flatten() {
            let place = self
                .tree
                .at(["files", to])
                .map_or(self.tree.place, |node| node.place);
            match from.as_str().filter(|from| is_inside(from)) {
                Some(from) => copied.push(Copied {
                    to: to.clone(),
                    from: from.to_owned(),
                    place,
                }),
                None => problems.push(
                    Diagnostic::error(Code::Project, format!("{from} is no path in the project"))
                        .at(place)
                        .help(
                            "write a path from the project's folder on, with `/` between its parts",
                        ),
                ),
            }
        }
        if problems.is_empty() {
            Ok(copied)
        } else {
            Err(problems)
        }
    }

    /// Every literal and path of what is copied, for lints.
    pub fn template(&self) -> &Template {
        &self.files
    }
}

fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains('\\'))
}
