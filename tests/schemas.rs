//! The files of `schemas/`.

use std::path::Path;
use xbench::schema::layers;

/// Set to write what would be compared.
const UPDATE: &str = "XBENCH_UPDATE";

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads and updates files")]
fn generated_schemas_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut stale = Vec::new();
    for (document, value) in layers::generate() {
        let mut text = serde_json::to_string_pretty(&value).expect("a JSON value prints");
        text.push('\n');
        let file = folder.join(document.file_name());
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&file, text).expect("schemas/ is writable");
        } else if std::fs::read_to_string(&file).expect("the file exists") != text {
            stale.push(document.file_name());
        }
    }
    assert!(
        stale.is_empty(),
        "{stale:?} differ from what values.schema.json gives; \
         to write them: {UPDATE}=1 cargo test --test schemas"
    );
}
