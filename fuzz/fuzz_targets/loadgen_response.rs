//! Any bytes are a response, a part of one, or not HTTP; what is a response in one piece is the same
//! response however it is cut; and any body is a right answer or has a fault.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xbench_loadgen::check::{check, scores};
use xbench_loadgen::transport::{Parsed, parse_response};
use xbench_loadgen::workload::Expectation;

fuzz_target!(|bytes: &[u8]| {
    let expect = Expectation { items: 2, labels: 2, softmax: true };
    assert_eq!(check(bytes, expect).is_ok(), scores(bytes, expect).is_ok());
    if let Ok(rows) = scores(bytes, expect) {
        assert!(rows.len() == 2 && rows.iter().all(|row| row.len() == 2));
    }
    if let Parsed::Complete { head, body, used } = parse_response(bytes, false) {
        assert!(used <= bytes.len());
        for cut in [used.saturating_sub(1), used / 2] {
            assert!(!matches!(parse_response(&bytes[..cut], false), Parsed::Complete { .. }));
        }
        let again = parse_response(&bytes[..used], true);
        assert_eq!(again, Parsed::Complete { head, body: body.clone(), used });
        _ = check(&body, expect);
    }
    _ = parse_response(bytes, true);
});
