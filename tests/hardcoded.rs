//! Nothing that only an environment can know stands in `base/` or in the program.
//!
//! `tests/data/other` is a second set of layers that shares no name, number or address with the
//! shipped ones. What comes out of both is part of a format, and is listed here.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "sources are read as files, and a test that cannot go on ends by panicking"
)]

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use xbench::source::Sources;
use xbench::yaml::{Dialect, read, read_all};
use xbench_scenario::{Scenario, files_below, repository};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Texts and numbers of formats and of the images' own contract: Kubernetes' kinds and words, the
/// folders in the pods, the load generator's command line and the fields of its configuration.
const COMMON: &str = include_str!("data/common-literals.txt");

/// Every text and number in a value, and in texts that hold JSON.
fn leaves(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, found)),
        Value::Number(number) => drop(found.insert(number.to_string())),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => leaves(&inner, found),
            _ => drop(found.insert(text.clone())),
        },
        Value::Bool(_) | Value::Null => {}
    }
}

fn documents(yaml: &str) -> Vec<Value> {
    let mut sources = Sources::default();
    let source = sources.add("yaml", yaml);
    read_all(&sources, source, Dialect::Lenient)
        .expect("the text is YAML")
        .iter()
        .map(|document| document.to_json())
        .collect()
}

fn leaves_of(yaml: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for document in documents(yaml) {
        leaves(&document, &mut found);
    }
    found
}

/// The project with the layers of `tests/data/other` instead of its own.
fn other() -> Scenario {
    let scenario = Scenario::new();
    scenario.remove("overlays");
    let from = repository().join("tests/data/other");
    for file in files_below(&from) {
        let text = fs::read(from.join(&file)).expect("the layer can be read");
        scenario.write(Path::new("overlays").join(file), text);
    }
    scenario
}

fn texts_of_layers(scenario: &Scenario) -> BTreeSet<String> {
    files_below(&scenario.path("overlays"))
        .into_iter()
        .filter(|file| !file.starts_with("suites") && !file.starts_with("locks"))
        .flat_map(|file| leaves_of(&scenario.read(Path::new("overlays").join(file))))
        .collect()
}

fn listed() -> BTreeSet<String> {
    let lines = COMMON.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// The test below shows nothing about a value that both sets of layers have.
#[test]
fn the_two_sets_of_layers_share_only_words_of_their_schemas() {
    let (shipped, other) = (texts_of_layers(&Scenario::new()), texts_of_layers(&other()));
    let shared: Vec<&String> = shipped.intersection(&other).collect();
    let is_word = |text: &String| {
        text.chars()
            .all(|letter| letter.is_ascii_alphabetic() || letter == '-')
    };
    let strange: Vec<&String> = shared
        .iter()
        .copied()
        .filter(|text| !is_word(text))
        .collect();
    // One host is all that xbench renders for; architecture and platform are words of the schema.
    assert_eq!(
        strange,
        ["1", "amd64", "linux/amd64"],
        "change these in tests/data/other"
    );
    assert!(shared.len() < 20, "{shared:?}");
}

#[test]
fn what_both_sets_of_layers_render_is_part_of_a_format() {
    let (shipped, other) = (Scenario::new(), other());
    let mut common = BTreeSet::new();
    // Build contexts are no YAML: the test below is theirs.
    for blueprint in shipped.object_blueprints(XBENCH) {
        let render = |scenario: &Scenario, backend: &str| {
            let arguments = ["render", "--blueprint", &blueprint, "--backend", backend];
            leaves_of(&scenario.program(XBENCH).args(arguments).run().done())
        };
        for (backend, counterpart) in [("pytorch-cuda", "gpu-server"), ("jax-tpu", "tpu-server")] {
            let left = render(&shipped, backend);
            let right = render(&other, counterpart);
            assert!(left.len() > 30 && right.len() > 30);
            common.extend(left.intersection(&right).cloned());
        }
    }
    assert_eq!(
        common,
        listed(),
        "a text or number that does not depend on any layer: move it into one, or list it in \
         tests/data/common-literals.txt if it is part of a format"
    );
}

/// The words of a set of layers' Dockerfiles and Cloud Build files, comments left out.
fn words_of_build_contexts(scenario: &Scenario) -> BTreeSet<String> {
    let arguments = ["render", "--blueprint", "images", "--output", "contexts"];
    scenario.program(XBENCH).args(arguments).run().done();
    let files = files_below(&scenario.path("contexts")).into_iter();
    files
        .filter(|file| file.ends_with("Dockerfile") || file.ends_with("cloudbuild.yaml"))
        .flat_map(|file| {
            let text = scenario.read(Path::new("contexts").join(file));
            let lines = text.lines().filter(|line| !line.starts_with("# "));
            let words = lines.flat_map(|line| line.split([' ', '=', '"', '\'', ',']));
            words.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// Paths in images, addresses and versions apart, a Dockerfile is made of words that mean the same for
/// everybody.
#[test]
fn what_both_sets_of_layers_build_is_part_of_a_recipe() {
    let shipped = words_of_build_contexts(&Scenario::new());
    let other = words_of_build_contexts(&other());
    let common = shipped.intersection(&other);
    let strange: Vec<&String> = common
        .filter(|word| {
            let has_digest = word.contains("sha256:") || word.contains('@');
            let is_address = word.contains("://") || word.contains(".pkg.dev");
            let is_hash = word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            has_digest || is_address || is_hash
        })
        .collect();
    assert!(shipped.len() > 100 && other.len() > 100);
    assert_eq!(strange, Vec::<&String>::new(), "move these into a layer");
}

/// The string literals of a source file, those of its tests and documentation left out.
fn literals(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                while tokens
                    .next_if(|next| matches!(next, TokenTree::Punct(_)))
                    .is_some()
                {}
                let Some(TokenTree::Group(attribute)) = tokens.next() else {
                    continue;
                };
                let text = attribute.stream().to_string().replace(' ', "");
                if text == "cfg(test)" {
                    // What is left out ends with its body, or with a semicolon.
                    tokens.find(|next| match next {
                        TokenTree::Group(group) => {
                            group.delimiter() == proc_macro2::Delimiter::Brace
                        }
                        TokenTree::Punct(mark) => mark.as_char() == ';',
                        _ => false,
                    });
                }
            }
            TokenTree::Group(group) => literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains('"') {
                    found.push(text);
                }
            }
            _ => {}
        }
    }
}

