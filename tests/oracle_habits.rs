//! The README's `kubectl` commands, as they stand there: a real `kubectl` and the real xbench, against a
//! stand-in for the API server. `tests/cluster.rs` asks a real one about the objects themselves.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test reads the README, and one that cannot go on ends by panicking"
)]

use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use xbench_scenario::{ApiServer, Run, Scenario, is_selected, oracle, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// A shell in a project, with `kubectl` set up for a cluster.
struct Terminal {
    scenario: Scenario,
    server: ApiServer,
}

impl Terminal {
    fn new() -> Self {
        let scenario = Scenario::new();
        let server = ApiServer::new();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": server.url}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "users": [{"name": "test", "user": {}}],
        });
        scenario.write("home/.kube/config", config.to_string());
        scenario.write("home/.local/bin/README", "Programs of the user.\n");
        scenario.write("programs/README", "Programs of the machine.\n");
        for (name, program) in [("xbench", XBENCH.into()), ("kubectl", oracle("kubectl"))] {
            symlink(program, scenario.path("programs").join(name)).expect("a link can be made");
        }
        Self { scenario, server }
    }

    fn run(&self, line: &str) -> Run {
        let of = |folder: &str| self.scenario.path(folder).display().to_string();
        let path = format!("{}:{}:/usr/bin:/bin", of("programs"), of("home/.local/bin"));
        // `export` lasts from line to line.
        let line = format!("[[ ! -e environment ]] || . ./environment; {line}");
        // A wait for what does not come ends the test rather than outlasting it.
        let program = self
            .scenario
            .program("timeout")
            .args(["300", "bash", "-euo", "pipefail", "-c", &line]);
        program
            .variable("PATH", path)
            .variable("HOME", of("home"))
            .run()
    }

    /// What controllers and nodes do: every Job runs in a pod, and completes.
    fn complete_jobs(&self) {
        for (name, job) in self.server.objects("Job") {
            let template = &job["spec"]["template"];
            let mut labels = template["metadata"]["labels"].clone();
            labels["batch.kubernetes.io/job-name"] = json!(name);
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {
                    "name": format!("{name}-0"), "namespace": job["metadata"]["namespace"], "labels": labels,
                },
                "spec": template["spec"],
                "status": {"phase": "Succeeded"},
            });
            self.server.create(&pod);
        }
        self.server.change("Job", |job| {
            job["status"] = json!({"conditions": [{"type": "Complete", "status": "True"}]});
        });
    }
}

