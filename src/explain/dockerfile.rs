//! Lines of rendered Dockerfiles: the template's line, and the layers behind what it reads.

use super::{Explanation, Step, settings};
use crate::image::Role as ImageRole;
use crate::images::Image;
use crate::path::push_token;
use crate::plan::Planned;
use crate::project::Contexts;
use crate::template::Role;
use serde_json::Value;

/// A line of a rendered Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The image's name.
    pub image: String,
    /// Counted from 1.
    pub number: u32,
}

impl Line {
    /// Reads `NAME/Dockerfile:LINE`, as in the folder that `render` writes; what stands before the name is
    /// that folder's own path.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, number) = text.rsplit_once(':')?;
        let folder = path.strip_suffix("/Dockerfile")?;
        Some(Self {
            image: folder.rsplit('/').next()?.to_owned(),
            number: number.parse().ok()?,
        })
    }
}

/// Why a line of an image's Dockerfile is what it is. A value never adds a line, so the template's line has
/// the same number.
pub fn explain(
    line: &Line,
    image: &Image,
    planned: &Planned,
    contexts: &Contexts,
) -> Option<Explanation> {
    let section = image.role.section();
    let recipe = planned.values.at(section.into_iter().chain(["recipe"]))?;
    let recipe = contexts.recipe_named(recipe.as_str()?)?;
    let rendered = image
        .context
        .files
        .iter()
        .find(|file| file.path == "Dockerfile")?;
    let text = String::from_utf8_lossy(&rendered.bytes);
    let index = usize::try_from(line.number).ok()?.checked_sub(1)?;
    let value = Value::from(text.lines().nth(index)?);
    let place = recipe.dockerfile.place_of_line(line.number)?;
    let mut steps = vec![Step::Template { place }];
    for read in recipe.dockerfile.paths_of_line(line.number) {
        let path = in_values(image.role, &read);
        let mut pointer = String::new();
        for key in &path {
            push_token(&mut pointer, key);
        }
        let step = Step::Value {
            path: path.join("."),
            role: Role::Value,
            settings: settings::of(&planned.layers, &pointer),
            pointer,
        };
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    Some(Explanation {
        address: format!("{}/Dockerfile:{}", line.image, line.number),
        value,
        steps,
    })
}

/// A path that a Dockerfile knows, as a path of the values.
fn in_values(role: ImageRole, read: &[String]) -> Vec<String> {
    let (start, rest): (&[&str], _) = match read.split_first() {
        Some((first, rest)) if first == "image" => (&role.section(), rest),
        Some((first, rest)) if first == "version" => (role.version(), rest),
        _ => (&[], read),
    };
    start
        .iter()
        .map(|key| (*key).to_owned())
        .chain(rest.iter().cloned())
        .collect()
}
