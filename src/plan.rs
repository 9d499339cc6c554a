//! From layers to the values of one variant.

mod missing;

use crate::diagnostic::{Code, Diagnostic};
use crate::hash::ContentHash;
use crate::images::{self, Image, Pins};
use crate::layer::{Axis, Layer, merge};
use crate::machine;
use crate::names;
use crate::parity;
use crate::schema::{Document, Schemas};
use crate::select::Variant;
use crate::source::Place;
use crate::suite::Suite;
use crate::yaml::Node;
use serde_json::{Value, json};
use std::sync::Arc;

/// A variant with its merged, checked values and everything templates may ask for.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Which variant.
    pub variant: Variant,
    /// The merged values with their origins.
    pub values: Arc<Node>,
    /// The values as JSON, with `variant` and `images` beside them, and what rendering adds.
    pub context: Value,
    /// Patches for rendered objects, lowest axis first.
    pub patches: Vec<Arc<Node>>,
    /// What its images are built from.
    pub images: Vec<Image>,
    /// The layers that were merged, lowest first.
    pub layers: Vec<Arc<Layer>>,
    /// Where the suite chose the variant's layers, in the order of [`Axis::ALL`]; nothing for what
    /// the command line chose.
    pub chosen: [Option<Place>; 5],
}

/// The layers of one variant, lowest first, each with the axis it belongs to.
pub type Stack = Vec<(Option<Axis>, Arc<Layer>)>;

/// Merges a variant's layers and checks the result.
///
/// # Errors
///
/// Everything that is wrong with the merged values.
pub fn plan(
    suite: &Suite,
    variant: Variant,
    stack: &Stack,
    pins: Pins<'_>,
    schemas: &Schemas,
    nowhere: Place,
) -> Result<Planned, Vec<Diagnostic>> {
    let values = stack
        .iter()
        .fold(Arc::new(Node::empty_map(nowhere)), |values, (_, layer)| {
            merge(&values, &layer.values)
        });
    let mut context = values.to_json();
    let mut problems = schemas.validate(Document::Values, &values, &context);
    for problem in &mut problems {
        missing::locate(problem, stack, &variant, nowhere);
    }
    if problems.is_empty() {
        problems = machine::check(&values);
        problems.extend(unsuited(&variant, &values));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (images, known) = images::resolve(&values, pins, &variant)?;
    let hash = ContentHash::of_value(&context);
    if let Some(fields) = context.as_object_mut() {
        fields.insert("images".to_owned(), known);
        fields.insert(
            "variant".to_owned(),
            describe(suite, &variant, &values, hash),
        );
    }
    let patches = stack
        .iter()
        .flat_map(|(_, layer)| layer.patches.iter().cloned())
        .collect();
    let chosen = Axis::ALL.map(|axis| suite.place_of(axis, variant.choice(axis)));
    Ok(Planned {
        variant,
        values,
        context,
        patches,
        images,
        layers: stack.iter().map(|(_, layer)| Arc::clone(layer)).collect(),
        chosen,
    })
}

/// A profile that makes no sense for the model.
fn unsuited(variant: &Variant, values: &Node) -> Option<Diagnostic> {
    let models = values.at(["profile", "models"])?;
    let model = variant.choice(Axis::Model);
    let mut suited = models.as_list()?.iter().filter_map(|node| node.as_str());
    (!suited.any(|name| name == model)).then(|| {
        Diagnostic::error(
            Code::Incompatible,
            format!(
                "the profile `{}` is not meant for the model `{model}`",
                variant.choice(Axis::Profile)
            ),
        )
        .at(models.place)
        .help("choose one of these models, or another profile")
    })
}

/// What templates know as `variant`.
fn describe(suite: &Suite, variant: &Variant, values: &Node, hash: ContentHash) -> Value {
    let mut described = json!({
        "suite": suite.name,
        "id": variant.id(),
        "label": names::label(&variant.id()),
        "valuesHash": hash.to_string(),
    });
    if let Some(fields) = described.as_object_mut() {
        for axis in Axis::ALL {
            fields.insert(axis.name().to_owned(), json!(variant.choice(axis)));
        }
        if let Some(accepted) = parity::accepted(suite, variant, values) {
            fields.insert("differences".to_owned(), accepted);
        }
    }
    described
}
