//! The helpers of the template language: few, typed, without side effects.

use serde_json::{Map, Value, json};

macro_rules! helpers {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal ($least:literal..=$most:literal),)+) => {
        /// A function that a template may call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Helper {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Helper {
            /// Finds a helper by its name.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Helper::$variant),)+
                    _ => None,
                }
            }

            /// All names, for suggestions.
            pub(super) fn names() -> impl Iterator<Item = &'static str> {
                [$($name),+].into_iter()
            }

            /// Says what is wrong with a number of arguments.
            pub(super) fn check_arity(self, given: usize) -> Result<(), String> {
                match self {
                    $(Helper::$variant => {
                        if ($least..=$most).contains(&given) {
                            Ok(())
                        } else {
                            Err(format!("`{}` takes {}, not {given}", $name, arity($least, $most)))
                        }
                    })+
                }
            }
        }
    };
}

helpers! {
    /// `optional path`: the value, or nothing at all if it is absent.
    Optional = "optional" (1..=1),
    /// `when condition value`: the value if the condition is true, else nothing at all.
    When = "when" (2..=2),
    /// `splice list`: as a list item, all items of the list.
    Splice = "splice" (1..=1),
    /// `eq a b`: whether both are equal.
    Eq = "eq" (2..=2),
    /// `ne a b`: whether they differ.
    Ne = "ne" (2..=2),
    /// `and a b ..`: whether all are true.
    And = "and" (2..=8),
    /// `or a b ..`: whether any is true.
    Or = "or" (2..=8),
    /// `not a`: whether it is false.
    Not = "not" (1..=1),
    /// `has path`: whether there is such a value.
    Has = "has" (1..=1),
    /// `concat a b ..`: the text of all, one after the other.
    Concat = "concat" (1..=16),
    /// `string a`: a scalar's text.
    Text = "string" (1..=1),
    /// `json a`: JSON for a file, indented, with sorted keys.
    Json = "json" (1..=1),
    /// `sha256 a`: the SHA-256 of the value's canonical JSON, in hexadecimal digits.
    Sha256 = "sha256" (1..=1),
    /// `lookup map key`: the value under a computed key, or nothing at all.
    Lookup = "lookup" (2..=2),
    /// `flags map`: command line arguments, `--key=value`, sorted by key.
    Flags = "flags" (1..=1),
    /// `entries map name [value]`: a list of maps. With a value name, scalars become
    /// `{name: key, value: scalar}`; without, maps become `{name: key, ..map}`.
    Entries = "entries" (2..=3),
    /// `entry key value`: a map of one entry.
    Entry = "entry" (2..=2),
    /// `label text`: the text as a label value; characters that are not allowed become `_`.
    Label = "label" (1..=1),
    /// `merge a b ..`: one map of all entries; later ones win, absent ones are left out.
    Merge = "merge" (2..=8),
}

fn arity(least: usize, most: usize) -> String {
    match (least, most) {
        (1, 1) => "1 argument".to_owned(),
        (least, most) if least == most => format!("{least} arguments"),
        (least, most) => format!("{least} to {most} arguments"),
    }
}

