//! Whether an answer is right: JSON, one row per item, one number per label, finite, in [0, 1],
//! and rows that sum to 1 under softmax.
//!
//! The text is read once, from the front, without building a tree.

use crate::workload::Expectation;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// How far a row's sum may be from 1: probabilities in bfloat16 are right to 1 in 256.
pub const SUM_TOLERANCE: f64 = 0.01;
/// How far a probability may be outside [0, 1].
pub const RANGE_TOLERANCE: f64 = 1e-6;

/// What is wrong with an answer of status 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Not JSON.
    MalformedJson,
    /// JSON, but no list of lists of numbers under `scores`.
    MissingScores,
    /// Not one row for each item.
    WrongRows,
    /// Not one number for each label in a row.
    WrongColumns,
    /// NaN, an infinity or null.
    NotANumber,
    /// Below 0 or above 1.
    OutOfRange,
    /// A row that does not sum to 1 under softmax.
    BadSum,
}

/// Checks an answer.
pub fn check(body: &[u8], expect: Expectation) -> Result<(), Fault> {
    scan(body, expect, None)
}

/// Checks an answer and returns its scores, row by row.
pub fn scores(body: &[u8], expect: Expectation) -> Result<Vec<Vec<f64>>, Fault> {
    let mut rows = Vec::new();
    scan(body, expect, Some(&mut rows))?;
    Ok(rows)
}

fn scan(body: &[u8], expect: Expectation, keep: Option<&mut Vec<Vec<f64>>>) -> Result<(), Fault> {
    let mut state = State {
        expect,
        fault: None,
        found: false,
        keep,
    };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = Answer(&mut state)
        .deserialize(&mut reader)
        .and_then(|()| reader.end());
    match (read, state.fault, state.found) {
        (_, Some(fault), _) => Err(fault),
        (Err(error), None, _) if error.is_data() => Err(Fault::MissingScores),
        (Err(_), None, _) if has_bare_nan(body) => Err(Fault::NotANumber),
        (Err(_), None, _) => Err(Fault::MalformedJson),
        (Ok(()), None, false) => Err(Fault::MissingScores),
        (Ok(()), None, true) => Ok(()),
    }
}

/// Python writes NaN and Infinity as bare words, which is no JSON: the answer is JSON otherwise.
fn has_bare_nan(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else {
        return false;
    };
    let replaced = text
        .replace("-Infinity", "null")
        .replace("Infinity", "null")
        .replace("NaN", "null");
    replaced != text && serde_json::from_str::<IgnoredAny>(&replaced).is_ok()
}

struct State<'k> {
    expect: Expectation,
    fault: Option<Fault>,
    found: bool,
    keep: Option<&'k mut Vec<Vec<f64>>>,
}

impl State<'_> {
    /// Remembers the first fault and ends the reading.
    fn fail<E: Error>(&mut self, fault: Fault) -> E {
        self.fault.get_or_insert(fault);
        E::custom("")
    }
}

struct Answer<'s, 'k>(&'s mut State<'k>);

impl<'de> DeserializeSeed<'de> for Answer<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_, '_> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an answer with scores")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Scores => {
                    self.0.found = true;
                    map.next_value_seed(Rows(self.0))?;
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

enum Key {
    Scores,
    Other,
}

impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a key")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                Ok(if name == "scores" {
                    Key::Scores
                } else {
                    Key::Other
                })
            }
        }
        reader.deserialize_identifier(Name)
    }
}

struct Rows<'s, 'k>(&'s mut State<'k>);

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of rows")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let mut count = 0_u32;
        while rows.next_element_seed(Row(self.0))?.is_some() {
            count = count.saturating_add(1);
        }
        if count == self.0.expect.items {
            Ok(())
        } else {
            Err(self.0.fail(Fault::WrongRows))
        }
    }
}

