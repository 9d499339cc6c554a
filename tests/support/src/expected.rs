//! Texts against files that hold what they should be.

use similar::TextDiff;
use std::fs;
use std::path::Path;

/// Set to write what would be compared.
const UPDATE: &str = "XBENCH_UPDATE";

/// Whether expected files are written instead of compared.
pub fn is_updating() -> bool {
    std::env::var_os(UPDATE).is_some()
}

/// A unified difference with three lines around each change.
pub fn difference(from: (&str, &str), to: (&str, &str)) -> String {
    TextDiff::from_lines(from.1, to.1)
        .unified_diff()
        .header(from.0, to.0)
        .to_string()
}

/// How a text differs from what a file holds: `None` if it does not. While updating, writes the file.
pub fn differs(file: &Path, text: &str, target: &str) -> Option<String> {
    if is_updating() {
        let parent = file.parent().expect("a file lies in a folder");
        fs::create_dir_all(parent).expect("the folder can be made");
        fs::write(file, text).expect("the file can be written");
        return None;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    (expected != text).then(|| {
        format!(
            "{}\nto take the new text: {UPDATE}=1 cargo test --test {target}",
            difference(
                (&file.display().to_string(), &expected),
                ("what came out", text)
            )
        )
    })
}

/// Ends the test if a text differs from what a file holds.
pub fn expect_text(file: &Path, text: &str, target: &str) {
    if let Some(difference) = differs(file, text, target) {
        panic!("{difference}");
    }
}
