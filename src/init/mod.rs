//! New projects and new environments, as texts: what is written stands here, who writes it does not.

pub mod answers;
pub mod ask;
pub mod environment;

/// The files of a new project, by their path in it: the shipped ones, as they were when xbench was built.
pub static STARTER: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/starter.rs"));

/// What a new project says of itself.
pub const STARTER_README: &str = include_str!("README.md");
