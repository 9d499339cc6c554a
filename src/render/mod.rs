//! From a planned variant and a blueprint to the objects that are applied.

mod artifact;
mod patch;

pub use artifact::{Artifact, Format, list, stream, tree};

use crate::blueprint::Blueprint;
use crate::diagnostic::{Code, Diagnostic};
use crate::hash::ContentHash;
use crate::kubernetes::{self, Finding, Mismatch, MismatchKind, without_defaults};
use crate::layer::Axis;
use crate::names;
use crate::path::{ValuePath, push_token};
use crate::plan::Planned;
use crate::schema::{Document, Schemas};
use crate::source::Place;
use crate::template::{NoTrace, Origins, Template, evaluate};
use crate::yaml::{Kind, Map, Node};
use serde_json::{Value, json};

/// The annotation that carries the full hash of an object's content.
pub const HASH_ANNOTATION: &str = "xbench.dev/content-sha256";

/// An object, ready to be applied.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The template's file name without `.yaml`.
    pub template: String,
    /// The object.
    pub object: Value,
}

/// Renders every object of a blueprint for a variant.
///
/// # Errors
///
/// Everything that templates, patches or Kubernetes' rules refuse, each with its place.
pub fn render(
    planned: &mut Planned,
    blueprint: &Blueprint,
    schemas: &Schemas,
) -> Result<Vec<Rendered>, Vec<Diagnostic>> {
    let Planned {
        variant,
        values,
        context,
        patches,
    } = planned;
    let readable = names::prefix(&[
        &blueprint.name,
        variant.choice(Axis::Backend),
        variant.choice(Axis::Accelerator),
        variant.choice(Axis::Model),
        variant.choice(Axis::Profile),
    ]);
    insert(
        context,
        "object",
        json!({"name": readable, "blueprint": blueprint.name}),
    );
    insert(context, "fragments", json!({}));
    for (name, template) in &blueprint.fragments {
        if let Some(fragment) = evaluate(template, context, &mut NoTrace)?
            && let Some(fragments) = context.get_mut("fragments")
        {
            insert(fragments, name, fragment);
        }
    }
    let mut files = json!({});
    for (name, template, document) in &blueprint.files {
        let file = configuration(values, context, name, template, *document, schemas)?;
        insert(&mut files, name, file);
    }
    insert(context, "files", files);
    insert(context, "names", json!({}));
    let mut patches = patch::Patches::read(patches, &blueprint.name);
    let mut rendered = Vec::with_capacity(blueprint.objects.len());
    for (file, template) in &blueprint.objects {
        let object = evaluate(template, context, &mut NoTrace)?.unwrap_or_default();
        let (object, patch) = patches.apply(object, file)?;
        let object = named_by_content(object);
        let problems = problems(&object, template, context, values, patch);
        if !problems.is_empty() {
            return Err(problems);
        }
        let stem = file.strip_suffix(".yaml").unwrap_or(file);
        if let Some(names) = context.get_mut("names") {
            let name = object.pointer("/metadata/name").cloned();
            insert(names, stem, name.unwrap_or_default());
        }
        rendered.push(Rendered {
            template: stem.to_owned(),
            object,
        });
    }
    patches.finish()?;
    Ok(rendered)
}

fn insert(map: &mut Value, key: &str, value: Value) {
    if let Some(fields) = map.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

/// Renders a configuration file and holds it against its schema.
fn configuration(
    values: &Node,
    context: &Value,
    name: &str,
    template: &Template,
    document: Document,
    schemas: &Schemas,
) -> Result<Value, Vec<Diagnostic>> {
    let file = evaluate(template, context, &mut NoTrace)?.unwrap_or_default();
    if schemas.is_valid(document, &file) {
        return Ok(file);
    }
    let mut origins = Origins::default();
    evaluate(template, context, &mut origins)?;
    let problems = schemas
        .validate(document, &placed(&file, "", &origins, values), &file)
        .into_iter()
        .map(|mut problem| {
            problem.code = Code::Configuration;
            problem.message = format!("in the rendered `{name}`: {}", problem.message);
            problem
        })
        .collect();
    Err(problems)
}

/// A rendered value as a tree in which every node stands where the author set it: at the value that
/// an expression read if it read exactly one, else in the template.
fn placed(value: &Value, pointer: &str, origins: &Origins, values: &Node) -> Node {
    let place = place_of(pointer, origins, values);
    let kind = match value {
        Value::Null => Kind::Null,
        Value::Bool(bool) => Kind::Bool(*bool),
        Value::Number(number) => Kind::Number(number.clone()),
        Value::String(text) => Kind::String(text.as_str().into()),
        Value::Array(items) => Kind::List(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    placed(item, &format!("{pointer}/{index}"), origins, values).into()
                })
                .collect(),
        ),
        Value::Object(fields) => Kind::Map(
            fields
                .iter()
                .map(|(key, value)| {
                    let mut pointer = pointer.to_owned();
                    push_token(&mut pointer, key);
                    let node = placed(value, &pointer, origins, values);
                    let entry = crate::yaml::Entry {
                        key: node.place,
                        node: node.into(),
                    };
                    (key.as_str().into(), entry)
                })
                .collect::<Map>(),
        ),
    };
    Node::new(kind, place.unwrap_or(values.place))
}

