//! Build contexts: what is in them, what their hash depends on, and that no value can change a Dockerfile.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test runs programs, and one that cannot go on ends by panicking"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use xbench::hash::ContentHash;
use xbench::image::{Dockerfile, Quoting, shape};
use xbench::source::Sources;
use xbench_scenario::{Scenario, files_below};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Every file of the rendered build contexts.
fn contexts(scenario: &Scenario, arguments: &[&str]) -> BTreeMap<String, String> {
    scenario
        .program(XBENCH)
        .args(["render", "--blueprint", "images", "--output", "contexts"])
        .args(arguments)
        .run()
        .done();
    files_below(&scenario.path("contexts"))
        .into_iter()
        .map(|file| {
            let text = scenario.read(Path::new("contexts").join(&file));
            (file.to_string_lossy().into_owned(), text)
        })
        .collect()
}

/// The tags of all images, by name, out of the file that builds them all.
fn tags(scenario: &Scenario, arguments: &[&str]) -> BTreeMap<String, String> {
    let file = contexts(scenario, arguments)
        .remove("cloudbuild.yaml")
        .expect("there is a file that builds all");
    let outputs = file.lines().filter_map(|line| {
        let (_, after) = line.split_once("--output=type=image,name=")?;
        let (reference, _) = after.split_once(',')?;
        let (name, tag) = reference.rsplit_once('/')?.1.split_once(':')?;
        Some((name.to_owned(), tag.to_owned()))
    });
    outputs.collect()
}

const NAMES: [&str; 3] = ["xbench-jax-tpu", "xbench-loadgen", "xbench-pytorch-cuda"];

#[test]
fn a_context_an_image_and_a_file_that_builds_them_all() {
    let scenario = Scenario::whole();
    let files = contexts(&scenario, &[]);
    let folders: BTreeSet<&str> = files
        .keys()
        .filter_map(|file| Some(file.split_once('/')?.0))
        .collect();
    assert_eq!(folders, NAMES.into());
    for name in NAMES {
        for file in ["Dockerfile", "cloudbuild.yaml", ".dockerignore"] {
            assert!(
                files.contains_key(&format!("{name}/{file}")),
                "{name}/{file}"
            );
        }
    }
    // Everything that is copied by name is there.
    for (file, text) in files
        .iter()
        .filter(|(file, _)| file.ends_with("Dockerfile"))
    {
        let folder = file.strip_suffix("Dockerfile").expect("it ends so");
        let copies = text.lines().filter_map(|line| line.strip_prefix("COPY "));
        for word in copies.flat_map(|copy| copy.split(' ').rev().skip(1)) {
            let is_own = !word.starts_with("--from") && !word.starts_with('/') && word != ".";
            assert!(
                !is_own || files.contains_key(&format!("{folder}{word}")),
                "{file}: {word}"
            );
        }
    }
    assert!(files.contains_key("xbench-loadgen/loadgen/src/main.rs"));
}

#[test]
fn a_context_does_not_depend_on_the_environment_the_model_or_the_profile() {
    let scenario = Scenario::new();
    let before = tags(&scenario, &[]);
    assert_eq!(before.keys().collect::<Vec<_>>(), NAMES);
    let unrelated = [
        "environment.registry=registry.example/other",
        "environment.build.machineType=E2_HIGHCPU_8",
        "environment.namespace=other",
        "model.revision=a111111111111111111111111111111111111111",
        "benchmark.load.runs=7",
        "server.port=1234",
        "server.flags.page-size=64",
        "accelerator.memoryPerChip=1G",
        "build.tools.buildkit.tag=v9",
    ];
    for change in unrelated {
        assert_eq!(tags(&scenario, &["--set", change]), before, "{change}");
    }
}

