//! The benchmark configuration: a YAML or JSON document, checked against
//! `schemas/workload.schema.json`, then typed.

mod document;
mod flags;
mod model;
mod parse;
mod schema;

pub use document::{Document, Place, Problem};
pub use flags::{Flag, Overrides, apply, flags};
pub use model::{
    Arrival, Cache, Config, Limit, Load, Output, Payload, Probe, Readiness, Saturate, Shape, Stage,
    Target, Timeouts, TokenIds, Validity, Warmup, Workload,
};
pub use parse::{default_document, parse};
pub use schema::{RESULT_SCHEMA, WORKLOAD_SCHEMA, check};
