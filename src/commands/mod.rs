//! One file a command. Each is thin: the work is in the library.

pub mod baseline;
pub mod check;
pub mod compare;
pub mod complete;
pub mod diff;
pub mod explain;
pub mod history;
pub mod init;
pub mod list;
pub mod man;
pub mod pin;
pub mod policy;
pub mod render;
pub mod report;
pub mod results;
pub mod schema;
pub mod verify;

use crate::diagnostic::Diagnostic;
use crate::output::Paging;
use crate::project::Library;

/// What every command that works on a project has.
pub struct Context {
    /// The project.
    pub library: Library,
    /// What the user should know although the command succeeds.
    pub warnings: Vec<Diagnostic>,
    /// Whether long answers may go through a pager.
    pub paging: Paging,
}
