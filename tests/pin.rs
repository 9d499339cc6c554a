//! `xbench pin`: from what builds print, and from a registry, to the lock of an environment.
//!
//! The registry is one of these tests: it speaks the part of the OCI distribution API that is needed, with the
//! challenge and the token that real ones ask for.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test serves on a socket, and one that cannot go on ends by panicking"
)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use xbench_scenario::{Run, Scenario};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");
const LOCK: &str = "overlays/environments/example.lock.yaml";
const ENVIRONMENT: &str = "overlays/environments/example.yaml";
const REGISTRY: &str = "europe-docker.pkg.dev/example-project/xbench";

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

/// The tags of the images of the default suite, by name.
fn tags(scenario: &Scenario) -> BTreeMap<String, String> {
    let jobs = scenario
        .program(XBENCH)
        .args(["render", "score"])
        .run()
        .done();
    let images = jobs.lines().filter_map(|line| {
        let (_, reference) = line.split_once("image: ")?;
        let (name, tag) = reference.rsplit_once('/')?.1.split_once(':')?;
        Some((name.to_owned(), tag.to_owned()))
    });
    images.collect()
}

fn pin(scenario: &Scenario, arguments: &[&str], input: &str) -> Run {
    let pin = scenario.program(XBENCH).args(["pin"]).args(arguments);
    pin.input(input).run()
}

/// Whatever is refused changes nothing, and says why.
#[track_caller]
fn refused(scenario: &Scenario, input: &str, expected: &str) {
    let before = std::fs::read(scenario.path(LOCK)).ok();
    let run = pin(scenario, &["--from", "-"], input);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(std::fs::read(scenario.path(LOCK)).ok(), before);
}

/// What Cloud Build says of a build of all three images.
fn described(tags: &BTreeMap<String, String>) -> String {
    let digits = ['a', 'b', 'c'];
    let metadata = tags.iter().zip(digits).map(|((name, tag), digit)| {
        json!({
            "containerimage.descriptor": {"mediaType": "application/vnd.oci.image.index.v1+json"},
            "containerimage.digest": digest(digit),
            "image.name": format!("{REGISTRY}/{name}:{tag}"),
        })
    });
    let outputs = metadata.map(|metadata| json!(STANDARD.encode(metadata.to_string())));
    // The first step, which makes the builder, hands nothing on.
    let outputs: Vec<_> = std::iter::once(json!("")).chain(outputs).collect();
    json!({
        "id": "0a1b2c",
        "status": "SUCCESS",
        "steps": [],
        "results": {"buildStepOutputs": outputs},
    })
    .to_string()
}

#[test]
fn a_build_becomes_a_lock_and_jobs_name_digests() {
    let scenario = Scenario::new();
    scenario.edit(ENVIRONMENT, "images: recipe", "images: digest");
    // Without a lock, nothing is rendered, and the error says how to build.
    let run = scenario.program(XBENCH).args(["render"]).run();
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("gcloud builds submit --config images/"),
        "{}",
        run.stderr
    );

    scenario.edit(ENVIRONMENT, "images: digest", "images: recipe");
    let tags = tags(&scenario);
    let report = pin(&scenario, &["--from", "-"], &described(&tags)).done();
    assert_eq!(report.matches("(new)").count(), 3, "{report}");
    let lock = scenario.read(LOCK);
    for ((name, tag), digit) in tags.iter().zip(['a', 'b', 'c']) {
        let digest = digest(digit);
        let entry = format!("  \"{tag}\":\n    name: {name}\n    digest: {digest}\n");
        assert!(lock.contains(&entry), "{lock}");
    }

    scenario.edit(ENVIRONMENT, "images: recipe", "images: digest");
    let jobs = scenario.program(XBENCH).args(["render"]).run().done();
    assert!(jobs.contains(&format!("/xbench-loadgen@{}", digest('b'))));
    assert!(jobs.contains("xbench.dev/images: digest"));

    // Again the same, and in another order: the same bytes.
    let report = pin(&scenario, &["--from", "-"], &described(&tags)).done();
    assert_eq!(report.matches("(as before)").count(), 3, "{report}");
    let lines = tags.iter().zip(['a', 'b', 'c']).rev();
    let lines =
        lines.map(|((name, tag), digit)| format!("{REGISTRY}/{name}:{tag}@{}\n", digest(digit)));
    pin(&scenario, &["--from", "-"], &lines.collect::<String>()).done();
    assert_eq!(scenario.read(LOCK), lock);
}

