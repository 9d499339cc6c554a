//! `loadgen/image` is the workspace that the load generator's image is built in: the project's own with one
//! member, and the project's lock with what that member needs. Both are derived here, so that they cannot
//! drift apart; to write them: `XBENCH_UPDATE=1 cargo test --test loadgen_workspace`.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test reads the project's own files, and one that cannot go on ends by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use toml_edit::{Array, DocumentMut, Item};
use xbench_scenario::{expect_text, repository};

/// What is written at the top of the derived manifest.
const HEADER: &str = "\
# Derived from the project's Cargo.toml; do not edit. To write it again, and the lock beside it:
#
#   XBENCH_UPDATE=1 cargo test --test loadgen_workspace
";
const MEMBER: &str = "xbench-loadgen";

fn read(file: &str) -> String {
    fs::read_to_string(repository().join(file)).expect("the project has it")
}

fn parsed(file: &str) -> DocumentMut {
    read(file).parse().expect("it is TOML")
}

/// The project's manifest without its package, and with one member.
fn manifest() -> String {
    let mut whole = parsed("Cargo.toml");
    let used = names_of_workspace_dependencies(&parsed("loadgen/Cargo.toml"));
    let kept = ["workspace", "profile"];
    let others: Vec<String> = whole
        .iter()
        .map(|(key, _)| key.to_owned())
        .filter(|key| !kept.contains(&key.as_str()))
        .collect();
    for key in others {
        whole.remove(&key);
    }
    let workspace = whole["workspace"].as_table_mut().expect("a table");
    workspace.remove("default-members");
    workspace["members"] = Array::from_iter(["loadgen"]).into();
    workspace["dependencies"]
        .as_table_mut()
        .expect("a table")
        .retain(|name, _| used.contains(name));
    format!("{HEADER}\n{}", whole.to_string().trim_start())
}

/// The dependencies of a package that take their version from the workspace.
fn names_of_workspace_dependencies(manifest: &DocumentMut) -> BTreeSet<String> {
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = sections
        .iter()
        .filter_map(|section| manifest.get(section)?.as_table());
    let is_inherited = |item: &Item| item.get("workspace").is_some();
    tables
        .flat_map(|table| table.iter())
        .filter(|(_, item)| is_inherited(item))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// A package of a lock.
struct Package {
    name: String,
    version: String,
    dependencies: Vec<String>,
    text: String,
}

fn packages(lock: &str) -> Vec<Package> {
    let text_of = |table: &toml_edit::Table, key: &str| {
        table
            .get(key)
            .and_then(Item::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    lock.split("[[package]]\n")
        .skip(1)
        .map(|text| {
            let table: DocumentMut = text.parse().expect("a package is TOML");
            let dependencies = table.get("dependencies").and_then(Item::as_array);
            Package {
                name: text_of(&table, "name"),
                version: text_of(&table, "version"),
                dependencies: dependencies
                    .into_iter()
                    .flatten()
                    .filter_map(|one| one.as_str().map(str::to_owned))
                    .collect(),
                text: text.trim_end().to_owned(),
            }
        })
        .collect()
}

/// The project's lock without what the member does not need.
fn lock() -> String {
    let whole = read("Cargo.lock");
    let (head, _) = whole
        .split_once("[[package]]\n")
        .expect("a lock has packages");
    let all = packages(&whole);
    let find = |wanted: &str| {
        let mut words = wanted.split(' ');
        let (name, version) = (words.next(), words.next());
        all.iter()
            .position(|one| {
                Some(one.name.as_str()) == name
                    && version.is_none_or(|version| version == one.version)
            })
            .unwrap_or_else(|| unreachable!("the lock has {wanted}"))
    };
    let mut kept = BTreeSet::new();
    let mut next = vec![find(MEMBER)];
    while let Some(index) = next.pop() {
        if kept.insert(index) {
            next.extend(all[index].dependencies.iter().map(|one| find(one)));
        }
    }
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for index in &kept {
        *versions.entry(&all[*index].name).or_default() += 1;
    }
    let mut out = head.trim_end().to_owned() + "\n";
    for index in kept {
        let package = &all[index];
        let mut text = package.text.clone();
        for dependency in &package.dependencies {
            // A version is named only where there are several.
            if let Some((name, _)) = dependency.split_once(' ')
                && versions.get(name) == Some(&1)
            {
                text = text.replace(&format!(" \"{dependency}\","), &format!(" \"{name}\","));
            }
        }
        out.extend(["\n[[package]]\n", &text, "\n"]);
    }
    out
}

#[test]
fn the_manifest_of_the_image_follows_the_project() {
    let file = repository().join("loadgen/image/Cargo.toml");
    expect_text(&file, &manifest(), "loadgen_workspace");
}

#[test]
fn the_lock_of_the_image_follows_the_project() {
    let file = repository().join("loadgen/image/Cargo.lock");
    expect_text(&file, &lock(), "loadgen_workspace");
}

/// The image is compiled by the compiler that the project is tested with, and says the version it has.
#[test]
fn the_layer_names_the_compiler_and_the_version_of_the_project() {
    let layer = read("overlays/backends/_defaults.yaml");
    let toolchain = parsed("rust-toolchain.toml");
    let channel = toolchain["toolchain"]["channel"].as_str().expect("a text");
    assert!(
        layer.contains(&format!("      tag: {channel}-alpine")),
        "{channel}"
    );
    let manifest = parsed("Cargo.toml");
    let version = manifest["workspace"]["package"]["version"]
        .as_str()
        .expect("a text");
    assert!(
        layer.contains(&format!("    version: {version}\n")),
        "{version}"
    );
}
