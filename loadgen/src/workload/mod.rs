//! The requests of each shape: made once, before the run, from a seed or a recorded file.
//!
//! The same configuration gives the same bytes on every machine.

mod generate;
mod replay;

pub use generate::generate;
pub use replay::{ReplayError, replay};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What an answer must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// Rows.
    pub items: u32,
    /// Numbers in each row.
    pub labels: u32,
    /// Whether each row sums to 1.
    pub softmax: bool,
}

/// One request body and what belongs to it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The JSON text.
    pub body: Arc<[u8]>,
    /// What its answer must look like.
    pub expect: Expectation,
    /// Prompt tokens that the server processes: items x (query + item tokens); 0 if unknown.
    pub tokens: u64,
}

/// The requests of one shape.
#[derive(Debug, Clone)]
pub struct Bodies {
    /// The shape, unless the requests are recorded ones.
    pub shape: Option<crate::config::Shape>,
    /// The requests, sent in this order, over and over.
    pub requests: Vec<Request>,
    /// SHA-256 of all bodies, each preceded by its length as a little-endian 64-bit number.
    pub sha256: String,
}

impl Bodies {
    fn new(shape: Option<crate::config::Shape>, requests: Vec<Request>) -> Self {
        let mut hash = Sha256::new();
        for request in &requests {
            hash.update(
                u64::try_from(request.body.len())
                    .unwrap_or(u64::MAX)
                    .to_le_bytes(),
            );
            hash.update(&request.body);
        }
        Self {
            shape,
            requests,
            sha256: hex(&hash.finalize()),
        }
    }

    /// Bytes of all bodies.
    pub fn bytes(&self) -> u64 {
        self.requests
            .iter()
            .map(|request| request.body.len() as u64)
            .sum()
    }

    /// The request that is sent as this number of a run.
    pub fn at(&self, number: u64) -> &Request {
        let index = number % self.requests.len() as u64;
        &self.requests[usize::try_from(index).unwrap_or_default()]
    }
}

/// SHA-256 of all shapes' hashes, in order: the identity of the whole workload.
pub fn workload_hash(shapes: &[Bodies]) -> String {
    let mut hash = Sha256::new();
    for bodies in shapes {
        hash.update(bodies.sha256.as_bytes());
        hash.update(b"\n");
    }
    hex(&hash.finalize())
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// A request body as far as a client must understand it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    /// Text.
    Text(String),
    /// Token ids.
    Ids(Vec<u32>),
}
