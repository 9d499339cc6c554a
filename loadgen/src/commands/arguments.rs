//! The arguments. Those of the configuration's fields are made from its schema.

use super::{MIB, Refusal, read_text};
use crate::config::{
    Config, Document, Flag, Overrides, Problem, apply, default_document, flags,
    parse as parse_config,
};
use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A small, exact load generator for the Score API (`/v1/score`) of `SGLang` and sglang-jax.
#[derive(Debug, Parser)]
#[command(name = "xbench-loadgen", version, about, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: CliCommand,
}

const AFTER_HELP: &str = "\
Examples:
  xbench-loadgen simulate --latency lognormal:20ms:0.3
  xbench-loadgen run --target-url http://127.0.0.1:30000
  xbench-loadgen run --config config.yaml
  xbench-loadgen validate result.json

Exit codes: 0 measured and stored; 1 no (invalid configuration or result, wrong server); \
2 could not work; 3 interrupted; 4 not uploaded; 5 too many failed or wrong answers; 6 server never ready or died.";

const RUN_EXAMPLES: &str = "\
Examples:
  xbench-loadgen run --config config.yaml
  xbench-loadgen run --target-url http://127.0.0.1:30000 --load-arrival closed --load-concurrency 1,8
  xbench-loadgen run --config config.yaml --workers 4 --worker 0 --start-at 2026-07-22T10:00:00Z

Flags come over the configuration. The result goes to --output-path, and between two marks to the log.";

const WORKLOAD_EXAMPLES: &str = "\
Examples:
  xbench-loadgen workload --config config.yaml --output requests.jsonl
  xbench-loadgen workload --workload-seed 7 | head -n 1";

const CALIBRATE_EXAMPLES: &str = "\
Examples:
  xbench-loadgen calibrate
  xbench-loadgen calibrate --config config.yaml --seconds 10";

const SIMULATE_EXAMPLES: &str = "\
Examples:
  xbench-loadgen simulate
  xbench-loadgen simulate --listen 127.0.0.1:0 --latency constant:5ms --seed 7
  xbench-loadgen simulate --fault http-500=0.01 --stall 500ms/10s

It answers until it is stopped by a signal.";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  xbench-loadgen validate result.json
  kubectl logs job/score-x -c loadgen | xbench-loadgen validate -";

const MERGE_EXAMPLES: &str = "\
Examples:
  xbench-loadgen merge worker-0.json worker-1.json --output result.json";

#[derive(Debug, clap::Subcommand)]
enum CliCommand {
    /// Run a benchmark and write its result
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArguments),
    /// Write the requests of a benchmark, one body a line, to replay them
    #[command(after_help = WORKLOAD_EXAMPLES)]
    Workload(WorkloadArguments),
    /// Measure what this machine can send at best, against a server in this process
    #[command(after_help = CALIBRATE_EXAMPLES)]
    Calibrate(CalibrateArguments),
    /// Answer as a Score server does, with a seeded latency law and faults
    #[command(after_help = SIMULATE_EXAMPLES)]
    Simulate(Box<SimulateArguments>),
    /// Check a result, or a log that holds one, against its schema
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArguments),
    /// Put the results of workers that shared one schedule together
    #[command(after_help = MERGE_EXAMPLES)]
    Merge(MergeArguments),
}

/// A parsed command.
#[derive(Debug)]
pub(super) enum Command {
    Run(RunArguments),
    Workload(WorkloadArguments),
    Calibrate(CalibrateArguments),
    Simulate(Box<SimulateArguments>),
    Validate(ValidateArguments),
    Merge(MergeArguments),
}

/// Where a configuration comes from.
#[derive(Debug, Default, Args)]
pub(super) struct Source {
    /// Configuration, YAML or JSON; without it the flags start from a small closed loop
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[arg(skip)]
    pub(super) overrides: Overrides,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) source: Source,
    /// Number of workers that share the schedule
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) workers: u32,
    /// This worker's number, from 0; without it, `JOB_COMPLETION_INDEX` of an Indexed Job
    #[arg(long, value_name = "I")]
    pub(super) worker: Option<u32>,
    /// When all workers start, as 2026-07-22T10:00:00Z or seconds since 1970
    #[arg(long, value_name = "T")]
    pub(super) start_at: Option<String>,
    /// Print the result as a marked block even on a terminal
    #[arg(long)]
    pub(super) print_result: bool,
}