impl Helper {
    /// Applies a helper to evaluated arguments. `None` is an absent value.
    ///
    /// [`Helper::Optional`], [`Helper::Has`] and [`Helper::When`] decide whether their arguments are
    /// evaluated at all, so the evaluator handles them; here they pass their last argument on.
    pub(super) fn apply(self, arguments: Vec<Value>) -> Result<Option<Value>, String> {
        let mut arguments = arguments.into_iter();
        let mut next = || arguments.next().unwrap_or(Value::Null);
        let value = match self {
            Helper::Optional | Helper::Splice | Helper::Has => next(),
            Helper::When => return Ok(Some(next()).filter(|_| false)),
            Helper::Eq => Value::Bool(next() == next()),
            Helper::Ne => Value::Bool(next() != next()),
            Helper::And => Value::Bool(truths(arguments)?.all(|truth| truth)),
            Helper::Or => Value::Bool(truths(arguments)?.any(|truth| truth)),
            Helper::Not => Value::Bool(!truth(&next())?),
            Helper::Concat => Value::String(
                arguments
                    .map(|argument| text(&argument))
                    .collect::<Result<_, _>>()?,
            ),
            Helper::Text => Value::String(text(&next())?),
            Helper::Json => Value::String(crate::hash::sorted_json(&next())),
            Helper::Sha256 => {
                Value::String(crate::hash::ContentHash::of_value(&next()).to_string())
            }
            Helper::Lookup => {
                let (map, key) = (next(), next());
                let key = key.as_str().ok_or("the key is not a string")?;
                let map = map.as_object().ok_or("not a map")?;
                return Ok(map.get(key).cloned());
            }
            Helper::Flags => Value::Array(flags(&next())?),
            Helper::Entries => {
                let (map, name, value) = (next(), next(), arguments.next());
                entries(map, &name, value.as_ref())?
            }
            Helper::Label => Value::String(text(&next())?.replace(
                |character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character)),
                "_",
            )),
            Helper::Entry => {
                let (key, value) = (next(), next());
                let key = key.as_str().ok_or("the key is not a string")?;
                json!({ key: value })
            }
            Helper::Merge => {
                let mut merged = Map::new();
                for argument in arguments {
                    match argument {
                        Value::Object(map) => merged.extend(map),
                        _ => return Err("`merge` takes maps".to_owned()),
                    }
                }
                Value::Object(merged)
            }
        };
        Ok(Some(value))
    }
}

/// A condition's value. Only `true` and `false` are conditions: nothing is "truthy".
pub(super) fn truth(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("a condition is true or false, not {value}"))
}

fn truths(values: impl Iterator<Item = Value>) -> Result<std::vec::IntoIter<bool>, String> {
    let truths: Vec<bool> = values
        .map(|value| truth(&value))
        .collect::<Result<_, _>>()?;
    Ok(truths.into_iter())
}

/// The text of a scalar, as it stands in a YAML document.
pub(super) fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null => Err("null has no text".to_owned()),
        Value::Array(_) => Err("a list cannot stand in text".to_owned()),
        Value::Object(_) => Err("a map cannot stand in text".to_owned()),
    }
}

fn flags(map: &Value) -> Result<Vec<Value>, String> {
    let map = map.as_object().ok_or("`flags` takes a map")?;
    let mut sorted: Vec<(&String, &Value)> = map.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    let mut arguments = Vec::with_capacity(sorted.len());
    for (name, value) in sorted {
        match value {
            Value::Bool(false) => {}
            Value::Bool(true) => arguments.push(json!(format!("--{name}"))),
            Value::Array(items) => {
                arguments.push(json!(format!("--{name}")));
                for item in items {
                    arguments.push(Value::String(text(item)?));
                }
            }
            scalar => arguments.push(json!(format!("--{name}={}", text(scalar)?))),
        }
    }
    Ok(arguments)
}

fn entries(map: Value, name: &Value, value_name: Option<&Value>) -> Result<Value, String> {
    let Value::Object(map) = map else {
        return Err("`entries` takes a map".to_owned());
    };
    let name = name.as_str().ok_or("the name of the key is not a string")?;
    let mut sorted: Vec<(String, Value)> = map.into_iter().collect();
    sorted.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    sorted
        .into_iter()
        .map(|(key, value)| {
            let mut entry = Map::from_iter([(name.to_owned(), Value::String(key))]);
            match (value_name.and_then(Value::as_str), value) {
                (Some(value_name), value) => {
                    entry.insert(value_name.to_owned(), value);
                }
                (None, Value::Object(rest)) => entry.extend(rest),
                (None, _) => return Err("`entries` without a value name takes maps of maps".into()),
            }
            Ok(Value::Object(entry))
        })
        .collect()
}
