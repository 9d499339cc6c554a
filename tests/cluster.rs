//! What a real API server makes of rendered objects. Runs only if it is given a cluster, and leaves
//! nothing behind in it.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on ends by panicking; where the cluster is stands in the environment"
)]

use std::ffi::OsString;
use std::sync::atomic::{AtomicU32, Ordering};
use xbench_scenario::{Answer, Run, Scenario, ask, kubectl};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Names the cluster's kubeconfig. The user in it may create and delete namespaces.
const KUBECONFIG: &str = "XBENCH_TEST_KUBECONFIG";

/// How objects are applied.
#[derive(Clone, Copy, Debug)]
enum Apply {
    Client,
    Server,
}

/// A namespace of its own, deleted with all that is in it.
struct Namespace {
    name: String,
    kubeconfig: OsString,
}

impl Namespace {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let namespace = Self {
            name: format!("xbench-test-{}-{count}", std::process::id()),
            kubeconfig: std::env::var_os(KUBECONFIG).expect("XBENCH_TEST_KUBECONFIG is set"),
        };
        namespace
            .kubectl(&["create", "namespace", &namespace.name], "")
            .yes();
        // Pods name a service account; the shipped environment calls it so.
        namespace
            .kubectl(&["create", "serviceaccount", "xbench"], "")
            .yes();
        namespace
    }

    fn kubectl(&self, arguments: &[&str], input: &str) -> Answer {
        let mut all = vec!["--namespace", &self.name];
        all.extend(arguments);
        let variables = [("KUBECONFIG", self.kubeconfig.clone())];
        ask(&kubectl(), &variables, &all, input)
    }

    fn render(&self, scenario: &Scenario, arguments: &[&str]) -> String {
        let namespace = format!("environment.namespace={}", self.name);
        scenario
            .program(XBENCH)
            .args(["render", "--set", &namespace])
            .args(arguments)
            .run()
            .done()
    }

    fn apply(&self, how: Apply, objects: &str) -> String {
        let mut arguments = vec!["apply", "--validate=strict", "--filename=-"];
        if let Apply::Server = how {
            arguments.push("--server-side");
        }
        self.kubectl(&arguments, objects).yes()
    }

    /// What the server has, as a user would look at it.
    fn get(&self) -> String {
        let selector = "--selector=app.kubernetes.io/managed-by=xbench";
        self.kubectl(
            &["get", "jobs,configmaps,pods", selector, "--output=yaml"],
            "",
        )
        .yes()
    }

    /// Objects, without the pods that the server made of Jobs, which xbench did not render.
    fn verify(&self, scenario: &Scenario) -> Run {
        scenario
            .program(XBENCH)
            .args(["verify", "-"])
            .input(self.get())
            .run()
    }

    /// Which object it is, and how often its specification was changed.
    fn generation(&self, object: &str) -> String {
        let path = "--output=jsonpath={.metadata.uid} {.metadata.generation}";
        self.kubectl(&["get", object, path], "").yes()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.kubectl(&["delete", "namespace", &self.name, "--wait=false"], "");
    }
}

/// The names of rendered objects, as `kubectl` writes them.
fn names(objects: &str, scenario: &Scenario) -> Vec<String> {
    scenario.write("objects.yaml", objects);
    let report = scenario
        .program(XBENCH)
        .args(["verify", "objects.yaml"])
        .run()
        .done();
    report
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.to_lowercase())
        .collect()
}

#[test]
#[ignore = "needs a cluster: set XBENCH_TEST_KUBECONFIG"]
fn the_server_takes_every_variant() {
    let scenario = Scenario::new();
    let namespace = Namespace::new();
    let suites = scenario.listed(XBENCH, "suites");
    let blueprints = scenario.object_blueprints(XBENCH);
    for suite in &suites {
        for blueprint in &blueprints {
            let objects = namespace.render(&scenario, &[suite, "--blueprint", blueprint]);
            let arguments = [
                "apply",
                "--dry-run=server",
                "--validate=strict",
                "--filename=-",
            ];
            let answer = namespace.kubectl(&arguments, &objects).yes();
            let taken = answer
                .lines()
                .filter(|line| line.ends_with("created (server dry run)"));
            assert_eq!(
                taken.count(),
                names(&objects, &scenario).len(),
                "{suite}/{blueprint}:\n{answer}"
            );
        }
    }
}

