//! The whole way from names to rendered objects, one variant at a time.

use crate::blueprint::Blueprint;
use crate::diagnostic::Diagnostic;
use crate::layer::{Assignment, Axis, Layer};
use crate::parity::Parity;
use crate::plan::{Planned, Stack, plan};
use crate::project::Library;
use crate::select::{Narrowing, Variant, variants};
use crate::source::Place;
use crate::suite::Suite;
use std::sync::Arc;

/// Which variants, and what is set on the command line.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The suite; the default one if absent.
    pub suite: Option<String>,
    /// The environment; the only one if absent.
    pub environment: Option<String>,
    /// What narrows or replaces the suite's choices.
    pub narrowing: Narrowing,
    /// Values that come last.
    pub assignments: Vec<Assignment>,
}

/// Plans every variant of a request and hands each on; then forgets it, so that memory does not grow
/// with the number of variants.
///
/// # Errors
///
/// Everything that is wrong with the request, the layers or the parity of the variants, and whatever
/// `each` refuses. All variants are looked at before anything is reported.
pub fn plan_each(
    library: &mut Library,
    request: &Request,
    mut each: impl FnMut(&mut Library, Planned) -> Result<(), Vec<Diagnostic>>,
) -> Result<(), Vec<Diagnostic>> {
    let suite = match &request.suite {
        Some(name) => library.suite(name)?,
        None => library.default_suite()?,
    };
    let environment = library.environment(request.environment.as_deref())?;
    let selected = variants(&suite, &environment, &request.narrowing)
        .map_err(|problem| vec![problem])?;
    let lock = library.lock(&environment)?;
    let last = assigned(library, &request.assignments)?;
    let nowhere = Place::top(library.sources.add("values", ""));
    let mut parity = Parity::new(&suite);
    let mut problems = Vec::new();
    for (variant, places) in selected {
        let stack = stack(library, &suite, &variant, &last);
        let planned = stack.and_then(|stack| {
            plan(&suite, variant, &stack, &lock, &library.schemas, nowhere)
        });
        let outcome = planned.and_then(|planned| {
            parity.see(&planned.variant, &planned.values);
            each(library, planned)
        });
        if let Err(found) = outcome {
            problems.extend(found.into_iter().map(|problem| problem.or_at(places.backend)));
        }
    }
    problems.extend(parity.problems());
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// The layers of a variant, lowest first.
fn stack(
    library: &mut Library,
    suite: &Suite,
    variant: &Variant,
    last: &[Arc<Layer>],
) -> Result<Stack, Vec<Diagnostic>> {
    let mut stack = Stack::new();
    let mut problems = Vec::new();
    for axis in Axis::ALL {
        let name = variant.choice(axis);
        let named_at = suite.place_of(axis, name);
        let defaults = library.defaults(axis);
        let layer = library.layer(axis, name, named_at);
        for loaded in [defaults, layer.map(Some)] {
            match loaded {
                Ok(layer) => stack.extend(layer.map(|layer| (Some(axis), layer))),
                Err(found) => problems.extend(found),
            }
        }
    }
    stack.extend(last.iter().map(|layer| (None, Arc::clone(layer))));
    if problems.is_empty() {
        Ok(stack)
    } else {
        Err(problems)
    }
}

fn assigned(
    library: &mut Library,
    assignments: &[Assignment],
) -> Result<Vec<Arc<Layer>>, Vec<Diagnostic>> {
    let mut layers = Vec::new();
    let mut problems = Vec::new();
    for assignment in assignments {
        match assignment.to_layer(&mut library.sources) {
            Ok(tree) => layers.push(Arc::new(Layer::new(&tree))),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(layers)
    } else {
        Err(problems)
    }
}

/// Loads the named blueprints.
///
/// # Errors
///
/// Everything that is wrong with any of them.
pub fn blueprints(
    library: &mut Library,
    names: &[String],
) -> Result<Vec<Blueprint>, Vec<Diagnostic>> {
    let mut blueprints = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        match library.blueprint(name) {
            Ok(blueprint) => blueprints.push(blueprint),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(blueprints)
    } else {
        Err(problems)
    }
}
