//! The command line: one file a command, each a thin shell around the library.

mod arguments;
mod calibrate;
mod merge;
mod run;
mod simulate;
mod store;
mod validate;
mod workload;

use std::ffi::OsString;
use std::io::{self, Write};

/// How a command ended, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done: measured and stored.
    Done,
    /// The answer is no: an invalid configuration or result, a server that is not the one asked for.
    No,
    /// It could not work: usage, files, network, a defect.
    CouldNot,
    /// A signal came; what was measured until then is stored.
    Interrupted,
    /// Measured and stored here, but not uploaded.
    NotUploaded,
    /// Measured and stored, but more answers failed or were wrong than allowed.
    BadAnswers,
    /// The server never became ready, or died; what was measured until then is stored.
    ServerGone,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::CouldNot => 2,
            Self::Interrupted => 3,
            Self::NotUploaded => 4,
            Self::BadAnswers => 5,
            Self::ServerGone => 6,
        }
    }
}

/// The description of the command line.
pub fn description() -> clap::Command {
    arguments::description(&crate::config::flags())
}

/// Runs the program.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let command = match arguments::parse(arguments) {
        Ok(command) => command,
        Err(error) => {
            // Help and version are no errors, and a closed pipe is none either.
            let failed = error.use_stderr();
            _ = error.print();
            return if failed { Exit::CouldNot } else { Exit::Done };
        }
    };
    match command {
        arguments::Command::Run(arguments) => run::run(&arguments),
        arguments::Command::Workload(arguments) => workload::workload(&arguments),
        arguments::Command::Calibrate(arguments) => calibrate::calibrate(&arguments),
        arguments::Command::Simulate(arguments) => simulate::simulate(*arguments),
        arguments::Command::Validate(arguments) => validate::validate(&arguments),
        arguments::Command::Merge(arguments) => merge::merge(&arguments),
    }
}

/// Writes to standard output; a reader that has gone is no error.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes an error for the user.
fn complain(text: &str) {
    // There is nowhere left to report that this failed.
    _ = writeln!(io::stderr(), "error: {text}");
}
