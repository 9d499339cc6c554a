//! The whole way from names to rendered objects, one variant at a time.

use crate::blueprint::{Blueprint, CloudBuildTemplates};
use crate::diagnostic::{Code, Diagnostic};
use crate::image;
use crate::images::{self, Image, Pins, Unpinned};
use crate::layer::{Assignment, Axis, Layer};
use crate::parity::{self, Parity};
use crate::plan::{Planned, Stack, plan};
use crate::project::Library;
use crate::render::Artifact;
use crate::schema::Schemas;
use crate::select::{Narrowing, Variant, variants};
use crate::source::Place;
use crate::suite::Suite;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

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

/// The stack of the second thread, in bytes: what the main thread has. Unless it is given, Rust asks
/// the environment.
const STACK: usize = 8 * 1024 * 1024;
/// The fewest variants for which a second thread pays.
const FEWEST: usize = 16;

/// What came of all variants of a request.
pub struct Made<T> {
    /// What `make` made of each, in the order of the variants.
    pub all: Vec<T>,
    /// Accepted differences of the suite that no two of these variants showed.
    pub stale: Vec<Diagnostic>,
}

/// Plans every variant of a request and makes something of each. A planned variant is forgotten
/// afterwards, so that only what is made of it takes memory.
///
/// # Errors
///
/// Everything that is wrong with the request, the layers or the parity of the variants, and whatever
/// `make` refuses. All variants are looked at before anything is reported.
pub fn make_each<T: Send>(
    library: &mut Library,
    request: &Request,
    make: impl Fn(&Schemas, &mut Planned) -> Result<T, Vec<Diagnostic>> + Sync,
) -> Result<Made<T>, Vec<Diagnostic>> {
    make_each_with(library, request, Unpinned::AsPolicy, make)
}

fn make_each_with<T: Send>(
    library: &mut Library,
    request: &Request,
    unpinned: Unpinned,
    make: impl Fn(&Schemas, &mut Planned) -> Result<T, Vec<Diagnostic>> + Sync,
) -> Result<Made<T>, Vec<Diagnostic>> {
    let suite = match &request.suite {
        Some(name) => library.suite(name)?,
        None => library.default_suite()?,
    };
    let environment = library.environment(request.environment.as_deref())?;
    let selected =
        variants(&suite, &environment, &request.narrowing).map_err(|problem| vec![problem])?;
    let lock = library.lock(&environment)?;
    let contexts = library.contexts()?;
    let pins = Pins {
        contexts: &contexts,
        lock: &lock,
        unpinned,
    };
    let last = assigned(library, &request.assignments)?;
    let nowhere = Place::top(library.sources.add("values", ""));
    let stacks: Vec<_> = selected
        .into_iter()
        .map(|(variant, places)| {
            let stack = stack(library, &suite, &variant, &last);
            (variant, places, stack)
        })
        .collect();
    let schemas = &library.schemas;
    let outcomes = in_parallel(stacks, |(variant, places, stack)| {
        let planned =
            stack.and_then(|stack| plan(&suite, variant.clone(), &stack, pins, schemas, nowhere));
        let locked = planned
            .as_ref()
            .ok()
            .map(|planned| parity::locked(&suite, &planned.values));
        let outcome = planned.and_then(|mut planned| make(schemas, &mut planned));
        (variant, places, locked, outcome)
    });
    let mut parity = Parity::new(&suite);
    let mut problems = Vec::new();
    let mut all = Vec::with_capacity(outcomes.len());
    for (variant, places, locked, outcome) in outcomes {
        if let Some(locked) = locked {
            parity.see(&variant, locked);
        }
        match outcome {
            Ok(one) => all.push(one),
            // A name that the command line gave stands in no file.
            Err(found) => problems.extend(found.into_iter().map(|problem| match problem.code {
                Code::UnknownName => problem,
                _ => problem.or_at(places.backend),
            })),
        }
    }
    problems.extend(parity.problems());
    if problems.is_empty() {
        let stale = parity.stale();
        Ok(Made { all, stale })
    } else {
        Err(problems)
    }
}

/// Maps items, in order, on this thread and, if there are enough, a second one.
fn in_parallel<I: Send, O: Send>(items: Vec<I>, map: impl Fn(I) -> O + Sync) -> Vec<O> {
    if items.len() < FEWEST {
        return items.into_iter().map(map).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut mapped = Vec::new();
        while let Some((index, item)) = next() {
            mapped.push((index, map(item)));
        }
        mapped
    };
    let mut mapped = std::thread::scope(|scope| {
        let second = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work);
        let mut mapped = work();
        // Without a second thread, this one has done it all.
        match second.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(more)) => mapped.extend(more),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => {}
        }
        mapped
    });
    mapped.sort_unstable_by_key(|(index, _)| *index);
    mapped.into_iter().map(|(_, output)| output).collect()
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

/// The build contexts of the images that the variants of a request use, with their Cloud Build files. The
/// lock has no say in it: it names what was built.
///
/// # Errors
///
/// Everything that keeps a variant from being planned, or a context from being made.
pub fn build_contexts(
    library: &mut Library,
    request: &Request,
    templates: &CloudBuildTemplates,
) -> Result<Vec<Artifact>, Vec<Diagnostic>> {
    let (images, values) = images(library, request)?;
    let images = image::distinct(images)?;
    image::artifacts(&images, templates, &values.unwrap_or_default())
}

/// The images that the variants of a request use, and the values of the first variant.
///
/// # Errors
///
/// Everything that keeps a variant from being planned, or a context from being made.
pub fn images(
    library: &mut Library,
    request: &Request,
) -> Result<(Vec<Image>, Option<Value>), Vec<Diagnostic>> {
    let contexts = library.contexts()?;
    let made = make_each_with(library, request, Unpinned::Accepted, |_, planned| {
        Ok((
            images::of_variant(&planned.values, &contexts)?,
            std::mem::take(&mut planned.context),
        ))
    })?;
    let mut values = None;
    let mut all = Vec::new();
    for (images, context) in made.all {
        all.extend(images);
        values.get_or_insert(context);
    }
    Ok((all, values))
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

/// Loads the named blueprints, all of which must render objects.
///
/// # Errors
///
/// Everything that is wrong with any of them.
pub fn object_blueprints(
    library: &mut Library,
    names: &[String],
) -> Result<Vec<Blueprint>, Vec<Diagnostic>> {
    let blueprints = blueprints(library, names)?;
    match blueprints.iter().find(|one| one.cloud_build.is_some()) {
        None => Ok(blueprints),
        Some(one) => Err(vec![
            Diagnostic::error(
                Code::Usage,
                format!("the blueprint `{}` renders files, not objects", one.name),
            )
            .help("render it: xbench render --blueprint images --output DIR"),
        ]),
    }
}
