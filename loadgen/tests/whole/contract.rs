//! What `xbench render` writes is what `run` reads: every shipped profile, rendered for both backends, is
//! measured against a simulated server that reports the arguments the configuration locks.
//!
//! The configuration is mounted as it was rendered. Flags give what a test cannot wait for or reach: shorter
//! runs, the simulated server's address, a folder of the test's own, no upload.

use crate::scenario::{PROGRAM, Scenario, finish, simulate, text};
use clap::Parser;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use xbench_loadgen::session::config_hash;
use xbench_loadgen::simulate::Options;

/// The root of the repository: a project.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The profiles that are shipped.
fn profiles() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(project().join("overlays/profiles"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| !name.starts_with('_'))
        .collect();
    names.sort();
    names
}

/// What the pod of a variant has.
#[derive(Default)]
struct Pod {
    /// The mounted configuration.
    configuration: String,
    /// The pod's annotation with its hash.
    annotated: String,
}

/// The pods of the default suite's Jobs with a profile, by variant.
fn rendered(profile: &str, folder: &Path) -> BTreeMap<String, Pod> {
    let arguments = xbench::cli::Arguments::parse_from([
        "xbench".as_ref(),
        "-C".as_ref(),
        project().as_os_str(),
        "render".as_ref(),
        "--format=json".as_ref(),
        "--profile".as_ref(),
        profile.as_ref(),
        "-o".as_ref(),
        folder.as_os_str(),
    ]);
    assert_eq!(xbench::run(&arguments), xbench::Outcome::Done, "{profile}");
    let mut pods: BTreeMap<String, Pod> = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let object: Value =
                serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            let text = |pointer: &str| {
                object
                    .pointer(pointer)
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned()
            };
            let variant = text("/metadata/annotations/xbench.dev~1variant");
            let pod = pods.entry(variant).or_default();
            match object["kind"].as_str().unwrap() {
                "ConfigMap" => pod.configuration = text("/data/benchmark.json"),
                "Job" => {
                    let annotations = "/spec/template/metadata/annotations";
                    pod.annotated = text(&format!("{annotations}/xbench.dev~1config-sha256"));
                }
                other => panic!("{profile}: an object of kind {other}"),
            }
        }
    }
    pods
}

/// Flags that make a run short and leave its kind as it is.
fn shorter(load: &Value) -> Vec<&'static str> {
    let mut flags = vec![
        "--load-runs=1",
        "--load-pause-seconds=0",
        "--warmup-tolerance=1",
    ];
    if load["arrival"] == "saturate" {
        flags.extend([
            "--load-saturate-min-rate=1000",
            "--load-saturate-max-rate=2000",
            "--load-saturate-trial-seconds=0.5",
            "--load-saturate-precision=0.9",
        ]);
    } else {
        flags.push("--load-duration-seconds=0.05");
    }
    flags
}

#[test]
fn every_profile_is_rendered_read_and_measured() {
    let profiles = profiles();
    assert!(profiles.len() >= 5, "{profiles:?}");
    for profile in profiles {
        let folder = tempfile::tempdir().unwrap();
        let pods = rendered(&profile, &folder.path().join("rendered"));
        assert_eq!(pods.len(), 2, "{profile}: one for each backend");
        let mut workloads = Vec::new();
        for (variant, pod) in pods {
            let result = measured(&pod, &variant, &folder.path().join(&variant));
            workloads.push(result["workload"]["shapes"].clone());
        }
        // What the comparison stands on: both backends get the same bytes.
        assert_eq!(workloads[0], workloads[1], "{profile}");
    }
}

/// Runs a configuration as a pod would and returns its result.
fn measured(pod: &Pod, variant: &str, folder: &Path) -> Value {
    std::fs::create_dir_all(folder).unwrap();
    let mounted = folder.join("benchmark.json");
    std::fs::write(&mounted, &pod.configuration).unwrap();
    let config: Value = serde_json::from_str(&pod.configuration).unwrap();
    assert_eq!(config_hash(&config), pod.annotated, "{variant}");
    let locked: Map<String, Value> = config["target"]["expect"].as_object().unwrap().clone();
    assert!(locked.len() >= 5, "{variant}: {locked:?}");
    let server = simulate(Options {
        arguments: locked,
        ..Options::default()
    });
    let child = Command::new(PROGRAM)
        .env_clear()
        .env("XBENCH_CONFIG_HASH", &pod.annotated)
        .args(["run", "--config"])
        .arg(&mounted)
        .arg(format!("--target-url=http://{}", server.address()))
        .arg("--output-upload=null")
        .arg(format!(
            "--output-path={}",
            folder.join("result.json").display()
        ))
        .args(shorter(&config["load"]))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = finish(child);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{variant}: {}",
        text(&output)
    );
    let result = Scenario::validated(&folder.join("result.json"));
    assert_eq!(result["metadata"], config["metadata"], "{variant}");
    assert_eq!(result["metadata"]["variant"], variant);
    assert_eq!(result["environment"]["configHash"], *pod.annotated);
    for expectation in result["server"]["expectations"].as_array().unwrap() {
        assert_eq!(expectation["equal"], true, "{variant}: {expectation}");
    }
    let runs = result["runs"].as_array().unwrap();
    assert!(!runs.is_empty(), "{variant}");
    for run in runs {
        assert_eq!(run["counts"]["failed"], 0, "{variant}: {}", run["errors"]);
        assert_ne!(run["counts"]["succeeded"], 0, "{variant}");
    }
    result
}
