//! What a measurement leaves behind: files, a table, lines while it runs.

mod csv;
mod files;
mod progress;
mod requests;
mod table;

pub use csv::csv;
pub use files::{Paths, write_whole};
pub use progress::{Progress, Reporter};
pub use requests::RequestLog;
pub use table::table;
