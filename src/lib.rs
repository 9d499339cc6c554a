//! The renderer and the comparison, as a library.

pub mod blueprint;
pub mod diagnostic;
pub mod hash;
pub mod images;
pub mod kubernetes;
pub mod layer;
pub mod lock;
pub mod machine;
pub mod names;
pub mod parity;
pub mod path;
pub mod plan;
pub mod project;
pub mod render;
pub mod schema;
pub mod select;
pub mod source;
pub mod suite;
pub mod template;
pub mod yaml;
