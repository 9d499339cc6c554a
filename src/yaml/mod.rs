//! YAML in and out: a tree that knows where each of its nodes stands, and bytes for Kubernetes.

mod node;
pub mod plain;
mod read;
mod write;

pub use node::{Entry, Kind, Map, Node, Style};
pub use read::{Dialect, MAX_BYTES, MAX_DEPTH, MAX_NODES, read, read_all};
pub use write::{WriteError, document};
