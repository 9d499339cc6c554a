//! The edge to git: the files of a project at a revision.
//!
//! The `git` program is asked, not a library: a repository can hold what no library reads yet
//! (reftables, partial clones, SHA-256), and the program is on every machine that has a repository.
//! Only objects are read; neither the index nor the work tree is looked at or touched.

use crate::diagnostic::{Code, Diagnostic};
use crate::project::{BASE, OVERLAYS, Snapshot};
use crate::source::Sources;
use crate::yaml::{Dialect, Node, read};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// A link in a tree: git keeps its target as if it were the file's content.
const LINK: &str = "120000";

/// The files of the project in a folder, as they were at a revision.
///
/// # Errors
///
/// If git is missing, the folder is in no repository, or there is no such revision or project in it.
pub fn snapshot(folder: &Path, revision: &str) -> Result<Snapshot, Diagnostic> {
    let commit = resolve(folder, revision)?;
    let blobs = listed(folder, revision, &commit, &[BASE, OVERLAYS])?;
    if blobs.is_empty() {
        return Err(Diagnostic::error(
            Code::Project,
            format!("there is no xbench project at `{revision}`"),
        )
        .help(format!(
            "`{BASE}/` and `{OVERLAYS}/` have to be committed there"
        )));
    }
    let mut files = contents(folder, blobs)?;
    let copied = copied(&files);
    if !copied.is_empty() {
        let paths: Vec<&str> = copied.iter().map(String::as_str).collect();
        let blobs = listed(folder, revision, &commit, &paths)?;
        files.extend(contents(folder, blobs)?);
    }
    Ok(Snapshot {
        label: revision.to_owned(),
        files,
    })
}

/// What the recipes of images copy from elsewhere in the project. A recipe that cannot be read is reported
/// when it is used.
fn copied(files: &BTreeMap<String, Vec<u8>>) -> BTreeSet<String> {
    let recipes = files
        .iter()
        .filter(|(path, _)| path.starts_with(BASE) && path.ends_with("/recipe.yaml"));
    let mut copied = BTreeSet::new();
    for (path, bytes) in recipes {
        let mut sources = Sources::default();
        let source = sources.add(path.as_str(), String::from_utf8_lossy(bytes));
        let Ok(tree) = read(&sources, source, Dialect::Strict) else {
            continue;
        };
        let entries = tree.get("files").and_then(Node::as_map);
        let paths = entries.into_iter().flatten();
        copied.extend(
            paths
                .filter_map(|(_, entry)| entry.node.as_str())
                .filter(|path| !path.contains("{{") && !path.starts_with('-'))
                .map(str::to_owned),
        );
    }
    copied
}

/// The files of a commit at or below some paths, with the ids of their contents.
fn listed(
    folder: &Path,
    revision: &str,
    commit: &str,
    paths: &[&str],
) -> Result<Vec<(String, String)>, Diagnostic> {
    let arguments = [&["ls-tree", "-r", "-z", commit, "--"], paths].concat();
    let listing = git(folder, &arguments, b"").map_err(|message| failed(&message))?;
    let mut blobs = Vec::new();
    for entry in listing
        .split(|byte| *byte == 0)
        .filter(|entry| !entry.is_empty())
    {
        let entry = String::from_utf8_lossy(entry);
        let Some((about, path)) = entry.split_once('\t') else {
            continue;
        };
        let mut about = about.split(' ');
        match (about.next(), about.next(), about.next()) {
            (Some(LINK), _, _) => {
                return Err(Diagnostic::error(
                    Code::Project,
                    format!("`{path}` is a link at `{revision}`"),
                )
                .help("links cannot be followed in a revision: compare with a rendered tree"));
            }
            (_, Some("blob"), Some(id)) => blobs.push((path.to_owned(), id.to_owned())),
            _ => {}
        }
    }
    Ok(blobs)
}

/// The commit that a revision names.
fn resolve(folder: &Path, revision: &str) -> Result<String, Diagnostic> {
    if let Err(message) = git(folder, &["rev-parse", "--git-dir"], b"") {
        return Err(if message.contains("not a git repository") {
            Diagnostic::error(
                Code::Usage,
                format!("`{}` is not in a git repository", folder.display()),
            )
            .help("--rev needs one; compare with a rendered tree by --against instead")
        } else {
            failed(&message)
        });
    }
    let name = format!("{revision}^{{commit}}");
    let arguments = [
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &name,
    ];
    match git(folder, &arguments, b"") {
        Ok(commit) => Ok(String::from_utf8_lossy(&commit).trim().to_owned()),
        Err(_) => {
            let is_shallow = git(folder, &["rev-parse", "--is-shallow-repository"], b"")
                .is_ok_and(|answer| answer.starts_with(b"true"));
            let help = if is_shallow {
                "this clone is shallow: fetch the revision first, for example \
                 `git fetch --depth=1 origin BRANCH` and then `--rev FETCH_HEAD`"
            } else {
                "name a branch, a tag or a commit of this repository"
            };
            Err(
                Diagnostic::error(Code::Usage, format!("git knows no revision `{revision}`"))
                    .help(help),
            )
        }
    }
}

/// The contents of blobs, by path.
fn contents(
    folder: &Path,
    blobs: Vec<(String, String)>,
) -> Result<BTreeMap<String, Vec<u8>>, Diagnostic> {
    let ids: Vec<&str> = blobs.iter().map(|(_, id)| id.as_str()).collect();
    let wanted = ids.join("\n") + "\n";
    let answer = git(folder, &["cat-file", "--batch"], wanted.as_bytes())
        .map_err(|message| failed(&message))?;
    let mut rest = answer.as_slice();
    let mut files = BTreeMap::new();
    for (path, id) in blobs {
        let content = blob(&mut rest).ok_or_else(|| {
            failed(&format!("the object {id} of `{path}` is missing")).help("fetch it first")
        })?;
        files.insert(path, content.to_vec());
    }
    Ok(files)
}

/// Takes one answer of `git cat-file --batch` off: `<id> blob <size>`, the content, a line break.
fn blob<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (header, after) = rest.split_at(end);
    let header = std::str::from_utf8(header).ok()?;
    let size: usize = header.split(' ').nth(2)?.parse().ok()?;
    let content = after.get(1..=size)?;
    *rest = after.get(size + 2..)?;
    Some(content)
}

fn failed(message: &str) -> Diagnostic {
    Diagnostic::error(
        Code::Io,
        format!("git cannot read the revision: {}", message.trim()),
    )
}

/// Runs git in a folder: what it printed, or what it said of its failure.
#[expect(
    clippy::disallowed_methods,
    reason = "revisions are read by git itself; nothing that is rendered for them depends on more \
              than the objects they name"
)]
fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
    let child = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        // Messages are looked at above; nothing is locked, and nothing fetched behind our back.
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "the program `git` is not installed".to_owned(),
        _ => error.to_string(),
    })?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Git answers while it is still asked: both pipes have to move.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