#[test]
fn metadata_files_and_lines_say_the_same() {
    let scenario = Scenario::new();
    let tags = tags(&scenario);
    let reference = |name: &str| format!("{REGISTRY}/{name}:{}", tags[name]);
    let metadata = |name: &str, digit| {
        json!({"containerimage.digest": digest(digit), "image.name": reference(name)}).to_string()
    };
    let (one, two) = ("xbench-loadgen", "xbench-jax-tpu");
    scenario
        .write("one.metadata.json", metadata(one, '1'))
        .write("two.metadata.json", metadata(two, '2'));
    pin(
        &scenario,
        &["--from", "one.metadata.json", "two.metadata.json"],
        "",
    )
    .done();
    let lock = scenario.read(LOCK);
    for input in [
        format!("{}\n{}", metadata(one, '1'), metadata(two, '2')),
        format!(
            "{} {}\n\n{}@{}",
            reference(one),
            digest('1'),
            reference(two),
            digest('2')
        ),
        json!({
            "loadgen": {"containerimage.digest": digest('1'), "image.name": reference(one)},
            "jax": {"containerimage.digest": digest('2'), "image.name": reference(two)},
        })
        .to_string(),
        json!([{
            "status": "SUCCESS",
            "results": {"images": [
                {"name": reference(one), "digest": digest('1')},
                {"name": reference(two), "digest": digest('2')},
            ]},
        }])
        .to_string(),
    ] {
        scenario.remove(LOCK);
        pin(&scenario, &["--from", "-"], &input).done();
        assert_eq!(scenario.read(LOCK), lock, "{input}");
    }
    // A digest alone needs the image's name.
    scenario.remove(LOCK);
    let alone = digest('1') + "\n";
    refused(
        &scenario,
        &alone,
        "a digest alone does not say of which image",
    );
    pin(&scenario, &["--from", "-", "--image", one], &alone).done();
    assert!(scenario.read(LOCK).contains(&digest('1')));
}

#[test]
fn what_cannot_be_understood_changes_nothing() {
    let scenario = Scenario::new();
    let tags = tags(&scenario);
    let loadgen = format!("{REGISTRY}/xbench-loadgen:{}", tags["xbench-loadgen"]);
    // Once without a lock, and once with one.
    for _ in 0..2 {
        let good = format!("{loadgen} {}", digest('1'));
        refused(&scenario, "{\"results\": ", "not JSON");
        refused(&scenario, "", "names no image and no digest");
        refused(&scenario, "{}", "names no image and no digest");
        refused(&scenario, "Building..\n", "is no digest");
        refused(
            &scenario,
            &format!("{good}\n{loadgen} {}", digest('2')),
            "has two digests",
        );
        refused(
            &scenario,
            &format!("{loadgen} sha256:{}", "1".repeat(63)),
            "is no digest",
        );
        refused(
            &scenario,
            &format!("{loadgen} sha256:{}", "1".repeat(65)),
            "is no digest",
        );
        refused(
            &scenario,
            &format!("{loadgen} sha512:{}", "1".repeat(64)),
            "is no digest",
        );
        refused(
            &scenario,
            &format!("{loadgen} {}", digest('A')),
            "is no digest",
        );
        refused(&scenario, &format!("{good} more"), "neither");
        let other = format!("{REGISTRY}/xbench-loadgen:{}", "0".repeat(64));
        refused(
            &scenario,
            &format!("{good}\n{other} {}", digest('1')),
            "is no build context of this project",
        );
        let wrong_name = loadgen.replace("xbench-loadgen", "xbench-jax-tpu");
        refused(
            &scenario,
            &format!("{wrong_name} {}", digest('1')),
            "is no build context",
        );
        refused(
            &scenario,
            &format!("{REGISTRY}/xbench-loadgen@{}", digest('1')),
            "has no tag",
        );
        let failed = described(&tags).replace("SUCCESS", "FAILURE");
        refused(&scenario, &failed, "the build ended with FAILURE");
        let garbled = json!({"results": {"buildStepOutputs": ["%"]}}).to_string();
        refused(&scenario, &garbled, "is not base64");
        let nameless = json!({"containerimage.digest": digest('1')}).to_string();
        refused(&scenario, &nameless, "names no image");
        pin(&scenario, &["--from", "-"], &good).done();
    }
    let run = pin(&scenario, &["--from", "missing.json"], "");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    // A lock that is broken is not overwritten.
    scenario.write(LOCK, "images: [");
    refused(
        &scenario,
        &format!("{loadgen} {}", digest('1')),
        "yaml-syntax",
    );
}

