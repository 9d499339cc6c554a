//! Answers: scores that are a function of the request's bytes.

use super::faults::Fault;
use crate::workload::Text;
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

#[derive(Deserialize)]
struct Body {
    query: Text,
    items: Vec<Text>,
    label_token_ids: Vec<u32>,
    #[serde(default)]
    apply_softmax: bool,
    model: String,
}

/// The status and body for a request's body, as sglang-jax answers it.
pub fn score_answer(body: &[u8], fault: Option<Fault>) -> (u16, String) {
    let body: Body = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(error) => return refusal(&error.to_string()),
    };
    let is_text = |text: &Text| matches!(text, Text::Text(_));
    if body
        .items
        .iter()
        .any(|item| is_text(item) != is_text(&body.query))
    {
        return refusal("query and items must both be text or both be token ids");
    }
    if body.label_token_ids.is_empty() {
        return (500, error_body("label_token_ids is empty", 500));
    }
    let query = hash_text(&body.query, 0);
    let mut rows: Vec<Vec<f64>> = body
        .items
        .iter()
        .map(|item| {
            row(
                hash_text(item, query),
                &body.label_token_ids,
                body.apply_softmax,
            )
        })
        .collect();
    match fault {
        Some(Fault::MissingRow) => _ = rows.pop(),
        Some(Fault::MissingColumn) => _ = rows.last_mut().map(Vec::pop),
        Some(Fault::BadSum) => rows.iter_mut().flatten().for_each(|score| *score *= 0.9),
        Some(Fault::OutOfRange) => rows.iter_mut().flatten().for_each(|score| *score += 1.5),
        _ => {}
    }
    let mut text = String::from("{\"scores\":[");
    for (index, row) in rows.iter().enumerate() {
        let mut numbers: Vec<String> = row.iter().map(ToString::to_string).collect();
        if let (0, Some(Fault::Nan), Some(first)) = (index, fault, numbers.first_mut()) {
            "NaN".clone_into(first);
        }
        _ = write!(
            text,
            "{}[{}]",
            if index == 0 { "" } else { "," },
            numbers.join(",")
        );
    }
    let model = serde_json::Value::from(body.model);
    _ = write!(
        text,
        "],\"model\":{model},\"usage\":null,\"object\":\"scoring\"}}"
    );
    if fault == Some(Fault::BadJson) {
        text.truncate(text.len() / 2);
    }
    (200, text)
}

fn refusal(message: &str) -> (u16, String) {
    (400, error_body(message, 400))
}

fn error_body(message: &str, code: u16) -> String {
    serde_json::json!({
        "object": "error", "message": message, "type": "BadRequestError", "param": null, "code": code
    })
    .to_string()
}

fn hash_text(text: &Text, seed: u64) -> u64 {
    match text {
        Text::Text(text) => hash(text.as_bytes(), seed),
        Text::Ids(ids) => ids
            .iter()
            .fold(seed, |state, id| mix(state ^ u64::from(*id))),
    }
}

/// A fast hash of bytes, eight at a time.
fn hash(bytes: &[u8], seed: u64) -> u64 {
    let mut state = mix(seed ^ bytes.len() as u64);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        state = (state ^ word)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(29);
    }
    for byte in chunks.remainder() {
        state = mix(state ^ u64::from(*byte));
    }
    mix(state)
}

/// The finalizer of `SplitMix64`.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
fn row(prompt: u64, labels: &[u32], softmax: bool) -> Vec<f64> {
    let weights: Vec<f64> = labels
        .iter()
        .map(|label| ((mix(prompt ^ u64::from(*label)) >> 11) + 1) as f64 / 9_007_199_254_740_992.0)
        .collect();
    let total: f64 = if softmax {
        weights.iter().sum()
    } else {
        weights.len() as f64
    };
    weights.iter().map(|weight| weight / total).collect()
}

/// Answers seen before, by the request's bytes: a repeated request costs one hash.
pub struct Answers {
    known: HashMap<(u64, usize), (u16, Arc<str>)>,
}

/// Answers that are remembered at most.
const REMEMBERED: usize = 4096;

impl Default for Answers {
    fn default() -> Self {
        Self::new()
    }
}

impl Answers {
    /// No answer seen.
    pub fn new() -> Self {
        Self {
            known: HashMap::new(),
        }
    }

    /// The answer to a request's body.
    pub fn answer(&mut self, body: &[u8]) -> (u16, Arc<str>) {
        let key = (hash(body, 1), body.len());
        if let Some(answer) = self.known.get(&key) {
            return answer.clone();
        }
        let (status, text) = score_answer(body, None);
        let answer = (status, Arc::from(text));
        if self.known.len() < REMEMBERED {
            self.known.insert(key, answer.clone());
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Fault as Wrong, check, scores};
    use crate::workload::Expectation;

    const BODY: &[u8] = br#"{"query":[1,2],"items":[[3],[4,5]],"label_token_ids":[7,8],"apply_softmax":true,"model":"m"}"#;
    const EXPECT: Expectation = Expectation {
        items: 2,
        labels: 2,
        softmax: true,
    };

    #[test]
    fn answers_are_right_and_repeat() {
        let (status, text) = score_answer(BODY, None);
        assert_eq!((status, check(text.as_bytes(), EXPECT)), (200, Ok(())));
        let rows = scores(text.as_bytes(), EXPECT).unwrap();
        assert_ne!(rows[0], rows[1]);
        let mut answers = Answers::new();
        assert_eq!(&*answers.answer(BODY).1, text);
        assert_eq!(&*answers.answer(BODY).1, text);
    }

    #[test]
    fn faults_are_what_they_say() {
        for (fault, wrong) in [
            (Fault::Nan, Wrong::NotANumber),
            (Fault::MissingRow, Wrong::WrongRows),
            (Fault::MissingColumn, Wrong::WrongColumns),
            (Fault::BadSum, Wrong::BadSum),
            (Fault::OutOfRange, Wrong::OutOfRange),
            (Fault::BadJson, Wrong::MalformedJson),
        ] {
            let (_, text) = score_answer(BODY, Some(fault));
            assert_eq!(check(text.as_bytes(), EXPECT), Err(wrong), "{text}");
        }
    }

    #[test]
    fn bad_requests_are_refused() {
        for body in [
            &b"{"[..],
            br#"{"query":"a","items":[[1]],"label_token_ids":[1],"model":"m"}"#,
        ] {
            assert_eq!(score_answer(body, None).0, 400);
        }
        assert_eq!(
            score_answer(
                br#"{"query":"a","items":["b"],"label_token_ids":[],"model":"m"}"#,
                None
            )
            .0,
            500
        );
    }
}
