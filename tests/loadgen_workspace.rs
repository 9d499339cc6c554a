//! `loadgen/image` is the workspace that the load generator's image is built in: the project's own with one
//! member, that member without what its tests need, and the project's lock with what is left. All are derived
//! here, so that they cannot drift apart; to write them: `XBENCH_UPDATE=1 cargo test --test loadgen_workspace`.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test reads the project's own files, and one that cannot go on ends by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use toml_edit::{Array, DocumentMut, Item};
use xbench_scenario::{Scenario, expect_text, repository};

/// What is written at the top of the derived manifest.
const HEADER: &str = "\
# Derived from the project's manifests; do not edit. To write it again, and the lock beside it:
#
#   XBENCH_UPDATE=1 cargo test --test loadgen_workspace
";

fn read(file: &str) -> String {
    fs::read_to_string(repository().join(file)).expect("the project has it")
}

fn parsed(file: &str) -> DocumentMut {
    read(file).parse().expect("it is TOML")
}

/// The project's manifest without its package, with one member, and with the profiles of what that needs:
/// cargo warns of others, and they would be a change of the image.
fn manifest() -> String {
    let mut whole = workspace();
    let needed = names_in(&lock());
    whole["profile"]["release"]["package"]
        .as_table_mut()
        .expect("a table")
        .retain(|name, _| needed.contains(name));
    format!("{HEADER}\n{}", whole.to_string().trim_start())
}

/// The packages of a lock.
fn names_in(lock: &str) -> BTreeSet<String> {
    let lock: DocumentMut = lock.parse().expect("it is TOML");
    let packages = lock["package"].as_array_of_tables().expect("a list");
    packages
        .iter()
        .filter_map(|package| Some(package.get("name")?.as_str()?.to_owned()))
        .collect()
}

/// The project's manifest without its package, and with one member.
fn workspace() -> DocumentMut {
    let mut whole = parsed("Cargo.toml");
    let used = names_of_workspace_dependencies(&package_table());
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
    whole
}

/// The load generator's manifest without its tests: what they need has no place in an image.
fn package_table() -> DocumentMut {
    let mut package = parsed("loadgen/Cargo.toml");
    for key in ["dev-dependencies", "test", "bench", "example"] {
        package.remove(key);
    }
    package
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

/// The project's lock as cargo leaves it for that workspace: with the same versions, and without what nothing
/// in it needs.
fn lock() -> String {
    let folder = Scenario::empty();
    folder
        .write("Cargo.toml", workspace().to_string())
        .write("Cargo.lock", read("Cargo.lock"))
        .write("loadgen/Cargo.toml", package_table().to_string())
        .write("loadgen/src/main.rs", "fn main() {}\n");
    let cargo = Command::new(env!("CARGO"))
        .args(["update", "--workspace", "--offline", "--quiet"])
        .current_dir(folder.path(""))
        .output()
        .expect("cargo starts");
    let errors = String::from_utf8_lossy(&cargo.stderr);
    assert!(cargo.status.success(), "{errors}");
    folder.read("Cargo.lock")
}

#[test]
fn the_manifest_of_the_image_follows_the_project() {
    let file = repository().join("loadgen/image/Cargo.toml");
    expect_text(&file, &manifest(), "loadgen_workspace");
}

#[test]
fn the_package_of_the_image_follows_the_project() {
    let file = repository().join("loadgen/image/package.toml");
    let text = package_table().to_string();
    expect_text(
        &file,
        &format!("{HEADER}\n{}\n", text.trim()),
        "loadgen_workspace",
    );
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
