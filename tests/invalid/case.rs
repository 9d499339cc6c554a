//! One invalid input: where it goes, how the program is run on it, and what has to come out.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use xbench::schema::{Document, Schemas};
use xbench_scenario::{Run, Scenario, differs};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// One file of `tests/invalid` with a defect.
#[derive(Clone)]
pub(crate) struct Case {
    file: PathBuf,
    kind: Kind,
    defect: String,
}

/// The folder of a case: says where the file goes.
#[derive(Clone, Copy)]
enum Kind {
    /// `overlays/backends/DEFECT.yaml`, chosen by a suite.
    Backends,
    /// `overlays/accelerators/DEFECT.yaml`, chosen by a suite.
    Accelerators,
    /// `overlays/models/DEFECT.yaml`, chosen by a suite.
    Models,
    /// `overlays/profiles/DEFECT.yaml`, chosen by a suite.
    Profiles,
    /// `overlays/environments/DEFECT.yaml`, in place of the shipped one.
    Environments,
    /// `overlays/environments/_defaults.yaml`: values that come after those of the other axes.
    Values,
    /// The same place: patches for the shipped `score` blueprint.
    Patches,
    /// `overlays/suites/DEFECT.yaml`, rendered.
    Suites,
    /// The lock of the shipped environment, which is made to ask for digests.
    Locks,
    /// `base/DEFECT/blueprint.yaml`, rendered.
    Blueprints,
    /// `base/DEFECT/object.yaml`: the one template of a blueprint, rendered.
    Templates,
    /// The same place, checked: templates that hold what belongs into a layer.
    Hardcoded,
    /// `base/DEFECT/file.yaml`: the template of a load generator's configuration, rendered.
    Configurations,
    /// What a build printed, given to `pin`.
    Pins,
    /// Given to `verify`.
    Verify,
    /// Arguments, one a line.
    CommandLine,
    /// A change to the project: a map of files to their new texts, `null` to remove one, with the
    /// arguments of the run under `run`.
    Projects,
}

/// The environment of the shipped project.
const ENVIRONMENT: &str = "overlays/environments/example.yaml";

impl Kind {
    fn named(folder: &str) -> Option<Self> {
        Some(match folder {
            "backends" => Kind::Backends,
            "accelerators" => Kind::Accelerators,
            "models" => Kind::Models,
            "profiles" => Kind::Profiles,
            "environments" => Kind::Environments,
            "values" => Kind::Values,
            "patches" => Kind::Patches,
            "suites" => Kind::Suites,
            "locks" => Kind::Locks,
            "blueprints" => Kind::Blueprints,
            "templates" => Kind::Templates,
            "hardcoded" => Kind::Hardcoded,
            "configurations" => Kind::Configurations,
            "pins" => Kind::Pins,
            "verify" => Kind::Verify,
            "command-line" => Kind::CommandLine,
            "projects" => Kind::Projects,
            _ => return None,
        })
    }
}

impl Case {
    /// The case of a file, if it is one: expected messages and code are none.
    pub(crate) fn at(folder: &Path, file: &Path) -> Option<Self> {
        let extension = file.extension()?.to_str()?;
        if !matches!(extension, "yaml" | "arguments") {
            return None;
        }
        let parent = file.parent()?.to_str()?;
        let kind = Kind::named(parent).unwrap_or_else(|| panic!("{parent} is no kind of input"));
        Some(Self {
            file: folder.join(file),
            kind,
            defect: file.file_stem()?.to_str()?.to_owned(),
        })
    }

    /// The name of its test: the folder and the defect.
    pub(crate) fn name(&self) -> String {
        let parent = self.file.parent().and_then(Path::file_name);
        let kind = parent.unwrap_or_default().to_string_lossy();
        format!("{kind}/{}", self.defect)
    }

    fn expected(&self) -> PathBuf {
        self.file.with_extension("txt")
    }

    /// The codes that its expected message shows.
    pub(crate) fn codes(&self) -> Vec<String> {
        let text = fs::read_to_string(self.expected()).unwrap_or_default();
        text.lines()
            .filter_map(|line| {
                let rest = line
                    .strip_prefix("error[")
                    .or_else(|| line.strip_prefix("warning["))?;
                Some(rest.split_once(']')?.0.to_owned())
            })
            .collect()
    }

