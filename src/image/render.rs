//! From the images of variants to the files that are written for them.

use super::cloud_build::{self, Finding};
use crate::blueprint::CloudBuildTemplates;
use crate::diagnostic::{Code, Diagnostic};
use crate::images::Image;
use crate::path::ValuePath;
use crate::render::Artifact;
use crate::template::{NoTrace, Origins, evaluate};
use crate::yaml::document;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The Cloud Build file of an image, and of all images.
const FILE: &str = "cloudbuild.yaml";

/// The images of several variants by name, each once.
///
/// # Errors
///
/// If two variants build different images of one name.
pub fn distinct(
    images: impl IntoIterator<Item = Image>,
) -> Result<BTreeMap<String, Image>, Vec<Diagnostic>> {
    let mut by_name: BTreeMap<String, Image> = BTreeMap::new();
    for image in images {
        match by_name.get(&image.name) {
            Some(other) if other.context.hash != image.context.hash => {
                return Err(vec![
                    Diagnostic::error(
                        Code::Usage,
                        format!("variants build different images named `{}`", image.name),
                    )
                    .help(
                        "leave one of them by --backend or --accelerator, or name them differently",
                    ),
                ]);
            }
            _ => drop(by_name.insert(image.name.clone(), image)),
        }
    }
    Ok(by_name)
}

/// Every file of the build contexts of images: a folder an image, its Cloud Build file in it, and one
/// more beside the folders that builds all of them. `values` are those of any variant of the environment.
///
/// # Errors
///
/// Everything that templates or Cloud Build's rules refuse.
pub fn artifacts(
    images: &BTreeMap<String, Image>,
    templates: &CloudBuildTemplates,
    values: &Value,
) -> Result<Vec<Artifact>, Vec<Diagnostic>> {
    let mut artifacts = Vec::new();
    for image in images.values() {
        let files = image.context.files.iter();
        artifacts.extend(files.map(|file| Artifact {
            path: format!("{}/{}", image.name, file.path),
            bytes: file.bytes.clone(),
        }));
    }
    if values.pointer("/environment/build").is_none() {
        return Ok(artifacts);
    }
    for image in images.values() {
        let text = cloud_build(&[(image, ".")], templates, values)?;
        artifacts.push(Artifact {
            path: format!("{}/{FILE}", image.name),
            bytes: text.into_bytes(),
        });
    }
    let all: Vec<(&Image, &str)> = images
        .values()
        .map(|image| (image, image.name.as_str()))
        .collect();
    artifacts.push(Artifact {
        path: FILE.to_owned(),
        bytes: cloud_build(&all, templates, values)?.into_bytes(),
    });
    Ok(artifacts)
}

/// The Cloud Build file of some images, each with its context's folder in what is submitted.
fn cloud_build(
    images: &[(&Image, &str)],
    templates: &CloudBuildTemplates,
    values: &Value,
) -> Result<String, Vec<Diagnostic>> {
    let mut context = values.clone();
    let mut steps = Vec::new();
    for (image, folder) in images {
        insert(&mut context, "image", described(image, folder));
        match evaluate(&templates.steps, &context, &mut NoTrace)? {
            Some(Value::Array(own)) => steps.extend(own),
            _ => {
                return Err(vec![
                    Diagnostic::error(Code::Template, "the steps of an image are a list")
                        .at(templates.steps.place()),
                ]);
            }
        }
    }
    insert(&mut context, "image", Value::Null);
    insert(&mut context, "steps", Value::Array(steps));
    let mut origins = Origins::default();
    let build = evaluate(&templates.file, &context, &mut origins)?.unwrap_or_default();
    let found = cloud_build::check(&build);
    if !found.is_empty() {
        let problems = found.iter().map(|finding| refused(finding, &origins));
        return Err(problems.collect());
    }
    let mut text = String::new();
    document(&build, &mut text)
        .map_err(|error| vec![Diagnostic::error(Code::CloudBuild, error.to_string())])?;
    Ok(text)
}

/// What templates know as `image`.
fn described(image: &Image, folder: &str) -> Value {
    json!({
        "name": image.name,
        "repository": image.repository,
        "reference": image.tagged(),
        "context": image.context.hash.to_string(),
        "folder": folder,
    })
}

fn refused(finding: &Finding, origins: &Origins) -> Diagnostic {
    let path = ValuePath::from_pointer(&finding.pointer);
    let message = format!("Cloud Build would refuse `{path}`: {}", finding.message);
    let problem = Diagnostic::error(Code::CloudBuild, message);
    match origins.at(&finding.pointer) {
        Some((_, origin)) => problem.at(origin.place),
        None => problem,
    }
}

fn insert(map: &mut Value, key: &str, value: Value) {
    if let Some(fields) = map.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}