#[test]
fn every_byte_of_a_context_counts_and_only_for_its_image() {
    let scenario = Scenario::new();
    let before = tags(&scenario, &[]);
    let changed_by = |file: &str| {
        let text = scenario.read(file);
        scenario.write(file, format!("{text}#"));
        let after = tags(&scenario, &[]);
        scenario.write(file, text);
        let changed = before
            .iter()
            .filter(|(name, tag)| after.get(*name) != Some(tag));
        changed.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    for (file, images) in [
        ("loadgen/src/main.rs", vec!["xbench-loadgen"]),
        ("loadgen/image/Cargo.lock", vec!["xbench-loadgen"]),
        ("loadgen/image/Cargo.toml", vec!["xbench-loadgen"]),
        ("loadgen/image/package.toml", vec!["xbench-loadgen"]),
        ("schemas/result.schema.json", vec!["xbench-loadgen"]),
        ("base/images/loadgen/Dockerfile", vec!["xbench-loadgen"]),
        (
            "overlays/locks/sglang-jax-cddbf6f1.txt",
            vec!["xbench-jax-tpu"],
        ),
        (
            "overlays/locks/python-build-tools.txt",
            vec!["xbench-jax-tpu"],
        ),
        (
            "base/images/sglang-derived/Dockerfile",
            vec!["xbench-pytorch-cuda"],
        ),
        ("overlays/locks/sglang-0.5.9.txt", vec![]),
        ("overlays/profiles/smoke.yaml", vec![]),
        ("overlays/models/qwen3-0.6b.yaml", vec![]),
        ("overlays/environments/example.yaml", vec![]),
        ("base/images/cloudbuild.yaml", vec![]),
        ("base/score/job.yaml", vec![]),
    ] {
        assert_eq!(changed_by(file), images, "{file}");
    }
    // A file more, or one under another name, is another context as well.
    scenario.write("loadgen/src/more.rs", "");
    let more = tags(&scenario, &[]);
    assert_ne!(more["xbench-loadgen"], before["xbench-loadgen"]);
    scenario.remove("loadgen/src/more.rs");
    scenario.write("loadgen/src/other.rs", "");
    assert_ne!(
        tags(&scenario, &[])["xbench-loadgen"],
        more["xbench-loadgen"]
    );
    scenario.remove("loadgen/src/other.rs");
    // What editors leave behind is not.
    scenario
        .write("loadgen/src/.main.rs.swp", "x")
        .write("loadgen/src/main.rs~", "x");
    assert_eq!(tags(&scenario, &[]), before);
}

#[test]
fn the_tag_can_be_computed_by_hand() {
    let scenario = Scenario::new();
    let files = contexts(&scenario, &[]);
    for (name, tag) in tags(&scenario, &[]) {
        let own = files.iter().filter_map(|(file, text)| {
            let path = file.strip_prefix(&format!("{name}/"))?;
            Some((path, text))
        });
        let lines = own
            .filter(|(path, _)| *path != "cloudbuild.yaml")
            .map(|(path, text)| {
                format!("100644 {} {path}\n", ContentHash::of_bytes(text.as_bytes()))
            });
        let listing: String = lines.collect();
        assert_eq!(
            ContentHash::of_bytes(listing.as_bytes()).to_string(),
            tag,
            "{name}"
        );
    }
}

/// What a build sees of a context must not depend on who rendered it.
#[cfg(unix)]
#[test]
fn files_have_the_same_mode_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let scenario = Scenario::new();
    let line = format!("umask 077 && exec '{XBENCH}' render --blueprint images --output contexts");
    let run = Command::new("sh")
        .args(["-c", &line])
        .current_dir(scenario.path(""))
        .status();
    assert!(run.expect("a shell starts").success());
    for file in files_below(&scenario.path("contexts")) {
        let path = scenario.path("contexts").join(&file);
        let mode = |path: &Path| {
            let metadata = std::fs::metadata(path).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode(&path), 0o644, "{}", file.display());
        assert_eq!(
            mode(path.parent().expect("a folder")),
            0o755,
            "{}",
            file.display()
        );
    }
}

#[test]
fn jobs_name_the_tag_of_the_context() {
    let scenario = Scenario::new();
    let tags = tags(&scenario, &[]);
    let jobs = scenario.program(XBENCH).args(["render"]).run().done();
    for (name, tag) in tags {
        assert!(jobs.contains(&format!("/{name}:{tag}\n")), "{name}");
    }
}

