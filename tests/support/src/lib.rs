//! Whole-program tests: a temporary copy of the shipped project, changed by the test, and what a run
//! of the program said about it.
//!
//! Whatever goes wrong here ends the test by a panic that says what it was.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test that cannot go on ends by panicking"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a scenario is made of files, and runs the program"
)]

mod api_server;
mod expected;
mod guide;
mod oracle;
mod program;
mod shell;
mod simulated;
mod transcript;
mod transcripts;

pub use api_server::{ApiServer, is_selected};
pub use expected::{difference, differs, expect_text, is_updating};
pub use guide::{Step, is_as_printed, steps};
pub use oracle::{Answer, ask, kubectl, oracle, oracle_folder};
pub use program::{Program, Run};
pub use simulated::{Simulated, encode, pair, set, side};
pub use transcripts::Transcripts;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folders of the project that the program reads.
const FOLDERS: [&str; 3] = ["base", "overlays", "schemas"];

/// What its image's build context takes of the load generator, as short files: what is in the real ones is
/// of no interest to most tests, and changes often. `Scenario::whole` has them.
const STAND_INS: [&str; 6] = [
    "loadgen/image/Cargo.toml",
    "loadgen/image/Cargo.lock",
    "loadgen/image/package.toml",
    "loadgen/src/main.rs",
    "schemas/workload.schema.json",
    "schemas/result.schema.json",
];

/// A suite with enough variants for them to be rendered on several threads.
pub const MANY_VARIANTS: &str = "\
description: Many variants, not for comparison
variants:
  - backend: jax-tpu
    accelerator: [tpu-v5e-1, tpu-v5e-4, tpu-v6e-1, tpu-v6e-4]
    model: qwen3-0.6b
    profile: [smoke, standard, full, stress, parity-160rps]
";

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("this crate lies two folders below the root")
        .to_owned()
}

/// Every file below a folder, relative to it, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(folder).expect("it lies below");
                found.push(relative.to_owned());
            }
        }
    }
    found.sort();
    found
}

/// A temporary copy of the shipped project; gone when dropped.
pub struct Scenario {
    folder: TempDir,
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}

impl Scenario {
    /// The project as it is shipped, with stand-ins for the load generator's sources.
    pub fn new() -> Self {
        let scenario = Self::empty();
        for folder in FOLDERS {
            let from = repository().join(folder);
            for file in files_below(&from) {
                let bytes = fs::read(from.join(&file)).expect("the file can be read");
                let path = Path::new(folder).join(file);
                scenario.write(path, bytes);
            }
        }
        for file in STAND_INS {
            scenario.write(file, format!("stands in for {file}\n"));
        }
        scenario
    }

    /// The project as it is shipped, with the sources of the load generator.
    pub fn whole() -> Self {
        let scenario = Self::new();
        for folder in ["loadgen", "schemas"] {
            let from = repository().join(folder);
            for file in files_below(&from) {
                let bytes = fs::read(from.join(&file)).expect("the file can be read");
                scenario.write(Path::new(folder).join(file), bytes);
            }
        }
        scenario
    }

    /// A folder with nothing in it.
    pub fn empty() -> Self {
        let folder = TempDir::with_prefix("xbench-test-").expect("a temporary folder can be made");
        Self { folder }
    }

    /// Where a file of the project lies.
    pub fn path(&self, file: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(file)
    }

    /// What is in a file.
    pub fn read(&self, file: impl AsRef<Path>) -> String {
        let file = file.as_ref();
        fs::read_to_string(self.path(file))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    /// Writes a file, with the folders it lies in.
    pub fn write(&self, file: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(file);
        let parent = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(parent).expect("the folder can be made");
        fs::write(path, content).expect("the file can be written");
        self
    }

    /// Replaces a text that stands exactly once in a file.
    pub fn edit(&self, file: impl AsRef<Path>, from: &str, to: &str) -> &Self {
        let file = file.as_ref();
        let text = self.read(file);
        assert_eq!(
            text.matches(from).count(),
            1,
            "`{from}` stands once in {}",
            file.display()
        );
        self.write(file, text.replace(from, to))
    }

    /// Removes a file, or a folder with all that is in it.
    pub fn remove(&self, file: impl AsRef<Path>) -> &Self {
        let path = self.path(file);
        if path.is_dir() {
            fs::remove_dir_all(path).expect("the folder can be removed");
        } else {
            fs::remove_file(path).expect("the file can be removed");
        }
        self
    }

    /// The names of the blueprints that render Kubernetes objects.
    pub fn object_blueprints(&self, program: &str) -> Vec<String> {
        let mut names = self.listed(program, "blueprints");
        names.retain(|name| name != "images");
        names
    }

    /// The names of what `list` lists: `suites` or `blueprints`.
    pub fn listed(&self, program: &str, what: &str) -> Vec<String> {
        let arguments = ["list", "--format=json"];
        let text = self.program(program).args(arguments).run().done();
        let listing: Value = serde_json::from_str(&text).expect("the list is JSON");
        let all = listing.get(what).and_then(Value::as_array);
        let names: Vec<String> = all
            .into_iter()
            .flatten()
            .filter_map(|one| one.get("name")?.as_str().map(str::to_owned))
            .collect();
        assert!(!names.is_empty(), "the project has {what}");
        names
    }

    /// The program, about to run in the project's folder without any environment variable.
    pub fn program(&self, program: &str) -> Program {
        Program::new(program, self.folder.path())
    }
}