/// A text of a layer that names one place, model or machine: long enough to mean something, and no
/// plain word.
fn is_environment_shaped(text: &str) -> bool {
    // Words of an API, as in `CLOUD_LOGGING_ONLY`.
    let is_constant = text
        .chars()
        .all(|letter| letter.is_ascii_uppercase() || letter == '_');
    text.len() >= 5
        && !is_constant
        && text.contains(|letter: char| letter.is_ascii_digit() || "/.:@_".contains(letter))
}

#[test]
fn no_source_holds_a_text_of_a_layer() {
    let known: Vec<String> = texts_of_layers(&Scenario::new())
        .into_iter()
        .filter(|text| is_environment_shaped(text))
        .collect();
    assert!(known.len() > 100, "{}", known.len());
    let folder = repository().join("src");
    let mut count = 0;
    let mut strange = Vec::new();
    for file in files_below(&folder) {
        if file.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let text = fs::read_to_string(folder.join(&file)).expect("the source can be read");
        let mut found = Vec::new();
        if file.extension().is_some_and(|extension| extension == "rs") {
            literals(text.parse().expect("the source is Rust"), &mut found);
        } else {
            // What is included into the program as it is.
            found.push(text);
        }
        count += found.len();
        strange.extend(found.into_iter().filter_map(|literal| {
            let hit = known
                .iter()
                .find(|known| literal.contains(known.as_str()))?;
            Some(format!("{}: {literal} holds `{hit}`", file.display()))
        }));
    }
    assert!(count > 300, "only {count} literals were found");
    assert!(strange.is_empty(), "{}", strange.join("\n"));
}

#[test]
fn literals_of_tests_and_documentation_are_left_out() {
    let source = r#"
        //! "module"
        /// "item"
        fn one() { let a = ("yes", b"bytes", 'c', 1); }
        #[cfg(test)]
        mod tests { const A: &str = "no"; }
        #[derive(Debug)]
        struct Two;
        const B: &str = "yes too";
    "#;
    let mut found = Vec::new();
    literals(source.parse().expect("Rust"), &mut found);
    assert_eq!(found, ["\"yes\"", "b\"bytes\"", "\"yes too\""]);
}

/// `read` is what reads layers: this keeps the second set as valid as the first.
#[test]
fn the_other_layers_pass_every_check() {
    let scenario = other();
    let layers = files_below(&scenario.path("overlays")).into_iter();
    for file in layers.filter(|file| !file.starts_with("locks")) {
        let text = scenario.read(Path::new("overlays").join(&file));
        let mut sources = Sources::default();
        let source = sources.add(file.to_string_lossy(), text);
        assert!(
            read(&sources, source, Dialect::Strict).is_ok(),
            "{}",
            file.display()
        );
    }
    scenario.program(XBENCH).args(["check"]).run().done();
}