/// Arguments of `workload`.
#[derive(Debug, Args)]
pub(super) struct WorkloadArguments {
    #[command(flatten)]
    pub(super) source: Source,
    /// File to write; standard output without it
    #[arg(long, alias = "out", value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub(super) struct CalibrateArguments {
    #[command(flatten)]
    pub(super) source: Source,
    /// Length of each measurement in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    pub(super) seconds: f64,
}

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// Address to listen at; port 0 takes a free one, which the first line of output tells
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:30000")]
    pub(super) listen: SocketAddr,
    /// Latency law: constant:5ms, uniform:1ms:9ms, exponential:5ms or lognormal:5ms:0.5
    #[arg(long, value_name = "LAW", default_value = "lognormal:20ms:0.3")]
    pub(super) latency: crate::simulate::Law,
    /// Answer nothing for so long in each period, for example 500ms/10s
    #[arg(long, value_name = "LENGTH/PERIOD")]
    pub(super) stall: Option<crate::simulate::Stall>,
    /// Fail in this way with this probability, for example http-500=0.01; may be given more than once
    #[arg(long = "fault", value_name = "FAULT=P")]
    pub(super) faults: Vec<crate::simulate::FaultRate>,
    /// Seed of latencies and faults
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(super) seed: u64,
    /// Become ready only after this time
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = crate::simulate::parse_duration)]
    pub(super) ready_after: u64,
    /// Close connections that rest for this long
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = crate::simulate::parse_duration)]
    pub(super) keep_alive: u64,
    /// Extra latency of the first request of each size and concurrency, as when JAX compiles
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = crate::simulate::parse_duration)]
    pub(super) compile: u64,
    /// Die after so many Score requests
    #[arg(long, value_name = "N")]
    pub(super) die_after: Option<u64>,
    /// An argument to report, KEY=VALUE; may be given more than once
    #[arg(long = "argument", value_name = "KEY=VALUE")]
    pub(super) arguments: Vec<String>,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(super) struct ValidateArguments {
    /// Result, or log that holds one; `-` is standard input
    pub(super) file: PathBuf,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArguments {
    /// Results of the workers
    #[arg(required = true, num_args = 1..)]
    pub(super) files: Vec<PathBuf>,
    /// File to write; standard output without it
    #[arg(long, alias = "out", value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// The description of the command line, with a flag for every field of the configuration.
pub(super) fn description(all: &[Flag]) -> clap::Command {
    let mut command = Cli::command();
    for name in ["run", "workload", "calibrate"] {
        command = command.mut_subcommand(name, |sub| sub.args(all.iter().map(argument)));
    }
    command
}

/// Parses the command line.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let all = flags();
    let matches = description(&all).try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let overrides = matches
        .subcommand()
        .map_or_else(Vec::new, |(name, matches)| match name {
            "run" | "workload" | "calibrate" => given(&all, matches),
            _ => Vec::new(),
        });
    Ok(match cli.command {
        CliCommand::Run(mut arguments) => {
            arguments.source.overrides = overrides;
            Command::Run(arguments)
        }
        CliCommand::Workload(mut arguments) => {
            arguments.source.overrides = overrides;
            Command::Workload(arguments)
        }
        CliCommand::Calibrate(mut arguments) => {
            arguments.source.overrides = overrides;
            Command::Calibrate(arguments)
        }
        CliCommand::Simulate(arguments) => Command::Simulate(arguments),
        CliCommand::Validate(arguments) => Command::Validate(arguments),
        CliCommand::Merge(arguments) => Command::Merge(arguments),
    })
}

fn argument(flag: &Flag) -> Arg {
    let heading = flag.pointer.split('/').nth(1).unwrap_or_default();
    Arg::new(flag.name.clone())
        .long(flag.name.clone())
        .value_name(if flag.list { "LIST" } else { "VALUE" })
        .allow_hyphen_values(true)
        .help(flag.help.clone())
        .help_heading(format!("Configuration: {heading}"))
}

fn given(all: &[Flag], matches: &ArgMatches) -> Overrides {
    all.iter()
        .filter_map(|flag| {
            matches
                .get_one::<String>(&flag.name)
                .map(|value| (flag.clone(), value.clone()))
        })
        .collect()
}

/// The largest configuration, in bytes.
const MOST_OF_A_CONFIGURATION: u64 = 16 * MIB;

impl Source {
    /// Reads and checks the configuration; the errors are ready to be shown.
    pub(super) fn config(&self) -> Result<Config, Refusal> {
        let name = self
            .config
            .as_ref()
            .map_or("the flags".to_owned(), |path| path.display().to_string());
        let refused = |problems: Vec<Problem>| {
            let shown = problems.iter().map(|problem| match problem.place {
                Some(_) => format!("{name}:{problem}"),
                None => format!("{name}: {problem}"),
            });
            Refusal::no(shown.collect())
        };
        let mut document = match &self.config {
            None => Document::from_value(default_document()),
            Some(path) => {
                let text = read_text(path, MOST_OF_A_CONFIGURATION)?;
                Document::parse(&text).map_err(|problem| refused(vec![problem]))?
            }
        };
        apply(&mut document, &self.overrides).map_err(refused)?;
        parse_config(&document).map_err(refused)
    }
}
