//! The command line as a user and as a script meet it.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on ends by panicking; some look at files and pipes themselves"
)]

use serde_json::Value;
use std::io::Read;
use std::process::{Command, Stdio};
use xbench_scenario::{Run, Scenario, files_below};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

fn run(scenario: &Scenario, arguments: &[&str]) -> Run {
    scenario.program(XBENCH).args(arguments).run()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

/// The objects of a YAML stream, by xbench's own reader.
fn objects(yaml: &str) -> Vec<Value> {
    let mut sources = xbench::source::Sources::default();
    let source = sources.add("rendered", yaml);
    xbench::yaml::read_all(&sources, source, xbench::yaml::Dialect::Lenient)
        .expect("rendered YAML is valid")
        .iter()
        .map(|document| document.to_json())
        .collect()
}

#[test]
fn exit_codes_tell_done_from_no_from_trouble() {
    let scenario = Scenario::new();
    let code = |arguments: &[&str]| run(&scenario, arguments).code;
    assert_eq!(code(&["render"]), Some(0));
    assert_eq!(code(&["check"]), Some(0));
    assert_eq!(code(&["list"]), Some(0));
    assert_eq!(code(&["--version"]), Some(0));
    assert_eq!(code(&["render", "--set", "job.backoffLimit=-1"]), Some(1));
    assert_eq!(code(&["render", "nightly"]), Some(1));
    assert_eq!(code(&[]), Some(2));
    assert_eq!(code(&["deploy"]), Some(2));
    assert_eq!(code(&["render", "--no-such-flag"]), Some(2));
    assert_eq!(code(&["verify", "missing.yaml"]), Some(2));
}

#[test]
fn outside_of_a_project_it_says_what_one_is() {
    let scenario = Scenario::empty();
    let said = run(&scenario, &["render"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr.contains("holds `base/` and `overlays/`"),
        "{}",
        said.stderr
    );
    assert_eq!(said.stdout, "");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let scenario = Scenario::new();
    let mut child = Command::new(XBENCH)
        .args(["render", "accelerators"])
        .env_clear()
        .current_dir(scenario.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = [0; 4];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("something is printed");
    drop(stdout);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(&first, b"---\n");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn every_command_has_a_help_text() {
    let scenario = Scenario::empty();
    for command in [&[][..], &["render"], &["check"], &["verify"], &["list"]] {
        let arguments: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let text = run(&scenario, &arguments).done();
        assert!(text.contains("Usage: xbench"), "{text}");
        assert!(
            text.lines().next().is_some_and(|first| first.len() > 10),
            "{text}"
        );
    }
}

#[test]
fn the_project_is_found_from_below_and_by_name() {
    let scenario = Scenario::new();
    let at_the_top = run(&scenario, &["render"]).done();
    let below = scenario
        .program(XBENCH)
        .args(["render"])
        .within("overlays/suites");
    assert_eq!(below.run().done(), at_the_top);
    for flag in [&["-C", "../.."][..], &["--project=../.."]] {
        let named = scenario
            .program(XBENCH)
            .args(["render"])
            .args(flag)
            .within("base/score");
        assert_eq!(named.run().done(), at_the_top);
    }
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    let scenario = Scenario::new();
    assert_eq!(run(&scenario, &["render"]), run(&scenario, &["render"]));
    let tree = |folder: &str| -> Vec<(String, String)> {
        run(&scenario, &["render", "--output", folder]).done();
        let files = files_below(&scenario.path(folder)).into_iter();
        files
            .map(|file| {
                let text = scenario.read(std::path::Path::new(folder).join(&file));
                (file.to_string_lossy().into_owned(), text)
            })
            .collect()
    };
    let first = tree("one");
    assert_eq!(
        first.len(),
        5,
        "two objects of two variants, and their sums"
    );
    assert_eq!(tree("one"), first);
    assert_eq!(tree("deep/er/two"), first);
}

#[test]
fn json_holds_the_same_objects_as_yaml() {
    let scenario = Scenario::new();
    let list = json(&run(&scenario, &["render", "--format", "json"]).done());
    assert_eq!(list.get("apiVersion"), Some(&Value::from("v1")));
    assert_eq!(list.get("kind"), Some(&Value::from("List")));
    let yaml = objects(&run(&scenario, &["render"]).done());
    assert_eq!(list.get("items"), Some(&Value::from(yaml)));
    run(
        &scenario,
        &["render", "--format", "json", "--output", "out"],
    )
    .done();
    for file in files_below(&scenario.path("out")) {
        if file
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let object = json(&scenario.read(std::path::Path::new("out").join(file)));
            assert!(object.get("kind").is_some());
        }
    }
}

#[test]
fn a_failed_render_leaves_the_old_folder_as_it_was() {
    let scenario = Scenario::new();
    run(&scenario, &["render", "-o", "out"]).done();
    let state = || -> Vec<String> {
        let files = files_below(&scenario.path("out")).into_iter();
        files
            .map(|file| scenario.read(scenario.path("out").join(file)))
            .collect()
    };
    let before = state();
    let failed = run(
        &scenario,
        &["render", "-o", "out", "--set", "job.backoffLimit=x"],
    );
    assert_eq!(failed.code, Some(1));
    assert_eq!(state(), before);
    let entries = files_below(&scenario.path("")).into_iter();
    let left: Vec<_> = entries
        .filter(|file| file.to_string_lossy().contains(".xbench-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_new_render_replaces_the_old_folder_as_a_whole() {
    let scenario = Scenario::new();
    run(&scenario, &["render", "-o", "out"]).done();
    run(&scenario, &["render", "-o", "out", "--backend", "jax-tpu"]).done();
    assert_eq!(files_below(&scenario.path("out")).len(), 3);
}

#[test]
fn a_folder_with_files_of_others_is_refused() {
    let scenario = Scenario::new();
    run(&scenario, &["render", "-o", "out"]).done();
    scenario.write("out/notes.txt", "mine");
    let refused = run(&scenario, &["render", "-o", "out"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("notes.txt"), "{}", refused.stderr);
    assert_eq!(scenario.read("out/notes.txt"), "mine");
}

#[test]
fn files_beside_the_blueprints_are_no_blueprints() {
    let scenario = Scenario::new();
    scenario.write("base/README.md", "What is here.\n");
    run(&scenario, &["render"]).done();
    let list = run(&scenario, &["list"]).done();
    assert!(!list.contains("README"), "{list}");
    run(&scenario, &["check"]).done();
}

#[test]
fn values_are_set_as_yaml_or_as_text() {
    let scenario = Scenario::new();
    let arguments = [
        "render",
        "--backend=pytorch-cuda",
        "--set=job.backoffLimit=3",
        "--set=server.env={A: 'x'}",
        "--set-string=server.env.B=007",
        "--set-string=server.env.C=",
        "--set=environment.labels.team=",
        "--set=scheduling.nodeSelector.\"cloud.google.com/gke-spot\"=\"true\"",
    ];
    let rendered = objects(&run(&scenario, &arguments).done());
    let job = rendered.last().expect("the Job comes last");
    let at = |pointer: &str| job.pointer(pointer).cloned();
    assert_eq!(at("/spec/backoffLimit"), Some(Value::from(3)));
    let server = "/spec/template/spec/initContainers/0/env";
    let env = at(server).expect("the server has an environment");
    let expected = serde_json::json!([
        {"name": "A", "value": "x"}, {"name": "B", "value": "007"}, {"name": "C", "value": ""}
    ]);
    assert_eq!(env, expected);
    assert_eq!(at("/metadata/labels/team"), None);
    let selector = "/spec/template/spec/nodeSelector/cloud.google.com~1gke-spot";
    assert_eq!(at(selector), Some(Value::from("true")));
}

#[test]
fn list_names_everything_for_people_and_for_programs() {
    let scenario = Scenario::new();
    let text = run(&scenario, &["list"]).done();
    let list = json(&run(&scenario, &["list", "--format=json"]).done());
    assert_eq!(list.get("schemaVersion"), Some(&Value::from(1)));
    let mut named = 0;
    let axes = list.get("axes").and_then(Value::as_array).expect("axes");
    let groups = axes
        .iter()
        .filter_map(|axis| axis.get("layers"))
        .chain([&list["suites"], &list["blueprints"]]);
    for one in groups.filter_map(Value::as_array).flatten() {
        let field = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
        assert!(text.contains(field("name")), "{}", field("name"));
        assert!(!field("description").is_empty(), "{}", field("name"));
        named += 1;
    }
    assert!(named > 25, "{named}");
    let variants = list.pointer("/suites/1/variants").and_then(Value::as_array);
    assert_eq!(variants.map(Vec::len), Some(2), "{list}");
}

#[test]
fn no_arguments_make_it_panic() {
    let scenario = Scenario::new();
    let odd = [
        "",
        "-",
        "--",
        "=",
        "..",
        "/",
        "\u{0}x",
        "é\u{202e}",
        "a=b=c",
        "{{",
        "[",
        "&a *a",
        "%",
    ];
    for one in odd.iter().filter(|one| !one.contains('\0')) {
        let set = format!("--set={one}");
        let set_value = format!("--set=job.backoffLimit={one}");
        let set_string = format!("--set-string={one}");
        let tries: [&[&str]; 10] = [
            &[one],
            &["render", one],
            &["render", "--env", one],
            &["render", "--model", one],
            &["render", "--backend", one],
            &["render", "--blueprint", one],
            &["render", &set, &set_string],
            &["render", &set_value],
            &["verify", one],
            &["-C", one, "list"],
        ];
        for arguments in tries {
            let said = run(&scenario, arguments);
            let is_known = matches!(said.code, Some(0..=2));
            assert!(
                is_known && !said.stderr.contains("panicked"),
                "{arguments:?}: {said:?}"
            );
        }
    }
}

#[test]
fn control_characters_of_a_value_do_not_reach_the_terminal() {
    let scenario = Scenario::new();
    let said = run(
        &scenario,
        &["render", "--set-string=job.backoffLimit=\u{1b}[31mred"],
    );
    assert_eq!(said.code, Some(1));
    assert!(!said.stderr.contains('\u{1b}'), "{:?}", said.stderr);
}

#[test]
fn a_project_without_an_environment_is_not_checked_as_if_it_were_right() {
    let scenario = Scenario::new();
    scenario.remove("overlays/environments/example.yaml");
    let checked = scenario.program(XBENCH).args(["check"]).run();
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.stderr.contains("the project has no environment"),
        "{}",
        checked.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_named_pipe_among_the_layers_is_refused_at_once() {
    let scenario = Scenario::new();
    let pipe = scenario.path("overlays/profiles/pipe.yaml");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.is_ok_and(|status| status.success()));
    let checked = scenario.program(XBENCH).args(["check"]).run();
    assert_eq!(checked.code, Some(1));
    assert!(
        checked
            .stderr
            .contains("`overlays/profiles/pipe.yaml` is no regular file"),
        "{}",
        checked.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_stays_and_what_it_leads_to_is_replaced() {
    let scenario = Scenario::new();
    let render = |to: &str| {
        let arguments = ["render", "-o", to];
        scenario.program(XBENCH).args(arguments).run()
    };
    render("rendered").done();
    std::os::unix::fs::symlink("rendered", scenario.path("link")).expect("a link can be made");
    render("link").done();
    assert!(scenario.path("link").is_symlink());
    scenario
        .program(XBENCH)
        .args(["verify", "rendered"])
        .run()
        .done();
    for whole in [".", "/"] {
        let refused = render(whole);
        assert_eq!(refused.code, Some(2));
        assert!(
            refused.stderr.contains("cannot be replaced as a whole"),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn a_folder_with_a_space_is_quoted_where_it_can_be_pasted() {
    let scenario = Scenario::empty();
    let begun = scenario
        .program(XBENCH)
        .args(["init", "it's mine"])
        .run()
        .done();
    assert!(
        begun.contains(r"next: xbench -C 'it'\''s mine' init environment NAME"),
        "{begun}"
    );
}