/// The commands of a section of the README.
fn commands(section: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("the README");
    let (_, text) = readme
        .split_once(&format!("\n## {section}\n"))
        .expect("the section");
    let text = text.split("\n## ").next().expect("there is a part");
    let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
    lines.map(str::to_owned).collect()
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn the_commands_of_the_readme_do_what_it_says() {
    let terminal = Terminal::new();
    let mut ran = 0;
    for command in commands("With kubectl") {
        if command.starts_with("export ") {
            terminal.scenario.write("environment", &command);
        }
        let run = terminal.run(&command);
        assert_eq!(run.code, Some(0), "{command}\n{}{}", run.stdout, run.stderr);
        let said = run.stdout.as_str();
        let has = |what: &str| assert!(said.contains(what), "{command}: no {what} in\n{said}");
        let jobs = terminal.server.objects("Job");
        ran += 1;
        if command == "kubectl apply -f rendered.yaml" {
            assert_eq!((said.lines().count(), jobs.len()), (4, 2), "{said}");
            has("job.batch/score-jax-tpu-");
            terminal.complete_jobs();
        } else if command.starts_with("kubectl get jobs") {
            has("BACKEND");
            has("pytorch-cuda   nvidia-l4     standard");
            has("jax-tpu        tpu-v6e-1     standard");
        } else if command.starts_with("kubectl get pods") {
            has("score-jax-tpu-");
            assert_eq!(said.lines().count(), 2, "{said}");
        } else if command.starts_with("kubectl logs") {
            has("score-jax-tpu-");
            has("(\"container\", \"loadgen\")");
            has("(\"follow\", \"true\")");
            assert!(!said.contains("tailLines"), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        } else if command.starts_with("kubectl wait") {
            assert_eq!(said.matches(" condition met").count(), 2, "{said}");
        } else if command.contains("--applyset") {
            assert_eq!(jobs.len(), 2);
            assert!(jobs.values().all(is_part_of_a_set));
            assert_eq!(terminal.server.objects("Secret").len(), 1);
        } else if command.starts_with("kubectl xbench") {
            assert_eq!(said.lines().count(), 4, "{said}");
        } else {
            ran -= 1;
        }
    }
    assert_eq!(ran, 7, "every command with an answer was looked at");
}

fn is_part_of_a_set(object: &Value) -> bool {
    let label = object["metadata"]["labels"].get("applyset.kubernetes.io/part-of");
    label.is_some_and(Value::is_string)
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn pruning_deletes_the_job_that_a_change_replaces() {
    let terminal = Terminal::new();
    let apply = commands("With kubectl")
        .into_iter()
        .find(|line| line.contains("--applyset"))
        .expect("the README applies a set");
    terminal
        .scenario
        .write("environment", "export KUBECTL_APPLYSET=true");
    terminal.run(&apply).done_with_warnings();
    let before = terminal.server.objects("Job");
    // What kubectl marks the objects of a set with is no edit.
    let get = "kubectl get jobs,configmaps -n benchmarks -o yaml | xbench verify -";
    let verified = terminal.run(get);
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    assert_eq!(
        verified.stdout.matches(": unchanged").count(),
        4,
        "{}",
        verified.stdout
    );
    terminal.scenario.edit(
        "overlays/backends/jax-tpu.yaml",
        "attention-backend: fa",
        "attention-backend: fa\n    watchdog-timeout: 1300",
    );
    terminal.server.requests();
    let said = terminal.run(&apply).done_with_warnings();
    let after = terminal.server.objects("Job");
    let gone: Vec<&String> = before
        .keys()
        .filter(|name| !after.contains_key(*name))
        .collect();
    assert_eq!((gone.len(), after.len()), (1, 2), "{said}");
    assert!(
        said.contains(&format!("job.batch/{} pruned", gone[0])),
        "{said}"
    );
    assert!(is_selected(&before[gone[0]], "xbench.dev/backend=jax-tpu"));
    let requests = terminal.server.requests();
    let deletes: Vec<&String> = requests
        .iter()
        .filter(|one| one.starts_with("DELETE "))
        .collect();
    assert!(
        deletes.iter().any(|one| one.contains(gone[0])),
        "{requests:#?}"
    );
}

trait Applied {
    /// What a command said that ended with 0; `kubectl` warns on standard error.
    fn done_with_warnings(self) -> String;
}

impl Applied for Run {
    fn done_with_warnings(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn kubectl_diff_shows_what_was_edited_in_the_cluster() {
    let terminal = Terminal::new();
    let diff = "KUBECTL_EXTERNAL_DIFF='xbench diff' kubectl diff -f rendered.yaml";
    assert!(commands("With kubectl").contains(&diff.to_owned()));
    terminal.run("xbench render > rendered.yaml").done();
    // Nothing is there yet: everything is new.
    let run = terminal.run(diff);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(
        run.stdout.contains("0 changed, 4 new, 0 gone"),
        "{}",
        run.stdout
    );
    terminal.run("kubectl apply -f rendered.yaml").done();
    for server_side in ["", " --server-side"] {
        let run = terminal.run(&format!("{diff}{server_side}"));
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(0), ""),
            "{}",
            run.stderr
        );
    }
    terminal
        .server
        .change("Job", |job| job["spec"]["backoffLimit"] = json!(3));
    let run = terminal.run(diff);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(
        run.stdout.contains("spec.backoffLimit: 3 -> 0"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("2 changed, 0 new, 0 gone"),
        "{}",
        run.stdout
    );
    let run = terminal.run(&format!("{diff} --server-side --force-conflicts"));
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(
        run.stdout.contains("spec.backoffLimit: 3 -> 0"),
        "{}",
        run.stdout
    );
}
