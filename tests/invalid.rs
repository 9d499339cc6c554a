//! Invalid inputs, one defect a file, each with the whole of what is said about it beside it; and the
//! shipped files, which are accepted.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "cases are files, and a test that cannot go on ends by panicking"
)]

#[path = "invalid/case.rs"]
mod case;
#[path = "invalid/shipped.rs"]
mod shipped;

use case::Case;
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use xbench::diagnostic::Code;
use xbench_scenario::{files_below, repository};

/// The fewest cases there are: a folder that is not found must not pass for one without a mistake.
const FEWEST: usize = 75;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    if xbench_scenario::is_updating() {
        // Every code is looked for in what the other tests write.
        arguments.test_threads = Some(1);
    }
    let folder = repository().join("tests/invalid");
    let cases = cases(&folder);
    let mut trials: Vec<Trial> = cases.iter().map(trial).collect();
    trials.extend(shipped::files().into_iter().map(|file| {
        Trial::test(format!("shipped/{}", file.display()), move || {
            shipped::accept(&file).map_err(Failed::from)
        })
    }));
    trials.push(Trial::test("every_code_has_a_case", move || {
        every_code_has_a_case(&cases)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn cases(folder: &Path) -> Vec<Case> {
    let cases: Vec<Case> = files_below(folder)
        .into_iter()
        .filter_map(|file| Case::at(folder, &file))
        .collect();
    assert!(cases.len() >= FEWEST, "only {} cases", cases.len());
    cases
}

fn trial(case: &Case) -> Trial {
    let name = case.name();
    let case = case.clone();
    Trial::test(name, move || case.check().map_err(Failed::from))
}

/// Shown by `bounds.rs`, since the input is too large to keep here, and by the tests of comparisons and histories.
const ELSEWHERE: [Code; 9] = [
    Code::NoBaseline,
    Code::Index,
    Code::FileTooLarge,
    Code::NotAResult,
    Code::NewerVersion,
    Code::Incomplete,
    Code::LeftOut,
    Code::Incomparable,
    Code::UnusedAllowance,
];

/// A message that no case shows is a message that nobody has read.
fn every_code_has_a_case(cases: &[Case]) -> Result<(), Failed> {
    let shown: BTreeSet<String> = cases.iter().flat_map(Case::codes).collect();
    let missing: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| !ELSEWHERE.contains(code))
        .map(|code| code.name())
        .filter(|name| !shown.contains(*name))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("no case in tests/invalid shows {missing:?}").into())
    }
}
