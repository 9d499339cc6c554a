//! `xbench-loadgen`: maps results to exit codes and does nothing else.

use clap::Parser;
use std::process::ExitCode;

/// Load generator for the Score API (`/v1/score`) of SGLang and sglang-jax.
#[derive(Parser)]
#[command(name = "xbench-loadgen", version, about)]
struct Arguments {}

fn main() -> ExitCode {
    Arguments::parse();
    ExitCode::SUCCESS
}
