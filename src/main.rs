//! `xbench`: maps results to exit codes and does nothing else.

use std::process::ExitCode;
use xbench::{Outcome, cli, run};

fn main() -> ExitCode {
    match run(&cli::read(std::env::args_os())) {
        Outcome::Done => ExitCode::SUCCESS,
        Outcome::No => ExitCode::from(1),
        Outcome::Trouble => ExitCode::from(2),
    }
}
