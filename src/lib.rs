//! The renderer and the comparison, as a library.

pub mod diagnostic;
pub mod layer;
pub mod schema;
pub mod source;
pub mod yaml;
