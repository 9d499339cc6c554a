//! Images: from the recipes of `base/images` and the values to build contexts, and to the Cloud Build
//! files that build them.
//!
//! - A Dockerfile is text, so a value is written for the place it stands in, and what comes out is parsed
//!   again: it has the same instructions as its template ([`Dockerfile`]).
//! - A build context is a list of files and nothing else. Its hash is the image's tag and its identity
//!   ([`BuildContext`]). It depends on the recipe's section of the values and on the project's files, so it
//!   is the same in every environment.
//! - A Cloud Build file is YAML, rendered like a Kubernetes object and held against Cloud Build's rules
//!   ([`cloud_build`]). It names the hash, so it is not part of what is hashed.

pub mod cloud_build;
mod context;
mod dockerfile;
mod quoting;
mod recipe;
mod render;
mod role;

pub use context::{BuildContext, ContextFile};
pub use dockerfile::{Dockerfile, shape};
pub use quoting::Quoting;
pub use recipe::{Copied, Recipe};
pub use render::{artifacts, distinct};
pub use role::Role;
