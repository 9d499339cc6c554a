//! `xbench check`

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::layer::{Axis, DEFAULTS};
use crate::lint;
use crate::output;
use crate::pipeline::{Request, blueprints, build_contexts, make_each};
use crate::render::render;

/// Checks everything: all layers, all variants of all suites in all environments with all
/// blueprints, parity, and templates for values that belong into layers.
///
/// # Errors
///
/// Everything that is wrong.
pub fn run(context: &mut Context) -> Result<(), Vec<Diagnostic>> {
    let library = &mut context.library;
    let mut problems = Vec::new();
    let mut layers = Vec::new();
    for axis in Axis::ALL {
        let mut names = library.layer_names(axis)?;
        names.insert(0, DEFAULTS.to_owned());
        for name in names {
            let layer = if name == DEFAULTS {
                library.defaults(axis)
            } else {
                library.layer(axis, &name, None).map(Some)
            };
            match layer {
                Ok(layer) => layers.extend(layer.map(|layer| (axis, layer))),
                Err(found) => problems.extend(found),
            }
        }
    }
    let names = library.blueprint_names()?;
    let blueprints = match blueprints(library, &names) {
        Ok(blueprints) => blueprints,
        Err(found) => {
            problems.extend(found);
            Vec::new()
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    for blueprint in &blueprints {
        problems.extend(lint::hardcoded(blueprint, &layers));
    }
    match library.contexts() {
        Ok(contexts) => {
            let recipes = contexts.recipes();
            problems.extend(recipes.flat_map(|one| lint::recipe(one, &layers, &library.sources)));
        }
        Err(found) => return Err(found),
    }
    let environments = library.environments()?;
    let mut count = 0;
    for suite_name in library.suite_names()? {
        let mut stale: Option<Vec<Diagnostic>> = None;
        for environment in &environments {
            let request = Request {
                suite: Some(suite_name.clone()),
                environment: Some(environment.clone()),
                ..Request::default()
            };
            for templates in blueprints.iter().filter_map(|one| one.cloud_build.as_ref()) {
                problems.extend(
                    build_contexts(library, &request, templates)
                        .err()
                        .into_iter()
                        .flatten(),
                );
            }
            let made = make_each(library, &request, |schemas, planned| {
                let refused: Vec<Diagnostic> = blueprints
                    .iter()
                    .filter_map(|blueprint| render(planned, blueprint, schemas).err())
                    .flatten()
                    .collect();
                if refused.is_empty() {
                    Ok(())
                } else {
                    Err(refused)
                }
            });
            match made {
                Ok(made) => {
                    count += made.all.len() * blueprints.len();
                    // A difference is stale if it is in every environment.
                    stale = Some(match stale {
                        Some(before) => before
                            .into_iter()
                            .filter(|one| made.stale.contains(one))
                            .collect(),
                        None => made.stale,
                    });
                }
                Err(found) => problems.extend(found),
            }
        }
        context.warnings.extend(stale.unwrap_or_default());
    }
    if let Err(found) = library.default_suite() {
        problems.extend(found);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let suites = library.suite_names()?.len();
    let text = format!(
        "{} layers, {suites} suites, {} blueprints, {count} rendered variants: no errors\n",
        layers.len(),
        blueprints.len()
    );
    output::print([text]).map_err(|problem| vec![problem])
}
