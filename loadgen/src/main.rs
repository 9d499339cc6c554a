//! `xbench-loadgen`: maps results to exit codes and does nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(xbench_loadgen::commands::main(std::env::args_os()).code())
}
