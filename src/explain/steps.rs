//! From a rendered value back to the project's files, one step after the other.

use super::patched::Author;
use super::{Choice, Recorded, Recording, Step, settings};
use crate::address::describe;
use crate::layer::Axis;
use crate::path::push_token;
use crate::render::HASH_ANNOTATION;
use crate::template::{Origins, Read, Role};

impl Recording {
    /// The steps from the value at a pointer of an object.
    pub(super) fn steps(&self, recorded: &Recorded, pointer: &str) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut annotation = "/metadata/annotations".to_owned();
        push_token(&mut annotation, HASH_ANNOTATION);
        if pointer == annotation {
            steps.push(computed(
                "SHA-256 of the object's content as canonical JSON",
            ));
            return steps;
        }
        if pointer == "/metadata/name" {
            steps.push(computed(
                "a readable start, and the first digits of the hash of the object's content",
            ));
        }
        match author(recorded, pointer) {
            Some(Author::Patch(place)) => steps.push(Step::Patch { place }),
            Some(Author::Template(pointer)) => {
                self.follow_template(&recorded.origins, &pointer, Role::Value, &mut steps);
            }
            None => self.follow_template(&recorded.origins, pointer, Role::Value, &mut steps),
        }
        steps
    }

    fn follow_template(&self, origins: &Origins, pointer: &str, role: Role, steps: &mut Vec<Step>) {
        if let Some((_, origin)) = origins.at(pointer) {
            push(
                steps,
                Step::Template {
                    place: origin.place,
                },
            );
        }
        for read in origins.reads(pointer, &self.context) {
            let role = role.max(read.role);
            self.follow_context(&read, role, steps);
        }
    }

    /// What templates may ask for is another template's, computed, or a value.
    fn follow_context(&self, read: &Read, role: Role, steps: &mut Vec<Step>) {
        let keys: Vec<&str> = read.path.iter().map(String::as_str).collect();
        match keys.as_slice() {
            ["fragments", name, rest @ ..] => {
                if let Some(origins) = self.fragments.get(*name) {
                    self.follow_template(origins, &pointer_of(rest), role, steps);
                }
            }
            ["files", name, rest @ ..] => {
                if rest.is_empty() {
                    push(steps, computed(&format!("all of the file `{name}`")));
                }
                if let Some(origins) = self.files.get(*name) {
                    self.follow_template(origins, &pointer_of(rest), role, steps);
                }
            }
            ["names", template, ..] => push(
                steps,
                computed(&format!(
                    "the name of `{template}`, which ends in the hash of its content"
                )),
            ),
            ["object", "blueprint"] => push(steps, computed("the name of the blueprint")),
            ["object", ..] => {
                push(
                    steps,
                    computed("the blueprint and the variant's layers, shortened to fit"),
                );
                self.choices(&Axis::ALL[..4], steps);
            }
            ["variant", what, ..] => self.variant(what, steps),
            ["images", image, ..] => self.image(image, role, steps),
            _ => self.value(&pointer_of(&keys), role, steps),
        }
    }

    fn value(&self, pointer: &str, role: Role, steps: &mut Vec<Step>) {
        let settings = settings::of(&self.planned.layers, pointer);
        let path = describe(&self.context, pointer);
        push(
            steps,
            Step::Value {
                path,
                pointer: pointer.to_owned(),
                role,
                settings,
            },
        );
    }

    fn variant(&self, what: &str, steps: &mut Vec<Step>) {
        let axis = Axis::ALL.into_iter().find(|axis| axis.name() == what);
        if let Some(axis) = axis {
            return self.choices(&[axis], steps);
        }
        match what {
            "valuesHash" => push(
                steps,
                computed("SHA-256 of all merged values as canonical JSON"),
            ),
            "suite" => push(
                steps,
                computed(&format!("the suite `{}`", self.planned.variant.suite)),
            ),
            "differences" => push(
                steps,
                computed(&format!(
                    "the accepted differences of the suite `{}`",
                    self.planned.variant.suite
                )),
            ),
            _ => {
                push(steps, computed("the variant's layers, joined by dots"));
                self.choices(&Axis::ALL, steps);
            }
        }
    }

    /// Where layers were chosen.
    fn choices(&self, axes: &[Axis], steps: &mut Vec<Step>) {
        for axis in axes {
            let place = Axis::ALL
                .iter()
                .position(|one| one == axis)
                .and_then(|index| self.planned.chosen[index]);
            let by = match (place, axis) {
                (Some(_), _) => "chosen by the suite",
                (None, Axis::Environment) => "chosen by --env, or the only one",
                (None, _) => "chosen on the command line",
            };
            let name = self.planned.variant.choice(*axis);
            push(
                steps,
                Step::Computed {
                    what: format!("{axis} `{name}`, {by}"),
                    choice: Some(Choice {
                        axis: *axis,
                        name: name.to_owned(),
                        place,
                    }),
                },
            );
        }
    }

    /// An image's reference: the registry, the name, and a digest or the recipe's hash.
    fn image(&self, image: &str, role: Role, steps: &mut Vec<Step>) {
        let section = match image {
            "server" => "/backend/image",
            "loadgen" => "/loadgen/image",
            _ => {
                return push(
                    steps,
                    computed("the images that no lock entry pins, where the policy allows it"),
                );
            }
        };
        push(
            steps,
            computed(
                "registry, name, and the digest of the lock or the hash of the image's recipe",
            ),
        );
        self.value("/environment/registry", role, steps);
        self.value(&format!("{section}/name"), role, steps);
        self.value(section, role, steps);
        self.value("/policy/images", role, steps);
    }
}

fn computed(what: &str) -> Step {
    Step::Computed {
        what: what.to_owned(),
        choice: None,
    }
}

fn push(steps: &mut Vec<Step>, step: Step) {
    if !steps.contains(&step) {
        steps.push(step);
    }
}

fn pointer_of(keys: &[&str]) -> String {
    let mut pointer = String::new();
    for key in keys {
        push_token(&mut pointer, key);
    }
    pointer
}

/// The author of the nearest value at or around a pointer, with the rest of the pointer.
fn author(recorded: &Recorded, pointer: &str) -> Option<Author> {
    let mut around = pointer;
    loop {
        if let Some(author) = recorded.attribution.get(around) {
            let rest = pointer.get(around.len()..).unwrap_or_default();
            return Some(match author {
                Author::Template(own) => Author::Template(format!("{own}{rest}")),
                Author::Patch(place) => Author::Patch(*place),
            });
        }
        around = around.rsplit_once('/')?.0;
    }
}
