//! `--set path=value`: the topmost layer, one value each.

use super::PATCHES;
use crate::diagnostic::{Code, Diagnostic};
use crate::path::ValuePath;
use crate::source::{Place, Sources};
use crate::yaml::{Dialect, Entry, Kind, Map, Node, read};
use std::sync::Arc;

/// How the text after `=` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentKind {
    /// As YAML: `--set`.
    Yaml,
    /// As a string, whatever it looks like: `--set-string`.
    String,
}

/// One `--set` or `--set-string` argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Which flag it came with.
    pub kind: AssignmentKind,
    /// `path=value`.
    pub text: String,
}

impl Assignment {
    /// The layer that sets this one value.
    ///
    /// # Errors
    ///
    /// If there is no `=`, the path is none, or the value is not YAML.
    pub fn to_layer(&self, sources: &mut Sources) -> Result<Arc<Node>, Vec<Diagnostic>> {
        let flag = match self.kind {
            AssignmentKind::Yaml => "--set",
            AssignmentKind::String => "--set-string",
        };
        let Some((path, value)) = self.text.split_once('=') else {
            let place = Place::top(sources.add(flag, self.text.clone()));
            return Err(vec![
                Diagnostic::error(Code::Set, format!("`{}` has no `=`", self.text))
                    .at(place)
                    .help("write `path=value`, for example `server.flags.page-size=16`"),
            ]);
        };
        let path = match ValuePath::parse(path) {
            Ok(path) => path,
            Err(error) => {
                let place = Place::top(sources.add(flag, self.text.clone()));
                return Err(vec![
                    Diagnostic::error(Code::Set, format!("`{path}` is not a path: {error}"))
                        .at(place)
                        .help("write keys separated by dots, and a key that holds a dot in double quotes"),
                ]);
            }
        };
        let source = sources.add(format!("{flag} {path}"), value);
        if path.keys().next() == Some(PATCHES) {
            return Err(vec![
                Diagnostic::error(Code::Set, format!("`{PATCHES}` cannot be set here"))
                    .at(Place::top(source))
                    .help("write patches into a layer"),
            ]);
        }
        let leaf = match self.kind {
            AssignmentKind::Yaml if value.is_empty() => {
                Arc::new(Node::new(Kind::Null, Place::top(source)))
            }
            AssignmentKind::Yaml => read(sources, source, Dialect::Strict)?,
            AssignmentKind::String => {
                Arc::new(Node::new(Kind::String(value.into()), Place::top(source)))
            }
        };
        Ok(wrapped(&path, leaf, Place::top(source)))
    }
}

/// The layer that sets one value and nothing else.
pub fn wrapped(path: &ValuePath, leaf: Arc<Node>, place: Place) -> Arc<Node> {
    path.keys().rev().fold(leaf, |node, key| {
        let entry = Entry { key: place, node };
        let map = Map::from_iter([(key.into(), entry)]);
        Arc::new(Node::new(Kind::Map(map), place))
    })
}
