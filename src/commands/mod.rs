//! One file a command. Each is thin: the work is in the library.

pub mod check;
pub mod list;
pub mod render;
pub mod verify;
