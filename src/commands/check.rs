//! `xbench check`

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::layer::{Axis, DEFAULTS};
use crate::lint;
use crate::output;
use crate::parity::Parity;
use crate::pipeline::{Request, blueprints, plan_each};
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
    let mut count = 0;
    for suite_name in library.suite_names()? {
        let suite = match library.suite(&suite_name) {
            Ok(suite) => suite,
            Err(found) => {
                problems.extend(found);
                continue;
            }
        };
        let mut parity = Parity::new(&suite);
        for environment in library.layer_names(Axis::Environment)? {
            let request = Request {
                suite: Some(suite_name.clone()),
                environment: Some(environment),
                ..Request::default()
            };
            let outcome = plan_each(library, &request, |library, planned| {
                parity.see(&planned.variant, &planned.values);
                let mut found = Vec::new();
                for blueprint in &blueprints {
                    match render(&planned, blueprint, &library.schemas) {
                        Ok(_) => count += 1,
                        Err(refused) => found.extend(refused),
                    }
                }
                if found.is_empty() { Ok(()) } else { Err(found) }
            });
            if let Err(found) = outcome {
                problems.extend(found);
            }
        }
        if problems.is_empty() {
            context.warnings.extend(parity.stale());
        }
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
    output::print(&text).map_err(|problem| vec![problem])
}
