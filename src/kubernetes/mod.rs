//! What Kubernetes takes: types, rules of the API server, quantities and defaults.

mod defaults;
mod quantity;
mod rules;
mod typed;

pub use defaults::without_defaults;
pub use quantity::Quantity;
pub use rules::{Finding, check};
pub use typed::{Mismatch, MismatchKind, Object, merge};
