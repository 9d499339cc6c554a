//! What a change of layers does to every rendered object, and why.
//!
//! Two sides of objects are matched by suite, variant, blueprint and kind, never by name: a name
//! ends in the hash of its object's content, so every changed object has a new one. What follows
//! from nothing but another hash is counted, not listed.

mod cause;
pub mod json;
pub mod markdown;
mod side;
pub mod structure;
pub mod text;

pub use cause::{Cause, Said};
pub use side::{Key, Side, Subject};

use crate::address::describe;
use crate::render::HASH_ANNOTATION;
use crate::yaml::document;
use serde_json::Value;
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use structure::{Change, apply, compare};

/// The annotation that carries the hash of the values.
const VALUES_ANNOTATION: &str = "xbench.dev/values-sha256";

/// Where a pod's annotation with the hash of its configuration ends; the configuration itself stands in
/// another object, whose change is shown.
const CONFIG_ANNOTATION: &str = "/annotations/xbench.dev~1config-sha256";

/// Everything that differs between two sides.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Objects that differ in more than hashes; objects with equal differences stand together.
    pub groups: Vec<Group>,
    /// What follows from another content, and says nothing by itself.
    pub hashes: Hashes,
    /// How many pairs of objects were compared.
    pub compared: usize,
}

/// Objects with the same difference.
#[derive(Clone, Debug)]
pub struct Group {
    /// The objects.
    pub keys: Vec<Key>,
    /// What differs.
    pub kind: GroupKind,
    /// The difference of the first of them as text, hashes left out.
    pub unified: String,
}

/// What differs.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKind {
    /// They are on the new side only.
    Added,
    /// They are on the old side only.
    Removed,
    /// They are on both sides.
    Changed(Vec<Item>),
}

/// One changed value with its causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its path in the object.
    pub path: String,
    /// What it was; `None` if it was added.
    pub old: Option<Value>,
    /// What it is; `None` if it was removed.
    pub new: Option<Value>,
    /// The lines that differ because of which it does; empty if neither side can tell.
    pub causes: Vec<Cause>,
}

/// How many hashes follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hashes {
    /// Objects with a new name, as old and new name.
    pub renamed: Vec<(String, String)>,
    /// Annotations with the hash of an object or of its configuration.
    pub contents: usize,
    /// Hashes of all values, in annotations and configurations.
    pub values: usize,
    /// References to renamed objects.
    pub references: usize,
}

impl Hashes {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Difference {
    /// Whether nothing differs at all.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.hashes.is_empty()
    }

    /// Compares two sides.
    pub fn between(old: &Side, new: &Side) -> Self {
        let olds: BTreeMap<&Key, &Subject> = old.objects.iter().map(|(k, s)| (k, s)).collect();
        let news: BTreeMap<&Key, &Subject> = new.objects.iter().map(|(k, s)| (k, s)).collect();
        let renamed: BTreeSet<(&str, &str)> = olds
            .iter()
            .filter_map(|(key, old)| Some((old.name(), news.get(key)?.name())))
            .filter(|(old, new)| old != new)
            .collect();
        let mut difference = Self::default();
        let order = old.objects.iter().chain(&new.objects).map(|(key, _)| key);
        let mut seen = BTreeSet::new();
        for key in order.filter(|key| seen.insert(*key)) {
            match (olds.get(key), news.get(key)) {
                (Some(before), Some(after)) => {
                    difference.compared += 1;
                    difference.pair(key, (old, before), (new, after), &renamed);
                }
                (Some(before), None) => {
                    let text = yaml(&before.expanded);
                    difference.push(key, GroupKind::Removed, unified(&text, ""));
                }
                (None, Some(after)) => {
                    let text = yaml(&after.expanded);
                    difference.push(key, GroupKind::Added, unified("", &text));
                }
                (None, None) => {}
            }
        }
        difference
    }

    fn pair(
        &mut self,
        key: &Key,
        (old_side, old): (&Side, &Subject),
        (new_side, new): (&Side, &Subject),
        renamed: &BTreeSet<(&str, &str)>,
    ) {
        let changes = compare(&old.expanded, &new.expanded);
        let (hashes, real): (Vec<Change>, Vec<Change>) = changes
            .into_iter()
            .partition(|change| self.hashes.takes(change, old, new, renamed));
        if real.is_empty() {
            return;
        }
        let text = unified(&yaml(&apply(&old.expanded, &hashes)), &yaml(&new.expanded));
        let items = real
            .into_iter()
            .map(|change| {
                let (object, pointer) = match change.new {
                    Some(_) => (&new.expanded, &change.new_pointer),
                    None => (&old.expanded, &change.old_pointer),
                };
                Item {
                    path: describe(object, pointer),
                    causes: cause::of(&change, (old_side, old), (new_side, new)),
                    old: change.old,
                    new: change.new,
                }
            })
            .collect();
        self.push(key, GroupKind::Changed(items), text);
    }

    fn push(&mut self, key: &Key, kind: GroupKind, unified: String) {
        let same = self.groups.iter_mut().find(|group| {
            let first = &group.keys[0];
            group.kind == kind
                && matches!(kind, GroupKind::Changed(_))
                && (&first.kind, &first.blueprint) == (&key.kind, &key.blueprint)
        });
        match same {
            Some(group) => group.keys.push(key.clone()),
            None => self.groups.push(Group {
                keys: vec![key.clone()],
                kind,
                unified,
            }),
        }
    }
}

impl Hashes {
    /// Counts a change if it is only a hash's.
    fn takes(
        &mut self,
        change: &Change,
        old: &Subject,
        new: &Subject,
        renamed: &BTreeSet<(&str, &str)>,
    ) -> bool {
        let (Some(Value::String(before)), Some(Value::String(after))) = (&change.old, &change.new)
        else {
            return false;
        };
        let annotation = |name: &str| {
            let pointer = format!("/metadata/annotations/{}", name.replace('/', "~1"));
            let text = |subject: &Subject| {
                let value = subject.expanded.pointer(&pointer);
                value.and_then(Value::as_str).map(str::to_owned)
            };
            (pointer.clone(), text(old), text(new))
        };
        let (contents, ..) = annotation(HASH_ANNOTATION);
        let (_, old_values, new_values) = annotation(VALUES_ANNOTATION);
        if change.old_pointer == "/metadata/name" {
            let is_hash_only = old.unhashed_name() == new.unhashed_name();
            if is_hash_only {
                self.renamed.push((before.clone(), after.clone()));
            }
            is_hash_only
        } else if change.old_pointer == contents || change.old_pointer.ends_with(CONFIG_ANNOTATION)
        {
            self.contents += 1;
            true
        } else if (Some(before), Some(after)) == (old_values.as_ref(), new_values.as_ref()) {
            self.values += 1;
            true
        } else if renamed.contains(&(before, after)) {
            self.references += 1;
            true
        } else {
            false
        }
    }
}

fn yaml(object: &Value) -> String {
    let mut text = String::new();
    // What was rendered can be written.
    let _ = document(object, &mut text);
    text
}

fn unified(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .to_string()
}
