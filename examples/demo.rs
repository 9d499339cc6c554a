//! The whole way without a cluster, a GPU or a TPU:
//!
//! ```console
//! $ cargo run --example demo
//! ```
//!
//! renders the configuration of both backends, starts a simulated Score server for each, measures them in
//! turns with the load generator, three results each, compares, and writes the report. The second server is made faster, and
//! reports what the configuration locks, as a real one would. The figures say nothing about any real
//! backend.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it starts the programs, writes files and says what it does"
)]

use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

type Done<T> = Result<T, Box<dyn Error>>;

/// Both backends of the default suite, with the latency law that stands in for each.
const BACKENDS: [(&str, &str); 2] = [
    ("pytorch-cuda", "lognormal:8ms:0.2"),
    ("jax-tpu", "lognormal:7ms:0.2"),
];
/// In turns, so that whatever changes meanwhile meets both alike.
const TURNS: [usize; 6] = [0, 1, 1, 0, 0, 1];
/// What makes the smoke profile shorter still.
const SHORTER: [&str; 3] = [
    "benchmark.load.concurrency=[1, 4]",
    "benchmark.load.durationSeconds=3",
    "benchmark.load.pauseSeconds=0",
];

fn main() -> Done<ExitCode> {
    let bin = built()?;
    let folder = bin.join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let began = Instant::now();
    let mut configurations = Vec::new();
    for (backend, _) in BACKENDS {
        configurations.push(rendered(&bin, backend)?);
    }
    let mut done = [0, 0];
    for turn in TURNS {
        let (backend, law) = BACKENDS[turn];
        let file = folder.join(format!("{backend}/{}.json", done[turn]));
        done[turn] += 1;
        measured(&bin, &configurations[turn], law, &file)?;
    }
    let [base, candidate] = BACKENDS.map(|(backend, _)| folder.join(backend));
    let code = shown(
        Command::new(bin.join("xbench"))
            .arg("compare")
            .args([&base, &candidate]),
    )?;
    let page = folder.join("report.html");
    shown(
        Command::new(bin.join("xbench"))
            .arg("report")
            .args([&base, &candidate])
            .arg("-o")
            .arg(&page),
    )?;
    println!(
        "\n{:.0} s, results in {}\nopen {} in a browser",
        began.elapsed().as_secs_f64(),
        folder.display(),
        page.display()
    );
    Ok(code)
}

/// Builds both programs like this one, and says where they are.
fn built() -> Done<PathBuf> {
    let own = std::env::current_exe()?;
    let bin = own
        .ancestors()
        .nth(2)
        .ok_or("an example lies two folders below its programs")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--bins",
        "--package",
        "xbench",
        "--package",
        "xbench-loadgen",
    ]);
    if bin.ends_with("release") {
        cargo.arg("--release");
    }
    if !cargo.status()?.success() {
        return Err("the programs cannot be built".into());
    }
    Ok(bin.to_owned())
}

/// The load generator's configuration as a Job would mount it: it is taken out of the rendered `ConfigMap`.
fn rendered(bin: &Path, backend: &str) -> Done<Value> {
    let mut command = Command::new(bin.join("xbench"));
    command.args([
        "render",
        "--backend",
        backend,
        "--profile",
        "smoke",
        "--format",
        "json",
    ]);
    for assignment in SHORTER {
        command.args(["--set", assignment]);
    }
    say(&command);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("nothing was rendered".into());
    }
    let list: Value = serde_json::from_slice(&output.stdout)?;
    let items = list["items"].as_array().ok_or("a list of objects")?;
    let text = items
        .iter()
        .find_map(|object| object.pointer("/data/benchmark.json")?.as_str())
        .ok_or("a ConfigMap with a configuration")?;
    Ok(serde_json::from_str(text)?)
}

/// A simulated server; dropping it ends it.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(bin: &Path, law: &str, configuration: &Value) -> Done<Self> {
        let mut command = Command::new(bin.join("xbench-loadgen"));
        command.args(["simulate", "--listen", "127.0.0.1:0", "--latency", law]);
        let locked = configuration
            .pointer("/target/expect")
            .and_then(Value::as_object);
        for (key, value) in locked.into_iter().flatten() {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            command.args(["--argument", &format!("{key}={value}")]);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().ok_or("standard output is a pipe")?;
        BufReader::new(output).read_line(&mut line)?;
        let at = line
            .find("127.0.0.1:")
            .ok_or("the server says where it listens")?;
        let address = line[at..].split_whitespace().next().unwrap_or_default();
        Ok(Self {
            child,
            url: format!("http://{address}"),
        })
    }
}

/// Starts a server anew, as a Job would, and measures it.
fn measured(bin: &Path, configuration: &Value, law: &str, file: &Path) -> Done<()> {
    let server = Server::start(bin, law, configuration)?;
    let mut here = configuration.clone();
    here["target"]["url"] = json!(server.url);
    here["output"] = json!({ "path": file });
    let written = file.with_extension("config.yaml");
    fs::create_dir_all(file.parent().ok_or("a file lies in a folder")?)?;
    fs::write(&written, here.to_string())?;
    let mut command = Command::new(bin.join("xbench-loadgen"));
    command.args(["run", "--config"]).arg(&written);
    say(&command);
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

fn shown(command: &mut Command) -> Done<ExitCode> {
    say(command);
    println!();
    let code = command.status()?.code().unwrap_or(2);
    Ok(ExitCode::from(u8::try_from(code)?))
}

/// Prints a command as it would be typed.
fn say(command: &Command) {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let words: Vec<String> = command
        .get_args()
        .map(|word| {
            let word = word.to_string_lossy();
            if word.contains([' ', '[', '*']) {
                format!("'{word}'")
            } else {
                word.into_owned()
            }
        })
        .collect();
    println!("$ {name} {}", words.join(" "));
}