fn place_of(pointer: &str, origins: &Origins, values: &Node) -> Option<Place> {
    let template = origins.at(pointer).map(|(_, origin)| origin.place);
    value_read(pointer, origins, values).or(template)
}

/// The value that an expression read, if it read exactly one, as far as a pointer leads into it.
fn value_read(pointer: &str, origins: &Origins, values: &Node) -> Option<Place> {
    let (at, origin) = origins.at(pointer)?;
    let [path] = origin.reads.as_slice() else {
        return None;
    };
    let node = values.at(path.iter().map(String::as_str))?;
    let rest = pointer.get(at.len()..).unwrap_or_default();
    Some(node.follow(rest).0.place)
}

/// What the types and rules of Kubernetes refuse in an object, each at the template's or patch's
/// place. Places are looked up only if something is wrong.
fn problems(
    object: &Value,
    template: &Template,
    context: &Value,
    values: &Node,
    patch: Option<Place>,
) -> Vec<Diagnostic> {
    let found = findings(object);
    if found.is_empty() {
        return Vec::new();
    }
    let mut origins = Origins::default();
    // It was evaluated without an error a moment ago.
    let unpatched = evaluate(template, context, &mut origins).ok().flatten();
    let own = match patch {
        Some(_) => findings(&named_by_content(unpatched.unwrap_or_default())),
        None => found.clone(),
    };
    found
        .into_iter()
        .map(|finding| {
            let diagnostic = Diagnostic::error(Code::Kubernetes, message(object, &finding));
            if let Some(patch) = patch.filter(|_| !own.contains(&finding)) {
                return diagnostic.labelled(patch, "with this patch");
            }
            let diagnostic = match origins.at(&finding.pointer) {
                Some((_, origin)) => diagnostic.at(origin.place),
                None => diagnostic,
            };
            match value_read(&finding.pointer, &origins, values) {
                Some(value) => diagnostic.also(value, "the value"),
                None => diagnostic,
            }
        })
        .collect()
}

fn message(object: &Value, finding: &Finding) -> String {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    if finding.pointer == KIND {
        return finding.message.clone();
    }
    let path = ValuePath::from_pointer(&finding.pointer);
    format!(
        "Kubernetes would refuse the {}: `{path}`: {}",
        text("kind"),
        finding.message
    )
}

/// Where the kind of an object stands.
const KIND: &str = "/kind";

fn findings(object: &Value) -> Vec<Finding> {
    match kubernetes::Object::read(object) {
        Ok(typed) => kubernetes::check(&typed),
        Err(mismatches) => mismatches.iter().map(refusal).collect(),
    }
}

fn refusal(mismatch: &Mismatch) -> Finding {
    let message = match &mismatch.kind {
        MismatchKind::Kind(kind) => {
            format!("xbench renders `batch/v1 Job`, `v1 Pod` and `v1 ConfigMap`, not `{kind}`")
        }
        MismatchKind::Unknown => "there is no such field".to_owned(),
        MismatchKind::Missing => "the field is required".to_owned(),
        MismatchKind::Type(message) => message.clone(),
    };
    Finding {
        pointer: mismatch.pointer.clone(),
        message,
    }
}

/// Appends the hash of an object's content to its name and annotates it in full.
fn named_by_content(mut object: Value) -> Value {
    let hash = content_hash(&object);
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return object;
    };
    if let Some(Value::String(name)) = metadata.get_mut("name") {
        name.push('-');
        name.push_str(&hash.short());
    }
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    insert(annotations, HASH_ANNOTATION, json!(hash.to_string()));
    object
}

/// The hash of an object's content. Its name has to be without the hash already, and what an API
/// server adds does not count.
pub fn content_hash(object: &Value) -> ContentHash {
    ContentHash::of_value(&without_defaults(object))
}
