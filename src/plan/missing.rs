//! Where a value that no layer gives should be written: the validator only knows the merged map that lacks it,
//! which begins in the lowest layer.

use super::Stack;
use crate::diagnostic::{Code, Diagnostic};
use crate::layer::Axis;
use crate::select::Variant;
use crate::source::Place;
use crate::yaml::{Entry, Kind, Node};

/// Points at the layer that took a missing value away, or else at the highest one that could hold it, and says which
/// layers of the variant may.
pub(super) fn locate(problem: &mut Diagnostic, stack: &Stack, variant: &Variant, nowhere: Place) {
    let Some(path) = problem.path.clone() else {
        return;
    };
    let keys: Vec<&str> = path.keys().collect();
    // A condition asks for it, and its place is known; or it is missing in an item of a list.
    let is_conditional = problem
        .primary
        .as_ref()
        .is_some_and(|label| !label.text.is_empty());
    let Some((&last, above)) = keys.split_last() else {
        return;
    };
    if problem.code != Code::MissingValue || is_conditional || crosses_a_list(stack, above) {
        return;
    }
    let owner = Axis::owning(keys[0]);
    if let Some(removed) = highest(stack, |values| removal(values, &keys)) {
        mark(problem, removed, "removed here");
    } else if let Some(entry) = highest(stack, |values| below(values, above)) {
        let verb = if owner.is_some() {
            "belongs"
        } else {
            "can stand"
        };
        mark(problem, entry.key, &format!("`{last}` {verb} here"));
    } else if let Some(section) = owner.and_then(|owner| of_axis(stack, owner)) {
        mark(problem, section, "no layer sets it");
    } else if problem
        .primary
        .as_ref()
        .is_some_and(|label| label.place == nowhere)
    {
        problem.primary = None;
    }
    if owner.is_none() {
        let choices: Vec<String> = Axis::ALL
            .map(|axis| format!("{axis} `{}`", variant.choice(axis)))
            .into();
        let any = format!(
            "any layer of the variant may set it: {}",
            choices.join(", ")
        );
        problem.help = Some(match problem.help.take() {
            Some(help) => format!("{help} {}{}", any[..1].to_uppercase(), &any[1..]),
            None => any,
        });
    }
}

fn mark(problem: &mut Diagnostic, place: Place, text: &str) {
    let marked = problem.clone().labelled(place, text);
    *problem = marked;
}

/// What the highest layer has for a question that it has an answer to.
fn highest<'a, T>(stack: &'a Stack, ask: impl Fn(&'a Node) -> Option<T>) -> Option<T> {
    stack.iter().rev().find_map(|(_, layer)| ask(&layer.values))
}

/// Where a layer removes a value, or a map around it.
fn removal(values: &Node, keys: &[&str]) -> Option<Place> {
    (1..=keys.len())
        .filter_map(|depth| below(values, &keys[..depth]))
        .find(|entry| entry.node.kind == Kind::Null)
        .map(|entry| entry.key)
}

/// The entry of a path of keys in a layer.
fn below<'a>(values: &'a Node, keys: &[&str]) -> Option<&'a Entry> {
    let (last, above) = keys.split_last()?;
    let map = above.iter().try_fold(values, |node, key| node.get(key))?;
    map.as_map()?.get(*last)
}

fn of_axis(stack: &Stack, owner: Axis) -> Option<Place> {
    let (_, layer) = stack.iter().rev().find(|(axis, _)| *axis == Some(owner))?;
    Some(layer.values.place)
}

/// Whether a path goes through a list: what is in one stands in one layer, where the validator points.
fn crosses_a_list(stack: &Stack, keys: &[&str]) -> bool {
    (1..=keys.len()).any(|depth| {
        highest(stack, |values| below(values, &keys[..depth]))
            .is_some_and(|entry| entry.node.as_list().is_some())
    })
}