#[test]
#[ignore = "needs a cluster: set XBENCH_TEST_KUBECONFIG"]
fn applying_again_changes_nothing_and_the_objects_verify() {
    for how in [Apply::Client, Apply::Server] {
        let scenario = Scenario::new();
        let namespace = Namespace::new();
        for blueprint in ["score", "test-runner", "debug"] {
            let objects = namespace.render(&scenario, &["--blueprint", blueprint]);
            let names = names(&objects, &scenario);
            namespace.apply(how, &objects);
            let generations = || -> Vec<String> {
                names
                    .iter()
                    .map(|name| namespace.generation(name))
                    .collect()
            };
            let before = generations();
            let again = namespace.apply(how, &objects);
            assert_eq!(generations(), before, "{how:?} {blueprint}");
            for line in again.lines() {
                // `kubectl` says "configured" of every Pod with tolerations: the server adds two of
                // its own, and the client cannot tell that it would add them again.
                let is_pod = line.starts_with("pod/");
                let is_unchanged =
                    line.ends_with(" unchanged") || line.ends_with(" serverside-applied");
                assert!(is_pod || is_unchanged, "{line}");
            }
        }
        let run = namespace.verify(&scenario);
        assert_eq!(run.code, Some(0), "{how:?}: {}", run.stderr);
        let count = run
            .stdout
            .lines()
            .filter(|line| line.ends_with(": unchanged"))
            .count();
        assert_eq!(
            count, 8,
            "two variants of three blueprints:\n{}",
            run.stdout
        );
    }
}

#[test]
#[ignore = "needs a cluster: set XBENCH_TEST_KUBECONFIG"]
fn objects_applied_by_the_client_can_be_applied_by_the_server() {
    let scenario = Scenario::new();
    let namespace = Namespace::new();
    let objects = namespace.render(&scenario, &[]);
    namespace.apply(Apply::Client, &objects);
    namespace.apply(Apply::Server, &objects);
    assert_eq!(namespace.verify(&scenario).code, Some(0));
}

#[test]
#[ignore = "needs a cluster: set XBENCH_TEST_KUBECONFIG"]
fn a_changed_value_is_a_new_job() {
    for how in [Apply::Client, Apply::Server] {
        let scenario = Scenario::new();
        let namespace = Namespace::new();
        namespace.apply(
            how,
            &namespace.render(&scenario, &["--backend", "pytorch-cuda"]),
        );
        scenario.edit(
            "overlays/profiles/standard.yaml",
            "durationSeconds: 60",
            "durationSeconds: 45",
        );
        namespace.apply(
            how,
            &namespace.render(&scenario, &["--backend", "pytorch-cuda"]),
        );
        let jobs = namespace
            .kubectl(&["get", "jobs", "--output=name"], "")
            .yes();
        assert_eq!(jobs.lines().count(), 2, "{jobs}");
        assert_eq!(namespace.verify(&scenario).code, Some(0));
    }
}

#[test]
#[ignore = "needs a cluster: set XBENCH_TEST_KUBECONFIG"]
fn what_was_edited_in_the_cluster_is_named() {
    for how in [Apply::Client, Apply::Server] {
        let scenario = Scenario::new();
        let namespace = Namespace::new();
        let mut edited = Vec::new();
        for blueprint in ["score", "debug"] {
            let arguments = ["--blueprint", blueprint, "--backend", "pytorch-cuda"];
            let objects = namespace.render(&scenario, &arguments);
            namespace.apply(how, &objects);
            edited.extend(names(&objects, &scenario));
        }
        for name in &edited {
            let edit = match name.split_once('/') {
                Some(("job", _)) => r#"{"spec":{"backoffLimit":3}}"#,
                _ => r#"{"metadata":{"labels":{"team":"mine"}}}"#,
            };
            let merge = ["patch", name, "--type=merge", "--patch", edit];
            namespace.kubectl(&merge, "").yes();
        }
        let run = namespace.verify(&scenario);
        assert_eq!(run.code, Some(1));
        for name in &edited {
            let (_, name) = name.split_once('/').expect("kind/name");
            assert!(
                run.stderr.contains(&format!("/{name} was changed")),
                "{name} is not named:\n{}",
                run.stderr
            );
        }
    }
}
