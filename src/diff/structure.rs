//! Two values against each other: what changed, as the fewest changes that people would name.
//!
//! Items of named lists are matched by name, items of other lists by what is equal, so that an
//! inserted argument is one addition. The changes are complete: applied to the old value they give
//! the new one.

use crate::address::names;
use crate::path::{push_token, tokens};
use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One changed, added or removed value.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its JSON pointer in the old value; in the new one for what was added.
    pub old_pointer: String,
    /// Its JSON pointer in the new value; in the old one for what was removed.
    pub new_pointer: String,
    /// What it was; `None` if it was added.
    pub old: Option<Value>,
    /// What it is; `None` if it was removed.
    pub new: Option<Value>,
}

/// All changes between two values, in the order of the old one.
pub fn compare(old: &Value, new: &Value) -> Vec<Change> {
    let mut comparison = Comparison::default();
    comparison.values(old, new);
    comparison.changes
}

#[derive(Default)]
struct Comparison {
    old: String,
    new: String,
    changes: Vec<Change>,
}

impl Comparison {
    fn values(&mut self, old: &Value, new: &Value) {
        match (old, new) {
            (Value::Object(before), Value::Object(after)) => {
                for (key, old) in before {
                    self.below(key, key, |this| match after.get(key) {
                        Some(new) => this.values(old, new),
                        None => this.push(Some(old), None),
                    });
                }
                for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                    self.below(key, key, |this| this.push(None, Some(new)));
                }
            }
            (Value::Array(before), Value::Array(after)) => self.lists(before, after),
            (old, new) if old == new => {}
            (old, new) => self.push(Some(old), Some(new)),
        }
    }

    fn lists(&mut self, before: &[Value], after: &[Value]) {
        if let (Some(old_names), Some(new_names)) = (names(before), names(after)) {
            let kept_before: Vec<&str> = (old_names.iter().copied())
                .filter(|name| new_names.contains(name))
                .collect();
            let kept_after: Vec<&str> = (new_names.iter().copied())
                .filter(|name| old_names.contains(name))
                .collect();
            if kept_before == kept_after && !kept_before.is_empty() {
                return self.align(&old_names, &new_names, before, after);
            }
        }
        let text = |values: &[Value]| -> Vec<String> {
            values.iter().map(crate::hash::canonical_json).collect()
        };
        self.align(&text(before), &text(after), before, after);
    }

    /// Aligns two lists by what identifies their items, and compares those that continue each other.
    fn align<T: Ord + std::hash::Hash + Eq>(
        &mut self,
        old_ids: &[T],
        new_ids: &[T],
        before: &[Value],
        after: &[Value],
    ) {
        for operation in capture_diff_slices(Algorithm::Myers, old_ids, new_ids) {
            let (old_range, new_range) = (operation.old_range(), operation.new_range());
            let is_pairwise = match operation {
                DiffOp::Equal { .. } => true,
                // As many as before: each was changed.
                DiffOp::Replace { .. } => old_range.len() == new_range.len(),
                DiffOp::Delete { .. } | DiffOp::Insert { .. } => false,
            };
            if is_pairwise {
                for (old, new) in old_range.zip(new_range) {
                    self.below(&old.to_string(), &new.to_string(), |this| {
                        this.values(&before[old], &after[new]);
                    });
                }
                continue;
            }
            for index in old_range {
                let token = index.to_string();
                self.below(&token, &token, |this| this.push(Some(&before[index]), None));
            }
            for index in new_range {
                let token = index.to_string();
                self.below(&token, &token, |this| this.push(None, Some(&after[index])));
            }
        }
    }

    fn below(&mut self, old: &str, new: &str, then: impl FnOnce(&mut Self)) {
        let lengths = (self.old.len(), self.new.len());
        push_token(&mut self.old, old);
        push_token(&mut self.new, new);
        then(self);
        self.old.truncate(lengths.0);
        self.new.truncate(lengths.1);
    }

    fn push(&mut self, old: Option<&Value>, new: Option<&Value>) {
        self.changes.push(Change {
            old_pointer: self.old.clone(),
            new_pointer: self.new.clone(),
            old: old.cloned(),
            new: new.cloned(),
        });
    }
}

/// Applies changes to the old value: what [`compare`] found gives the new one.
pub fn apply(old: &Value, changes: &[Change]) -> Value {
    let mut value = old.clone();
    // Old pointers hold until something is removed; removed are the last items first, so that the
    // pointers of the others still hold; added are the first ones first, by new pointers.
    for change in changes {
        if let (Some(_), Some(new)) = (&change.old, &change.new)
            && let Some(place) = value.pointer_mut(&change.old_pointer)
        {
            *place = new.clone();
        }
    }
    for change in changes.iter().rev() {
        if change.new.is_none() {
            remove(&mut value, &change.old_pointer);
        }
    }
    for change in changes {
        if let (None, Some(new)) = (&change.old, &change.new) {
            insert(&mut value, &change.new_pointer, new);
        }
    }
    value
}

fn around<'a>(value: &'a mut Value, pointer: &str) -> Option<(&'a mut Value, String)> {
    let (outer, _) = pointer.rsplit_once('/')?;
    let last = tokens(pointer).last()?.into_owned();
    Some((value.pointer_mut(outer)?, last))
}

fn remove(value: &mut Value, pointer: &str) {
    match around(value, pointer) {
        Some((Value::Object(fields), key)) => {
            fields.shift_remove(&key);
        }
        Some((Value::Array(items), index)) => {
            if let Some(index) = index.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn insert(value: &mut Value, pointer: &str, new: &Value) {
    match around(value, pointer) {
        Some((Value::Object(fields), key)) => {
            fields.insert(key, new.clone());
        }
        Some((Value::Array(items), index)) => {
            if let Some(index) = index.parse().ok().filter(|index| *index <= items.len()) {
                items.insert(index, new.clone());
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..4_i64).prop_map(Value::from),
            "[a-c~/]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec(("[ab]", inner.clone()), 0..4).prop_map(|named| {
                    named
                        .into_iter()
                        .map(|(name, value)| json!({"name": name, "value": value}))
                        .collect()
                }),
                proptest::collection::btree_map("[a-d/]{1,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn changes_applied_to_the_old_give_the_new(old in any_value(), new in any_value()) {
            prop_assert_eq!(apply(&old, &compare(&old, &new)), new);
        }

        #[test]
        fn equal_values_have_no_changes(value in any_value()) {
            prop_assert_eq!(compare(&value, &value), Vec::new());
        }
    }

    #[test]
    fn an_inserted_argument_is_one_addition() {
        let changes = compare(
            &json!({"args": ["a", "c"]}),
            &json!({"args": ["a", "b", "c"]}),
        );
        assert_eq!(changes.len(), 1);
        assert_eq!(
            (changes[0].new_pointer.as_str(), &changes[0].new),
            ("/args/1", &Some(json!("b")))
        );
    }

    #[test]
    fn a_container_keeps_its_name_when_another_comes_before_it() {
        let changes = compare(
            &json!([{"name": "b", "x": 1}]),
            &json!([{"name": "a"}, {"name": "b", "x": 2}]),
        );
        let found: Vec<_> = changes
            .iter()
            .map(|change| (change.old_pointer.as_str(), change.new_pointer.as_str()))
            .collect();
        assert_eq!(found, [("/0", "/0"), ("/0/x", "/1/x")]);
    }
}
