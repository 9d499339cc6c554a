//! The values that a new environment needs, and those that were given.

use crate::diagnostic::{Code, Diagnostic};
use crate::layer::{Assignment, AssignmentKind, merge};
use crate::path::ValuePath;
use crate::schema::{Document, lookup};
use crate::source::{Place, Sources};
use crate::yaml::Node;
use std::sync::Arc;

/// Where models come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// A bucket.
    Bucket,
    /// A claim on a volume.
    Claim,
    /// Downloaded when the server starts.
    Hub,
}

impl ModelSource {
    /// All of them, the usual one first.
    pub const ALL: [ModelSource; 3] = [ModelSource::Bucket, ModelSource::Claim, ModelSource::Hub];

    /// As it stands in a layer.
    pub fn name(self) -> &'static str {
        match self {
            ModelSource::Bucket => "gcsfuse",
            ModelSource::Claim => "pvc",
            ModelSource::Hub => "hub",
        }
    }

    fn questions(self) -> &'static [Question] {
        match self {
            ModelSource::Bucket => &[BUCKET, DIRECTORY],
            ModelSource::Claim => &[CLAIM, DIRECTORY],
            ModelSource::Hub => &[CACHE_SIZE],
        }
    }
}

/// A value of an environment that only its owner knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The flag that answers it.
    pub flag: &'static str,
    /// Where the answer goes.
    pub path: &'static str,
}

const fn question(flag: &'static str, path: &'static str) -> Question {
    Question { flag, path }
}

/// One line about the environment. It has a default, so nobody is asked.
pub const DESCRIPTION: Question = question("--description", "environment.description");
/// Where models come from; follows from the other flags.
pub const SOURCE: &str = "environment.models.source";
/// How images are named: without a lock, by what they are made of.
pub const IMAGES: &str = "policy.images";
/// Of `gcsfuse`.
pub const BUCKET: Question = question("--bucket", "environment.models.bucket");
/// Of `pvc`.
pub const CLAIM: Question = question("--claim", "environment.models.claim");
/// Of `gcsfuse` and `pvc`.
pub const DIRECTORY: Question = question("--directory", "environment.models.directory");
/// Of `hub`.
pub const CACHE_SIZE: Question = question("--cache-size", "environment.models.cacheSize");
/// Where images are.
pub const REGISTRY: Question = question("--registry", "environment.registry");
/// Those of every environment.
pub const ALWAYS: [Question; 4] = [
    question("--namespace", "environment.namespace"),
    question("--service-account", "environment.serviceAccount"),
    REGISTRY,
    question("--results", "environment.results.url"),
];

impl Question {
    /// What the schema says about the value.
    pub fn description(&self) -> String {
        let sections = Document::Sections.parse();
        lookup::at(&sections, self.path.split('.'))
            .and_then(lookup::description)
            .unwrap_or_default()
            .to_owned()
    }
}

/// The values of an environment so far, each with the flag or line it came from.
#[derive(Clone, Debug)]
pub struct Answers {
    tree: Arc<Node>,
}

impl Answers {
    /// None yet.
    pub fn new(sources: &mut Sources) -> Self {
        let nowhere = Place::top(sources.add("the new environment", ""));
        Self {
            tree: Arc::new(Node::empty_map(nowhere)),
        }
    }

    /// The values as a tree.
    pub fn tree(&self) -> &Arc<Node> {
        &self.tree
    }

    /// Takes a text as the value of a path. `given_as` is the flag, for messages.
    ///
    /// # Errors
    ///
    /// If the path is none.
    pub fn take(
        &mut self,
        sources: &mut Sources,
        given_as: &str,
        path: &str,
        text: &str,
    ) -> Result<(), Vec<Diagnostic>> {
        let source = sources.add(given_as, text);
        let place = Place {
            end: u32::try_from(text.len()).unwrap_or(u32::MAX),
            ..Place::top(source)
        };
        let leaf = Arc::new(Node::new(crate::yaml::Kind::String(text.into()), place));
        let path = ValuePath::parse(path)
            .map_err(|error| vec![Diagnostic::error(Code::Usage, format!("`{path}`: {error}"))])?;
        self.tree = merge(&self.tree, &crate::layer::wrapped(&path, leaf, place));
        Ok(())
    }

    /// Takes a `--set` argument.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn set(
        &mut self,
        sources: &mut Sources,
        kind: AssignmentKind,
        text: &str,
    ) -> Result<(), Vec<Diagnostic>> {
        let assignment = Assignment {
            kind,
            text: text.to_owned(),
        };
        let layer = assignment.to_layer(sources)?;
        self.tree = merge(&self.tree, &layer);
        Ok(())
    }

    /// Whether a path has a value.
    pub fn has(&self, path: &str) -> bool {
        self.tree.at(path.split('.')).is_some()
    }

    /// The source of models that was given, or that follows from what was given.
    pub fn model_source(&self) -> Option<ModelSource> {
        let given = self
            .tree
            .at(SOURCE.split('.'))
            .and_then(|node| node.as_str());
        if let Some(given) = given {
            return ModelSource::ALL
                .into_iter()
                .find(|source| source.name() == given);
        }
        ModelSource::ALL.into_iter().find(|source| {
            source
                .questions()
                .first()
                .is_some_and(|one| self.has(one.path))
        })
    }

    /// What is still to be answered; the questions about models only once it is known where they are.
    pub fn open(&self) -> Vec<Question> {
        let models = self.model_source().map_or(&[][..], ModelSource::questions);
        ALWAYS
            .iter()
            .take(3)
            .chain(models)
            .chain(ALWAYS.get(3))
            .filter(|question| !self.has(question.path))
            .copied()
            .collect()
    }
}
