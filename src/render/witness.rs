//! What rendering tells whoever asks how a value came about.

use crate::template::{NoTrace, Trace};
use crate::yaml::Node;
use serde_json::Value;

/// Is told what rendering does. The default methods do nothing and are compiled away.
pub trait Witness {
    /// Follows the evaluation of each template.
    type Trace: Trace + Default;
    /// A shared template was evaluated.
    fn fragment(&mut self, _name: &str, _trace: Self::Trace) {}
    /// A configuration file was evaluated.
    fn file(&mut self, _name: &str, _trace: Self::Trace) {}
    /// An object was evaluated; its patches follow.
    fn object(&mut self, _trace: Self::Trace) {}
    /// A patch, or one operation of it, changed the last object.
    fn patched(&mut self, _patch: &Node, _before: &Value, _after: &Value) {}
    /// Everything was rendered, with these values for the templates.
    fn finished(&mut self, _context: &Value) {}
}

/// Does not want to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Witness for Unobserved {
    type Trace = NoTrace;
}
