//! A scenario: a folder, a server, the program with a clean environment, and its result.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use xbench_loadgen::simulate::{Handle, Options, Simulator};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_xbench-loadgen");

/// A folder of its own for each scenario.
pub(crate) struct Scenario {
    folder: TempDir,
    /// The configuration, to be changed before it is run.
    pub(crate) config: Value,
}

/// A simulated server on a thread of the test.
pub(crate) fn simulate(options: Options) -> Handle {
    Simulator::bind(options).unwrap().spawn().unwrap()
}

impl Scenario {
    /// A short closed loop against a server.
    pub(crate) fn against(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = json!({
            "schemaVersion": 1,
            "metadata": {"variant": "test"},
            "target": {"url": url, "model": "m", "readiness": {"timeoutSeconds": 5, "intervalSeconds": 0.1}},
            "workload": {"payload": "token-ids", "uniqueRequests": 20,
                "shapes": [{"items": 3, "queryTokens": 10, "itemTokens": 10}]},
            "load": {"arrival": "closed", "concurrency": [4], "requests": 200},
            "warmup": {"minRequests": 0},
            "timeouts": {"connectSeconds": 1, "requestSeconds": 2},
            "output": {"path": folder.path().join("out/result.json")}
        });
        Self { folder, config }
    }

    /// [`Self::against`] a simulated server.
    pub(crate) fn simulated(server: &Handle) -> Self {
        Self::against(&format!("http://{}", server.address()))
    }

    /// Changes a part of the configuration.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = self
            .config
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap();
        if value.is_null() {
            parent.remove(key);
        } else {
            parent.insert(key.to_owned(), value);
        }
        self
    }

    /// A path in the scenario's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command `run --config`, not started.
    pub(crate) fn command(&self, extra: &[&str]) -> Command {
        // Several commands of one scenario may run at a time, and none may meet a file that is half written.
        let file = self.path("config.yaml");
        let written = tempfile::NamedTempFile::new_in(self.folder.path()).unwrap();
        std::fs::write(&written, self.config.to_string()).unwrap();
        written.persist(&file).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .env_clear()
            .arg("run")
            .arg("--config")
            .arg(file)
            .args(extra);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs to the end, which must come within a minute.
    pub(crate) fn run(&self, extra: &[&str]) -> Output {
        finish(self.command(extra).spawn().unwrap())
    }

    /// Runs, expects an exit code, and reads the result.
    pub(crate) fn result(&self, code: i32) -> Value {
        let output = self.run(&[]);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        self.read("out/result.json")
    }

    /// Reads a result, or a log that holds one; it must be valid by its schema.
    pub(crate) fn read(&self, name: &str) -> Value {
        Self::validated(&self.path(name))
    }

    /// Reads a result of any folder; it must be valid by its schema.
    pub(crate) fn validated(file: &Path) -> Value {
        let checked = Command::new(PROGRAM)
            .arg("validate")
            .arg(file)
            .output()
            .unwrap();
        assert_eq!(checked.status.code(), Some(0), "{}", text(&checked));
        let result = xbench_loadgen::result::read(&std::fs::read_to_string(file).unwrap()).unwrap();
        serde_json::to_value(result).unwrap()
    }
}

/// Waits for a process; one that takes over a minute is killed and fails the test.
pub(crate) fn finish(mut child: Child) -> Output {
    let end = Instant::now() + Duration::from_mins(1);
    let read = |mut pipe: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).unwrap();
            bytes
        })
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Output {
                status,
                stdout: stdout.join().unwrap(),
                stderr: stderr.join().unwrap(),
            };
        }
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("the program hangs");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What a process wrote.
pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A count of a result's first run.
pub(crate) fn count(result: &Value, name: &str) -> u64 {
    result
        .pointer(&format!("/runs/0/counts/{name}"))
        .and_then(Value::as_u64)
        .unwrap()
}

/// (class, count) of a result's first run.
pub(crate) fn errors(result: &Value) -> Vec<(String, u64)> {
    let groups = result
        .pointer("/runs/0/errors")
        .and_then(Value::as_array)
        .unwrap();
    groups
        .iter()
        .map(|group| {
            (
                group["class"].as_str().unwrap().to_owned(),
                group["count"].as_u64().unwrap(),
            )
        })
        .collect()
}

/// Every request that was sent ended in exactly one way.
pub(crate) fn nothing_is_lost(result: &Value) {
    let [sent, succeeded, failed, unfinished] =
        ["sent", "succeeded", "failed", "unfinished"].map(|name| count(result, name));
    assert_eq!(sent, succeeded + failed + unfinished);
    let by_class: u64 = errors(result).iter().map(|(_, count)| count).sum();
    assert_eq!(by_class, failed);
    let in_latency = result
        .pointer("/runs/0/latency/sent/count")
        .and_then(Value::as_u64)
        .unwrap_or(0);
    assert_eq!(in_latency, succeeded);
}
