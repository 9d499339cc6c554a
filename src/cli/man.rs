//! The command line of `man`.

use clap::Args;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  xbench man ~/.local/share/man/man1
  xbench man \"$DESTDIR/usr/share/man/man1\"

The folder may hold pages of other programs. A file that has the name of a page and was not written by \
this command is not overwritten: then nothing is written at all.";

/// Arguments of `man`.
#[derive(Args, Debug)]
pub struct ManArguments {
    /// Folder for the pages; it is made if it is not there
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}
