//! One file a command. Each is thin: the work is in the library.

pub mod check;
pub mod list;
pub mod render;
pub mod verify;

use crate::diagnostic::Diagnostic;
use crate::project::Library;

/// What every command that works on a project has.
pub struct Context {
    /// The project.
    pub library: Library,
    /// What the user should know although the command succeeds.
    pub warnings: Vec<Diagnostic>,
}
