//! What a project offers by name, and the layers that were read so far.

use super::{BASE, Contexts, OVERLAYS, Project, ReadError};
use crate::blueprint::{Blueprint, Manifest};
use crate::diagnostic::{Code, Diagnostic, enumerate, instead, there_are};
use crate::image::{Dockerfile, Recipe};
use crate::layer::{Axis, DEFAULTS, Layer};
use crate::lock::Lock;
use crate::schema::{Document, Schemas};
use crate::source::{Place, SourceId, Sources};
use crate::suite::Suite;
use crate::template::Template;
use crate::yaml::{Dialect, Node, read};
use std::collections::HashMap;
use std::sync::Arc;

/// The folder of fragments that blueprints share; not a blueprint itself.
const SHARED: &str = "_shared";
/// The blueprint that renders build contexts; the recipes of images are the folders in it.
const IMAGES: &str = "base/images";
/// The folder of suites.
const SUITES: &str = "suites";

/// A project's names, and every file of it that was needed so far.
pub struct Library {
    project: Project,
    /// Every text that was read.
    pub sources: Sources,
    /// The compiled schemas.
    pub schemas: Schemas,
    layers: HashMap<(Axis, String), Read<Option<Arc<Layer>>>>,
    templates: HashMap<String, Arc<Template>>,
    contexts: Option<Arc<Contexts>>,
}

/// A step that reads may fail in several places at once.
pub type Read<T> = Result<T, Vec<Diagnostic>>;

impl Library {
    /// A library that has read nothing yet.
    pub fn new(project: Project) -> Self {
        Self {
            project,
            sources: Sources::default(),
            schemas: Schemas::default(),
            layers: HashMap::new(),
            templates: HashMap::new(),
            contexts: None,
        }
    }

    /// The project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The names of an axis's layers, sorted, without defaults and locks.
    ///
    /// # Errors
    ///
    /// If a file's name cannot be a layer's, or the folder cannot be read.
    pub fn layer_names(&self, axis: Axis) -> Read<Vec<String>> {
        let folder = format!("{OVERLAYS}/{}", axis.folder());
        let names = self.yaml_names(&folder)?;
        Ok(names
            .into_iter()
            .filter(|name| name != DEFAULTS && !name.ends_with(".lock"))
            .collect())
    }

    /// The names of the suites, sorted.
    ///
    /// # Errors
    ///
    /// If a file's name cannot be a suite's, or the folder cannot be read.
    pub fn suite_names(&self) -> Read<Vec<String>> {
        self.yaml_names(&format!("{OVERLAYS}/{SUITES}"))
    }

