//! A simulated Score server: a seeded latency law and faults, on one thread.
//!
//! It answers as `/v1/score` does, so that the whole tool can be tried on a laptop. Its scores are
//! a function of the request's bytes.

mod answer;
mod faults;
mod law;
mod server;

pub use answer::{Answers, score_answer};
pub use faults::{Fault, FaultRate};
pub use law::{Law, Stall, parse_duration};
pub use server::{Handle, Options, Simulator};
