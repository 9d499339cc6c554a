//! The lines of layers and templates that differ, because of which a rendered value does.

use super::structure::Change;
use super::{Side, Subject};
use crate::explain::{Recording, Step, Target, settings};
use crate::hash::ContentHash;
use crate::images::Image;
use crate::layer::Axis;
use crate::source::{Place, Sources};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most files of an image that are named.
const MOST_FILES: usize = 8;

/// One reason for a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// The path of a value, or what else decided.
    pub what: String,
    /// What the old side says.
    pub old: Option<Said>,
    /// What the new side says.
    pub new: Option<Said>,
}

/// What one side says.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// `file:line:column`.
    pub place: String,
    /// The value, or the line of a template.
    pub value: Value,
}

/// Why a value changed. Only what differs between the sides is a reason; if one side is a rendered
/// file, what the other side read is named.
pub(super) fn of(change: &Change, old: (&Side, &Subject), new: (&Side, &Subject)) -> Vec<Cause> {
    let old = Told::of(
        old,
        change.old.as_ref().map(|_| change.old_pointer.as_str()),
    );
    let new = Told::of(
        new,
        change.new.as_ref().map(|_| change.new_pointer.as_str()),
    );
    let knows_both = old.recording.is_some() && new.recording.is_some();
    let mut causes = Vec::new();
    let pointers: BTreeSet<(&str, &str)> = old.values().chain(new.values()).collect();
    for (pointer, path) in pointers {
        let (before, after) = (old.winner(pointer), new.winner(pointer));
        let value = |said: &Option<Said>| said.as_ref().map(|said| said.value.clone());
        if !knows_both || value(&before) != value(&after) {
            causes.push(Cause {
                what: path.to_owned(),
                old: before,
                new: after,
            });
        }
    }
    if causes.is_empty() {
        causes = choices(&old, &new, knows_both);
    }
    if causes.is_empty() {
        causes = image_files(change, &old, &new);
    }
    if causes.is_empty() {
        let (before, after) = (old.other(), new.other());
        for what in ["patch", "template"] {
            let of = |all: &[(&'static str, Said)]| {
                let found = all.iter().rev().find(|(kind, _)| *kind == what);
                found.map(|(_, said)| said.clone())
            };
            let (before, after) = (of(&before), of(&after));
            let text = |said: &Option<Said>| said.as_ref().map(|said| said.value.clone());
            if text(&before) != text(&after) || (!knows_both && after.is_some()) {
                causes.push(Cause {
                    what: what.to_owned(),
                    old: before,
                    new: after,
                });
                break;
            }
        }
    }
    causes
}

/// The axes from which the sides chose another layer.
fn choices(old: &Told, new: &Told, knows_both: bool) -> Vec<Cause> {
    Axis::ALL
        .into_iter()
        .filter_map(|axis| {
            let (before, after) = (old.chosen(axis), new.chosen(axis));
            let value = |said: &Option<Said>| said.as_ref().map(|said| said.value.clone());
            let differs = value(&before) != value(&after) || !knows_both;
            (differs && (before.is_some() || after.is_some())).then(|| Cause {
                what: axis.to_string(),
                old: before,
                new: after,
            })
        })
        .collect()
}

/// The files that an image is built from and that differ, if the value names an image by their hash.
fn image_files(change: &Change, old: &Told, new: &Told) -> Vec<Cause> {
    let (Some(Value::String(before)), Some(Value::String(after))) = (&change.old, &change.new)
    else {
        return Vec::new();
    };
    let (Some(before), Some(after)) = (old.image(before), new.image(after)) else {
        return Vec::new();
    };
    let (olds, news) = (contents(before), contents(after));
    let paths: BTreeSet<&str> = olds.keys().chain(news.keys()).copied().collect();
    let changed: Vec<&str> = paths
        .into_iter()
        .filter(|path| olds.get(path) != news.get(path))
        .collect();
    let said = |image: &Image, bytes: Option<&&[u8]>, path: &str| {
        bytes.map(|bytes| Said {
            place: format!("{}/{path}", image.name),
            value: Value::String(ContentHash::of_bytes(bytes).short()),
        })
    };
    let shown = changed.iter().take(MOST_FILES).map(|path| Cause {
        what: "image file".to_owned(),
        old: said(before, olds.get(path), path),
        new: said(after, news.get(path), path),
    });
    let more = changed.len().saturating_sub(MOST_FILES);
    let rest = (more > 0).then(|| Cause {
        what: format!("and {more} more files of the image"),
        old: None,
        new: None,
    });
    shown.chain(rest).collect()
}

/// What the files of an image hold, by their paths.
fn contents(image: &Image) -> BTreeMap<&str, &[u8]> {
    let files = image.context.files.iter();
    files.map(|file| (&*file.path, &*file.bytes)).collect()
}

/// What one side tells of a value.
struct Told<'a> {
    recording: Option<&'a Recording>,
    sources: &'a Sources,
    steps: Vec<Step>,
}

impl<'a> Told<'a> {
    fn of((side, subject): (&'a Side, &'a Subject), pointer: Option<&str>) -> Self {
        let recorded = subject.recording.as_ref();
        let steps = match (recorded, pointer) {
            (Some((recording, index)), Some(pointer)) => {
                recording
                    .explain(&Target::Object(*index, pointer.to_owned()))
                    .steps
            }
            _ => Vec::new(),
        };
        Self {
            recording: recorded.map(|(recording, _)| &**recording),
            sources: &side.sources,
            steps,
        }
    }

    /// The pointers and paths of the values that were read.
    fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.steps.iter().filter_map(|step| match step {
            Step::Value { path, pointer, .. } => Some((pointer.as_str(), path.as_str())),
            _ => None,
        })
    }

    /// The layer that wins at a pointer.
    fn winner(&self, pointer: &str) -> Option<Said> {
        let planned = &self.recording?.planned;
        let winner = settings::of(&planned.layers, pointer).into_iter().next()?;
        // Of a map, the winner only says a part.
        let (merged, is_there) = planned.values.follow(pointer);
        let value = if is_there {
            merged.to_json()
        } else {
            winner.value
        };
        Some(self.said(winner.place, value))
    }

    fn said(&self, place: Place, value: Value) -> Said {
        Said {
            place: self.sources.locate(place),
            value,
        }
    }

    /// The image that a text names by the hash of what it is built from.
    fn image(&self, text: &str) -> Option<&'a Image> {
        let mut images = self.recording?.planned.images.iter();
        images.find(|image| text.contains(&image.context.hash.to_string()))
    }

    /// The layer of an axis that was chosen, if the value depends on it.
    fn chosen(&self, axis: Axis) -> Option<Said> {
        self.steps.iter().find_map(|step| match step {
            Step::Computed {
                choice: Some(choice),
                ..
            } if choice.axis == axis => Some(Said {
                place: match choice.place {
                    Some(place) => self.sources.locate(place),
                    None if axis == Axis::Environment => "--env, or the only one".to_owned(),
                    None => "the command line".to_owned(),
                },
                value: Value::String(choice.name.clone()),
            }),
            _ => None,
        })
    }

    /// What else decided.
    fn other(&self) -> Vec<(&'static str, Said)> {
        self.steps
            .iter()
            .filter_map(|step| {
                let (kind, place, value) = match step {
                    Step::Template { place } => {
                        ("template", *place, self.sources.line(*place).to_owned())
                    }
                    Step::Patch { place } => {
                        ("patch", *place, self.sources.line(*place).to_owned())
                    }
                    Step::Value { .. } | Step::Computed { .. } => return None,
                };
                Some((kind, self.said(place, Value::String(value))))
            })
            .collect()
    }
}
