//! What every command of `xbench-loadgen` answers: its help and its main failures, as files that a reviewer can
//! read. What a measurement says is different each time: `whole` looks at that.

use std::process::ExitCode;
use xbench_scenario::{Transcripts, repository};

fn main() -> ExitCode {
    Transcripts {
        program: env!("CARGO_BIN_EXE_xbench-loadgen"),
        command: xbench_loadgen::commands::description(),
        folder: repository().join("loadgen/tests/transcripts"),
        target: "transcripts -p xbench-loadgen",
        successes_elsewhere: &["run", "calibrate", "simulate"],
    }
    .run()
}
