//! A pager between long answers and a terminal.
//!
//! Only answers for people go through one, and only where standard output is a terminal: nothing that is
//! written to a pipe or a file depends on a variable. `render` never uses a pager.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::{Child, Command, Stdio};

/// Whether a long answer may go through a pager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// If standard output is a terminal.
    OnTerminal,
    /// Never.
    Never,
}

/// What `less` is told if the user's `LESS` does not say: go if it fits on one screen, pass colours
/// on, leave the screen as it is, end with the program.
const LESS: &str = "FRXK";

/// A pager that waits for text; nothing if there is none to be used, or none that starts.
pub(super) fn start(paging: Paging, out: &io::Stdout) -> Option<Child> {
    if paging == Paging::Never || !out.is_terminal() {
        return None;
    }
    spawn()
}

#[expect(
    clippy::disallowed_methods,
    reason = "which pager a person likes, and only for what that person reads on a terminal"
)]
fn spawn() -> Option<Child> {
    let wanted = std::env::var_os("PAGER").unwrap_or_else(|| OsString::from("less"));
    if wanted.is_empty() || wanted == "cat" {
        return None;
    }
    let mut pager = Command::new("/bin/sh");
    pager.arg("-c").arg(&wanted).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        pager.env("LESS", LESS);
    }
    pager.spawn().ok()
}

/// Gives a text to a pager and waits until the reader has seen enough.
pub(super) fn feed(mut pager: Child, texts: impl IntoIterator<Item = String>) -> io::Result<()> {
    let mut written = Ok(());
    if let Some(mut stdin) = pager.stdin.take() {
        written = texts
            .into_iter()
            .try_for_each(|text| stdin.write_all(text.as_bytes()));
    }
    let ended = pager.wait();
    written.and(ended.map(drop))
}