    /// Runs the program on it, once for people and once for programs.
    pub(crate) fn check(&self) -> Result<(), String> {
        let (scenario, arguments) = self.prepared();
        let run = |form: &[&str]| scenario.program(XBENCH).args(form).args(&arguments).run();
        let human = run(&[]);
        let machine = run(&["--message-format=json"]);
        if human.stderr.is_empty() {
            return Err("nothing is wrong with it".to_owned());
        }
        if let Some(difference) = differs(&self.expected(), &human.stderr, "invalid") {
            return Err(difference);
        }
        let codes = machine_codes(&machine)?;
        if codes != self.codes() {
            return Err(format!("as JSON the codes are {codes:?}"));
        }
        let commands = workflow_codes(&run(&["--message-format=github"]))?;
        if commands != codes {
            return Err(format!("as workflow commands the codes are {commands:?}"));
        }
        let scanned = scanning_codes(&run(&["--message-format=sarif"]))?;
        if scanned.len() != codes.len() || !codes.iter().all(|code| scanned.contains(code)) {
            return Err(format!("as SARIF the codes are {scanned:?}"));
        }
        let is_warning_only = !human.stderr.contains("error[");
        let is_trouble = codes.iter().any(|code| code == "io" || code == "usage");
        let expected = match (is_warning_only, is_trouble) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        let ended = (human.code, machine.code);
        if ended != (Some(expected), Some(expected)) {
            return Err(format!("ended with {ended:?}, not {expected}"));
        }
        Ok(())
    }

    /// The project with the defect in it, and the arguments that meet it.
    fn prepared(&self) -> (Scenario, Vec<String>) {
        let bytes = fs::read(&self.file).expect("the case can be read");
        let text = || String::from_utf8(bytes.clone()).expect("the case is text");
        let scenario = Scenario::new();
        let defect = &self.defect;
        let run = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<String>>();
        let render = run("render --backend pytorch-cuda");
        let blueprint = run(&format!(
            "render --backend pytorch-cuda --blueprint {defect}"
        ));
        let arguments = match self.kind {
            Kind::Backends | Kind::Accelerators | Kind::Models | Kind::Profiles => {
                let axis = self.name();
                let axis = axis.split('/').next().unwrap_or_default();
                scenario
                    .write(format!("overlays/{axis}/{defect}.yaml"), &bytes)
                    .write("overlays/suites/one.yaml", suite_with(axis, defect));
                run("render one")
            }
            Kind::Environments => {
                scenario
                    .remove(ENVIRONMENT)
                    .write(format!("overlays/environments/{defect}.yaml"), &bytes);
                render
            }
            Kind::Values | Kind::Patches => {
                scenario.write("overlays/environments/_defaults.yaml", &bytes);
                render
            }
            Kind::Suites => {
                scenario.write(format!("overlays/suites/{defect}.yaml"), &bytes);
                run(&format!("render {defect}"))
            }
            Kind::Locks => {
                scenario
                    .edit(ENVIRONMENT, "images: recipe", "images: digest")
                    .write("overlays/environments/example.lock.yaml", &bytes);
                render
            }
            Kind::Blueprints => {
                scenario.write(format!("base/{defect}/blueprint.yaml"), &bytes);
                blueprint
            }
            Kind::Templates | Kind::Hardcoded => {
                let manifest = "description: One object\nobjects:\n  - object.yaml\n";
                scenario
                    .write(format!("base/{defect}/blueprint.yaml"), manifest)
                    .write(format!("base/{defect}/object.yaml"), &bytes);
                match self.kind {
                    Kind::Templates => blueprint,
                    _ => run("check"),
                }
            }
            Kind::Configurations => {
                let manifest = "description: One configuration\n\
                    files:\n  configuration:\n    template: file.yaml\n    schema: workload\n\
                    objects:\n  - configmap.yaml\n";
                let object = scenario
                    .read("base/score/configmap.yaml")
                    .replace("files.benchmark", "files.configuration")
                    .replace(
                        "{{fragments.annotations}}",
                        "{{optional environment.labels}}",
                    )
                    .replace(
                        "merge (optional environment.labels) fragments.labels",
                        "optional environment.labels",
                    );
                scenario
                    .write(format!("base/{defect}/blueprint.yaml"), manifest)
                    .write(format!("base/{defect}/configmap.yaml"), object)
                    .write(format!("base/{defect}/file.yaml"), &bytes);
                blueprint
            }
            Kind::Pins => {
                scenario.write("printed", &bytes);
                run("pin --from printed")
            }
            Kind::Verify => {
                scenario.write(format!("{defect}.yaml"), &bytes);
                run(&format!("verify {defect}.yaml"))
            }
            Kind::CommandLine => text().lines().map(str::to_owned).collect(),
            Kind::Projects => change(&scenario, &text()),
        };
        (scenario, arguments)
    }
}

