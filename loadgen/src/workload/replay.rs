//! Requests from a recorded file: one JSON body a line, sent byte for byte.

use super::{Bodies, Expectation, Request, Text};
use serde::Deserialize;
use std::fmt;

/// What is wrong with a recorded workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayError {
    /// Line, from 1; 0 for the whole file.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ReplayError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(out, "line {}: ", self.line)?;
        }
        out.write_str(&self.message)
    }
}

#[derive(Deserialize)]
struct Body {
    query: Text,
    items: Items,
    label_token_ids: Vec<u32>,
    #[serde(default)]
    apply_softmax: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Items {
    One(#[expect(dead_code, reason = "only its kind matters")] String),
    Many(Vec<Text>),
}

/// Reads a recorded workload; empty lines are skipped.
///
/// # Errors
/// All lines that are no Score request, or that mix text and token ids, which `SGLang` 0.5.11 to
/// 0.5.23 answers with wrong scores.
pub fn replay(text: &str) -> Result<Bodies, Vec<ReplayError>> {
    let mut requests = Vec::new();
    let mut errors = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match request(line) {
            Ok(request) => requests.push(request),
            Err(message) => errors.push(ReplayError {
                line: index + 1,
                message,
            }),
        }
    }
    if errors.is_empty() && requests.is_empty() {
        errors.push(ReplayError {
            line: 0,
            message: "the file holds no request".to_owned(),
        });
    }
    if errors.is_empty() {
        Ok(Bodies::new(None, requests))
    } else {
        Err(errors)
    }
}

fn request(line: &str) -> Result<Request, String> {
    let body: Body =
        serde_json::from_str(line).map_err(|error| format!("not a Score request: {error}"))?;
    let query_is_text = matches!(body.query, Text::Text(_));
    let (count, tokens) = match &body.items {
        Items::One(_) if query_is_text => (1, 0),
        Items::One(_) => return Err(MIXED.to_owned()),
        Items::Many(items) => {
            if items
                .iter()
                .any(|item| matches!(item, Text::Text(_)) != query_is_text)
            {
                return Err(MIXED.to_owned());
            }
            (items.len(), tokens(&body.query, items))
        }
    };
    if count == 0 || body.label_token_ids.is_empty() {
        return Err("a request needs items and label_token_ids".to_owned());
    }
    Ok(Request {
        body: line.as_bytes().into(),
        expect: Expectation {
            items: u32::try_from(count).unwrap_or(u32::MAX),
            labels: u32::try_from(body.label_token_ids.len()).unwrap_or(u32::MAX),
            softmax: body.apply_softmax,
        },
        tokens,
    })
}

const MIXED: &str = "query and items must both be text or both be token ids: SGLang 0.5.11 to 0.5.23 answers a mix with wrong scores";

fn tokens(query: &Text, items: &[Text]) -> u64 {
    let ids = |text: &Text| match text {
        Text::Ids(ids) => ids.len() as u64,
        Text::Text(_) => 0,
    };
    items.iter().map(|item| ids(query) + ids(item)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_bodies_are_sent_byte_for_byte() {
        let lines = concat!(
            "{\"query\": [1,2], \"items\": [[3],[4,5]], \"label_token_ids\": [7,8,9], \"apply_softmax\": true}\n\n",
            "{\"query\":\"a\",\"items\":\"b\",\"label_token_ids\":[1]}\n",
        );
        let bodies = replay(lines).unwrap();
        assert_eq!(
            &*bodies.requests[0].body,
            lines.lines().next().unwrap().as_bytes()
        );
        assert_eq!(
            bodies.requests[0].expect,
            Expectation {
                items: 2,
                labels: 3,
                softmax: true
            }
        );
        assert_eq!(bodies.requests[0].tokens, 3 + 4);
        assert_eq!(
            bodies.requests[1].expect,
            Expectation {
                items: 1,
                labels: 1,
                softmax: false
            }
        );
        assert_eq!(bodies.at(3).body, bodies.requests[1].body);
    }

    #[test]
    fn mixed_kinds_and_broken_lines_are_all_named() {
        let lines = concat!(
            "{\"query\":\"text\",\"items\":[[1]],\"label_token_ids\":[1]}\n",
            "{\"query\":[1],\"items\":[[-1]],\"label_token_ids\":[1]}\n",
            "{\"query\":[1],\"items\":[],\"label_token_ids\":[1]}\n",
            "{\n",
        );
        let errors = replay(lines).unwrap_err();
        assert_eq!(
            errors.iter().map(|error| error.line).collect::<Vec<_>>(),
            [1, 2, 3, 4]
        );
        assert!(errors[0].message.contains("wrong scores"), "{}", errors[0]);
        assert_eq!(replay("\n").unwrap_err()[0].line, 0);
    }
}