#[test]
fn check_tells_what_is_stale_and_what_is_missing() {
    let scenario = Scenario::new();
    scenario.remove("overlays/suites/source.yaml");
    let check = |scenario: &Scenario| pin(scenario, &["--check"], "");
    let run = check(&scenario);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stderr.matches("error[unpinned-image]").count(),
        3,
        "{}",
        run.stderr
    );
    pin(&scenario, &["--from", "-"], &described(&tags(&scenario))).done();
    let report = check(&scenario).done();
    assert_eq!(report.lines().count(), 3, "{report}");

    scenario.write("loadgen/src/main.rs", "changed");
    let run = check(&scenario);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("error[stale-pin]: `xbench-loadgen:"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("error[unpinned-image]"),
        "{}",
        run.stderr
    );
}

/// A registry that knows some tags, and asks for a user and a password.
struct Registry {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    /// `tags` are paths of manifests with the digest of each.
    fn start(tags: BTreeMap<String, String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (own, seen) = (address.clone(), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(&stream, &own, &tags, &seen);
            }
        });
        Self { address, requests }
    }
}

fn answer(
    stream: &TcpStream,
    address: &str,
    tags: &BTreeMap<String, String>,
    seen: &Mutex<Vec<String>>,
) {
    let mut lines = BufReader::new(stream).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    let headers: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .map(|line| line.to_ascii_lowercase())
        .collect();
    seen.lock().expect("not poisoned").push(first.clone());
    let has = |header: &str| {
        headers
            .iter()
            .any(|line| line.starts_with(&header.to_lowercase()))
    };
    let mut words = first.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (path, _) = target.split_once('?').unwrap_or((target, ""));
    let basic = format!(
        "authorization: basic {}",
        STANDARD.encode("somebody:secret")
    )
    .to_lowercase();
    let (status, extra, body) = if path == "/token" {
        if has(&basic) {
            (
                "200 OK",
                String::new(),
                "{\"token\": \"granted\"}".to_owned(),
            )
        } else {
            ("401 Unauthorized", String::new(), "{}".to_owned())
        }
    } else if !has("authorization: bearer granted") {
        let challenge = format!(
            "WWW-Authenticate: Bearer realm=\"http://{address}/token\",service=\"{address}\"\r\n"
        );
        (
            "401 Unauthorized",
            challenge,
            "{\"errors\": [{\"code\": \"UNAUTHORIZED\"}]}".to_owned(),
        )
    } else {
        match tags.get(path) {
            Some(digest) => (
                "200 OK",
                format!("Docker-Content-Digest: {digest}\r\n"),
                String::new(),
            ),
            None if path == "/v2/" => ("200 OK", String::new(), "{}".to_owned()),
            None => (
                "404 Not Found",
                String::new(),
                "{\"errors\": [{\"code\": \"MANIFEST_UNKNOWN\", \"message\": \"unknown\"}]}"
                    .to_owned(),
            ),
        }
    };
    let length = body.len();
    let body = if method == "HEAD" { "" } else { &body };
    let mut stream = stream;
    // A client that has gone is not this test's subject.
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\n{extra}Content-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
}

/// The project with a registry of its own, which has the images of all suites.
fn with_registry(absent: Option<&str>) -> (Scenario, Registry, BTreeMap<String, String>) {
    let scenario = Scenario::new();
    scenario.remove("overlays/suites/source.yaml");
    let tags = tags(&scenario);
    let known = tags
        .iter()
        .zip(['a', 'b', 'c'])
        .filter(|((name, _), _)| Some(name.as_str()) != absent)
        .map(|((name, tag), digit)| (format!("/v2/team/{name}/manifests/{tag}"), digest(digit)));
    let registry = Registry::start(known.collect());
    let text = scenario.read(ENVIRONMENT);
    scenario.write(
        ENVIRONMENT,
        text.replace(REGISTRY, &format!("{}/team", registry.address)),
    );
    (scenario, registry, tags)
}

fn resolve(scenario: &Scenario, arguments: &[&str]) -> Run {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let helpers = scenario.path("helpers");
    let mut folders = vec![helpers];
    folders.extend(std::env::split_paths(&path));
    scenario
        .program(XBENCH)
        .args(["pin", "--resolve"])
        .args(arguments)
        .variable("DOCKER_CONFIG", scenario.path("docker"))
        .variable("PATH", std::env::join_paths(folders).expect("paths join"))
        .run()
}

fn log_in(scenario: &Scenario, registry: &Registry, password: &str) {
    let auth = STANDARD.encode(format!("somebody:{password}"));
    let config = json!({"auths": {&registry.address: {"auth": auth}}});
    scenario.write("docker/config.json", config.to_string());
}

