//! `xbench`: maps results to exit codes and does nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::SUCCESS
}
