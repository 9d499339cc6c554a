//! Build contexts out of recipes and the files of the project.

use super::{Project, ReadError};
use crate::diagnostic::{Code, Diagnostic, instead};
use crate::hash::ContentHash;
use crate::image::{BuildContext, ContextFile, Copied, Recipe, Role};
use crate::yaml::Node;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Where a context's Dockerfile lies.
const DOCKERFILE: &str = "Dockerfile";
/// What builders leave out of what they send: Cloud Build's file names the context's hash, so it cannot
/// be part of it.
const IGNORED: (&str, &[u8]) = (".dockerignore", b"cloudbuild.yaml\n");

type Outcome = Result<Arc<BuildContext>, Vec<Diagnostic>>;

/// Every recipe of a project, and every context that was made so far.
#[derive(Debug)]
pub struct Contexts {
    project: Project,
    recipes: BTreeMap<String, Recipe>,
    made: Mutex<HashMap<ContentHash, Outcome>>,
}

impl Contexts {
    /// Of a project and its recipes.
    pub(super) fn new(project: Project, recipes: Vec<Recipe>) -> Self {
        let recipes = recipes.into_iter();
        Self {
            project,
            recipes: recipes
                .map(|recipe| (recipe.name.clone(), recipe))
                .collect(),
            made: Mutex::default(),
        }
    }

    /// The recipes.
    pub fn recipes(&self) -> impl Iterator<Item = &Recipe> {
        self.recipes.values()
    }

    /// A recipe by its name.
    pub fn recipe_named(&self, name: &str) -> Option<&Recipe> {
        self.recipes.get(name)
    }

    /// The build context of an image for some values. The same inputs are looked at once.
    ///
    /// # Errors
    ///
    /// Everything that keeps it from being made.
    pub fn context(&self, role: Role, values: &Node) -> Outcome {
        let inputs = role.inputs(values);
        let key = ContentHash::of_value(&inputs);
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = made().get(&key) {
            return outcome.clone();
        }
        let outcome = self
            .recipe(role, values)
            .and_then(|recipe| self.assemble(recipe, &inputs));
        made().insert(key, outcome.clone());
        outcome
    }

    fn recipe(&self, role: Role, values: &Node) -> Result<&Recipe, Vec<Diagnostic>> {
        let node = values.at(role.section().into_iter().chain(["recipe"]));
        let name = node.and_then(Node::as_str).unwrap_or_default();
        self.recipes.get(name).ok_or_else(|| {
            let known = || self.recipes.keys().map(String::as_str);
            let help = instead(name, known());
            let problem =
                Diagnostic::error(Code::UnknownName, format!("there is no recipe `{name}`"));
            vec![problem.at(node.unwrap_or(values).place).help(help)]
        })
    }

    fn assemble(&self, recipe: &Recipe, inputs: &serde_json::Value) -> Outcome {
        let dockerfile = recipe.dockerfile.render(inputs);
        let copied = recipe.copied(inputs);
        let (dockerfile, copied) = match (dockerfile, copied) {
            (Ok(dockerfile), Ok(copied)) => (dockerfile, copied),
            (dockerfile, copied) => {
                let found = [dockerfile.err(), copied.err()];
                return Err(found.into_iter().flatten().flatten().collect());
            }
        };
        let own = |path: &str, bytes: Vec<u8>| ContextFile {
            path: path.to_owned(),
            bytes,
        };
        let mut files = vec![
            own(DOCKERFILE, dockerfile.into_bytes()),
            own(IGNORED.0, IGNORED.1.to_vec()),
        ];
        let mut problems = Vec::new();
        for one in copied {
            match self.read(&one) {
                Ok(found) => files.extend(found),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(Arc::new(BuildContext::new(files)))
        } else {
            Err(problems)
        }
    }

    /// A file, or every file below a folder.
    fn read(&self, copied: &Copied) -> Result<Vec<ContextFile>, Diagnostic> {
        let at = |error| match error {
            ReadError::Missing => Diagnostic::error(
                Code::Project,
                format!("there is no `{}` in the project", copied.from),
            )
            .at(copied.place),
            ReadError::Invalid(problem) | ReadError::Io(problem) => problem.or_at(copied.place),
        };
        if let Some(bytes) = self.project.bytes(&copied.from).map_err(at)? {
            return Ok(vec![ContextFile {
                path: copied.to.clone(),
                bytes,
            }]);
        }
        let names = self.project.files_below(&copied.from).map_err(at)?;
        if names.is_empty() {
            return Err(at(ReadError::Missing));
        }
        names
            .into_iter()
            .map(|name| {
                let bytes = self.project.bytes(&format!("{}/{name}", copied.from));
                let bytes = bytes.and_then(|bytes| bytes.ok_or(ReadError::Missing));
                Ok(ContextFile {
                    path: format!("{}/{name}", copied.to),
                    bytes: bytes.map_err(at)?,
                })
            })
            .collect()
    }
}
