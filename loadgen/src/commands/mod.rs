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
use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;

/// How a command ended, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done: measured and stored.
    Done,
    /// The answer is no: an invalid configuration or result, a server that is not the one asked for.
    No,
    /// It could not work: usage, files, network, a start that was missed, a defect.
    CouldNot,
    /// A signal came; what was measured until then is stored.
    Interrupted,
    /// Measured and stored here, but not uploaded.
    NotUploaded,
    /// Measured and stored, but more answers failed or were wrong than allowed, or all before a run.
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

/// Why a command could not do what it was asked for.
struct Refusal {
    exit: Exit,
    /// For the user, one error a line.
    errors: Vec<String>,
}

impl Refusal {
    fn no(errors: Vec<String>) -> Self {
        Self {
            exit: Exit::No,
            errors,
        }
    }

    fn could_not(error: impl fmt::Display) -> Self {
        Self {
            exit: Exit::CouldNot,
            errors: vec![error.to_string()],
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::could_not(error)
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
    let done = match command {
        arguments::Command::Run(arguments) => run::run(&arguments),
        arguments::Command::Workload(arguments) => workload::workload(&arguments),
        arguments::Command::Calibrate(arguments) => calibrate::calibrate(&arguments),
        arguments::Command::Simulate(arguments) => simulate::simulate(*arguments),
        arguments::Command::Validate(arguments) => validate::validate(&arguments),
        arguments::Command::Merge(arguments) => merge::merge(&arguments),
    };
    done.unwrap_or_else(|refusal| {
        refusal.errors.iter().for_each(|error| complain(error));
        refusal.exit
    })
}

const MIB: u64 = 1024 * 1024;

/// Reads a file or, as `-`, standard input, of at most so many bytes.
fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(most + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
    };
    match read {
        Ok(length) if length as u64 > most => {
            let name = path.display();
            Err(Refusal::could_not(format!(
                "{name}: larger than {} MiB",
                most / MIB
            )))
        }
        Ok(_) => Ok(bytes),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Refusal {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    };
    Refusal::could_not(format!("{}: {why}", path.display()))
}

/// Reads a file as text.
fn read_text(path: &Path, most: u64) -> Result<String, Refusal> {
    String::from_utf8(read_file(path, most)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Refusal::no(vec![format!("{}: byte {at} is not UTF-8", path.display())])
    })
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