struct Row<'s, 'k>(&'s mut State<'k>);

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of numbers")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        if let Some(keep) = self.0.keep.as_deref_mut() {
            keep.push(Vec::new());
        }
        let (mut count, mut sum) = (0_u32, 0.0);
        while let Some(number) = row.next_element_seed(Number(self.0))? {
            count = count.saturating_add(1);
            sum += number;
        }
        if count != self.0.expect.labels {
            return Err(self.0.fail(Fault::WrongColumns));
        }
        if self.0.expect.softmax && (sum - 1.0_f64).abs() > SUM_TOLERANCE {
            return Err(self.0.fail(Fault::BadSum));
        }
        Ok(())
    }
}

struct Number<'s, 'k>(&'s mut State<'k>);

impl<'de> DeserializeSeed<'de> for Number<'_, '_> {
    type Value = f64;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<f64, D::Error> {
        reader.deserialize_any(self)
    }
}

impl Visitor<'_> for Number<'_, '_> {
    type Value = f64;
    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number")
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        if !number.is_finite() {
            return Err(self.0.fail(Fault::NotANumber));
        }
        if !(-RANGE_TOLERANCE..=1.0 + RANGE_TOLERANCE).contains(&number) {
            return Err(self.0.fail(Fault::OutOfRange));
        }
        if let Some(row) = self.0.keep.as_deref_mut().and_then(|rows| rows.last_mut()) {
            row.push(number);
        }
        Ok(number)
    }
    #[expect(clippy::cast_precision_loss, reason = "only 0 and 1 pass")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        self.visit_f64(number as f64)
    }
    #[expect(clippy::cast_precision_loss, reason = "only 0 and 1 pass")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        self.visit_f64(number as f64)
    }
    fn visit_unit<E: Error>(self) -> Result<f64, E> {
        Err(self.0.fail(Fault::NotANumber))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Expectation = Expectation {
        items: 2,
        labels: 2,
        softmax: true,
    };

    #[test]
    fn a_real_answer_passes() {
        let body = br#"{"scores":[[0.9602567553520203,0.039743274450302124],[0.4804336726665497,0.5195662975311279]],"model":"m","usage":null,"object":"scoring"}"#;
        assert_eq!(check(body, TWO), Ok(()));
        assert!((scores(body, TWO).unwrap()[1][0] - 0.480_433_672_666_549_7).abs() < 1e-15);
    }

    #[test]
    fn each_fault_has_its_class() {
        let cases: [(&str, Fault); 16] = [
            ("", Fault::MalformedJson),
            ("{\"scores\":[[0.5,0.5],[0.5,0.5]]", Fault::MalformedJson),
            ("{\"scores\":[[0.5,0.5],[0.5,0.5]]} x", Fault::MalformedJson),
            ("\u{0}", Fault::MalformedJson),
            ("[]", Fault::MissingScores),
            ("{}", Fault::MissingScores),
            ("{\"scores\":null}", Fault::MissingScores),
            ("{\"scores\":[0.5,0.5]}", Fault::MissingScores),
            (
                "{\"scores\":[[\"0.5\",0.5],[0.5,0.5]]}",
                Fault::MissingScores,
            ),
            ("{\"scores\":[[0.5,0.5]]}", Fault::WrongRows),
            ("{\"scores\":[[0.5,0.5],[0.5]]}", Fault::WrongColumns),
            ("{\"scores\":[[NaN,0.5],[0.5,0.5]]}", Fault::NotANumber),
            (
                "{\"scores\":[[-Infinity,0.5],[0.5,0.5]]}",
                Fault::NotANumber,
            ),
            ("{\"scores\":[[null,0.5],[0.5,0.5]]}", Fault::NotANumber),
            ("{\"scores\":[[1.5,-0.5],[0.5,0.5]]}", Fault::OutOfRange),
            ("{\"scores\":[[0.5,0.5],[0.5,0.4]]}", Fault::BadSum),
        ];
        for (body, fault) in cases {
            assert_eq!(check(body.as_bytes(), TWO), Err(fault), "{body}");
        }
    }

    #[test]
    fn without_softmax_any_sum_is_right() {
        let expect = Expectation {
            items: 1,
            labels: 2,
            softmax: false,
        };
        assert_eq!(check(b"{\"scores\":[[0.1,0]]}", expect), Ok(()));
        assert_eq!(
            check(b"{\"scores\":[[0.1,1.01]]}", expect),
            Err(Fault::OutOfRange)
        );
    }
}
