//! Any text is a result or an error; a result merges with nothing, and is shown and written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xbench_loadgen::config::Validity;
use xbench_loadgen::output::{csv, table};
use xbench_loadgen::result::{merge, read};
use xbench_loadgen::statistics::Histogram;

fuzz_target!(|text: &str| {
    _ = Histogram::decode(text);
    if let Ok(result) = read(text) {
        assert!(!table(&result).is_empty());
        assert!(csv(&result).lines().count() >= 1);
        let written = serde_json::to_string(&result).unwrap_or_default();
        assert!(read(&written).is_ok());
        _ = merge(vec![result.clone(), result], &Validity::default());
    }
});
