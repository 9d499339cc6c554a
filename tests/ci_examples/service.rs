//! A repository with a pull request, and a machine that looks at it.

use crate::{DEFAULTS, STANDARD, XBENCH};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use xbench_scenario::{Run, Scenario};

/// Writes down each call, one argument a line. Lists the comment that `earlier` names, and keeps what was
/// posted.
const GH: &str = r#"#!/bin/bash
printf '%s\n' "$@" --- >> "$HOME/gh"
[[ -n $GH_TOKEN ]] || exit 4
for argument; do
    case $argument in
        --paginate) cat "$HOME/earlier" 2>/dev/null ;;
        body=@* | sarif=@*) cp "${argument#*=@}" "$HOME/posted" ;;
    esac
done
exit 0
"#;

/// Installs the xbench of the test where the real one would install what it built.
const CARGO: &str = r#"#!/bin/bash
printf '%s\n' "$@" --- >> "$HOME/cargo"
root=$HOME/.cargo
while [[ $# != 0 ]]; do
    [[ $1 != --root ]] || root=$2
    shift
done
mkdir -p "$root/bin"
ln -sf XBENCH "$root/bin/xbench"
"#;

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .expect("git runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn commit_all(folder: &Path, message: &str) -> String {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", message]);
    git(folder, &["rev-parse", "HEAD"])
}

/// A repository with a pull request, and the machine that looks at it.
pub(crate) struct Service {
    pub(crate) origin: Scenario,
    pub(crate) machine: Scenario,
    /// The newest commit of the pull request.
    pub(crate) head: String,
    /// The commit that GitHub would merge it by.
    pub(crate) merge: String,
}

impl Service {
    /// A pull request into `base` that makes `change`; meanwhile `base` has moved on.
    pub(crate) fn new(base: &str, change: impl Fn(&Scenario)) -> Self {
        let origin = Scenario::new();
        let root = origin.path("");
        git(&root, &["init", "--quiet"]);
        git(
            &root,
            &["symbolic-ref", "HEAD", &format!("refs/heads/{base}")],
        );
        commit_all(&root, "first");
        git(&root, &["switch", "--quiet", "--create", "change"]);
        change(&origin);
        let head = commit_all(&root, "change");
        git(&root, &["switch", "--quiet", "--detach", base]);
        origin.edit(DEFAULTS, "window: 20", "window: 21");
        let moved = commit_all(&root, "moved on");
        git(&root, &["branch", "--force", base, &moved]);
        git(
            &root,
            &["merge", "--quiet", "--no-ff", "--message=merge", "change"],
        );
        let merge = git(&root, &["rev-parse", "HEAD"]);
        // What comes after the merge that GitHub made is none of its business.
        git(&root, &["switch", "--quiet", base]);
        origin.edit(STANDARD, "durationSeconds: 60", "durationSeconds: 61");
        commit_all(&root, "moved on again");
        let machine = Scenario::empty();
        let cargo = CARGO.replace("XBENCH", XBENCH);
        for (program, script) in [("gh", GH), ("cargo", &cargo), ("rustup", &cargo)] {
            let file = Path::new("programs").join(program);
            machine.write(&file, script);
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(machine.path(file), mode).expect("a mode can be set");
        }
        for folder in ["work", "home", "temporary"] {
            std::fs::create_dir(machine.path(folder)).expect("a folder can be made");
        }
        Self {
            origin,
            machine,
            head,
            merge,
        }
    }

    /// Runs a script in the shell that its first word names.
    pub(crate) fn script(
        &self,
        shell: &[&str],
        script: &str,
        variables: &[(String, String)],
    ) -> Run {
        self.machine.write("script", script);
        let file = self.machine.path("script");
        let shell: Vec<&str> = shell
            .iter()
            .map(|word| {
                if *word == "{0}" {
                    file.to_str().expect("Unicode")
                } else {
                    word
                }
            })
            .collect();
        let home = self.machine.path("home").display().to_string();
        let programs = self.machine.path("programs").display().to_string();
        let mut program = self
            .machine
            .program(shell[0])
            .args(&shell[1..])
            .within("work")
            .variable(
                "PATH",
                format!("{programs}:{home}/.cargo/bin:/usr/bin:/bin"),
            )
            .variable("HOME", home);
        for (name, value) in variables {
            program = program.variable(name, value);
        }
        program.run()
    }

    /// What stands in a file of the machine; nothing, if there is none.
    pub(crate) fn wrote(&self, file: &str) -> String {
        std::fs::read_to_string(self.machine.path(file)).unwrap_or_default()
    }

    /// The calls of a stand-in, each as one line.
    pub(crate) fn calls(&self, program: &str) -> Vec<String> {
        let all = self.wrote(&format!("home/{program}"));
        let calls = all.split("---\n").filter(|call| !call.is_empty());
        let temporary = self.machine.path("temporary").display().to_string();
        calls
            .map(|call| call.trim().replace('\n', " ").replace(&temporary, "TEMP"))
            .collect()
    }

    pub(crate) fn assert_nothing_was_made_of_names(&self) {
        for folder in ["work", "home", ""] {
            assert!(!self.machine.path(folder).join("pwned").exists());
        }
    }
}