#[test]
fn a_line_of_a_dockerfile_is_explained_by_its_template_and_its_layers() {
    let scenario = Scenario::new();
    let explain = |address: &str| scenario.program(XBENCH).args(["explain", address]).run();
    let template = scenario.read("base/images/sglang-jax/Dockerfile");
    for (number, line) in (1..).zip(template.lines()) {
        if !line.contains("{{image.source.commit}}") {
            continue;
        }
        let said = explain(&format!("images/xbench-jax-tpu/Dockerfile:{number}")).done();
        let expected = [
            format!("base/images/sglang-jax/Dockerfile:{number}:1"),
            "backend.image.source.commit".to_owned(),
            "overlays/backends/jax-tpu.yaml:".to_owned(),
            "cddbf6f1cc33cbdd453bd8f36ff7051cf46ca176".to_owned(),
        ];
        assert!(expected.iter().all(|one| said.contains(one)), "{said}");
    }
    let version = "xbench-jax-tpu/Dockerfile:5";
    let said =
        scenario
            .program(XBENCH)
            .args(["explain", version, "--set", "build.sourceDateEpoch=7"]);
    let said = said.run().done();
    assert!(
        said.contains("build.sourceDateEpoch") && said.contains("--set"),
        "{said}"
    );
    for (address, expected) in [
        ("xbench-jax-tpu/Dockerfile:999", "has no line 999"),
        ("xbench-jax/Dockerfile:1", "there is no image `xbench-jax`"),
    ] {
        let run = explain(address);
        assert_eq!(run.code, Some(1));
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
}

/// A Dockerfile with an expression in every place that takes one.
const EVERYWHERE: &str = r#"# syntax={{word}}
# A comment with {{word}} in it.
FROM {{word}}:{{word}}@{{word}} AS build
ARG NAME={{word}} OTHER="{{quoted}}"
ENV ONE="{{quoted}}" TWO="a {{quoted}} b" \
    THREE={{word}}
LABEL one="{{quoted}}" \
      # a comment between
      two="x{{quoted}}" three="${NAME}{{quoted}}"
ADD --checksum={{word}} https://example.org/{{word}}.git#{{word}} /source
COPY --from=build {{word}} /there
RUN --mount=type=cache,target={{word}} printf '%s' '{{quoted}}' 'a{{quoted}}b' && \
    echo {{word}}
RUN ["printf", "{{quoted}}", "a {{quoted}}"]
WORKDIR {{word}}
USER {{word}}
ENTRYPOINT ["/program", "{{quoted}}"]
CMD ["{{quoted}}"]
"#;

fn everywhere() -> Dockerfile {
    let mut sources = Sources::default();
    let source = sources.add("Dockerfile", EVERYWHERE);
    Dockerfile::parse(&sources, source).expect("a template")
}

/// Mostly what means something to Dockerfiles, shells or JSON.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(any::<char>(), 0..30).prop_map(String::from_iter),
        vec(
            prop::sample::select(vec![
                "\"",
                "'",
                "\\",
                "$",
                "`",
                "#",
                "\n",
                "\r",
                "\t",
                " ",
                "{",
                "}",
                "[",
                "]",
                ",",
                "<<",
                "<<EOF",
                "EOF",
                "&&",
                ";",
                "|",
                "RUN rm -rf /",
                "\nRUN id\n",
                "FROM x",
                "${HOME}",
                "$(id)",
                "{{",
                "}}",
                "\u{85}",
                "\u{2028}",
                "\0",
                "é",
                "=",
                "a",
                "--from=x",
                "\\\n",
                "'\\''",
                "# escape=`",
            ]),
            0..10
        )
        .prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    #[test]
    fn no_value_changes_the_instructions_of_a_dockerfile(word in hostile(), quoted in hostile()) {
        let template = everywhere();
        let plain = template.render(&json!({"word": "w", "quoted": "q"})).expect("plain values");
        let instructions = shape(&plain).expect("a Dockerfile");
        prop_assert_eq!(instructions.len(), 12);
        for values in [
            json!({"word": word, "quoted": quoted}),
            json!({"word": "w", "quoted": quoted}),
            json!({"word": word, "quoted": "q"}),
        ] {
            // It is refused, or it is the same Dockerfile with other texts in it: line for line too.
            if let Ok(text) = template.render(&values) {
                prop_assert_eq!(&shape(&text).expect("a Dockerfile"), &instructions);
                prop_assert_eq!(text.matches('\n').count(), plain.matches('\n').count());
            }
        }
    }

    /// What is written between double quotes is read back by Docker's rules, which are those of `shlex`:
    /// a backslash takes the meaning from `"`, `\` and `$`.
    #[test]
    fn a_label_says_what_the_value_says(value in hostile()) {
        if let Ok(written) = Quoting::DoubleQuoted.write(&value) {
            let mut read = String::new();
            let mut characters = written.chars();
            while let Some(character) = characters.next() {
                match character {
                    '\\' => {
                        let next = characters.next().expect("something is escaped");
                        prop_assert!("\"\\$".contains(next));
                        read.push(next);
                    }
                    '"' | '$' => prop_assert!(false, "{written} ends or expands"),
                    other => read.push(other),
                }
            }
            prop_assert_eq!(read, value);
        } else {
            prop_assert!(value.chars().any(char::is_control));
        }
    }

    #[test]
    fn an_exec_form_says_what_the_value_says(value in hostile()) {
        if let Ok(written) = Quoting::Json.write(&value) {
            let read: String = serde_json::from_str(&format!("\"{written}\"")).expect("JSON");
            prop_assert_eq!(read, value);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_what_the_value_says(value in hostile()) {
        if let Ok(written) = Quoting::ShellQuoted.write(&value) {
            let line = format!("printf '%s' '{written}'");
            let output = Command::new("sh").args(["-c", &line]).env_clear().output();
            let output = output.expect("a shell starts");
            prop_assert_eq!(String::from_utf8(output.stdout).expect("text"), value);
        }
    }
}
