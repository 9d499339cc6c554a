//! Everything that happened while one variant was rendered.

use super::patched::{Attribution, attributed, carried};
use crate::address::expanded;
use crate::blueprint::Blueprint;
use crate::diagnostic::Diagnostic;
use crate::plan::Planned;
use crate::render::{Witness, render_observed};
use crate::schema::Schemas;
use crate::template::Origins;
use crate::yaml::Node;
use serde_json::Value;
use std::collections::BTreeMap;

/// A rendered variant with the origin of everything in it.
pub struct Recording {
    /// The variant.
    pub planned: Planned,
    /// The blueprint's name.
    pub blueprint: String,
    /// Its objects, in the order in which they are applied.
    pub objects: Vec<Recorded>,
    pub(super) fragments: BTreeMap<String, Origins>,
    pub(super) files: BTreeMap<String, Origins>,
    /// What templates could ask for.
    pub(super) context: Value,
}

/// A rendered object with the origin of everything in it.
pub struct Recorded {
    /// The template's file name without `.yaml`.
    pub template: String,
    /// The object, as it is applied.
    pub object: Value,
    /// The object, with JSON texts as values.
    pub expanded: Value,
    pub(super) origins: Origins,
    /// What patches changed; empty if there were none.
    pub(super) attribution: Attribution,
}

impl Recording {
    /// Renders a variant and keeps how.
    ///
    /// # Errors
    ///
    /// Everything that keeps the variant from rendering.
    pub fn new(
        mut planned: Planned,
        blueprint: &Blueprint,
        schemas: &Schemas,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut recorder = Recorder::default();
        let rendered = render_observed(&mut planned, blueprint, schemas, &mut recorder)?;
        let objects = rendered
            .into_iter()
            .zip(recorder.objects)
            .map(|(rendered, (origins, attribution))| Recorded {
                template: rendered.template,
                expanded: expanded(&rendered.object),
                object: rendered.object,
                origins,
                attribution,
            })
            .collect();
        Ok(Self {
            planned,
            blueprint: blueprint.name.clone(),
            objects,
            fragments: recorder.fragments,
            files: recorder.files,
            context: recorder.context,
        })
    }
}

#[derive(Default)]
struct Recorder {
    fragments: BTreeMap<String, Origins>,
    files: BTreeMap<String, Origins>,
    objects: Vec<(Origins, Attribution)>,
    context: Value,
}

impl Witness for Recorder {
    type Trace = Origins;

    fn fragment(&mut self, name: &str, trace: Origins) {
        self.fragments.insert(name.to_owned(), trace);
    }

    fn file(&mut self, name: &str, trace: Origins) {
        self.files.insert(name.to_owned(), trace);
    }

    fn object(&mut self, trace: Origins) {
        self.objects.push((trace, Attribution::default()));
    }

    fn patched(&mut self, patch: &Node, before: &Value, after: &Value) {
        if let Some((_, attribution)) = self.objects.last_mut() {
            if attribution.is_empty() {
                *attribution = attributed(before);
            }
            *attribution = carried(before, after, attribution, patch);
        }
    }

    fn finished(&mut self, context: &Value) {
        self.context = context.clone();
    }
}
