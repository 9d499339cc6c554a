//! The manual pages, as the formatter of manual pages reads them.

use std::path::Path;
use xbench_scenario::{Scenario, ask, files_below};

const XBENCH: &str = env!("CARGO_BIN_EXE_xbench");

#[test]
#[ignore = "needs the oracle tools: .ci/oracles"]
fn pages_are_formatted_without_a_warning_and_say_what_help_says() {
    let scenario = Scenario::empty();
    scenario.program(XBENCH).args(["man", "man1"]).run().done();
    let pages = files_below(&scenario.path("man1"));
    assert!(pages.len() >= 20, "{pages:?}");
    for page in pages {
        let file = scenario.path("man1").join(&page);
        let file = file.to_str().expect("the path is text");
        let arguments = ["-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=100n", file];
        let answer = ask(Path::new("groff"), &[], &arguments, "");
        assert_eq!(
            (answer.is_yes, answer.stderr.as_str()),
            (true, ""),
            "{page:?}"
        );
        let name = page
            .file_stem()
            .expect("a page has a name")
            .to_string_lossy();
        let command = name.replace('-', " ");
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let help = scenario
            .program(XBENCH)
            .args(words)
            .args(["-h"])
            .run()
            .done();
        let shown = spaced(&answer.stdout);
        assert!(
            shown.contains(&format!("{name} - {}", first_words(&help))),
            "{shown}"
        );
        let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        for example in examples.take_while(|line| line.starts_with("  ")) {
            let example = spaced(example);
            assert!(shown.contains(&example), "{example}\n{shown}");
        }
        let read = ask(Path::new("man"), &[], &["--warnings", "-l", file], "");
        assert_eq!((read.is_yes, read.stderr.as_str()), (true, ""), "{page:?}");
    }
}

/// So much of what a command is about that it stands on one line everywhere.
fn first_words(help: &str) -> String {
    let line = help.lines().next().unwrap_or_default();
    line.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// A text without the blanks that a formatter puts between words.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
