//! The shipped files, each accepted alone.

use std::fs;
use std::path::{Path, PathBuf};
use xbench::diagnostic::text::{Color, render};
use xbench::layer::Axis;
use xbench::schema::{Document, Schemas};
use xbench::source::Sources;
use xbench::yaml::{Dialect, read};
use xbench_scenario::{files_below, repository};

/// Every YAML file of the project.
pub(crate) fn files() -> Vec<PathBuf> {
    ["base", "overlays"]
        .into_iter()
        .flat_map(|folder| {
            files_below(&repository().join(folder))
                .into_iter()
                .map(move |file| Path::new(folder).join(file))
        })
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect()
}

/// Reads a file, and holds it against its schema or parses it as a template.
pub(crate) fn accept(file: &Path) -> Result<(), String> {
    let text = fs::read_to_string(repository().join(file)).expect("the file can be read");
    let mut sources = Sources::default();
    let source = sources.add(file.to_string_lossy(), text);
    let problems = match read(&sources, source, Dialect::Strict) {
        Err(problems) => problems,
        Ok(tree) => match document(file) {
            Some(document) => Schemas::default().validate(document, &tree, &tree.to_json()),
            None => xbench::template::parse(&tree).err().unwrap_or_default(),
        },
    };
    if problems.is_empty() {
        Ok(())
    } else {
        Err(render(&problems, &sources, Color::Plain))
    }
}

/// The schema of a file; a template has none.
fn document(file: &Path) -> Option<Document> {
    let parts: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
    match parts.as_slice() {
        ["overlays", "suites", _] => Some(Document::Suite),
        ["overlays", "environments", name] if name.ends_with(".lock.yaml") => Some(Document::Lock),
        ["overlays", folder, _] => Axis::ALL
            .into_iter()
            .find(|axis| axis.folder() == *folder)
            .map(Document::of_layer),
        [.., "blueprint.yaml"] => Some(Document::Blueprint),
        _ => None,
    }
}