#[test]
fn a_registry_is_asked_with_the_credentials_of_docker() {
    let (scenario, registry, tags) = with_registry(None);
    log_in(&scenario, &registry, "secret");
    let report = resolve(&scenario, &[]).done();
    assert_eq!(report.matches("(new)").count(), 3, "{report}");
    let lock = scenario.read(LOCK);
    for (tag, digit) in tags.values().zip(['a', 'b', 'c']) {
        assert!(
            lock.contains(tag) && lock.contains(&digest(digit)),
            "{lock}"
        );
    }
    let requests = registry.requests.lock().expect("not poisoned");
    assert!(
        requests
            .iter()
            .any(|line| line.starts_with("HEAD /v2/team/")),
        "{requests:?}"
    );
    assert!(
        requests.iter().all(|line| !line.starts_with("PUT")),
        "{requests:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_credential_helper_is_asked() {
    use std::os::unix::fs::PermissionsExt;
    let (scenario, registry, _) = with_registry(None);
    let config = json!({"credHelpers": {&registry.address: "test"}});
    scenario.write("docker/config.json", config.to_string());
    let helper =
        "#!/bin/sh\ncat > /dev/null\necho '{\"Username\": \"somebody\", \"Secret\": \"secret\"}'\n";
    scenario.write("helpers/docker-credential-test", helper);
    let file = scenario.path("helpers/docker-credential-test");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let report = resolve(&scenario, &[]).done();
    assert_eq!(report.matches("(new)").count(), 3, "{report}");
}

#[test]
fn a_tag_that_the_registry_lacks_pins_nothing() {
    let (scenario, registry, _) = with_registry(Some("xbench-loadgen"));
    log_in(&scenario, &registry, "secret");
    let run = resolve(&scenario, &[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("error[unpinned-image]: the registry has no `"),
        "{}",
        run.stderr
    );
    assert!(!scenario.path(LOCK).exists());
    // The others can be pinned without it.
    resolve(&scenario, &["--image", "xbench-jax-tpu"]).done();
    assert_eq!(scenario.read(LOCK).matches("digest:").count(), 1);
}

#[test]
fn a_registry_that_cannot_be_asked_is_trouble() {
    let (scenario, registry, _) = with_registry(None);
    log_in(&scenario, &registry, "wrong");
    let run = resolve(&scenario, &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stderr.contains("cannot ask the registry"),
        "{}",
        run.stderr
    );
    // Nobody listens there.
    let text = scenario
        .read(ENVIRONMENT)
        .replace(&registry.address, "127.0.0.1:1");
    scenario.write(ENVIRONMENT, text);
    let run = resolve(&scenario, &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(!scenario.path(LOCK).exists());
}

#[test]
fn a_tag_that_has_moved_is_told_only_when_registries_are_asked() {
    let base = digest('1');
    let tags = BTreeMap::from([
        ("/v2/team/tool/manifests/same".to_owned(), base.clone()),
        ("/v2/team/tool/manifests/moved".to_owned(), digest('2')),
    ]);
    let registry = Registry::start(tags);
    let scenario = Scenario::new();
    scenario.remove("overlays");
    let other = xbench_scenario::repository().join("tests/data/other");
    for file in xbench_scenario::files_below(&other) {
        let text = std::fs::read_to_string(other.join(&file)).expect("a text");
        // Every pin of this set is of one of the two tags.
        let is_moved = file.ends_with("gpu-server.yaml");
        let mut lines = Vec::new();
        for line in text.lines() {
            let indent = &line[..line.len() - line.trim_start().len()];
            let value = |key: &str, value: &str| format!("{indent}{key}: {value}");
            lines.push(match line.trim_start().split_once(": ") {
                Some(("repository", text)) if text.starts_with("registry.") => {
                    value("repository", &format!("{}/team/tool", registry.address))
                }
                Some(("tag", _)) => value("tag", if is_moved { "moved" } else { "same" }),
                Some(("digest", _)) => value("digest", &base),
                _ => line.to_owned(),
            });
        }
        scenario.write(
            std::path::Path::new("overlays").join(file),
            lines.join("\n") + "\n",
        );
    }
    log_in(&scenario, &registry, "secret");
    scenario.program(XBENCH).args(["check"]).run().done();
    let run = resolve(&scenario, &["--check"]);
    assert_eq!(
        run.stderr.matches("warning[stale-pin]").count(),
        1,
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains(&format!("is {} by now", digest('2'))),
        "{}",
        run.stderr
    );
}
