//! Blueprints: folders under `base/` that are rendered for a variant.

use crate::schema::Document;
use crate::source::Place;
use crate::template::Template;
use crate::yaml::Node;
use std::sync::Arc;

/// What a blueprint says of itself.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its folder's name.
    pub name: String,
    /// One line for people.
    pub description: String,
    fragments: Vec<(String, FileName)>,
    files: Vec<(String, FileName, Document)>,
    objects: Vec<FileName>,
    cloud_build: Option<[FileName; 2]>,
}

/// A file that a manifest names.
#[derive(Clone, Debug)]
struct FileName {
    name: String,
    place: Place,
}

/// A blueprint with its templates.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// Its folder's name.
    pub name: String,
    /// Shared templates, evaluated first, by the name templates know them under.
    pub fragments: Vec<(String, Arc<Template>)>,
    /// Configuration files, evaluated next, with the schema each must satisfy.
    pub files: Vec<(String, Arc<Template>, Document)>,
    /// Kubernetes objects, in the order in which they are applied, by their file's name.
    pub objects: Vec<(String, Arc<Template>)>,
    /// In place of objects: what renders the build contexts of images.
    pub cloud_build: Option<CloudBuildTemplates>,
}

/// The templates of Cloud Build files.
#[derive(Clone, Debug)]
pub struct CloudBuildTemplates {
    /// A file, whatever images it builds.
    pub file: Arc<Template>,
    /// The steps that build one image.
    pub steps: Arc<Template>,
}

impl Blueprint {
    /// All its templates, shared ones included.
    pub fn templates(&self) -> impl Iterator<Item = &Arc<Template>> {
        let fragments = self.fragments.iter().map(|(_, template)| template);
        let files = self.files.iter().map(|(_, template, _)| template);
        let objects = self.objects.iter().map(|(_, template)| template);
        let cloud_build = self.cloud_build.iter();
        let cloud_build = cloud_build.flat_map(|templates| [&templates.file, &templates.steps]);
        fragments.chain(files).chain(objects).chain(cloud_build)
    }
}

impl Manifest {
    /// Reads a manifest out of a tree that its schema accepts.
    pub fn from_tree(name: &str, tree: &Node) -> Self {
        let file_name = |node: &Node| {
            node.as_str().map(|name| FileName {
                name: name.to_owned(),
                place: node.place,
            })
        };
        let named = |key: &str| tree.get(key).and_then(Node::as_map).into_iter().flatten();
        Self {
            name: name.to_owned(),
            description: tree
                .get("description")
                .and_then(Node::as_str)
                .unwrap_or_default()
                .to_owned(),
            fragments: named("fragments")
                .filter_map(|(name, entry)| Some((name.to_string(), file_name(&entry.node)?)))
                .collect(),
            files: named("files")
                .filter_map(|(name, entry)| {
                    let file = file_name(entry.node.get("template")?)?;
                    // The schema knows one schema so far.
                    Some((name.to_string(), file, Document::Workload))
                })
                .collect(),
            objects: tree
                .get("objects")
                .and_then(Node::as_list)
                .unwrap_or_default()
                .iter()
                .filter_map(|node| file_name(node))
                .collect(),
            cloud_build: tree.get("cloudBuild").and_then(|node| {
                Some([
                    node.get("file").and_then(file_name)?,
                    node.get("steps").and_then(file_name)?,
                ])
            }),
        }
    }

    /// Loads every template; those that do not load are left out, the loader has said why.
    pub fn load(
        self,
        mut template: impl FnMut(&str, Place, bool) -> Option<Arc<Template>>,
    ) -> Blueprint {
        let mut load =
            |file: &FileName, is_shared: bool| template(&file.name, file.place, is_shared);
        Blueprint {
            fragments: self
                .fragments
                .into_iter()
                .filter_map(|(name, file)| Some((name, load(&file, true)?)))
                .collect(),
            files: self
                .files
                .into_iter()
                .filter_map(|(name, file, document)| Some((name, load(&file, false)?, document)))
                .collect(),
            objects: self
                .objects
                .into_iter()
                .filter_map(|file| Some((file.name.clone(), load(&file, false)?)))
                .collect(),
            cloud_build: self.cloud_build.and_then(|[file, steps]| {
                let (file, steps) = (load(&file, false), load(&steps, false));
                Some(CloudBuildTemplates {
                    file: file?,
                    steps: steps?,
                })
            }),
            name: self.name,
        }
    }
}
