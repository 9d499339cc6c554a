//! `xbench`: maps results to exit codes and does nothing else.

use clap::Parser;
use std::process::ExitCode;
use xbench::cli::Arguments;
use xbench::{Outcome, run};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Outcome::Done => ExitCode::SUCCESS,
        Outcome::No => ExitCode::from(1),
        Outcome::Trouble => ExitCode::from(2),
    }
}
