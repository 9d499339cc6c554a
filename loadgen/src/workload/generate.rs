//! Requests from a seed.

use super::{Bodies, Expectation, Request};
use crate::config::{Cache, Payload, Shape, Workload};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;

/// Makes the requests of one shape.
pub fn generate(workload: &Workload, model: &str, shape: Shape) -> Bodies {
    let expect = Expectation {
        items: shape.items,
        labels: u32::try_from(workload.label_token_ids.len()).unwrap_or(u32::MAX),
        softmax: workload.apply_softmax,
    };
    let tokens =
        u64::from(shape.items) * (u64::from(shape.query_tokens) + u64::from(shape.item_tokens));
    let mut first: Option<Request> = None;
    let requests = (0..workload.unique_requests)
        .map(|number| {
            if let (Some(request), Cache::SglangIdentical) = (&first, workload.cache) {
                return request.clone();
            }
            let body: Arc<[u8]> = body(workload, model, shape, number).into_bytes().into();
            let request = Request {
                body,
                expect,
                tokens,
            };
            first.get_or_insert_with(|| request.clone());
            request
        })
        .collect();
    Bodies::new(Some(shape), requests)
}

fn body(workload: &Workload, model: &str, shape: Shape, number: u32) -> String {
    let mut text = String::from("{\"query\":");
    let shared = workload.cache != Cache::Cold;
    let query_of = if shared { None } else { Some(number) };
    match &workload.payload {
        Payload::TokenIds => {
            let mut ids = Ids::new(workload, shape, "query", query_of);
            ids.list(&mut text, shape.query_tokens);
            text.push_str(",\"items\":[");
            let mut ids = Ids::new(workload, shape, "items", Some(number));
            for item in 0..shape.items {
                if item > 0 {
                    text.push(',');
                }
                ids.list(&mut text, shape.item_tokens);
            }
        }
        Payload::RepeatedText(token) => {
            let repeated = |times: u32| json_text(&token.repeat(times as usize));
            text.push_str(&repeated(shape.query_tokens));
            text.push_str(",\"items\":[");
            let item = repeated(shape.item_tokens);
            for number in 0..shape.items {
                if number > 0 {
                    text.push(',');
                }
                text.push_str(&item);
            }
        }
    }
    text.push_str("],\"label_token_ids\":[");
    for (index, id) in workload.label_token_ids.iter().enumerate() {
        let separator = if index == 0 { "" } else { "," };
        _ = write!(text, "{separator}{id}");
    }
    _ = write!(
        text,
        "],\"apply_softmax\":{},\"item_first\":{},\"model\":{}}}",
        workload.apply_softmax,
        workload.item_first,
        json_text(model)
    );
    text
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Token ids drawn evenly from the safe range.
struct Ids {
    random: ChaCha8Rng,
    min: u32,
    span: u64,
}

impl Ids {
    /// A stream of its own for each (seed, shape, part, request), so that no shape's bytes depend
    /// on which others are measured.
    fn new(workload: &Workload, shape: Shape, part: &str, number: Option<u32>) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"xbench workload 1 ");
        hash.update(part.as_bytes());
        hash.update(workload.seed.to_le_bytes());
        for size in [shape.items, shape.query_tokens, shape.item_tokens] {
            hash.update(size.to_le_bytes());
        }
        hash.update(number.map_or(u64::MAX, u64::from).to_le_bytes());
        let (min, max) = (workload.token_ids.min, workload.token_ids.max);
        Self {
            random: ChaCha8Rng::from_seed(hash.finalize().into()),
            min,
            span: u64::from(max.saturating_sub(min)) + 1,
        }
    }

    /// One id. The product's bias is below span / 2^32: one in 43,000 for the default range.
    fn draw(&mut self) -> u32 {
        let offset = (u64::from(self.random.next_u32()) * self.span) >> 32;
        self.min + u32::try_from(offset).unwrap_or_default()
    }

    fn list(&mut self, text: &mut String, count: u32) {
        text.push('[');
        for index in 0..count {
            let separator = if index == 0 { "" } else { "," };
            _ = write!(text, "{separator}{}", self.draw());
        }
        text.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TokenIds;
    use crate::workload::hex;
    use serde_json::Value;
    use std::collections::HashSet;

    fn workload(cache: Cache) -> Workload {
        Workload {
            payload: Payload::TokenIds,
            cache,
            seed: 42,
            unique_requests: 5,
            shapes: Vec::new(),
            token_ids: TokenIds {
                min: 1000,
                max: 1999,
            },
            label_token_ids: vec![9454, 2753],
            apply_softmax: true,
            item_first: false,
            replay: None,
        }
    }

    const SHAPE: Shape = Shape {
        items: 3,
        query_tokens: 20,
        item_tokens: 40,
    };

    fn values(bodies: &Bodies) -> Vec<Value> {
        bodies
            .requests
            .iter()
            .map(|request| serde_json::from_slice(&request.body).unwrap())
            .collect()
    }

    #[test]
    fn a_request_has_the_fields_and_sizes_asked_for() {
        let bodies = generate(&workload(Cache::Cold), "Qwen/Qwen3-0.6B", SHAPE);
        for value in values(&bodies) {
            assert_eq!(value["query"].as_array().unwrap().len(), 20);
            let items = value["items"].as_array().unwrap();
            assert_eq!(items.len(), 3);
            for id in items.iter().flat_map(|item| item.as_array().unwrap()) {
                assert!((1000..2000).contains(&id.as_u64().unwrap()), "{id}");
            }
            assert!(
                items
                    .iter()
                    .all(|item| item.as_array().unwrap().len() == 40)
            );
            assert_eq!(value["label_token_ids"], serde_json::json!([9454, 2753]));
            assert_eq!(value["apply_softmax"], true);
            assert_eq!(value["item_first"], false);
            assert_eq!(value["model"], "Qwen/Qwen3-0.6B");
        }
        assert_eq!(bodies.requests[0].tokens, 3 * 60);
    }

    #[test]
    fn the_cache_setting_says_what_is_shared() {
        for (cache, queries, all) in [
            (Cache::Cold, 5, 5),
            (Cache::SharedQuery, 1, 5),
            (Cache::SglangIdentical, 1, 1),
        ] {
            let bodies = generate(&workload(cache), "m", SHAPE);
            let values = values(&bodies);
            let distinct = |part: &dyn Fn(&Value) -> String| {
                values.iter().map(part).collect::<HashSet<_>>().len()
            };
            assert_eq!(
                distinct(&|value| value["query"].to_string()),
                queries,
                "{cache:?}"
            );
            assert_eq!(distinct(&ToString::to_string), all, "{cache:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        // Golden value: a change here breaks the comparison with every earlier result.
        let bodies = generate(&workload(Cache::Cold), "m", SHAPE);
        assert_eq!(
            bodies.sha256,
            "d6e310fa1a7eac3b186b2296feaa61ce685ffd8c003ad90c6291b30467132625"
        );
        let other = Workload {
            seed: 43,
            ..workload(Cache::Cold)
        };
        assert_ne!(generate(&other, "m", SHAPE).sha256, bodies.sha256);
    }

    #[test]
    fn repeated_text_is_sglangs_own_body() {
        let workload = Workload {
            payload: Payload::RepeatedText("<|\"x\"|>".to_owned()),
            ..workload(Cache::SglangIdentical)
        };
        let bodies = generate(&workload, "m", SHAPE);
        let values = values(&bodies);
        assert_eq!(values[0]["query"].as_str().unwrap(), "<|\"x\"|>".repeat(20));
        assert_eq!(
            values[0]["items"][2].as_str().unwrap(),
            "<|\"x\"|>".repeat(40)
        );
    }

    #[test]
    fn digits_are_lower_case_hexadecimal() {
        assert_eq!(hex(&[0, 255, 26]), "00ff1a");
    }
}
