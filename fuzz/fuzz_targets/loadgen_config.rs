//! Any text is a configuration or an error with a message; a configuration makes points and, if it is
//! small, schedules and requests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xbench_loadgen::config::{Document, parse};
use xbench_loadgen::session::{config_hash, order, points};

fuzz_target!(|text: &str| {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(problem) => {
            assert!(!problem.message.is_empty());
            return;
        }
    };
    match parse(&document) {
        Err(problems) => assert!(problems.iter().all(|problem| !problem.to_string().is_empty())),
        Ok(config) => {
            assert_eq!(config_hash(&config.document).len(), 64);
            let all = points(&config, config.workload.shapes.len());
            assert!(order(all.len(), 2).len() == 2 * all.len());
            for point in all.iter().take(4) {
                if let Some(schedule) = point.load.schedule(config.load.seed, 0) {
                    let instants: Vec<u64> = schedule.instants().take(100).collect();
                    assert!(instants.is_sorted());
                }
            }
        }
    }
});