    /// The names of the blueprints, sorted.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn blueprint_names(&self) -> Read<Vec<String>> {
        let names = self
            .project
            .folders(BASE)
            .map_err(|error| vec![unread(BASE, error)])?;
        Ok(names
            .into_iter()
            .filter(|name| name != SHARED && !name.starts_with('.'))
            .collect())
    }

    fn yaml_names(&self, folder: &str) -> Read<Vec<String>> {
        let entries = self
            .project
            .entries(folder)
            .map_err(|error| vec![unread(folder, error)])?;
        let mut problems = Vec::new();
        let mut names = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.starts_with('.')) {
            match entry.strip_suffix(".yaml") {
                Some(name) if name == DEFAULTS || is_layer_name(name) => {
                    names.push(name.to_owned());
                }
                _ => problems.push(
                    Diagnostic::error(
                        Code::Project,
                        format!("`{folder}/{entry}` has no name that can be used"),
                    )
                    .help(
                        "name it `NAME.yaml`: lowercase letters, digits, `-` and `.`, at most 63 \
                         characters, beginning and ending with a letter or digit",
                    ),
                ),
            }
        }
        if problems.is_empty() {
            Ok(names)
        } else {
            Err(problems)
        }
    }

    /// Reads a suite.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn suite(&mut self, name: &str) -> Read<Suite> {
        let file = format!("{OVERLAYS}/{SUITES}/{name}.yaml");
        let known = self.suite_names()?;
        if !known.iter().any(|one| one == name) {
            return Err(vec![unknown("suite", name, &known)]);
        }
        let Some(tree) = self.tree(&file, Document::Suite)? else {
            return Err(vec![unread(&file, ReadError::Missing)]);
        };
        Suite::from_tree(name, &tree)
    }

    /// The suite that is meant when none is named.
    ///
    /// # Errors
    ///
    /// If a suite is wrong, or not exactly one is the default.
    pub fn default_suite(&mut self) -> Read<Suite> {
        let mut suites = Vec::new();
        let mut problems = Vec::new();
        for name in self.suite_names()? {
            match self.suite(&name) {
                Ok(suite) => suites.push(suite),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let names: Vec<String> = suites.iter().map(|suite| suite.name.clone()).collect();
        let mut defaults = suites.into_iter().filter(|suite| suite.is_default);
        if names.is_empty() {
            return Err(vec![
                Diagnostic::error(Code::Project, "the project has no suite")
                    .help(format!("write one: {OVERLAYS}/{SUITES}/NAME.yaml")),
            ]);
        }
        match (defaults.next(), defaults.next()) {
            (Some(suite), None) => Ok(suite),
            (None, _) => Err(vec![
                Diagnostic::error(Code::Project, "no suite is the default").help(format!(
                    "name one, or write `default: true` into one; {}",
                    there_are(names.iter().map(String::as_str))
                )),
            ]),
            (Some(first), Some(second)) => Err(vec![
                Diagnostic::error(
                    Code::Project,
                    format!(
                        "the suites `{}` and `{}` are both the default",
                        first.name, second.name
                    ),
                )
                .at(second.place)
                .help("remove `default: true` from one of them"),
            ]),
        }
    }

    /// The names of all environments: without one, nothing can be rendered.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn environments(&self) -> Read<Vec<String>> {
        let known = self.layer_names(Axis::Environment)?;
        if known.is_empty() {
            return Err(vec![
                Diagnostic::error(Code::Project, "the project has no environment")
                    .help("`xbench init environment NAME` writes one"),
            ]);
        }
        Ok(known)
    }

    /// The environment that was named, or the only one there is.
    ///
    /// # Errors
    ///
    /// If there is no such environment, or none was named and there are several.
    pub fn environment(&self, named: Option<&str>) -> Read<String> {
        let known = self.environments()?;
        match (named, known.as_slice()) {
            (Some(name), known) if known.iter().any(|one| one == name) => Ok(name.to_owned()),
            (Some(name), known) => Err(vec![unknown("environment", name, known)]),
            (None, [only]) => Ok(only.clone()),
            (None, several) => Err(vec![
                Diagnostic::error(Code::Usage, "the project has several environments").help(
                    format!(
                        "name one with --env: {}",
                        enumerate(several.iter().map(String::as_str))
                    ),
                ),
            ]),
        }
    }

    /// The defaults of an axis, if it has any.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn defaults(&mut self, axis: Axis) -> Read<Option<Arc<Layer>>> {
        self.load_layer(axis, DEFAULTS)
    }

    /// A layer by its name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn layer(&mut self, axis: Axis, name: &str, named_at: Option<Place>) -> Read<Arc<Layer>> {
        match self.load_layer(axis, name)? {
            Some(layer) => Ok(layer),
            None => {
                let known = self.layer_names(axis)?;
                let mut problem = unknown(axis.name(), name, &known);
                if let Some(place) = named_at {
                    problem = problem.at(place);
                }
                Err(vec![problem])
            }
        }
    }

    fn load_layer(&mut self, axis: Axis, name: &str) -> Read<Option<Arc<Layer>>> {
        let key = (axis, name.to_owned());
        if let Some(layer) = self.layers.get(&key) {
            return layer.clone();
        }
        // A broken layer is remembered as well: it is read and reported once, however many variants
        // use it.
        let layer = if name == DEFAULTS || is_layer_name(name) {
            self.read_layer(axis, name)
        } else {
            Ok(None)
        };
        self.layers.insert(key, layer.clone());
        layer
    }

    fn read_layer(&mut self, axis: Axis, name: &str) -> Read<Option<Arc<Layer>>> {
        let file = format!("{OVERLAYS}/{}/{name}.yaml", axis.folder());
        let read = self.file(&file, |schemas, tree| {
            schemas.validate_layer(axis, tree, &tree.to_json())
        })?;
        let Some(tree) = read else {
            return Ok(None);
        };
        let layer = Layer::new(&tree);
        let problems = self.patches_of_no_blueprint(&layer)?;
        if problems.is_empty() {
            Ok(Some(Arc::new(layer)))
        } else {
            Err(problems)
        }
    }

    /// A patch for a blueprint that does not exist would be forgotten in silence.
    fn patches_of_no_blueprint(&self, layer: &Layer) -> Read<Vec<Diagnostic>> {
        if layer.patches.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.blueprint_names()?;
        Ok(layer
            .patches
            .iter()
            .filter_map(|patch| patch.at(["target", "blueprint"]))
            .filter_map(|node| Some((node, node.as_str()?)))
            .filter(|(_, name)| !known.iter().any(|one| one == name))
            .map(|(node, name)| unknown("blueprint", name, &known).at(node.place))
            .collect())
    }

    /// The lock of an environment; empty if there is none.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn lock(&mut self, environment: &str) -> Read<Lock> {
        let file = Lock::file(environment);
        Ok(self
            .tree(&file, Document::Lock)?
            .map(|tree| Lock::from_tree(&tree))
            .unwrap_or_default())
    }

    /// Reads a blueprint and its templates.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn blueprint(&mut self, name: &str) -> Read<Blueprint> {
        let manifest = self.manifest(name)?;
        let mut problems = Vec::new();
        let mut template = |file: String, named_at: Place| match self.template(&file, named_at) {
            Ok(template) => Some(template),
            Err(found) => {
                problems.extend(found);
                None
            }
        };
        let blueprint = manifest.load(|file, place, is_shared| {
            let folder = if is_shared { SHARED } else { name };
            template(format!("{BASE}/{folder}/{file}"), place)
        });
        if problems.is_empty() {
            Ok(blueprint)
        } else {
            Err(problems)
        }
    }

    /// Reads what a blueprint says of itself, without its templates.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn manifest(&mut self, name: &str) -> Read<Manifest> {
        let file = format!("{BASE}/{name}/blueprint.yaml");
        let known = self.blueprint_names()?;
        if !known.iter().any(|one| one == name) {
            return Err(vec![unknown("blueprint", name, &known)]);
        }
        match self.tree(&file, Document::Blueprint)? {
            Some(tree) => Ok(Manifest::from_tree(name, &tree)),
            None => Err(vec![
                Diagnostic::error(Code::Project, format!("`{BASE}/{name}` is not a blueprint"))
                    .help(format!("write `{file}`, or move the folder away")),
            ]),
        }
    }

    /// The recipes of images, ready to make build contexts.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them.
    pub fn contexts(&mut self) -> Read<Arc<Contexts>> {
        if let Some(contexts) = &self.contexts {
            return Ok(Arc::clone(contexts));
        }
        let folders = self
            .project
            .folders(IMAGES)
            .map_err(|error| vec![unread(IMAGES, error)])?;
        let mut recipes = Vec::new();
        let mut problems = Vec::new();
        for name in folders {
            match self.recipe(&name) {
                Ok(recipe) => recipes.push(recipe),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let contexts = Arc::new(Contexts::new(self.project.clone(), recipes));
        self.contexts = Some(Arc::clone(&contexts));
        Ok(contexts)
    }

    fn recipe(&mut self, name: &str) -> Read<Recipe> {
        let folder = format!("{IMAGES}/{name}");
        let missing = |file: &str| {
            vec![
                Diagnostic::error(Code::Project, format!("`{folder}` is not a recipe"))
                    .help(format!("write `{folder}/{file}`, or move the folder away")),
            ]
        };
        let tree = self
            .tree(&format!("{folder}/recipe.yaml"), Document::Recipe)?
            .ok_or_else(|| missing("recipe.yaml"))?;
        let file = format!("{folder}/Dockerfile");
        let source = match self.project.read(&file, &mut self.sources) {
            Ok(source) => source,
            Err(ReadError::Missing) => return Err(missing("Dockerfile")),
            Err(error) => return Err(vec![unread(&file, error)]),
        };
        let dockerfile = Dockerfile::parse(&self.sources, source)?;
        Recipe::new(name, tree, dockerfile)
    }

    fn template(&mut self, file: &str, named_at: Place) -> Read<Arc<Template>> {
        if let Some(template) = self.templates.get(file) {
            return Ok(Arc::clone(template));
        }
        let source = match self.project.read(file, &mut self.sources) {
            Ok(source) => source,
            Err(ReadError::Missing) => {
                return Err(vec![
                    Diagnostic::error(Code::Project, format!("there is no template `{file}`"))
                        .at(named_at),
                ]);
            }
            Err(error) => return Err(vec![unread(file, error)]),
        };
        let tree = read(&self.sources, source, Dialect::Strict)?;
        let template = Arc::new(crate::template::parse(&tree)?);
        self.templates
            .insert(file.to_owned(), Arc::clone(&template));
        Ok(template)
    }

    /// Reads a file and holds it against its schema; `None` if there is none.
    fn tree(&mut self, file: &str, document: Document) -> Read<Option<Arc<Node>>> {
        self.file(file, |schemas, tree| {
            schemas.validate(document, tree, &tree.to_json())
        })
    }

    /// Reads and validates a file; `None` if there is none.
    fn file(
        &mut self,
        file: &str,
        validate: impl FnOnce(&Schemas, &Node) -> Vec<Diagnostic>,
    ) -> Read<Option<Arc<Node>>> {
        let source: SourceId = match self.project.read(file, &mut self.sources) {
            Ok(source) => source,
            Err(ReadError::Missing) => return Ok(None),
            Err(error) => return Err(vec![unread(file, error)]),
        };
        let tree = read(&self.sources, source, Dialect::Strict)?;
        let problems = validate(&self.schemas, &tree);
        if problems.is_empty() {
            Ok(Some(tree))
        } else {
            Err(problems)
        }
    }
}

/// Whether a text can be the name of a layer: names become label values and parts of paths.
pub fn is_layer_name(name: &str) -> bool {
    let inner = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character)
    };
    let outer = |character: char| inner(character) && !"-.".contains(character);
    (1..=63).contains(&name.len())
        && name.chars().all(inner)
        && name.starts_with(outer)
        && name.ends_with(outer)
        && !name.contains("..")
}

fn unknown(what: &str, name: &str, known: &[String]) -> Diagnostic {
    let help = instead(name, known.iter().map(String::as_str));
    Diagnostic::error(Code::UnknownName, format!("there is no {what} `{name}`")).help(help)
}

fn unread(file: &str, error: ReadError) -> Diagnostic {
    match error {
        ReadError::Missing => Diagnostic::error(Code::Io, format!("`{file}` is missing")),
        ReadError::Invalid(diagnostic) | ReadError::Io(diagnostic) => diagnostic,
    }
}