/// A suite of one variant, with one choice replaced.
fn suite_with(axis: &str, name: &str) -> String {
    let choice = |own: &str, shipped: &'static str| {
        if own == axis {
            name.to_owned()
        } else {
            shipped.to_owned()
        }
    };
    format!(
        "description: One variant\nvariants:\n  - backend: {}\n    accelerator: {}\n    model: {}\n    \
         profile: {}\n",
        choice("backends", "pytorch-cuda"),
        choice("accelerators", "nvidia-l4"),
        choice("models", "qwen3-0.6b"),
        choice("profiles", "smoke"),
    )
}

/// Changes a project as a case says, and gives the arguments of its run.
fn change(scenario: &Scenario, text: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    for (file, content) in tree(text).as_object().expect("a map of files") {
        match content {
            Value::Null => drop(scenario.remove(file)),
            Value::Array(run) => arguments.extend(
                run.iter()
                    .map(|argument| argument.as_str().expect("a text").to_owned()),
            ),
            Value::String(content) => drop(scenario.write(file, content)),
            other => panic!("{file}: {other} is no text of a file"),
        }
    }
    arguments
}

fn tree(text: &str) -> Value {
    let mut sources = xbench::source::Sources::default();
    let source = sources.add("case", text);
    xbench::yaml::read(&sources, source, xbench::yaml::Dialect::Lenient)
        .expect("the case is YAML")
        .to_json()
}

/// The codes of a run for programs, whose report its schema has to accept.
fn machine_codes(run: &Run) -> Result<Vec<String>, String> {
    let report: Value = serde_json::from_str(&run.stderr)
        .map_err(|error| format!("{error} in the report for programs:\n{}", run.stderr))?;
    if !Schemas::default().is_valid(Document::Diagnostics, &report) {
        return Err(format!("the schema refuses the report:\n{}", run.stderr));
    }
    let diagnostics = report.get("diagnostics").and_then(Value::as_array);
    Ok(diagnostics
        .into_iter()
        .flatten()
        .filter_map(|diagnostic| diagnostic.get("code")?.as_str().map(str::to_owned))
        .collect())
}

/// The codes of a run for GitHub Actions, one command a line.
fn workflow_codes(run: &Run) -> Result<Vec<String>, String> {
    run.stderr
        .lines()
        .map(|line| {
            let properties = line
                .strip_prefix("::error ")
                .or_else(|| line.strip_prefix("::warning "))
                .and_then(|rest| Some(rest.split_once("::")?.0));
            properties
                .and_then(|all| all.split(',').find_map(|one| one.strip_prefix("title=")))
                .map(str::to_owned)
                .ok_or_else(|| format!("no workflow command: {line}"))
        })
        .collect()
}

/// The codes of a run for code scanning: those of results, then those of notifications.
fn scanning_codes(run: &Run) -> Result<Vec<String>, String> {
    let log: Value = serde_json::from_str(&run.stderr)
        .map_err(|error| format!("{error} in SARIF:\n{}", run.stderr))?;
    let codes = |list: &str, code: &str| -> Vec<String> {
        let all = log.pointer(list).and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .filter_map(|one| one.pointer(code)?.as_str().map(str::to_owned))
            .collect()
    };
    let mut all = codes("/runs/0/results", "/ruleId");
    let notifications = "/runs/0/invocations/0/toolExecutionNotifications";
    all.extend(codes(notifications, "/descriptor/id"));
    Ok(all)
}
