//! What every command of `xbench` answers: its help, what it is for, and its main failures, as files that a
//! reviewer can read.

use std::process::ExitCode;
use xbench_scenario::{Transcripts, repository};

fn main() -> ExitCode {
    Transcripts {
        program: env!("CARGO_BIN_EXE_xbench"),
        command: xbench::cli::command(false),
        folder: repository().join("tests/transcripts"),
        target: "transcripts",
        successes_elsewhere: &[],
    }
    .run()
}
