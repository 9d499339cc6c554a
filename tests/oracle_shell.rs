//! What a person at a terminal meets: completion in real shells, a pager, and `kubectl xbench`.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test starts programs, and one that cannot go on ends by panicking"
)]

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use xbench_scenario::{Answer, Scenario, ask, oracle};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

/// Types each line into an interactive shell, presses Tab, and has the shell say what then stands there:
/// `<word><word>`. `END` follows at once, so that a space behind a completed word shows.
///
/// Arguments: the shell, what makes it ready, the lines. `zpty` is Z shell's own terminal.
const TYPIST: &str = r#"
zmodload zsh/zpty
shell=$1 setup=$2
shift 2
zpty typed $shell
zpty -w typed "show() { printf '<%s>' \"\$@\"; printf '\n'; }; $setup; show rea'd'y"
zpty -r typed out '*<ready>*'
for line in "$@"; do
    zpty -w -n typed "$line"$'\tEND\x01show \n'
    zpty -r typed out '*END>*'
    print -r -- "== $line"
    print -r -- "$out"
done
zpty -d typed
"#;

/// A folder with `xbench`, `kubectl-xbench` and `kubectl_complete-xbench` in it, as a value of `PATH`.
fn path(scenario: &Scenario) -> OsString {
    let folder = scenario.path("programs");
    std::fs::create_dir(&folder).expect("the folder can be made");
    for name in ["xbench", "kubectl-xbench", "kubectl_complete-xbench"] {
        symlink(XBENCH, folder.join(name)).expect("a link can be made");
    }
    let mut path = folder.into_os_string();
    path.push(":/usr/bin:/bin");
    path
}

