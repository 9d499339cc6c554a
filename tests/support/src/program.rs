//! Runs of the program.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A run that has not begun.
pub struct Program {
    command: Command,
    folder: PathBuf,
    input: Vec<u8>,
}

/// What a run said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code; `None` if a signal ended the program.
    pub code: Option<i32>,
}

impl Program {
    pub(crate) fn new(program: &str, folder: &Path) -> Self {
        let mut command = Command::new(program);
        command.env_clear().current_dir(folder);
        Self {
            command,
            folder: folder.to_owned(),
            input: Vec::new(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Gives it an environment variable; by default it has none.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in another folder of the project.
    #[must_use]
    pub fn within(mut self, folder: &str) -> Self {
        self.command.current_dir(self.folder.join(folder));
        self
    }

    /// Gives it a standard input; by default it is empty.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Runs the program to its end.
    pub fn run(mut self) -> Run {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        let input = self.input;
        // A program that ends early closes the pipe: what it did not read is of no interest.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("the program ends");
        writer.join().expect("writing does not panic");
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .expect("the program writes UTF-8")
                .replace(&*self.folder.to_string_lossy(), "[DIR]")
        };
        Run {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code(),
        }
    }
}

impl Run {
    /// Standard output of a run that did what it should and had nothing to say.
    pub fn done(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(0), ""),
            "the run should end with 0 and say nothing"
        );
        self.stdout
    }
}