/// What is on the screen for each line that is typed into a shell, in a project.
fn typed(shell: &str, setup: &str, lines: &[&str]) -> Vec<String> {
    let scenario = Scenario::new();
    let path = path(&scenario);
    let output = Command::new("timeout")
        .args(["60", "zsh", "-f", "-c", TYPIST, "typist", shell, setup])
        .args(lines)
        .env_clear()
        .env("PATH", path)
        .env("TERM", "dumb")
        .env("HOME", scenario.path(""))
        .current_dir(scenario.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("zsh, which .ci/oracles installs, starts");
    let screen = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{screen}\n{errors}");
    let screens: Vec<String> = screen.split("== ").skip(1).map(str::to_owned).collect();
    assert_eq!(screens.len(), lines.len(), "{screen}");
    screens
}

/// Lines, and the words that have to stand there after Tab.
const COMPLETED: [(&str, &str); 9] = [
    ("xbench rend", "<xbench><render><END>"),
    ("xbench render acc", "<xbench><render><accelerators><END>"),
    ("xbench render --backend j", "<--backend><jax-tpu><END>"),
    ("xbench render --model=q", "<--model=qwen3-0.6b><END>"),
    (
        "xbench render --accelerator nvidia-l4,tpu-v6e-1,nvidia-b",
        "<--accelerator><nvidia-l4,tpu-v6e-1,nvidia-b200><END>",
    ),
    ("xbench diff --suite sco", "<--suite><score><END>"),
    ("xbench explain --env ex", "<--env><example><END>"),
    (
        "xbench render --set job.backo",
        "<--set><job.backoffLimit=END>",
    ),
    (
        "xbench render --set=policy.allowUnpinned=t",
        "<--set=policy.allowUnpinned=true><END>",
    ),
];

#[track_caller]
fn completes(shell: &str, setup: &str) {
    let lines: Vec<&str> = COMPLETED.iter().map(|(line, _)| *line).collect();
    let screens = typed(shell, setup, &lines);
    for (screen, (line, expected)) in screens.iter().zip(COMPLETED) {
        assert!(screen.contains(expected), "{line}:\n{screen}");
    }
    // Several names are listed.
    let screens = typed(shell, setup, &["xbench render --backend "]);
    for name in ["jax-tpu", "pytorch-cuda"] {
        assert!(screens[0].contains(name), "{}", screens[0]);
    }
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn bash_completes_the_names_of_the_project() {
    completes(
        "bash --norc --noprofile -i",
        "PS1=; bind 'set show-all-if-ambiguous on'; bind 'set enable-bracketed-paste off'; \
         source <(xbench completions bash)",
    );
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn zsh_completes_the_names_of_the_project_and_describes_them() {
    let setup = "PS1=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; \
                 source <(xbench completions zsh)";
    completes("zsh -f -i", setup);
    let screens = typed("zsh -f -i", setup, &["xbench render --profile "]);
    assert!(screens[0].contains("smoke"), "{}", screens[0]);
    assert!(screens[0].contains("-- "), "{}", screens[0]);
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn fish_completes_the_names_of_the_project() {
    let scenario = Scenario::new();
    let path = path(&scenario);
    for (line, _) in COMPLETED {
        let script = "xbench completions fish | source; complete --do-complete $argv[1]";
        let output = Command::new("fish")
            .args(["--no-config", "-c", script, line])
            .env_clear()
            .env("PATH", &path)
            .env("HOME", scenario.path(""))
            .current_dir(scenario.path(""))
            .stdin(Stdio::null())
            .output()
            .expect("fish, which .ci/oracles installs, starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let last = line.rsplit(' ').next().unwrap_or_default();
        assert!(
            said.lines().count() == 1 && said.starts_with(last),
            "{line}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Asks `kubectl` where it finds the plugin.
fn kubectl(arguments: &[&str]) -> Answer {
    let scenario = Scenario::empty();
    let path = path(&scenario);
    ask(&oracle("kubectl"), &[("PATH", path)], arguments, "")
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn kubectl_finds_the_plugin_whose_help_speaks_of_it() {
    let help = kubectl(&["xbench", "--help"]).yes();
    assert!(
        help.contains("Usage: kubectl xbench [OPTIONS] <COMMAND>"),
        "{help}"
    );
    let help = kubectl(&["xbench", "diff", "--help"]).yes();
    assert!(help.contains("Usage: kubectl xbench diff"), "{help}");
    assert!(
        help.contains("\n  kubectl xbench diff --rev origin/main\n"),
        "{help}"
    );
    assert!(!help.contains("\n  xbench"), "{help}");
    let listed = kubectl(&["plugin", "list"]).yes();
    assert!(listed.contains("/kubectl-xbench"), "{listed}");
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = project.to_str().expect("Unicode");
    let rendered = kubectl(&["xbench", "-C", folder, "render"]).yes();
    let own = Command::new(XBENCH).args(["-C", folder, "render"]).output();
    assert_eq!(rendered.as_bytes(), own.expect("xbench starts").stdout);
    // Exit codes pass through.
    assert!(!kubectl(&["xbench", "-C", folder, "render", "nothing"]).is_yes);
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn kubectl_completes_the_plugin() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let arguments = [
        "__complete",
        "xbench",
        "-C",
        folder,
        "render",
        "--backend",
        "j",
    ];
    let said = kubectl(&arguments).yes();
    assert!(said.starts_with("jax-tpu\t"), "{said}");
    assert_eq!(said.lines().last(), Some(":6"), "{said}");
}

/// What is on a terminal of which xbench knows that it is one.
fn on_a_terminal(arguments: &str, pager: &str) -> String {
    let scenario = Scenario::new();
    let output = Command::new("script")
        .args(["-qec", &format!("xbench {arguments}"), "/dev/null"])
        .env_clear()
        .env("PATH", path(&scenario))
        .env("PAGER", pager)
        .env("SHELL", "/bin/sh")
        .current_dir(scenario.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("script, which .ci/oracles installs, starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn a_pager_stands_between_long_answers_and_a_terminal() {
    let paged = "sed s/^/paged:/";
    for command in [
        "list",
        "explain server.flags.dtype",
        "schema",
        "schema values",
    ] {
        let screen = on_a_terminal(command, paged);
        assert!(screen.starts_with("paged:"), "{command}: {screen}");
        let screen = on_a_terminal(&format!("--no-pager {command}"), paged);
        assert!(!screen.contains("paged:"), "{command}: {screen}");
        assert!(!screen.trim().is_empty(), "{command}");
        let piped = on_a_terminal(&format!("{command} | cat"), paged);
        assert!(!piped.contains("paged:"), "{command}: {piped}");
    }
    let rendered = on_a_terminal("render", paged);
    assert!(rendered.starts_with("---"), "{rendered}");
    let without = on_a_terminal("list", "cat");
    assert!(without.starts_with("backends"), "{without}");
    // A reader who has seen enough is no error, and neither is a pager that does not start.
    assert!(!on_a_terminal("schema values", "head -1").contains("error"));
    let screen = on_a_terminal("list", "no-such-pager-anywhere");
    assert!(screen.contains("not found"), "{screen}");
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn a_difference_on_a_terminal_keeps_its_exit_code() {
    let scenario = Scenario::new();
    let line = "xbench diff --between pytorch-cuda jax-tpu > /dev/tty; echo ended with $?";
    let output = Command::new("script")
        .args(["-qec", line, "/dev/null"])
        .env_clear()
        .env("PATH", path(&scenario))
        .env("PAGER", "cat >/dev/null")
        .env("SHELL", "/bin/sh")
        .current_dir(scenario.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("script starts");
    let screen = String::from_utf8_lossy(&output.stdout);
    assert!(screen.contains("ended with 1"), "{screen}");
}

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn on_a_terminal_a_new_environment_is_asked_for() {
    let scenario = Scenario::new();
    let type_in = |answers: &str, command: &str| {
        scenario.write("answers", answers);
        let answers = std::fs::File::open(scenario.path("answers")).expect("the file is there");
        let output = Command::new("script")
            .args(["-qec", &format!("{XBENCH} {command}"), "/dev/null"])
            .env_clear()
            .env("SHELL", "/bin/sh")
            .current_dir(scenario.path(""))
            .stdin(answers)
            .output()
            .expect("script starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let answers = "\nNot A Name\nperf\nrunner\nr.test/x\nmodels-a\nm\ngs://results-a\n";
    let screen = type_in(answers, "init environment asked");
    assert!(screen.contains("Namespace of every object."), "{screen}");
    assert!(screen.contains("\"Not A Name\""), "{screen}");
    assert!(
        screen.contains("wrote overlays/environments/asked.yaml"),
        "{screen}"
    );
    let said = scenario.program(XBENCH).args(["check"]).run().done();
    assert!(said.contains("no errors"), "{said}");
    // What was given is not asked for.
    let given = "init environment given --namespace n --service-account s --registry r.test/x \
                 --cache-size 9Gi --results gs://results-b";
    let screen = type_in("", given);
    assert!(
        screen.contains("wrote overlays/environments/given.yaml"),
        "{screen}"
    );
}
